{% macro publication_number() %}
    {#- Counts the builds that kept_months has seen: what was published before what is no matter of dates,
        for a build can be as of the past. -#}
    {%- if execute and model.resource_type == 'model' and is_incremental() -%}
        {{ return(run_query(
            "select coalesce(max(publication_number), 0) + 1 from " ~ this
        ).rows[0][0]) }}
    {%- endif -%}
    {{ return(1) }}
{% endmacro %}
