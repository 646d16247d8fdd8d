"""Which columns stand in which public table; a test holds them against the warehouse."""

MEASURES = {
    "customer_recency": (
        "first_active_date",
        "last_active_date",
        "first_purchase_date",
        "last_purchase_date",
        "recency_days",
        "tenure_days",
        "last_interaction_date",
        "interaction_recency_days",
        "last_click_date",
        "click_recency_days",
    ),
    "customer_frequency": (
        "order_count",
        "order_count_365d",
        "active_day_count",
        "purchase_line_count",
        "mean_days_between_orders",
    ),
    "customer_monetary": (
        "gross_amount",
        "returned_amount",
        "product_returned_amount",
        "net_amount",
        "net_amount_365d",
        "mean_order_amount",
        "return_count",
        "return_rate",
        "inflow_amount",
        "outflow_amount",
    ),
    "customer_engagement": (
        "interaction_count",
        "session_count",
        "impression_count",
        "click_count",
        "click_through_rate",
        "active_days_30d",
        "active_days_90d",
        "distinct_product_count",
        "distinct_item_count",
    ),
}
"""Columns of the marts of measures; `customers` has all of them."""

ATTRIBUTES = (
    "customer_name",
    "customer_type",
    "channel",
    "country",
    "market",
    "region",
    "district",
    "sex",
    "birth_date",
    "age",
    "account_opened_date",
    "statement_frequency",
    "card_type",
    "loan_amount",
    "loan_status",
)
"""Static attributes in `customers`."""

SCORES = ("recency_score", "frequency_score", "monetary_score", "engagement_score", "rfm_code")
"""Columns of customer_scores that `customers` has, too."""

GRIDS = ("rf25", "rfm125", "rfm_intervals")
"""Grids with a column of their own in `customers`: <grid>_segment."""

SEGMENTATIONS = (
    "rfm_kmeans",
    "rfe_kmeans",
    "insiders",
    "superstore_bisecting",
    "card_autoencoder",
    "bank_sequences",
)
"""Segmentations with a column of their own in `customers`: <segmentation>_segment."""
