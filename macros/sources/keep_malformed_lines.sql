{% macro keep_malformed_lines() %}
    {#- Post-hook of every staging model: lines the CSV reader could not parse become rows with the
        reason `malformed_line`, in the transaction that builds the table. One line can have several
        errors. The reader shows bytes that are not UTF-8 as `?`. The place in the file is left out:
        a row is the same row wherever it stands. -#}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- for read in text_reads(model) %}
    insert into {{ this }}
        ({{ 'source_system, ' if read.source_system }}source_file, line_count, raw_row, rejection_reason)
    with malformed as (
        select
            scans.file_path,
            rejects.line,
            max(case when rejects.error_type = 'UNQUOTED VALUE' then len(rejects.csv_line) else 0 end)
                as open_quote_length,
            min(regexp_replace(rejects.csv_line, '^[\r\n]+|[\r\n]+$', '', 'g')) as line_text
        from temp.rejects_{{ read.name }} as rejects
        inner join temp.rejects_scans_{{ read.name }} as scans using (scan_id, file_id)
        group by scans.file_path, rejects.line
    )

    select
        {%- if read.source_system %}
        '{{ read.source_system }}' as source_system,
        {%- endif %}
        replace(file_path, {{ sql_string(data_dir() ~ '/') }}, '') as source_file,
        case
            -- The reader keeps 10,000 characters, so the lines behind would be lost.
            when open_quote_length >= 10000
                then error(
                    file_path || ': line ' || line || ' opens a quote that is not closed within 10,000'
                    || ' characters. Close it, or double it if it is part of the text.'
                )
            else len(regexp_extract_all(line_text, '[^\r\n]+'))
        end as line_count,
        cast(json_object('line', line_text) as varchar) as raw_row,
        'malformed_line' as rejection_reason
    from malformed;
    {%- endfor %}
{% endmacro %}
