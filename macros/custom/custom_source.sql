{% macro custom_source(kind, entry) %}
    {#- One entry of var custom_<kind> with its defaults; all that is wrong with it is said at once. -#}
    {%- if entry is not mapping -%}
        {{ exceptions.raise_compiler_error(
            "custom_" ~ kind ~ " must be a mapping (files:, columns:, ...) or a list of them, not '"
            ~ entry ~ "'. See docs/custom_sources.md."
        ) }}
    {%- endif -%}
    {%- set source = {
        'kind': kind,
        'source_system': 'custom',
        'files': none,
        'format': none,
        'delimiter': none,
        'table': none,
        'attach': none,
        'model': none,
        'source': none,
        'columns': none,
        'date_formats': none,
        'time_zone': none,
        'timestamps_in': none,
        'decimal_mark': '.',
        'thousands_mark': '',
        'currency_signs': [],
        'null_values': [],
    } -%}
    {%- do source.update(
        {'only_currency': none, 'ignored_statuses': none, 'return_statuses': none}
        if kind == 'orders' else {'click_types': none, 'impression_types': none}
    ) -%}
    {%- set problems = [] -%}
    {%- for key in entry if key not in source or key == 'kind' -%}
        {%- do problems.append(
            "'" ~ key ~ "' is not a setting. Settings: "
            ~ source | reject('equalto', 'kind') | join(', ')
        ) -%}
    {%- endfor -%}
    {%- for key, value in entry.items() if value is not none and key in source -%}
        {%- do source.update({key: value}) -%}
    {%- endfor -%}

    {%- if not modules.re.match('^[a-z][a-z0-9_]{0,39}$', source.source_system | string)
        or source.source_system in published_source_systems() -%}
        {%- do problems.append(
            "source_system '" ~ source.source_system ~ "' must be a name of your own, of lower-case"
            ~ " letters, digits and underscores: none of "
            ~ published_source_systems() | join(', ')
        ) -%}
    {%- endif -%}

    {%- set places = ['files', 'table', 'model', 'source'] -%}
    {%- set given = [] -%}
    {%- for place in places if source[place] -%}{%- do given.append(place) -%}{%- endfor -%}
    {%- if given | length != 1 -%}
        {%- do problems.append(
            "give one of files, table, model or source"
            ~ (', not ' ~ given | join(' and ') if given else '')
        ) -%}
    {%- endif -%}
    {%- for key in [
        'files', 'format', 'delimiter', 'attach', 'model', 'source', 'time_zone', 'timestamps_in',
        'decimal_mark', 'thousands_mark', 'only_currency',
    ] if source.get(key) is not none and source[key] is not string -%}
        {%- do problems.append(key ~ " must be one text, not " ~ source[key]) -%}
    {%- endfor -%}
    {%- if source.files is string -%}
        {%- set ending = modules.re.sub('\\.gz$', '', source.files | lower).split('.')[-1] -%}
        {%- do source.update({
            'format': source.format or (
                'parquet' if ending == 'parquet'
                else 'json' if ending in ['json', 'jsonl', 'ndjson'] else 'csv'
            ),
            'delimiter': source.delimiter or ('\t' if ending == 'tsv' else ','),
        }) -%}
        {%- if source.format not in ['csv', 'parquet', 'json'] -%}
            {%- do problems.append(
                "format '" ~ source.format ~ "' must be csv, parquet or json (JSON lines)"
            ) -%}
        {%- endif -%}
    {%- else -%}
        {%- do source.update({'format': 'relation'}) -%}
    {%- endif -%}
    {%- if source.attach and not source.table -%}
        {%- do problems.append("attach names a DuckDB file; say with table which table of it") -%}
    {%- endif -%}
    {%- if source.source and (source.source | string).split('.') | length != 2 -%}
        {%- do problems.append("source must be source_name.table_name") -%}
    {%- endif -%}

    {%- if source.columns is not none -%}
        {%- do problems.extend(custom_column_problems(kind, source, source.columns)) -%}
    {%- endif -%}
    {%- do problems.extend(custom_format_problems(source)) -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "custom_" ~ kind ~ " of " ~ source.source_system ~ " cannot be used:\n  - "
            ~ problems | join('\n  - ') ~ "\nSee docs/custom_sources.md."
        ) }}
    {%- endif -%}
    {{ return(source) }}
{% endmacro %}
