"""One row per fact that the contest of attributes and codes of card holders found."""

from customer_segments.clustering import to_arrow
from customer_segments.clustering.card import fit_card_segmentation


def model(dbt, session):
    """Hold the contest; customer_segments.clustering.schema describes the rows."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    earlier = dbt.ref("earlier_models")
    features = dbt.ref("features_credit_card").filter("is_in_fit").df()
    return to_arrow(
        fit_card_segmentation(
            features,
            feature_names=dbt.config.get("features"),
            raw_feature_names=dbt.config.get("raw_features"),
            k=dbt.config.get("k"),
            default_k=dbt.config.get("default_k"),
            k_max=dbt.config.get("k_max"),
            earlier_models=earlier.filter("segmentation = 'card_autoencoder'").df(),
            keep_k=dbt.config.get("keep_k"),
            candidate_search=dbt.config.get("candidate_search"),
            log=print if dbt.config.get("candidate_search") == "full" else None,
            **dbt.config.get("parameters"),
        )
    )
