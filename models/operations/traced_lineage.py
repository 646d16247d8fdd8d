"""One row per public column, raw column it comes from and way in which it does."""

from customer_segments.lineage import lineage_table, trace_warehouse


def model(dbt, session):
    """Trace the SQL of every model; fails where a public column cannot be traced."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    # After all public tables.
    dbt.ref("build_status")
    dbt.ref("business_hypotheses")
    dbt.ref("control_totals")
    dbt.ref("credit_card_customers")
    dbt.ref("customer_engagement")
    dbt.ref("customer_frequency")
    dbt.ref("customer_grid_segments")
    dbt.ref("customer_monetary")
    dbt.ref("customer_recency")
    dbt.ref("customer_scores")
    dbt.ref("customer_segments")
    dbt.ref("customer_segments_monthly")
    dbt.ref("customers")
    dbt.ref("daily_revenue")
    dbt.ref("feature_correlations")
    dbt.ref("feature_descriptions")
    dbt.ref("feature_selection")
    dbt.ref("rejected_rows")
    dbt.ref("segment_centroids")
    dbt.ref("segment_features")
    dbt.ref("segment_ledger")
    dbt.ref("segment_migrations")
    dbt.ref("segment_rule_cards")
    dbt.ref("segment_sequences")
    dbt.ref("segment_split_centroids")
    dbt.ref("segment_splits")
    dbt.ref("segmentation_candidates")
    dbt.ref("segmentation_distributions")
    dbt.ref("segmentation_drift")
    dbt.ref("segmentations")
    dbt.ref("segments")
    return lineage_table(trace_warehouse(session))
