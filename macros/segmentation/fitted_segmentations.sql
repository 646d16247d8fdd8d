{% macro fitted_segmentations() %}
    {#- The known segmentations whose models are on: whatever loops over these can be built with any set of
        systems switched on. -#}
    {%- set segmentations = {} -%}
    {%- for segmentation, settings in known_segmentations().items()
        if not settings.source_system or is_on(settings.source_system) -%}
        {%- do segmentations.update({segmentation: settings}) -%}
    {%- endfor -%}
    {{ return(segmentations) }}
{% endmacro %}
