{% macro same_file_twice(files) %}
    {#- Tables without a row key cannot tell a repeated file from repeated rows, so a copy is refused:
        one name both packed and plain, or the same bytes under two names. Only files of equal size
        are read for that. -#}
    {%- set problems = [] -%}
    {%- set by_name = {} -%}
    {%- for file in files -%}
        {%- do by_name.setdefault(modules.re.sub('\\.gz$', '', file), []).append(file) -%}
    {%- endfor -%}
    {%- set twins = by_name.values() | list -%}
    {%- if files | length > 1 -%}
        {%- set paths = [] -%}
        {%- for file in files -%}{%- do paths.append(sql_string(file)) -%}{%- endfor -%}
        {%- set same_size = run_query(
            "select list(filename order by filename) from read_blob([" ~ paths | join(', ')
            ~ "]) group by size having count(*) > 1"
        ).columns[0].values() | list -%}
        {%- for group in same_size -%}
            {%- set group_paths = [] -%}
            {%- for file in group -%}{%- do group_paths.append(sql_string(file)) -%}{%- endfor -%}
            {%- do twins.extend(run_query(
                "select list(filename order by filename) from read_blob([" ~ group_paths | join(', ')
                ~ "]) group by md5(content)"
            ).columns[0].values() | list) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for group in twins if group | length > 1 -%}
        {%- do problems.append(group | join(' and ') ~ ": the same file twice. Remove one.") -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
