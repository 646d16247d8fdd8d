"""One row per fact that the contest over the bank's accounts and their months learned."""

from customer_segments.clustering import to_arrow
from customer_segments.clustering.bank import fit_bank_segmentation


def model(dbt, session):
    """Hold the contest; customer_segments.clustering.schema describes the rows."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    earlier = dbt.ref("earlier_models")
    return to_arrow(
        fit_bank_segmentation(
            dbt.ref("features_bank_sequences").filter("is_in_fit").df(),
            dbt.ref("features_bank_periods").df(),
            feature_names=dbt.config.get("features"),
            raw_feature_names=dbt.config.get("raw_features"),
            k=dbt.config.get("k"),
            default_k=dbt.config.get("default_k"),
            k_max=dbt.config.get("k_max"),
            earlier_models=earlier.filter("segmentation = 'bank_sequences'").df(),
            keep_k=dbt.config.get("keep_k"),
            candidate_search=dbt.config.get("candidate_search"),
            log=print if dbt.config.get("candidate_search") == "full" else None,
            **dbt.config.get("parameters"),
        )
    )
