-- One row per part of a business hypothesis: what the data say, how surely and how strongly, and
-- the query that gives the figure.
{%- set level = var('significance_level') %}
{%- set marts = this.schema ~ '.' %}

with systems as (
    {{ system_names(source_systems()) }}
),

hypotheses as (
    select * from {{ ref('hypotheses') }}
),

hypothesis_tests as (
    select * from {{ ref('hypothesis_tests') }}
),

tested_hypotheses as (
    select * from {{ ref('tested_hypotheses') }}
),

described as (
    select
        hypotheses.source_system,
        hypotheses.hypothesis,
        hypotheses.part_number,
        hypotheses.statement,
        hypotheses.claim,
        hypotheses.test,
        hypotheses.expectation,
        hypotheses.expected_value,
        coalesce(tested_hypotheses.sample_size, 0) as sample_size,
        tested_hypotheses.other_sample_size,
        tested_hypotheses.figure,
        coalesce(tested_hypotheses.finding, 'no figure') as finding,
        tested_hypotheses.statistic,
        tested_hypotheses.effect_size,
        hypothesis_tests.effect_size_name,
        tested_hypotheses.p_value,
        tested_hypotheses.adjusted_p_value,
        coalesce(tested_hypotheses.problem, 'no observations') as problem,
        -- In the direction that the hypothesis expects.
        case when hypotheses.expectation = 'less' then -1 else 1 end
        * tested_hypotheses.effect_size as expected_effect,
        abs(tested_hypotheses.effect_size) < hypothesis_tests.small_effect as is_negligible,
        replace(
            hypothesis_tests.figure_query,
            '{observations}',
            '    '
            || replace(
                replace(hypotheses.query, 'marts.', '{{ marts }}'), chr(10), chr(10) || '    '
            )
        ) as query
    from hypotheses
    inner join systems on hypotheses.source_system = systems.source_system
    inner join hypothesis_tests on hypotheses.test = hypothesis_tests.test
    left join tested_hypotheses
        on
            hypotheses.source_system = tested_hypotheses.source_system
            and hypotheses.hypothesis = tested_hypotheses.hypothesis
            and hypotheses.part_number = tested_hypotheses.part_number
),

explained as (
    select
        *,
        case
            when p_value is null then problem
            when expectation = 'none' and is_negligible then 'a negligible effect'
            when expectation = 'none' then 'an effect that is not negligible'
            when expectation = 'about' and is_negligible then 'close to what was expected'
            when expectation = 'about' then 'not close to what was expected'
            when expected_effect <= 0 then 'the data do not go in this direction'
            when adjusted_p_value >= {{ level }} then 'chance explains it'
            when is_negligible then 'in this direction, but negligible'
            when
                (expectation = 'more' and figure < expected_value)
                or (expectation = 'less' and figure > expected_value)
                then 'in this direction, but less than expected'
            else 'in this direction, and not by chance'
        end as why_verdict
    from described
),

judged as (
    select
        *,
        case
            when p_value is null then 'not testable'
            when
                why_verdict in (
                    'in this direction, and not by chance',
                    'a negligible effect',
                    'close to what was expected'
                )
                then 'supported'
            when
                why_verdict in (
                    'in this direction, but negligible',
                    'in this direction, but less than expected'
                )
                then 'partly supported'
            else 'not supported'
        end as verdict
    from explained
),

counted as (
    select
        source_system,
        hypothesis,
        count(case when verdict <> 'not testable' then 1 end) as tested_count,
        count(case when verdict = 'supported' then 1 end) as supported_count,
        count(case when verdict = 'partly supported' then 1 end) as partly_count
    from judged
    group by source_system, hypothesis
)

select
    judged.source_system,
    judged.hypothesis,
    judged.part_number,
    judged.statement,
    judged.claim,
    judged.test,
    judged.expectation,
    judged.expected_value,
    judged.sample_size,
    judged.other_sample_size,
    judged.figure,
    judged.finding,
    judged.statistic,
    judged.effect_size,
    judged.effect_size_name,
    judged.p_value,
    judged.adjusted_p_value,
    judged.verdict,
    judged.why_verdict,
    case
        when counted.tested_count = 0 then 'not testable'
        when counted.supported_count = counted.tested_count then 'supported'
        when counted.supported_count + counted.partly_count = 0 then 'not supported'
        else 'partly supported'
    end as hypothesis_verdict,
    judged.query
from judged
inner join counted
    on
        judged.source_system = counted.source_system
        and judged.hypothesis = counted.hypothesis
