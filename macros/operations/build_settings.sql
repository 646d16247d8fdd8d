{% macro build_settings() %}
    {#- What a run was told that a number may depend on, as YAML: where the raw files are, and the vars. -#}
    {%- set settings = {
        'data_dir': data_dir(),
        'source_systems': source_systems(),
        'as_of_date': var('as_of_date', none) or env_var('AS_OF_DATE', ''),
    } -%}
    {%- for name in [
        'custom_orders', 'custom_interactions', 'session_gap_minutes', 'raw_format', 'plausible_dates',
        'reject_duplicate_lines', 'activity_window_days', 'monetary_measure', 'grids', 'impressions', 'late_days',
        'bank_status_known_from', 'segmentation_features', 'segmentation_raw_features',
        'segmentation_parameters', 'segmentation_k', 'segmentation_k_max', 'default_k', 'keep_k', 'candidate_search',
        'position_fence', 'history_months', 'forget_models', 'drift_bins', 'drift_levels',
        'feature_selection', 'significance_level',
    ] -%}
        {%- do settings.update({name: var(name)}) -%}
    {%- endfor -%}
    {#- tojson() cannot write the dates that YAML reads. -#}
    {{ return(toyaml(settings, sort_keys=true)) }}
{% endmacro %}
