"""One row per fact that the methods for insiders learned on Online Retail's customers."""

from customer_segments.clustering import to_arrow
from customer_segments.clustering.insiders import fit_insiders_segmentation


def model(dbt, session):
    """Let the methods compete; customer_segments.clustering.schema describes the rows."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    earlier = dbt.ref("earlier_models")
    features = dbt.ref("features_insiders").filter("is_in_fit").df()
    return to_arrow(
        fit_insiders_segmentation(
            features,
            feature_names=dbt.config.get("features"),
            raw_feature_names=dbt.config.get("raw_features"),
            k=dbt.config.get("k"),
            k_max=dbt.config.get("k_max"),
            earlier_models=earlier.filter("segmentation = 'insiders'").df(),
            keep_k=dbt.config.get("keep_k"),
            candidate_search=dbt.config.get("candidate_search"),
            log=print if dbt.config.get("candidate_search") == "full" else None,
            **dbt.config.get("parameters"),
        )
    )
