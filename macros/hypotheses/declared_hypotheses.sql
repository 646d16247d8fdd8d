{% macro declared_hypotheses(seed, tests) %}
    {#- The rows of the seed of hypotheses whose source system is on, as dictionaries; stops where some cannot be
        tested, and names them all. `seed` and `tests` are relations; nothing before they are loaded. -#}
    {%- if not execute or load_relation(seed) is none or load_relation(tests) is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for row in run_query("select test, reads from " ~ tests ~ " order by test").rows -%}
        {%- do columns.update({row['test']: row['reads'].replace(' ', '').split(',')}) -%}
    {%- endfor -%}
    {%- set known = {
        'test': columns | list,
        'expectation': ['more', 'less', 'none', 'about'],
        'source_system': known_source_systems(),
    } -%}
    {%- set declared = [] -%}
    {%- set problems = [] -%}
    {%- for row in run_query("select * from " ~ seed ~ " order by hypothesis, part_number").rows -%}
        {%- set name = 'hypotheses.csv, ' ~ row['hypothesis'] ~ ', part ' ~ row['part_number'] ~ ': ' -%}
        {%- for column in known if row[column] not in known[column] -%}
            {%- do problems.append(
                name ~ column ~ " '" ~ row[column] ~ "' is not known. Known: "
                ~ known[column] | join(', ') ~ "."
            ) -%}
        {%- endfor -%}
        {%- set is_share = row['test'] in ('share', 'amount_share') -%}
        {%- if is_share and (row['expected_value'] is none or row['expectation'] == 'none') -%}
            {%- do problems.append(
                name ~ 'a share is compared with an expected_value: about it, more or less than it.'
            ) -%}
        {%- elif row['expectation'] == 'about' and not is_share -%}
            {%- do problems.append(
                name ~ 'only a share can be about an expected value; use more, less or none.'
            ) -%}
        {%- endif -%}
        {%- if row['source_system'] in source_systems() -%}
            {%- do declared.append(dict(row.items(), reads=columns.get(row['test'], []))) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(problems | join('\n')) }}
    {%- endif -%}
    {{ return(declared) }}
{% endmacro %}
