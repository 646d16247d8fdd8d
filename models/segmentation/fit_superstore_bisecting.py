"""One row per fact that bisecting k-means on 22 features of Superstore's customers learned."""

from customer_segments.clustering import fit_bisecting_segmentation, to_arrow


def model(dbt, session):
    """Grow the tree; customer_segments.clustering.schema describes the rows."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    features = dbt.ref("features_superstore").filter("is_in_fit").df()
    return to_arrow(
        fit_bisecting_segmentation(
            features,
            feature_names=dbt.config.get("features"),
            raw_feature_names=dbt.config.get("raw_features"),
            k=dbt.config.get("k"),
            default_k=dbt.config.get("default_k"),
            k_max=dbt.config.get("k_max"),
            **dbt.config.get("parameters"),
        )
    )
