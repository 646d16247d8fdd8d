-- Fails with one row per segment and month whose opening is not the closing of the month before, in
-- customers or in money.
with segment_ledger as (
    select * from {{ ref('segment_ledger') }}
),

ledger_months as (
    select distinct
        source_system,
        segmentation,
        as_of_date
    from segment_ledger
),

-- Each closing with the month that follows, if there is one.
closings as (
    select
        segment_ledger.source_system,
        segment_ledger.segmentation,
        ledger_months.as_of_date,
        segment_ledger.segment_name,
        segment_ledger.closing,
        segment_ledger.closing_amount
    from segment_ledger
    inner join ledger_months
        on
            segment_ledger.source_system = ledger_months.source_system
            and segment_ledger.segmentation = ledger_months.segmentation
            and segment_ledger.as_of_date + interval 1 month = ledger_months.as_of_date
),

openings as (
    select segment_ledger.*
    from segment_ledger
    where
        exists (
            select 1
            from ledger_months
            where
                ledger_months.source_system = segment_ledger.source_system
                and ledger_months.segmentation = segment_ledger.segmentation
                and ledger_months.as_of_date + interval 1 month = segment_ledger.as_of_date
        )
)

select
    coalesce(openings.source_system, closings.source_system) as source_system,
    coalesce(openings.segmentation, closings.segmentation) as segmentation,
    coalesce(openings.as_of_date, closings.as_of_date) as as_of_date,
    coalesce(openings.segment_name, closings.segment_name) as segment_name,
    openings.opening,
    closings.closing,
    openings.opening_amount,
    closings.closing_amount
from openings
full outer join closings
    on
        openings.source_system = closings.source_system
        and openings.segmentation = closings.segmentation
        and openings.as_of_date = closings.as_of_date
        and openings.segment_name = closings.segment_name
where
    coalesce(openings.opening, 0) <> coalesce(closings.closing, 0)
    or coalesce(openings.opening_amount, 0) <> coalesce(closings.closing_amount, 0)
