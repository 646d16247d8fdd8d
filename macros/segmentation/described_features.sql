{% macro described_features() %}
    {#- The features of each fitted segmentation: those it clusters on, then the measures of its rule card,
        each once, numbered in this order. -#}
    {%- set described = {} -%}
    {%- for segmentation in fitted_segmentations() -%}
        {%- set clustered = var('segmentation_features')[segmentation] -%}
        {%- set measured = var('segmentation_raw_features')[segmentation] -%}
        {%- set features = [] -%}
        {%- for name in (clustered + measured) | unique(case_sensitive=true) -%}
            {%- do features.append({
                'name': name,
                'order': loop.index,
                'is_clustered_on': name in clustered,
                'is_measured': name in measured,
            }) -%}
        {%- endfor -%}
        {%- do described.update({segmentation: features}) -%}
    {%- endfor -%}
    {{ return(described) }}
{% endmacro %}
