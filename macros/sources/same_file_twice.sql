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
        {%- set by_size = {} -%}
        {%- for row in run_query(
            "select filename, size from read_blob(" ~ sql_paths(files) ~ ") order by filename"
        ).rows -%}
            {%- do by_size.setdefault(row[1] | int, []).append(row[0]) -%}
        {%- endfor -%}
        {%- for group in by_size.values() if group | length > 1 -%}
            {%- set by_content = {} -%}
            {%- for row in run_query(
                "select filename, md5(content) from read_blob(" ~ sql_paths(group)
                ~ ") order by filename"
            ).rows -%}
                {%- do by_content.setdefault(row[1], []).append(row[0]) -%}
            {%- endfor -%}
            {%- do twins.extend(by_content.values()) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for group in twins if group | length > 1 -%}
        {%- do problems.append(group | join(' and ') ~ ": the same file twice. Remove one.") -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
