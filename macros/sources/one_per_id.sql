{% macro one_per_id(rows, id_column, event_date=none) -%}
    {#- The rows with their rejection reason: the problem found before (`row_problem`), or
        `duplicate_id` for all but one usable row of an id. The earliest is kept: a later row must not
        push out an earlier one, nor one that cannot be used one that can. -#}
    select
        *,
        case
            when row_problem is not null
                then row_problem
            when
                {{ id_column }} is not null
                and row_number() over (
                    partition by {{ id_column }}, row_problem is null
                    order by {{ event_date ~ ', ' if event_date else '' }}raw_row, source_file
                ) > 1
                then 'duplicate_id'
        end as rejection_reason
    from {{ rows }}
{%- endmacro %}
