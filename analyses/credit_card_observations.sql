-- Sixteen published observations on card holders, by part: what was found, and a verdict.
with business_hypotheses as (
    select * from {{ ref('business_hypotheses') }}
    where source_system = 'credit_card'
)

select
    hypothesis,
    part_number,
    statement,
    claim,
    finding,
    round(effect_size, 2) as effect_size,
    effect_size_name,
    adjusted_p_value,
    verdict,
    why_verdict,
    hypothesis_verdict
from business_hypotheses
order by hypothesis, part_number
