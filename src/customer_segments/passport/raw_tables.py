"""The raw tables of the published source systems, as their publishers name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RawTable:
    """A raw table as published.

    Attributes:
        source_system: whose.
        name: the publisher's name of the table.
        files: glob below the data directory.
        delimiter: between the cells of a text file.
        columns: published columns, in order.
        staged_as: staging model that reads it.
        customer_column: where it names the customer; None where it does not.
        key: column of the id that only one row may have.
        has_integer_ids: whether ids are numbers, so that `7` and `07` are one.
    """

    source_system: str
    name: str
    files: str
    delimiter: str
    columns: tuple[str, ...]
    staged_as: str
    customer_column: str | None = None
    key: str | None = None
    has_integer_ids: bool = False

    def id_in_sql(self, cell: str) -> str:
        """SQL for an id as text, of SQL for the cell that holds it."""
        return f"cast(try_cast({cell} as bigint) as varchar)" if self.has_integer_ids else cell


def _names(columns: str) -> tuple[str, ...]:
    return tuple(columns.split())


def _berka(
    name: str, columns: str, staged_as: str, key: str, customer_column: str | None = "account_id"
) -> RawTable:
    return RawTable(
        "bank", name, f"berka/{name}*", ";", _names(columns), staged_as, customer_column, key
    )


ONLINE_RETAIL = RawTable(
    source_system="online_retail",
    name="online_retail",
    files="online_retail/*",
    delimiter=",",
    columns=_names(
        "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country"
    ),
    staged_as="stg_online_retail__invoice_lines",
    customer_column="CustomerID",
)
SUPERSTORE = RawTable(
    source_system="superstore",
    name="global_superstore",
    files="global_superstore/*",
    delimiter=",",
    columns=(
        "Row ID",
        "Order ID",
        "Order Date",
        "Ship Date",
        "Ship Mode",
        "Customer ID",
        "Customer Name",
        "Segment",
        "City",
        "State",
        "Country",
        "Postal Code",
        "Market",
        "Region",
        "Product ID",
        "Category",
        "Sub-Category",
        "Product Name",
        "Sales",
        "Quantity",
        "Discount",
        "Profit",
        "Shipping Cost",
        "Order Priority",
    ),
    staged_as="stg_superstore__order_lines",
    customer_column="Customer ID",
    key="Row ID",
)
ACCOUNTS = _berka(
    "account", "account_id district_id frequency date", "stg_bank__accounts", "account_id"
)
DISPOSITIONS = _berka(
    "disp", "disp_id client_id account_id type", "stg_bank__dispositions", "disp_id"
)
CLIENTS = _berka(
    "client", "client_id birth_number district_id", "stg_bank__clients", "client_id", None
)
DISTRICTS = _berka(
    "district", " ".join(f"A{n}" for n in range(1, 17)), "stg_bank__districts", "A1", None
)
CARDS = _berka("card", "card_id disp_id type issued", "stg_bank__cards", "card_id", None)
LOANS = _berka(
    "loan",
    "loan_id account_id date amount duration payments status",
    "stg_bank__loans",
    "loan_id",
)
PERMANENT_ORDERS = _berka(
    "order",
    "order_id account_id bank_to account_to amount k_symbol",
    "stg_bank__permanent_orders",
    "order_id",
)
TRANSACTIONS = _berka(
    "trans",
    "trans_id account_id date type operation amount balance k_symbol bank account",
    "stg_bank__transactions",
    "trans_id",
)
CARD_HOLDERS = RawTable(
    source_system="credit_card",
    name="cc_general",
    files="credit_card/*",
    delimiter=",",
    columns=_names(
        "CUST_ID BALANCE BALANCE_FREQUENCY PURCHASES ONEOFF_PURCHASES INSTALLMENTS_PURCHASES"
        " CASH_ADVANCE PURCHASES_FREQUENCY ONEOFF_PURCHASES_FREQUENCY"
        " PURCHASES_INSTALLMENTS_FREQUENCY CASH_ADVANCE_FREQUENCY CASH_ADVANCE_TRX PURCHASES_TRX"
        " CREDIT_LIMIT PAYMENTS MINIMUM_PAYMENTS PRC_FULL_PAYMENT TENURE"
    ),
    staged_as="stg_credit_card__card_holders",
    customer_column="CUST_ID",
    key="CUST_ID",
)
SEARCHES = RawTable(
    source_system="ad_clicks",
    name="SearchInfo",
    files="avito/SearchInfo*",
    delimiter="\t",
    columns=_names(
        "SearchID SearchDate IPID UserID IsUserLoggedOn SearchQuery LocationID CategoryID"
        " SearchParams"
    ),
    staged_as="stg_ad_clicks__searches",
    customer_column="UserID",
    has_integer_ids=True,
)
STREAM = RawTable(
    source_system="ad_clicks",
    name="trainSearchStream",
    files="avito/trainSearchStream*",
    delimiter="\t",
    columns=_names("SearchID AdID Position ObjectType HistCTR IsClick"),
    staged_as="stg_ad_clicks__impressions",
    has_integer_ids=True,
)
TABLES = (
    ONLINE_RETAIL,
    SUPERSTORE,
    ACCOUNTS,
    DISPOSITIONS,
    CLIENTS,
    DISTRICTS,
    CARDS,
    LOANS,
    PERMANENT_ORDERS,
    TRANSACTIONS,
    CARD_HOLDERS,
    SEARCHES,
    STREAM,
)
