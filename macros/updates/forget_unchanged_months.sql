{% macro forget_unchanged_months() %}
    {#- Post-hook of kept_months: a month stays that is new or another than the last time. A month before
        the first event is new only if it once held something. -#}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    delete from {{ this }} as month
    using (
        select
            source_system,
            activity_month,
            publication_number,
            lag(content_hash) over (
                partition by source_system, activity_month order by publication_number
            ) as last_content_hash,
            lag(rules_hash) over (
                partition by source_system, activity_month order by publication_number
            ) as last_rules_hash
        from {{ this }}
    ) as version
    where month.source_system = version.source_system
        and month.activity_month = version.activity_month
        and month.publication_number = version.publication_number
        and (
            (month.content_hash = version.last_content_hash and month.rules_hash = version.last_rules_hash)
            or (version.last_content_hash is null and month.is_before_first_event)
        )
{% endmacro %}
