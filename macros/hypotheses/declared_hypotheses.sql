{% macro declared_hypotheses(seed, tests) %}
    {#- The rows of the seed of hypotheses whose source system is on, as dictionaries; stops at one that cannot
        be tested, which it names. `seed` and `tests` are relations; nothing before they are loaded. -#}
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
    {%- for row in run_query("select * from " ~ seed ~ " order by hypothesis, part").rows -%}
        {%- set name = 'hypotheses.csv, ' ~ row['hypothesis'] ~ ', part ' ~ row['part'] ~ ': ' -%}
        {%- for column in known if row[column] not in known[column] -%}
            {{ exceptions.raise_compiler_error(
                name ~ column ~ " '" ~ row[column] ~ "' is not known. Known: "
                ~ known[column] | join(', ') ~ "."
            ) }}
        {%- endfor -%}
        {%- set is_share = row['test'] in ('share', 'amount_share') -%}
        {%- if is_share and (row['expected_value'] is none or row['expectation'] == 'none') -%}
            {{ exceptions.raise_compiler_error(
                name ~ "a share is compared with an expected_value: about it, more or less than it."
            ) }}
        {%- elif row['expectation'] == 'about' and not is_share -%}
            {{ exceptions.raise_compiler_error(
                name ~ "only a share can be about an expected value; use more, less or none."
            ) }}
        {%- endif -%}
        {%- if is_on(row['source_system']) -%}
            {%- do declared.append(dict(row.items(), reads=columns[row['test']])) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(declared) }}
{% endmacro %}
