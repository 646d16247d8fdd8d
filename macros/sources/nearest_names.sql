{% macro nearest_names(missing, found) %}
    {#- For each missing column the one that was probably meant, as sentences; nothing where none is
        close. -#}
    {%- set sentences = [] -%}
    {%- for name in missing -%}
        {%- set candidates = [] -%}
        {%- for other in found -%}{%- do candidates.append('(' ~ sql_string(other) ~ ')') -%}{%- endfor -%}
        {%- set nearest = run_query(
            "select name from (values " ~ candidates | join(', ') ~ ") as found (name)"
            ~ " where jaro_winkler_similarity(lower(name), lower(" ~ sql_string(name) ~ ")) > 0.8"
            ~ " order by jaro_winkler_similarity(lower(name), lower(" ~ sql_string(name) ~ ")) desc, name"
            ~ " limit 1"
        ) if candidates else none -%}
        {%- if nearest and nearest.rows -%}
            {%- do sentences.append(
                " Did you mean '" ~ nearest.rows[0][0] ~ "' instead of '" ~ name ~ "'?"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(sentences | join('')) }}
{% endmacro %}
