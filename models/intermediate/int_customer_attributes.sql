-- One row per customer with static attributes, as known at the as-of date. An attribute that the
-- source system does not have is null; a customer without any attribute has no row.
{%- set attributes = {
    'country': 'varchar',
    'market': 'varchar',
    'region': 'varchar',
    'district': 'varchar',
    'customer_name': 'varchar',
    'customer_type': 'varchar',
    'sex': 'varchar',
    'birth_date': 'date',
    'age': 'integer',
    'account_opened_date': 'date',
    'statement_frequency': 'varchar',
    'card_type': 'varchar',
    'loan_amount': 'decimal(18, 5)',
    'loan_status': 'varchar',
} %}
{%- set known = {
    'online_retail': ['country'],
    'superstore': ['country', 'market', 'region', 'customer_name', 'customer_type'],
    'bank': [
        'region', 'district', 'sex', 'birth_date', 'age', 'account_opened_date',
        'statement_frequency', 'card_type', 'loan_amount', 'loan_status',
    ],
} %}

{%- for system in source_systems() if system in known %}
select
    source_system,
    customer_id,
    {%- for attribute, data_type in attributes.items() %}
    cast({{ attribute if attribute in known[system] else 'null' }} as {{ data_type }})
        as {{ attribute }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('int_' ~ system ~ '_attributes') }}
union all
{%- endfor %}
-- No rows; the columns stand here for a warehouse none of whose systems has attributes.
select
    cast(null as varchar) as source_system,
    cast(null as varchar) as customer_id,
    {%- for attribute, data_type in attributes.items() %}
    cast(null as {{ data_type }}) as {{ attribute }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
where 1 = 0
