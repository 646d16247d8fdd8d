{% macro kmeans_assignments(segmentation, labelled=false) %}
    {#- One row per customer in the fit: the nearest centroid and the second nearest. Distances are
        Euclidean, in standardised units, rounded to nine decimals; on a tie the smallest segment id
        wins. The same rule as customer_segments.clustering.assignment, so labels are equal on every
        row. Where a segmentation is `labelled`, the fit may have found segments that are no matter of the
        nearest centroid; then its labels count, 0 is noise, and second is the nearest other. -#}
    {%- set features = var('segmentation_features')[segmentation] -%}
    with features as (
        select * from {{ ref(known_segmentations()[segmentation]['feature_table']) }}
        where
            is_in_fit
            {%- for feature in features %}
            and {{ feature }} is not null
            {%- endfor %}
    ),

    centroid_facts as (
        select * from {{ ref('fit_' ~ segmentation) }}
        where record_kind = 'centroid'
    ),

    centroids as (
        select
            source_system,
            segment_id,
            {%- for feature in features %}
            {%- set outer_loop = loop %}
            {%- for name in ['mean', 'scale', 'centroid'] %}
            max(case when feature = '{{ feature }}' and name = '{{ name }}' then value end)
                as {{ feature }}_{{ name }}
            {%- if not (loop.last and outer_loop.last) %},{% endif %}
            {%- endfor %}
            {%- endfor %}
        from centroid_facts
        group by source_system, segment_id
    ),

    models as (
        select
            source_system,
            {%- for feature in features %}
            min({{ feature }}_mean) as {{ feature }}_mean,
            min({{ feature }}_scale) as {{ feature }}_scale,
            list({{ feature }}_centroid order by segment_id) as {{ feature }}_centroids,
            {%- endfor %}
            list(segment_id order by segment_id) as segment_ids
        from centroids
        group by source_system
    ),

    scaled as (
        select
            features.source_system,
            features.customer_id,
            features.as_of_date,
            {%- for feature in features %}
            (cast(features.{{ feature }} as double) - models.{{ feature }}_mean)
            / models.{{ feature }}_scale as {{ feature }},
            models.{{ feature }}_centroids,
            {%- endfor %}
            models.segment_ids
        from features
        inner join models
            on features.source_system = models.source_system
    ),

    distances as (
        select
            source_system,
            customer_id,
            as_of_date,
            segment_ids,
            list_transform(
                range(1, len(segment_ids) + 1),
                lambda i: round(
                    sqrt(
                        {%- for feature in features %}
                        ({{ feature }} - {{ feature }}_centroids[i])
                        * ({{ feature }} - {{ feature }}_centroids[i])
                        {%- if not loop.last %} +{% endif %}
                        {%- endfor %}
                    ),
                    9
                )
            ) as all_distances
        from scaled
    ),

    nearest as (
        select
            source_system,
            customer_id,
            as_of_date,
            segment_ids,
            all_distances,
            segment_ids[list_position(all_distances, list_min(all_distances))] as segment_id,
            false as is_noise
        from distances
    )

    {%- if labelled %},

    label_facts as (
        select * from {{ ref('fit_' ~ segmentation) }}
        where record_kind = 'assignment'
    ),

    model_facts as (
        select * from {{ ref('fit_' ~ segmentation) }}
        where record_kind = 'model' and name = 'is_nearest_centroid'
    ),

    placed as (
        select
            nearest.source_system,
            nearest.customer_id,
            nearest.as_of_date,
            nearest.segment_ids,
            nearest.all_distances,
            case
                when model_facts.value = 1 then nearest.segment_id else label_facts.segment_id
            end as segment_id,
            -- As the fit says: the features alone make nobody noise.
            label_facts.segment_id = 0 as is_noise
        from nearest
        inner join model_facts
            on nearest.source_system = model_facts.source_system
        left join label_facts
            on
                nearest.source_system = label_facts.source_system
                and nearest.customer_id = label_facts.customer_id
    )
    {%- endif %}

    select
        source_system,
        customer_id,
        as_of_date,
        segment_id,
        all_distances[list_position(segment_ids, segment_id)] as distance,
        case
            when segment_id > 0
                then
                    -- Nulls do not count.
                    list_min(
                        list_transform(
                            range(1, len(segment_ids) + 1),
                            lambda i: case
                                when segment_ids[i] <> segment_id then all_distances[i]
                            end
                        )
                    )
        end as second_distance,
        is_noise
    from {{ 'placed' if labelled else 'nearest' }}
{% endmacro %}
