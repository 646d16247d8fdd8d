{% macro kmeans_feature_tables() %}
    {#- The KMeans segmentations, and what each is fitted on. -#}
    {{ return({'rfm_kmeans': 'features_rfm', 'rfe_kmeans': 'features_rfe'}) }}
{% endmacro %}
