{% macro known_segmentations() %}
    {#- What each segmentation is fitted on, which behaviour its segments are described by, which source
        system it needs, if it needs one, and whose words of the playbook name its segments, if not those of
        the behaviour. -#}
    {{ return({
        'rfm_kmeans': {
            'feature_table': 'features_rfm', 'behaviour': 'orders', 'source_system': none,
        },
        'rfe_kmeans': {
            'feature_table': 'features_rfe', 'behaviour': 'interactions', 'source_system': none,
        },
        'insiders': {
            'feature_table': 'features_insiders', 'behaviour': 'orders',
            'source_system': 'online_retail', 'vocabulary': 'insiders',
        },
        'superstore_bisecting': {
            'feature_table': 'features_superstore', 'behaviour': 'orders',
            'source_system': 'superstore',
        },
        'card_autoencoder': {
            'feature_table': 'features_credit_card', 'behaviour': 'cards',
            'source_system': 'credit_card', 'vocabulary': 'cards',
        },
        'bank_sequences': {
            'feature_table': 'features_bank_sequences', 'behaviour': 'orders',
            'source_system': 'bank',
        },
    }) }}
{% endmacro %}
