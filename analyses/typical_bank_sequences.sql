-- How do the months of each segment of accounts go? A bar per month, as long as the median balance,
-- and the middle half of the accounts beside it. A drawing program takes the same columns:
-- period_start across, the quartiles as a band, one panel per segment.
with segment_sequences as (
    select * from {{ ref('segment_sequences') }}
    where segmentation = 'bank_sequences' and measure = 'closing_balance'
)

select
    segment_name,
    period_start,
    account_count,
    bar(greatest(median, 0), 0, max(median) over (), 40) as median_balance,
    median,
    lower_quartile,
    upper_quartile
from segment_sequences
order by segment_name, period_start
