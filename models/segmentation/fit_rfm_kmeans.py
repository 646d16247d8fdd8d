"""One row per fact that KMeans on recency, frequency and monetary amount learned."""

from customer_segments.clustering import fit_kmeans_segmentation, to_arrow


def model(dbt, session):
    """Fit each source system by itself; customer_segments.clustering.schema describes the rows."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    earlier = dbt.ref("earlier_models")
    features = dbt.ref("features_rfm").filter("is_in_fit").df()
    return to_arrow(
        fit_kmeans_segmentation(
            features,
            feature_names=dbt.config.get("features"),
            raw_feature_names=dbt.config.get("raw_features"),
            k=dbt.config.get("k"),
            default_k=dbt.config.get("default_k"),
            k_max=dbt.config.get("k_max"),
            earlier_models=earlier.filter("segmentation = 'rfm_kmeans'").df(),
            keep_k=dbt.config.get("keep_k"),
        )
    )
