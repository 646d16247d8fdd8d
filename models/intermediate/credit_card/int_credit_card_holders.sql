-- One row per valid card holder of CC GENERAL.
{{ config(enabled=is_on('credit_card'), materialized='view') }}

select * from {{ ref('stg_credit_card__card_holders') }}
where rejection_reason is null and customer_id is not null
