-- One row per valid card holder of CC GENERAL.
select * from {{ ref('stg_credit_card__card_holders') }}
where rejection_reason is null and customer_id is not null
