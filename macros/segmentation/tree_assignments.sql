{% macro tree_assignments(segmentation) %}
    {#- One row per customer in the fit: the leaf that the tree of splits leads to, at each split to the
        side with the nearer centroid. Distances are Euclidean, in standardised units, rounded to nine
        decimals; on a tie the smaller node id wins. The same rule as customer_segments.clustering.bisecting,
        so labels are equal on every row. The levels are written out, as many as a tree of the most
        segments that vars allow can have: a recursive query cannot be traced. -#}
    {%- set features = var('segmentation_features')[segmentation] -%}
    {%- set k = var('segmentation_k').get(segmentation) -%}
    {%- set fixed_ks = (k.values() if k is mapping else [k]) | select | list -%}
    {%- set level_count = ([var('segmentation_k_max')] + fixed_ks) | map('int') | max - 1 -%}
    with features as (
        select * from {{ ref(known_segmentations()[segmentation]['feature_table']) }}
        where
            is_in_fit
            {%- for feature in features %}
            and {{ feature }} is not null
            {%- endfor %}
    ),

    facts as (
        select * from {{ ref('fit_' ~ segmentation) }}
    ),

    models as (
        select
            source_system,
            {%- for feature in features %}
            {%- set outer_loop = loop %}
            {%- for name in ['mean', 'scale'] %}
            max(case when feature = '{{ feature }}' and name = '{{ name }}' then value end)
                as {{ feature }}_{{ name }}
            {%- if not (loop.last and outer_loop.last) %},{% endif %}
            {%- endfor %}
            {%- endfor %}
        from facts
        where record_kind = 'centroid'
        group by source_system
    ),

    nodes as (
        select
            source_system,
            node_id,
            max(segment_id) as segment_id,
            max(case when name = 'parent_node_id' then value end) as parent_node_id
        from facts
        where record_kind = 'node'
        group by source_system, node_id
    ),

    node_centroids as (
        select
            source_system,
            node_id,
            {%- for feature in features %}
            max(case when feature = '{{ feature }}' then value end) as {{ feature }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from facts
        where record_kind = 'node_centroid'
        group by source_system, node_id
    ),

    scaled as (
        select
            features.source_system,
            features.customer_id,
            features.as_of_date,
            {%- for feature in features %}
            (cast(features.{{ feature }} as double) - models.{{ feature }}_mean)
            / models.{{ feature }}_scale as {{ feature }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        from features
        inner join models
            on features.source_system = models.source_system
    ),

    distances as (
        select
            scaled.source_system,
            scaled.customer_id,
            nodes.node_id,
            nodes.parent_node_id,
            nodes.segment_id,
            round(
                sqrt(
                    {%- for feature in features %}
                    (scaled.{{ feature }} - node_centroids.{{ feature }})
                    * (scaled.{{ feature }} - node_centroids.{{ feature }})
                    {%- if not loop.last %} +{% endif %}
                    {%- endfor %}
                ),
                9
            ) as distance
        from scaled
        inner join nodes
            on scaled.source_system = nodes.source_system
        inner join node_centroids
            on
                nodes.source_system = node_centroids.source_system
                and nodes.node_id = node_centroids.node_id
    ),

    ranked_sides as (
        select
            source_system,
            customer_id,
            parent_node_id,
            node_id,
            row_number() over (
                partition by source_system, customer_id, parent_node_id
                order by distance asc, node_id asc
            ) as place
        from distances
        where parent_node_id is not null
    ),

    nearer_sides as (
        select * from ranked_sides
        where place = 1
    ),

    level_0 as (
        select
            source_system,
            customer_id,
            as_of_date,
            1 as node_id
        from scaled
    ),
    {%- for level in range(1, level_count + 1) %}

    -- A customer who is at a leaf stays there.
    level_{{ level }} as (
        select
            level_{{ level - 1 }}.source_system,
            level_{{ level - 1 }}.customer_id,
            level_{{ level - 1 }}.as_of_date,
            coalesce(nearer_sides.node_id, level_{{ level - 1 }}.node_id) as node_id
        from level_{{ level - 1 }}
        left join nearer_sides
            on
                level_{{ level - 1 }}.source_system = nearer_sides.source_system
                and level_{{ level - 1 }}.customer_id = nearer_sides.customer_id
                and level_{{ level - 1 }}.node_id = nearer_sides.parent_node_id
    ),
    {%- endfor %}

    other_segments as (
        select
            level_{{ level_count }}.source_system,
            level_{{ level_count }}.customer_id,
            min(distances.distance) as distance
        from level_{{ level_count }}
        inner join distances
            on
                level_{{ level_count }}.source_system = distances.source_system
                and level_{{ level_count }}.customer_id = distances.customer_id
                and level_{{ level_count }}.node_id <> distances.node_id
        where distances.segment_id is not null
        group by level_{{ level_count }}.source_system, level_{{ level_count }}.customer_id
    )

    select
        level_{{ level_count }}.source_system,
        level_{{ level_count }}.customer_id,
        level_{{ level_count }}.as_of_date,
        distances.segment_id,
        distances.distance,
        other_segments.distance as second_distance,
        false as is_noise
    from level_{{ level_count }}
    inner join distances
        on
            level_{{ level_count }}.source_system = distances.source_system
            and level_{{ level_count }}.customer_id = distances.customer_id
            and level_{{ level_count }}.node_id = distances.node_id
    left join other_segments
        on
            level_{{ level_count }}.source_system = other_segments.source_system
            and level_{{ level_count }}.customer_id = other_segments.customer_id
{% endmacro %}
