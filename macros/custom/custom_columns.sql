{% macro custom_columns(kind) %}
    {#- The columns that a custom source can map, and how each is read. -#}
    {{ return({
        'orders': {
            'customer_id': 'id',
            'order_id': 'id',
            'line_id': 'id',
            'ordered_at': 'time',
            'amount': 'number',
            'quantity': 'number',
            'unit_price': 'number',
            'refunded_amount': 'number',
            'exchange_rate': 'number',
            'currency': 'text',
            'status': 'text',
            'is_return': 'flag',
            'product_id': 'text',
            'product_name': 'text',
            'category': 'text',
            'country': 'text',
            'channel': 'text',
        },
        'interactions': {
            'customer_id': 'id',
            'session_id': 'id',
            'occurred_at': 'time',
            'event_type': 'text',
            'item': 'text',
        },
    }[kind]) }}
{% endmacro %}
