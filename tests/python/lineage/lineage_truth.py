"""What columns of the public tables come from, written down from reading the models.

Of the five systems on sample data. A source is `table.column`; tables of different systems have
different names. Sets of sources are shared where the SQL shares them, too.
"""

from __future__ import annotations

INVOICES = {"online_retail.InvoiceNo", "online_retail.Quantity"}
"""Whether an invoice line is a purchase or a return."""

LINE_AMOUNTS = INVOICES | {"online_retail.UnitPrice"}
DATES = {
    "online_retail.InvoiceDate",
    "global_superstore.Order Date",
    "trans.date",
    "SearchInfo.SearchDate",
}
"""The last of these is the as-of date of its system."""

CUSTOMER_POSTINGS = {"bank_posting_classes.posting_class"}
ACTIVE_DAYS = DATES | CUSTOMER_POSTINGS | {"account.date"}
"""Days with an event, and the opening of an account, which is a day of zeros."""

PURCHASE_DAYS = ACTIVE_DAYS - {"SearchInfo.SearchDate"} | INVOICES
INTERACTION_DAYS = {
    "SearchInfo.SearchDate",
    "SearchInfo.count(*)",
    "trainSearchStream.IsClick",
}
CUSTOMERS = {
    "online_retail.CustomerID",
    "global_superstore.Customer ID",
    "trans.account_id",
    "account.account_id",
    "SearchInfo.UserID",
}
NET_AMOUNTS = LINE_AMOUNTS | CUSTOMER_POSTINGS | {"global_superstore.Sales", "trans.amount"}
STAYS = PURCHASE_DAYS | INTERACTION_DAYS | NET_AMOUNTS | {"segment_playbook.segment_name"}
"""What leads to the segments by k-means whose months are kept, and to their names."""

PROGRAMME_RULES = {
    f"programme_rules.{name}"
    for name in (
        *("window_days", "orders_enter_from", "orders_leave_below", "amount_measure"),
        *("amount_enter_from", "amount_leave_below", "months_below", "minimum_stay_months"),
    )
}
"""Who is a member of a programme, and so what is asked of a customer."""

ORDERS_BY_KIND = {
    f"global_superstore.{name}"
    for name in ("Order ID", "Category", "Order Priority", "Ship Mode", "Ship Date", "Quantity")
} | {"global_superstore.Discount", "global_superstore.Profit", "global_superstore.count(*)"}
"""What superstore_bisecting looks at beside recency, frequency and money; lines are counted."""

INSIDERS = {"online_retail.StockCode", "insiders_exclusions.reason"}
"""What insiders looks at beside purchases: products of a basket, and which lines count."""

CARD_ATTRIBUTES = {
    f"cc_general.{name}"
    for name in (
        *("BALANCE", "BALANCE_FREQUENCY", "CREDIT_LIMIT", "MINIMUM_PAYMENTS", "PAYMENTS"),
        *("PURCHASES", "ONEOFF_PURCHASES", "INSTALLMENTS_PURCHASES", "CASH_ADVANCE"),
        *("PURCHASES_FREQUENCY", "ONEOFF_PURCHASES_FREQUENCY", "CASH_ADVANCE_FREQUENCY"),
        *("PURCHASES_INSTALLMENTS_FREQUENCY", "PURCHASES_TRX", "CASH_ADVANCE_TRX"),
        *("PRC_FULL_PAYMENT", "TENURE"),
    )
}
"""What card_autoencoder looks at."""

MONTHS = {"trans.type", "trans.amount", "bank_posting_classes.posting_class"}
FEATURES = (
    PURCHASE_DAYS
    | NET_AMOUNTS
    | INTERACTION_DAYS
    | ORDERS_BY_KIND
    | INSIDERS
    | CARD_ATTRIBUTES
    | MONTHS
)

