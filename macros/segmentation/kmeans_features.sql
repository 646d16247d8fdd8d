{% macro kmeans_features(segmentation=none) %}
    {#- The features of the segmentations by k-means, from the columns of behaviour_measures(); a feature table
        and the history of its segments compute them alike. Without a name, all of them. -#}
    {%- set features = {
        'rfm_kmeans': {
            'recency_log': log1p_feature('recency_days'),
            'frequency_log': log1p_feature('frequency'),
            'monetary_log': log1p_feature('monetary_amount'),
        },
        'rfe_kmeans': {
            'recency_log': log1p_feature('recency_days'),
            'frequency_log': log1p_feature('frequency'),
            'engagement_log': log1p_feature('engagement'),
        },
    } -%}
    {{ return(features[segmentation] if segmentation else features) }}
{% endmacro %}
