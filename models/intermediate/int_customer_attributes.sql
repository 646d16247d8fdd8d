-- One row per customer with static attributes, as known at the as-of date. An attribute that the
-- source system does not have is null.
{{ union_systems(
    {
        'online_retail': 'int_online_retail_attributes',
        'superstore': 'int_superstore_attributes',
        'bank': 'int_bank_attributes',
        'custom_orders': 'int_custom_attributes',
    },
    {
        'source_system': 'varchar',
        'customer_id': 'varchar',
        'country': 'varchar',
        'market': 'varchar',
        'region': 'varchar',
        'district': 'varchar',
        'customer_name': 'varchar',
        'customer_type': 'varchar',
        'channel': 'varchar',
        'sex': 'varchar',
        'birth_date': 'date',
        'age': 'integer',
        'account_opened_date': 'date',
        'statement_frequency': 'varchar',
        'card_type': 'varchar',
        'loan_amount': 'decimal(18, 5)',
        'loan_status': 'varchar',
    },
    present={
        'online_retail': ['source_system', 'customer_id', 'country'],
        'superstore': [
            'source_system', 'customer_id', 'country', 'market', 'region', 'customer_name',
            'customer_type',
        ],
        'bank': [
            'source_system', 'customer_id', 'region', 'district', 'sex', 'birth_date', 'age',
            'account_opened_date', 'statement_frequency', 'card_type', 'loan_amount', 'loan_status',
        ],
        'custom_orders': ['source_system', 'customer_id', 'country', 'channel'],
    },
) }}
