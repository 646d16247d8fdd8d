-- One row per public table. Lineage is traced of tables as they stand, so it waits for all of them.
{%- set tables = [
    'build_status',
    'business_hypotheses',
    'control_totals',
    'credit_card_customers',
    'customer_engagement',
    'customer_frequency',
    'customer_grid_segments',
    'customer_monetary',
    'customer_recency',
    'customer_scores',
    'customer_segments',
    'customer_segments_monthly',
    'customers',
    'daily_revenue',
    'feature_correlations',
    'feature_descriptions',
    'feature_selection',
    'programme_memberships',
    'programme_outlook',
    'rejected_rows',
    'restatements',
    'segment_centroids',
    'segment_events',
    'segment_features',
    'segment_ledger',
    'segment_migrations',
    'segment_rule_cards',
    'segment_sequences',
    'segment_split_centroids',
    'segment_splits',
    'segmentation_candidates',
    'segmentation_distributions',
    'segmentation_drift',
    'segmentations',
    'segments',
] %}

{% for table in tables %}
{%- do ref(table) %}
select '{{ table }}' as table_name
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
