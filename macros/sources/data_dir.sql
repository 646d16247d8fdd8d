{% macro data_dir() %}
    {#- DuckDB resolves a relative path against the folder dbt was started in; the project's own
        folder is what a reader of the settings expects. -#}
    {%- set folder = env_var('DATA_DIR', 'sample_data') -%}
    {%- if not folder.startswith('/') -%}
        {%- set folder = invocation_args_dict.get('project_dir', '.') ~ '/' ~ folder -%}
    {%- endif -%}
    {{ return(folder.rstrip('/')) }}
{% endmacro %}
