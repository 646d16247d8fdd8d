{% macro plan_updates() %}
    {#- At the start of a run that makes int_customer_days: what it replaces of each source system, and
        why, as rows of operations.updates. Days before `replaced_from` are kept; where it is null all days
        are built anew, which is what happens whenever keeping some might be wrong. -#}
    {%- do run_query(
        "create table if not exists operations.updates ("
        ~ "build_id varchar, source_system varchar, replaced_from date, reason varchar, settings varchar)"
    ) -%}
    {%- set models = [] -%}
    {%- for name in updated_models() if 'model.customer_segments.' ~ name in graph.nodes -%}
        {%- do models.append('model.customer_segments.' ~ name) -%}
    {%- endfor -%}
    {%- if not models | select('in', selected_resources) | list -%}{{ return('') }}{%- endif -%}
    {%- set days = late_days() -%}
    {%- set everything = (
        'late_days is not set' if days is none
        else '--full-refresh' if flags.FULL_REFRESH
        else '--empty' if flags.EMPTY
    ) -%}
    {%- set held = {} -%}
    {%- set before = {} -%}
    {%- if not everything -%}
        {#- The same run made all of these, or a run stopped between them. -#}
        {%- set makers = run_query(
            "select distinct build_id from operations.compiled_models where unique_id in ('"
            ~ models | join("', '") ~ "')"
        ).rows -%}
        {%- set node = graph.nodes['model.customer_segments.int_customer_days'] -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation is none -%}
            {%- set everything = 'it is the first build' -%}
        {%- elif makers | length != 1 or makers[0][0] is none -%}
            {%- set everything = 'its tables are not all of the same run' -%}
        {%- else -%}
            {%- for row in run_query(
                "select source_system, cast(max(activity_date) as varchar),"
                ~ " cast(max(activity_date) - " ~ days ~ " as varchar) from " ~ relation ~ " group by all"
            ).rows -%}
                {%- do held.update({row[0]: {'last': row[1], 'from': row[2]}}) -%}
            {%- endfor -%}
            {%- for row in run_query(
                "select source_system, settings from operations.updates where build_id = '"
                ~ makers[0][0] ~ "'"
            ).rows -%}
                {%- do before.update({row[0]: fromjson(row[1])}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {%- for system in source_systems() if system != 'credit_card' -%}
        {%- set settings = customer_day_settings(system) -%}
        {%- set changed = [] -%}
        {%- for name in settings if settings[name] != before.get(system, {}).get(name) -%}
            {%- do changed.append(name) -%}
        {%- endfor -%}
        {%- for name in before.get(system, {}) if name not in settings -%}
            {%- do changed.append(name) -%}
        {%- endfor -%}
        {%- set as_of_date = as_of_date_setting(system) | replace("'", '') -%}
        {%- set reason = (
            everything if everything
            else 'none of its days is held yet' if system not in held or system not in before
            else changed | join(', ') ~ ' changed' if changed
            else 'its lines learn later when they were shipped' if system == 'superstore'
            else 'as_of_date ' ~ as_of_date ~ ' is not after the last day held'
                if as_of_date != 'null' and as_of_date <= held[system].last
        ) -%}
        {%- do run_query(
            "insert into operations.updates values ('" ~ invocation_id ~ "', '" ~ system ~ "', "
            ~ ('null, ' ~ sql_string(reason) if reason
                else "'" ~ held[system].from ~ "', 'days held to " ~ held[system].last ~ ", late_days " ~ days ~ "'")
            ~ ", " ~ sql_string(tojson(settings)) ~ ")"
        ) -%}
        {%- if days is not none -%}
            {%- do log(
                "int_customer_days of " ~ system ~ ": "
                ~ ('all days are built anew, because ' ~ reason ~ '.' if reason
                    else 'days from ' ~ held[system].from ~ ' on are replaced, earlier ones kept.'),
                info=true
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
