{% macro read_lines(files, name='lines') %}
    {#- The physical lines of text files. The delimiter is a control character that no text file
        uses; lines with bytes that are not UTF-8 go to the temporary table rejects_<name>. -#}
    read_csv(
        {{ sql_paths(files) }},
        auto_detect = false, header = false, columns = {'line': 'VARCHAR'},
        delim = chr(1), quote = '', escape = '', strict_mode = false, filename = true,
        ignore_errors = true,
        store_rejects = true,
        rejects_table = 'rejects_{{ name }}', rejects_scan = 'rejects_scans_{{ name }}'
    )
{%- endmacro %}