# Every source that a column is computed from, and no other.
VALUES: dict[str, set[str]] = {
    "customer_recency.source_system": set(),
    "customer_recency.customer_id": CUSTOMERS,
    "customer_recency.as_of_date": DATES,
    "customer_recency.first_active_date": ACTIVE_DAYS,
    "customer_recency.last_active_date": ACTIVE_DAYS,
    "customer_recency.first_purchase_date": PURCHASE_DAYS,
    "customer_recency.recency_days": PURCHASE_DAYS | {"SearchInfo.SearchDate"},
    "customer_recency.tenure_days": ACTIVE_DAYS,
    "customer_recency.last_interaction_date": INTERACTION_DAYS,
    "customer_recency.interaction_recency_days": INTERACTION_DAYS,
    "customer_recency.last_click_date": {"SearchInfo.SearchDate", "trainSearchStream.IsClick"},
    "customer_recency.click_recency_days": {
        "SearchInfo.SearchDate",
        "trainSearchStream.IsClick",
    },
    # Orders are counted as groups of lines, postings as rows of a class.
    "customer_frequency.order_count": CUSTOMER_POSTINGS,
    "customer_frequency.order_count_365d": ACTIVE_DAYS - {"SearchInfo.SearchDate"},
    "customer_frequency.active_day_count": CUSTOMER_POSTINGS
    | {"online_retail.InvoiceDate", "global_superstore.Order Date"},
    # Every line of Superstore is a purchase.
    "customer_frequency.purchase_line_count": INVOICES | {"global_superstore.count(*)"},
    "customer_frequency.mean_days_between_orders": PURCHASE_DAYS,
    "customer_monetary.gross_amount": NET_AMOUNTS,
    "customer_monetary.returned_amount": LINE_AMOUNTS,
    "customer_monetary.product_returned_amount": LINE_AMOUNTS
    | {"online_retail_charge_codes.stock_code"},
    "customer_monetary.net_amount": NET_AMOUNTS,
    "customer_monetary.net_amount_365d": NET_AMOUNTS | ACTIVE_DAYS - {"SearchInfo.SearchDate"},
    "customer_monetary.mean_order_amount": NET_AMOUNTS,
    "customer_monetary.return_count": set(),
    "customer_monetary.return_rate": NET_AMOUNTS,
    "customer_monetary.inflow_amount": {"trans.type", "trans.amount"},
    "customer_monetary.outflow_amount": {"trans.type", "trans.amount"},
    "customer_engagement.interaction_count": {"trainSearchStream.IsClick"},
    "customer_engagement.session_count": {"SearchInfo.count(*)"},
    "customer_engagement.impression_count": {"trainSearchStream.count(*)"},
    "customer_engagement.click_count": {"trainSearchStream.IsClick"},
    "customer_engagement.click_through_rate": {
        "trainSearchStream.IsClick",
        "trainSearchStream.count(*)",
    },
    "customer_engagement.active_days_90d": ACTIVE_DAYS,
    "customer_engagement.distinct_product_count": set(),
    "customer_engagement.distinct_item_count": set(),
    "customer_scores.recency_score": set(),
    "customer_scores.monetary_score": NET_AMOUNTS,
    "customer_scores.rfm_code": NET_AMOUNTS,
    "customer_scores.monetary_measure": NET_AMOUNTS,
    "customer_scores.activity_window_days": set(),
    "customer_grid_segments.grid": set(),
    "customer_grid_segments.segment_name": {
        "grid_rf25.segment_name",
        "grid_rfm125.segment_name",
        "grid_rfm_intervals.segment_name",
    },
    "credit_card_customers.customer_id": {"cc_general.CUST_ID"},
    "credit_card_customers.as_of_date": set(),
    "credit_card_customers.balance": {"cc_general.BALANCE"},
    "credit_card_customers.purchases_trx": {"cc_general.PURCHASES_TRX"},
    "credit_card_customers.tenure": {"cc_general.TENURE"},
    "customers.customer_id": CUSTOMERS | {"cc_general.CUST_ID"},
    "customers.as_of_date": DATES,
    "customers.customer_name": {"global_superstore.Customer Name"},
    "customers.customer_type": {"global_superstore.Segment"},
    "customers.channel": set(),
    "customers.country": {"online_retail.Country", "global_superstore.Country"},
    "customers.market": {"global_superstore.Market"},
    "customers.region": {"global_superstore.Region", "district.A3"},
    "customers.district": {"district.A2"},
    "customers.sex": {"client.birth_number"},
    "customers.birth_date": {"client.birth_number"},
    "customers.age": {"client.birth_number", "trans.date"},
    "customers.account_opened_date": {"account.date"},
    "customers.statement_frequency": {"account.frequency"},
    "customers.card_type": {"card.type"},
    "customers.loan_amount": {"loan.amount"},
    "customers.loan_status": {"loan.status", "loan.date", "loan.duration", "trans.date"},
    "customers.net_amount": NET_AMOUNTS,
    "customers.rf25_segment": {"grid_rf25.segment_name"},
    "customer_segments.as_of_date": DATES,
    "customer_segments.customer_id": CUSTOMERS | {"cc_general.CUST_ID"},
    "customer_segments.distance": FEATURES,
    # By the names of segments at month ends, so by all that places a customer in one.
    "customer_segments.segment_since": STAYS,
    "customer_segments_monthly.as_of_date": DATES,
    "segment_ledger.closing_amount": NET_AMOUNTS,
    "programme_memberships.programme_order_count": CUSTOMER_POSTINGS
    | {"programme_rules.orders_enter_from"},
    "programme_outlook.next_month_end": DATES,
    "programme_outlook.lacking_amount": NET_AMOUNTS | ACTIVE_DAYS | PROGRAMME_RULES,
    "segmentations.fitted_as_of": DATES,
    "segment_features.mean": FEATURES,
    "segments.median_net_amount": NET_AMOUNTS,
    "segments.lever": {"segment_playbook.lever"},
    "segments.effort": {"segment_playbook.effort"},
    "segment_sequences.median": MONTHS,
    "segment_sequences.period_start": {"trans.date", "account.date"},
    "segment_sequences.account_count": set(),
    "rejected_rows.source_table": set(),
}

