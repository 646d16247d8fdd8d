{% macro monthly_kmeans(model_column) %}
    {#- One row per customer, segmentation by k-means and month end: the nearest centroid of the model that
        `model_column` of models_in_force names; rows where it is null are left out. The rule of
        kmeans_assignments(). Segment 0 are buyers outside the fit; null, customers with nothing to assign. -#}
    {%- set kept = ref('kept_centroids') -%}
    {#- Distances are written out, which takes a third of the time of lists; so the number of segments must be
        known before this query can be written. Segments are counted, since ids have gaps. -#}
    {%- set ns = namespace(parts=[], most=1) -%}
    {%- if execute and load_relation(kept) is not none -%}
        {%- set ns.most = run_query(
            "select max(segment_count) from (select count(distinct segment_id) as segment_count from "
            ~ kept ~ " group by segmentation, source_system, fitted_as_of)"
        ).rows[0][0] or 1 -%}
    {%- endif -%}
    {%- set places = range(1, ns.most | int + 1) -%}
    with monthly_measures as (
        select * from {{ ref('monthly_measures') }}
    ),

    monthly_totals as (
        select * from {{ ref('monthly_totals') }}
    ),

    kept_centroids as (
        select distinct
            segmentation,
            source_system,
            model_id,
            segment_id,
            feature,
            mean,
            scale,
            centroid
        from {{ kept }}
    ),

    models_in_force as (
        select
            segmentation,
            source_system,
            as_of_date,
            {{ model_column }} as model_id
        from {{ ref('models_in_force') }}
        where {{ model_column }} is not null{{ ' and model_id <> previous_model_id' if model_column == 'previous_model_id' }}
    ),

    {%- for segmentation, expressions in kmeans_features().items() %}
    {%- set features = var('segmentation_features')[segmentation] %}
    {%- set behaviour = known_segmentations()[segmentation].behaviour %}
    {%- set takes_money = segmentation == 'rfm_kmeans' %}

    {{ segmentation }}_centroids as (
        select
            models_in_force.source_system,
            models_in_force.as_of_date,
            models_in_force.model_id,
            kept_centroids.segment_id,
            row_number() over (
                partition by
                    models_in_force.source_system,
                    models_in_force.as_of_date,
                    models_in_force.model_id
                order by kept_centroids.segment_id
            ) as place,
            {%- for feature in features %}
            {%- set outer_loop = loop %}
            {%- for name in ['mean', 'scale', 'centroid'] %}
            max(case when kept_centroids.feature = '{{ feature }}' then kept_centroids.{{ name }} end)
                as {{ feature }}_{{ name }}
            {%- if not (loop.last and outer_loop.last) %},{% endif %}
            {%- endfor %}
            {%- endfor %}
        from models_in_force
        inner join kept_centroids
            on
                models_in_force.segmentation = kept_centroids.segmentation
                and models_in_force.source_system = kept_centroids.source_system
                and models_in_force.model_id = kept_centroids.model_id
        where models_in_force.segmentation = '{{ segmentation }}'
        group by
            models_in_force.source_system,
            models_in_force.as_of_date,
            models_in_force.model_id,
            kept_centroids.segment_id
    ),

    {{ segmentation }}_models as (
        select
            source_system,
            as_of_date,
            model_id
            {%- for feature in features %},
            min({{ feature }}_mean) as {{ feature }}_mean,
            min({{ feature }}_scale) as {{ feature }}_scale
            {%- for place in places %},
            max(case when place = {{ place }} then {{ feature }}_centroid end)
                as {{ feature }}_centroid_{{ place }}
            {%- endfor %}
            {%- endfor %}
            {%- for place in places %},
            max(case when place = {{ place }} then segment_id end) as segment_id_{{ place }}
            {%- endfor %}
        from {{ segmentation }}_centroids
        group by source_system, as_of_date, model_id
    ),

    {{ segmentation }}_features as (
        select
            source_system,
            customer_id,
            as_of_date,
            net_amount,
            {{ 'monetary_amount > 0' if takes_money else 'true' }} as is_in_fit
            {%- for feature in features %},
            {{ expressions[feature] }} as {{ feature }}
            {%- endfor %}
        from monthly_measures
        where behaviour = '{{ behaviour }}'
    ),

    {{ segmentation }}_scaled as (
        select
            features.source_system,
            features.customer_id,
            features.as_of_date,
            features.net_amount,
            features.is_in_fit,
            models.model_id
            {%- for feature in features %},
            (cast(features.{{ feature }} as double) - models.{{ feature }}_mean)
            / models.{{ feature }}_scale as {{ feature }}
            {%- for place in places %},
            models.{{ feature }}_centroid_{{ place }}
            {%- endfor %}
            {%- endfor %}
            {%- for place in places %},
            models.segment_id_{{ place }}
            {%- endfor %}
        from {{ segmentation }}_features as features
        inner join {{ segmentation }}_models as models
            on
                features.source_system = models.source_system
                and features.as_of_date = models.as_of_date
    ),

    {{ segmentation }}_distances as (
        select
            source_system,
            customer_id,
            as_of_date,
            net_amount,
            is_in_fit,
            model_id
            {%- for place in places %},
            segment_id_{{ place }},
            round(
                sqrt(
                    {%- for feature in features %}
                    ({{ feature }} - {{ feature }}_centroid_{{ place }})
                    * ({{ feature }} - {{ feature }}_centroid_{{ place }})
                    {%- if not loop.last %} +{% endif %}
                    {%- endfor %}
                ),
                9
            ) as distance_{{ place }}
            {%- endfor %}
        from {{ segmentation }}_scaled
    ),

    {{ segmentation }}_nearest as (
        select
            *,
            least(
                {%- for place in places %}
                distance_{{ place }}{{ ',' if not loop.last }}
                {%- endfor %}
            ) as distance
        from {{ segmentation }}_distances
    ),

    {{ segmentation }}_assigned as (
        select
            source_system,
            customer_id,
            as_of_date,
            model_id,
            case
                when not is_in_fit then 0
                {%- for place in places %}
                when distance_{{ place }} = distance and is_in_fit then segment_id_{{ place }}
                {%- endfor %}
            end as segment_id,
            net_amount
        from {{ segmentation }}_nearest
        union all
        select
            monthly_totals.source_system,
            monthly_totals.customer_id,
            monthly_totals.as_of_date,
            models.model_id,
            null as segment_id,
            monthly_totals.net_amount
        from monthly_totals
        inner join {{ segmentation }}_models as models
            on
                monthly_totals.source_system = models.source_system
                and monthly_totals.as_of_date = models.as_of_date
        where
            coalesce(
                monthly_totals.{{ 'order_count' if behaviour == 'orders' else 'session_count' }}, 0
            ) = 0
    )
    {%- do ns.parts.append(segmentation) %}
    {{- ',' if not loop.last }}
    {%- endfor %}

    {% for segmentation in ns.parts %}
    select
        '{{ segmentation }}' as segmentation,
        source_system,
        customer_id,
        as_of_date,
        model_id,
        cast(segment_id as bigint) as segment_id,
        net_amount
    from {{ segmentation }}_assigned
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
