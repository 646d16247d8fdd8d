-- One row per segment: its name, the rule that gave it, and what to do about it. Never by number:
-- the first rule of the playbook that the segment's position fits and whose guards permit it.
{%- set positions = ['recency', 'frequency', 'value', 'engagement', 'tenure'] %}
{#- How namesakes are told apart; a low recency is few days ago. -#}
{%- set lower_words = {
    'recency': 'more recent', 'frequency': 'less often', 'value': 'lower value',
    'engagement': 'less engaged', 'tenure': 'shorter tenure',
} %}
{%- set higher_words = {
    'recency': 'longer ago', 'frequency': 'more often', 'value': 'higher value',
    'engagement': 'more engaged', 'tenure': 'longer tenure',
} %}

with segment_profiles as (
    select * from {{ ref('segment_profiles') }}
),

source_system_rhythms as (
    select * from {{ ref('source_system_rhythms') }}
),

segment_playbook as (
    select * from {{ ref('segment_playbook') }}
),

rules as (
    select
        *,
        concat_ws(
            ', ',
            concat(vocabulary, ' rule ', cast(priority as varchar)),
            {%- for position in positions %}
            case
                when {{ position }} <> 'any'
                    then '{{ position }} ' || replace({{ position }}, '_', ' ')
            end,
            {%- endfor %}
            'median recency at least ' || cast(min_recency_gaps as varchar) || ' usual gaps',
            'median tenure at most ' || cast(max_tenure_days as varchar) || ' days'
        ) as rule_words
    from segment_playbook
),

positioned as (
    select
        segment_profiles.*,
        case
            {%- for name, settings in known_segmentations().items() if settings.vocabulary %}
            when segment_profiles.segmentation = '{{ name }}' then '{{ settings.vocabulary }}'
            {%- endfor %}
            when segment_profiles.behaviour = 'interactions' then 'engagement'
            when segment_profiles.source_system = 'bank' then 'banking'
            else 'purchases'
        end as vocabulary,
        {%- for position in positions %}
        case
            when segment_profiles.{{ position }}_position <= -{{ var('position_fence') }} then 'low'
            when segment_profiles.{{ position }}_position >= {{ var('position_fence') }} then 'high'
            else 'mid'
        end as {{ position }}_level,
        {%- endfor %}
        segment_profiles.median_recency_days
        / nullif(source_system_rhythms.median_gap_days, 0) as recency_gaps,
        -- A single segment has no position among others.
        sum(case when segment_profiles.is_noise then 0 else 1 end) over (
            partition by segment_profiles.segmentation, segment_profiles.source_system
        ) = 1 as is_only_segment
    from segment_profiles
    left join source_system_rhythms
        on
            segment_profiles.source_system = source_system_rhythms.source_system
            and segment_profiles.behaviour = source_system_rhythms.behaviour
),

-- What to call a segment that no rule fits: what is seen, and nothing more.
described as (
    select
        *,
        case recency_level
            when 'low' then 'Recent' when 'high' then 'Less Recent' else 'Medium Recency'
        end as recency_words,
        case frequency_level
            when 'low' then 'Low' when 'high' then 'High' else 'Medium'
        end || ' Frequency' as frequency_words,
        case
            when vocabulary = 'engagement' and engagement_level = 'low' then 'Low Engagement'
            when vocabulary = 'engagement' and engagement_level = 'high' then 'High Engagement'
            when vocabulary = 'engagement' then 'Medium Engagement'
            when value_level = 'low' then 'Low Value'
            when value_level = 'high' then 'High Value'
            else 'Medium Value'
        end as value_words
    from positioned
),

fitting_rules as (
    select
        positioned.segmentation,
        positioned.source_system,
        positioned.segment_id,
        min(rules.priority) as priority
    from positioned
    inner join rules
        on
            positioned.vocabulary = rules.vocabulary
            and {{ position_fits('recency') }}
            and {{ position_fits('frequency') }}
            and {{ position_fits('value') }}
            and {{ position_fits('engagement') }}
            and {{ position_fits('tenure') }}
    where
        not positioned.is_noise
        and not positioned.is_only_segment
        and (
            rules.min_recency_gaps is null
            or positioned.recency_gaps >= rules.min_recency_gaps
        )
        and (
            rules.max_tenure_days is null
            or positioned.median_tenure_days <= rules.max_tenure_days
        )
    group by positioned.segmentation, positioned.source_system, positioned.segment_id
),

named as (
    select
        described.*,
        case
            when described.is_noise and described.segmentation = 'rfm_kmeans'
                then 'Fully Returned'
            when described.is_noise then 'Unusual Customers'
            when described.is_only_segment then 'All Customers'
            when rules.segment_name is not null then rules.segment_name
            when described.vocabulary = 'cards'
                then concat_ws(', ', described.frequency_words, described.value_words)
            else
                concat_ws(
                    ', ',
                    described.recency_words,
                    described.frequency_words,
                    described.value_words
                )
        end as base_name,
        case
            when described.is_noise and described.segmentation = 'rfm_kmeans'
                then 'net amount of 0 or less: outside the fit'
            when described.is_noise then 'noise: like no group of customers'
            when described.is_only_segment then 'a single segment: nothing to compare it with'
            else coalesce(rules.rule_words, 'no rule of the playbook fits: described')
        end as base_rule,
        case
            when described.is_noise and described.segmentation = 'rfm_kmeans'
                then 'None: nothing was kept'
            when described.is_noise then 'None: look at them one by one'
            else coalesce(rules.lever, 'Look closer before acting')
        end as lever,
        case
            when described.is_noise then 'none'
            else coalesce(rules.contact_method, 'newsletter')
        end as contact_method,
        case
            when described.is_noise then 'none'
            else coalesce(rules.effort, 'keep')
        end as effort
    from described
    left join fitting_rules
        on
            described.segmentation = fitting_rules.segmentation
            and described.source_system = fitting_rules.source_system
            and described.segment_id = fitting_rules.segment_id
    left join rules
        on
            described.vocabulary = rules.vocabulary
            and fitting_rules.priority = rules.priority
),

-- Of the same name: how many there are, and between which positions they lie.
namesakes as (
    select
        segmentation,
        source_system,
        base_name,
        count(*) as namesake_count,
        {%- for position in positions %}
        max({{ position }}_position) - min({{ position }}_position) as {{ position }}_spread,
        (max({{ position }}_position) + min({{ position }}_position)) / 2 as {{ position }}_middle,
        {%- endfor %}
        greatest(
            max(recency_position) - min(recency_position),
            max(frequency_position) - min(frequency_position),
            max(value_position) - min(value_position),
            max(engagement_position) - min(engagement_position),
            max(tenure_position) - min(tenure_position)
        ) as widest_spread
    from named
    group by segmentation, source_system, base_name
),

told_apart as (
    select
        named.*,
        case
            when namesakes.namesake_count = 1 then null
            -- Of card holders, engagement are cash advances.
            when
                named.vocabulary = 'cards'
                and namesakes.engagement_spread = namesakes.widest_spread
                and named.engagement_position < namesakes.engagement_middle
                then 'less cash'
            when
                named.vocabulary = 'cards'
                and namesakes.engagement_spread = namesakes.widest_spread
                then 'more cash'
            {%- for position in positions %}
            when
                namesakes.{{ position }}_spread = namesakes.widest_spread
                and named.{{ position }}_position < namesakes.{{ position }}_middle
                then '{{ lower_words[position] }}'
            when namesakes.{{ position }}_spread = namesakes.widest_spread
                then '{{ higher_words[position] }}'
            {%- endfor %}
        end as difference
    from named
    inner join namesakes
        on
            named.segmentation = namesakes.segmentation
            and named.source_system = namesakes.source_system
            and named.base_name = namesakes.base_name
),

numbered as (
    select
        *,
        row_number() over (
            partition by segmentation, source_system, base_name, difference
            order by
                net_amount desc,
                customer_count desc,
                recency_position asc,
                frequency_position desc,
                segment_id asc
        ) as ordinal
    from told_apart
)

select
    segmentation,
    source_system,
    segment_id,
    concat_ws(', ', base_name, difference)
    || case when ordinal > 1 then ' ' || cast(ordinal as varchar) else '' end as segment_name,
    concat_ws(
        '; ',
        base_rule,
        'namesakes told apart by ' || difference,
        case when ordinal > 1 then 'then numbered by revenue' end
    ) as naming_rule,
    base_name,
    behaviour,
    vocabulary,
    recency_gaps,
    lever,
    contact_method,
    effort
from numbered