# Sources that a column has something to do with in another way; there may be more.
OTHERS: dict[tuple[str, str], set[str]] = {
    # Usable lines of known customers; a usable line has a number, a date and a price.
    ("customers.country", "filter"): {
        "online_retail.CustomerID",
        "online_retail.InvoiceNo",
        "online_retail.Quantity",
        "online_retail.UnitPrice",
        "global_superstore.Row ID",
    },
    ("customers.country", "grouping"): {"online_retail.CustomerID", "online_retail.InvoiceDate"},
    ("customers.country", "ordering"): {
        "online_retail.InvoiceDate",
        "global_superstore.Order Date",
    },
    # The sex is that of the client who is joined as owner; that disp.type says who owns is a step
    # behind the join.
    ("customers.sex", "join"): {
        "account.account_id",
        "disp.account_id",
        "disp.client_id",
        "disp.type",
        "client.client_id",
    },
    ("customers.sex", "filter"): {"client.client_id", "client.birth_number"},
    ("customers.card_type", "join"): {"card.disp_id", "disp.disp_id", "disp.account_id"},
    ("customers.card_type", "ordering"): {"card.issued"},
    ("customers.card_type", "filter"): {"card.type"},
    ("customers.age", "join"): {"client.client_id", "disp.client_id"},
    ("customer_frequency.order_count", "grouping"): {
        "online_retail.InvoiceNo",
        "online_retail.CustomerID",
        "global_superstore.Order ID",
        "global_superstore.Customer ID",
    },
    ("customer_engagement.distinct_product_count", "grouping"): {
        "online_retail.StockCode",
        "global_superstore.Product ID",
    },
    ("customer_engagement.distinct_product_count", "filter"): INVOICES
    | {"online_retail_charge_codes.stock_code"},
    ("customer_monetary.product_returned_amount", "join"): {
        "online_retail.StockCode",
        "online_retail_charge_codes.stock_code",
    },
    ("customer_monetary.return_count", "filter"): INVOICES,
    ("customer_engagement.click_count", "join"): {
        "SearchInfo.SearchID",
        "trainSearchStream.SearchID",
    },
    ("customer_scores.recency_score", "ordering"): PURCHASE_DAYS | {"SearchInfo.SearchDate"},
    ("customer_scores.monetary_score", "ordering"): NET_AMOUNTS,
    ("credit_card_customers.balance", "filter"): {
        "cc_general.CUST_ID",
        "cc_general.BALANCE",
        "cc_general.TENURE",
    },
    ("customers.rf25_segment", "join"): {"grid_rf25.recency_from", "grid_rf25.frequency_to"},
    ("customer_segments.segment_id", "model-fitted"): FEATURES,
    ("segments.segment_name", "join"): {"segment_playbook.recency", "segment_playbook.tenure"},
    ("segments.customer_count", "grouping"): {"online_retail.Quantity", "trans.amount"},
    ("segment_centroids.centroid", "model-fitted"): FEATURES,
    ("segmentations.why_k", "model-fitted"): FEATURES,
    ("segment_rule_cards.condition", "model-fitted"): FEATURES,
}

# The only source systems that a column has anything to do with.
SYSTEMS: dict[str, set[str]] = {
    "customers.country": {"online_retail", "superstore"},
    "customers.market": {"superstore"},
    "customers.sex": {"bank"},
    "customers.loan_status": {"bank"},
    "customer_monetary.inflow_amount": {"bank"},
    "customer_engagement.session_count": {"ad_clicks"},
    "credit_card_customers.balance": {"credit_card"},
}
