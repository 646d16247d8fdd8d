{% macro card_imputation() %}
    {#- What features_credit_card puts in the place of a missing attribute: the median or the mean of all
        card holders, or none: then whoever lacks one is outside the fit. -#}
    {%- set settings = var('segmentation_parameters').get('card_autoencoder', {}) -%}
    {%- set imputation = settings.get('imputation', 'median') -%}
    {%- if imputation not in ['median', 'mean', 'none'] -%}
        {{ exceptions.raise_compiler_error(
            "segmentation_parameters.card_autoencoder.imputation is '" ~ imputation
            ~ "'. It can be median, mean or none."
        ) }}
    {%- endif -%}
    {{ return(imputation) }}
{% endmacro %}
