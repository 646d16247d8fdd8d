{% macro align_item_counts() %}
    {#- Post-hook of int_customer_days: a business that never named an item has null items on every day. Where
        the days that were replaced brought its first, or took its last, the days that are kept follow. -#}
    {%- if not is_on('custom_interactions') -%}{{ return('') }}{%- endif -%}
    {%- set interactions = ref('int_custom_interactions') -%}
    {%- set as_of_dates = ref('int_as_of_dates') -%}
    {%- set systems = active_custom_systems('interactions') | select('in', replaced_from()) | list -%}
    {%- if not execute or not systems or not is_incremental() -%}{{ return('') }}{%- endif -%}
    update {{ this }} as kept set distinct_item_count = case when named.has_items then 0 end
    from (
        select
            systems.source_system,
            count(interactions.item) > 0 as has_items
        from ({{ system_names(systems) }}) as systems
        inner join {{ as_of_dates }} as as_of_dates
            on systems.source_system = as_of_dates.source_system
        left join {{ interactions }} as interactions
            on systems.source_system = interactions.source_system
            and interactions.customer_id is not null
            and interactions.interaction_date < as_of_dates.as_of_date
        group by systems.source_system
    ) as named
    where kept.source_system = named.source_system
        and (kept.distinct_item_count is not null) <> named.has_items
{% endmacro %}
