-- One row per account opened before the as-of date: its owner, card and loan as known then.
{{ config(enabled=is_on('bank'), materialized='view') }}

with accounts as (
    select * from {{ ref('stg_bank__accounts') }}
    where rejection_reason is null
),

dispositions as (
    select * from {{ ref('stg_bank__dispositions') }}
    where rejection_reason is null
),

clients as (
    select * from {{ ref('stg_bank__clients') }}
    where rejection_reason is null
),

districts as (
    select * from {{ ref('stg_bank__districts') }}
    where rejection_reason is null
),

cards as (
    select * from {{ ref('stg_bank__cards') }}
    where rejection_reason is null
),

loans as (
    select * from {{ ref('stg_bank__loans') }}
    where rejection_reason is null
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'bank'
),

owners as (
    select
        account_id,
        min(client_id) as client_id
    from dispositions
    where disposition_type = 'OWNER'
    group by account_id
),

-- Latest card, then smallest type.
card_dates as (
    select
        dispositions.account_id,
        cards.issued_date,
        min(cards.card_type) as card_type
    from cards
    inner join dispositions
        on cards.disposition_id = dispositions.disposition_id
    inner join as_of_dates
        on cards.issued_date < as_of_dates.as_of_date
    group by dispositions.account_id, cards.issued_date
),

account_cards as (
    select
        account_id,
        {{ latest_value('card_type', 'issued_date') }} as card_type
    from card_dates
    group by account_id
),

-- The file holds the status at the end of 1998: a finished loan (A, B) got it on its last day, a
-- running one (C, D) has it since the data ends.
known_loans as (
    select
        loans.account_id,
        loans.granted_date,
        min(loans.loan_amount) as loan_amount,
        min(
            case
                when
                    loans.status_code in ('A', 'B')
                    and {{ dbt.dateadd('month', 'loans.duration_months', 'loans.granted_date') }}
                    < as_of_dates.as_of_date
                    then loans.status_code
                when
                    loans.status_code in ('C', 'D')
                    and cast('{{ var("bank_status_known_from") }}' as date)
                    < as_of_dates.as_of_date
                    then loans.status_code
            end
        ) as loan_status
    from loans
    inner join as_of_dates
        on loans.granted_date < as_of_dates.as_of_date
    group by loans.account_id, loans.granted_date
),

-- The status is that of the latest loan, even where only that of an earlier one is known.
numbered_loans as (
    select
        *,
        row_number() over (partition by account_id order by granted_date desc) as loan_number
    from known_loans
),

account_loans as (
    select * from numbered_loans
    where loan_number = 1
)

select
    'bank' as source_system,
    accounts.account_id as customer_id,
    accounts.opened_date as account_opened_date,
    accounts.statement_frequency,
    clients.sex,
    clients.birth_date,
    cast({{ age_in_years('clients.birth_date', 'as_of_dates.as_of_date') }} as integer) as age,
    districts.district_name as district,
    districts.region,
    districts.average_salary_amount as district_average_salary_amount,
    districts.urban_percentage as district_urban_percentage,
    account_cards.card_type,
    account_loans.loan_amount,
    account_loans.loan_status
from accounts
inner join as_of_dates
    on accounts.opened_date < as_of_dates.as_of_date
left join owners
    on accounts.account_id = owners.account_id
left join clients
    on owners.client_id = clients.client_id
left join districts
    on clients.district_id = districts.district_id
left join account_cards
    on accounts.account_id = account_cards.account_id
left join account_loans
    on accounts.account_id = account_loans.account_id
