{% macro custom_type(data_type) %}
    {#- What kind of a DuckDB type it is, as far as reading a mapped column goes. -#}
    {%- set name = data_type | string | upper -%}
    {%- if name == 'VARCHAR' or name == 'JSON' or name.startswith('ENUM') -%}
        {{ return('text') }}
    {%- elif name in ['DOUBLE', 'FLOAT'] -%}
        {{ return('float') }}
    {%- elif name.startswith('DECIMAL') or name.endswith('INT') or name.endswith('INTEGER') -%}
        {{ return('number') }}
    {%- elif name == 'TIMESTAMP WITH TIME ZONE' -%}
        {{ return('moment') }}
    {%- elif name == 'DATE' -%}
        {{ return('date') }}
    {%- elif name.startswith('TIMESTAMP') -%}
        {{ return('time') }}
    {%- elif name == 'BOOLEAN' -%}
        {{ return('flag') }}
    {%- endif -%}
    {{ return('other') }}
{% endmacro %}
