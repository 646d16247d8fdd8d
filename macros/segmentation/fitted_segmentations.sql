{% macro fitted_segmentations() %}
    {#- The segmentations that are fitted: what each is fitted on, and which behaviour its segments are
        described by. Those of one source system only where it is on. -#}
    {%- set segmentations = {
        'rfm_kmeans': {'feature_table': 'features_rfm', 'behaviour': 'orders'},
        'rfe_kmeans': {'feature_table': 'features_rfe', 'behaviour': 'interactions'},
    } -%}
    {%- if is_on('superstore') -%}
        {%- do segmentations.update({
            'superstore_bisecting': {'feature_table': 'features_superstore', 'behaviour': 'orders'},
        }) -%}
    {%- endif -%}
    {{ return(segmentations) }}
{% endmacro %}
