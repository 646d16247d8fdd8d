"""The published figures of the four real data sets, and the same numbers by other ways.

The other ways read the raw files directly and share nothing with the project's SQL.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import Builder, Rows, Warehouse, raw_files, rewrite, same, shuffled

pytestmark = pytest.mark.real

# Recency score x frequency score; reference: the 25-cell grid of the public notebooks.
RF25 = {
    "Hibernating": ("12", "12"),
    "At Risk": ("12", "34"),
    "Cannot Lose Them": ("12", "5"),
    "About to Sleep": ("3", "12"),
    "Need Attention": ("3", "3"),
    "Loyal Customers": ("34", "45"),
    "Promising": ("4", "1"),
    "New Customers": ("5", "1"),
    "Potential Loyalists": ("45", "23"),
    "Champions": ("5", "45"),
}

Raw = Callable[[str], Rows]


@pytest.fixture(scope="module")
def raw(real_data: Path) -> Iterator[Raw]:
    """Query the raw files: views retail, superstore, cards, and one per table of the bank."""
    with duckdb.connect() as connection:
        names = {
            "retail": ("online_retail/online_retail", ","),
            "superstore": ("global_superstore/global_superstore", ","),
            "cards": ("credit_card/cc_general", ","),
            **{name: (f"berka/{name}", ";") for name in ("account", "card", "loan", "disp")},
            **{name: (f"berka/{name}", ";") for name in ("client", "district", "trans")},
        }
        for name, (files, delimiter) in names.items():
            connection.execute(
                f"create view {name} as select * from read_csv('{real_data}/{files}*.csv*',"
                f" delim = '{delimiter}', header = true, all_varchar = true, quote = '\"')"
            )
        yield lambda sql: connection.execute(sql).fetchall()


def differences(found: Rows, expected: Rows) -> str:
    """Describe where two sets of rows differ; empty where they do not."""
    extra, missing = set(found) - set(expected), set(expected) - set(found)
    if not extra and not missing and len(found) == len(expected):
        return ""
    return f"{len(extra)} unexpected {list(extra)[:3]}, {len(missing)} missing {list(missing)[:3]}"


def part(real: Warehouse, system: str, table: str, measure: str) -> dict[str, Decimal]:
    columns = ["raw_total", "used", "guest", "after_as_of", "rejected", "difference"]
    row = real.one(
        f"select {', '.join(columns)} from marts.control_totals"
        " where (source_system, source_table, measure) = (?, ?, ?)",
        [system, table, measure],
    )
    return dict(zip(columns, row, strict=True))


# --- All systems ----------------------------------------------------------------------------------


def test_nothing_is_lost(real: Warehouse) -> None:
    assert real.query("select * from marts.control_totals where difference <> 0") == []
    rows = real.query(
        "select source_system, source_table, raw_total::bigint from marts.control_totals"
        " where measure = 'rows' order by all"
    )
    assert rows == [
        ("bank", "account", 4_500),
        ("bank", "card", 892),
        ("bank", "client", 5_369),
        ("bank", "disp", 5_369),
        ("bank", "district", 77),
        ("bank", "loan", 682),
        ("bank", "order", 6_471),
        ("bank", "trans", 49_102),
        ("credit_card", "cc_general", 8_950),
        ("online_retail", "online_retail", 541_909),
        ("superstore", "global_superstore", 51_290),
    ]


def test_only_online_retail_has_rows_that_cannot_be_used(real: Warehouse) -> None:
    assert real.query(
        "select source_system, rejection_reason, count(*) from marts.rejected_rows"
        " group by all order by all"
    ) == [("online_retail", "adjustment", 3), ("online_retail", "no_price", 2_515)]


def test_customers_of_each_system_and_their_as_of_date(real: Warehouse) -> None:
    assert real.query(
        "select source_system, as_of_date, count(*) from marts.customers group by all order by all"
    ) == [
        ("bank", date(1994, 4, 1), 1_229),
        ("credit_card", None, 8_950),
        ("online_retail", date(2011, 12, 10), 4_372),
        ("superstore", date(2015, 1, 1), 1_590),
    ]


FEATURES = (
    "features_rfm",
    "features_rfe",
    "features_insiders",
    "features_superstore",
    "features_credit_card",
    "features_bank_periods",
    "features_bank_sequences",
)
UNFITTED = " ".join(
    f"+{table}"
    for table in (
        *FEATURES,
        "customer_recency",
        "customer_frequency",
        "customer_monetary",
        "customer_engagement",
        "customer_scores",
        "customer_grid_segments",
        "credit_card_customers",
        "daily_revenue",
        "rejected_rows",
        "control_totals",
    )
)


@pytest.mark.parametrize(
    ("system", "dbt_threads", "duckdb_threads"),
    [
        ("online_retail", "4", "1"),
        ("superstore", "1", "4"),
        ("bank", "4", "1"),
        ("credit_card", "1", "4"),
    ],
)
def test_each_system_alone_shuffled_and_on_other_threads_gives_the_same_rows(
    build: Builder,
    real: Warehouse,
    real_data: Path,
    tmp_path: Path,
    system: str,
    dbt_threads: str,
    duckdb_threads: str,
) -> None:
    folder = {"bank": "berka", "superstore": "global_superstore"}.get(system, system)
    files = [path for path in raw_files(real_data) if path.parts[0] == folder]

    rewrite(real_data, tmp_path, shuffled, files)
    alone = build(
        f"real_alone/{system}",
        data_dir=tmp_path,
        source_systems=system,
        env={"DBT_THREADS": dbt_threads, "DUCKDB_THREADS": duckdb_threads},
        select=UNFITTED,
    )
    # What is fitted follows: a fit orders its features (clustering/test_same_result.py).
    built = alone.query(
        "select table_name from information_schema.tables where table_schema = 'features'"
        " and starts_with(table_name, 'features_')"
    )
    assert len(built) >= 2  # those of other systems are not
    for (table,) in built:
        query = f"from features.{table} where source_system = '{system}' order by all"
        assert alone.query(query) == real.query(query)
    expected = real.marts(where=f"source_system = '{system}'")
    same(alone.marts(), {table: expected[table] for table in alone.tables})


# --- Online Retail --------------------------------------------------------------------------------


def test_online_retail_rows_and_money(real: Warehouse) -> None:
    rows = part(real, "online_retail", "online_retail", "rows")
    money = part(real, "online_retail", "online_retail", "amount")
    assert rows["raw_total"] == 541_909
    assert rows["used"] == 397_884 + 8_905
    assert rows["rejected"] == 3 + 2_515
    assert rows["after_as_of"] == 0
    assert money["raw_total"] == Decimal("9747747.934")
    assert money["used"] == Decimal("8911407.904") - Decimal("611342.09")
    assert money["guest"] == Decimal("1744214.58") - Decimal("285470.40")
    assert money["rejected"] == Decimal("-11062.06")
    assert money["difference"] == rows["difference"] == 0

    assert real.one(
        "select sum(purchase_line_count), count(*) filter (order_count > 0), sum(order_count)"
        " from marts.customer_frequency where source_system = 'online_retail'"
    ) == (397_884, 4_338, 18_532)
    assert real.one(
        "select sum(gross_amount), sum(returned_amount), sum(net_amount)"
        " from marts.customer_monetary where source_system = 'online_retail'"
    ) == (Decimal("8911407.904"), Decimal("611342.09"), Decimal("8300065.814"))
    assert real.query(
        "select direction, customer_id is null, count(*), sum(line_amount)"
        " from intermediate.int_order_lines where source_system = 'online_retail'"
        " group by all order by 2, 1"
    ) == [
        ("purchase", False, 397_884, Decimal("8911407.904")),
        ("return", False, 8_905, Decimal("-611342.09")),
        ("purchase", True, 132_219, Decimal("1744214.58")),
        ("return", True, 383, Decimal("-285470.40")),
    ]


def test_online_retail_adjustments_are_rejected_whole(real: Warehouse) -> None:
    adjustments = real.query(
        "select json_extract_string(raw_row, ['$.InvoiceNo', '$.UnitPrice'])"
        " from marts.rejected_rows where rejection_reason = 'adjustment' order by 1"
    )
    assert [row[0][0] for row in adjustments] == ["A563185", "A563186", "A563187"]
    assert sum(Decimal(row[0][1]) for row in adjustments) == Decimal("-11062.06")


def test_online_retail_customers_without_purchases(real: Warehouse) -> None:
    # 33 only returned goods; 13256 got one free line and nothing else. None has a score.
    assert real.query(
        "select returned_amount > 0, count(*), count(recency_score), count(rfm_code),"
        " count(recency_days), min(customer_id) filter (returned_amount = 0), min(rf25_segment),"
        " max(rf25_segment) from marts.customers"
        " where source_system = 'online_retail' and order_count = 0 group by all order by all"
    ) == [
        (False, 1, 0, 0, 0, "13256", "Not Segmented", "Not Segmented"),
        (True, 33, 0, 0, 0, None, "Not Segmented", "Not Segmented"),
    ]
    # DESIGN: 21 buyers got everything back.
    assert (
        real.one(
            "select count(*) from marts.customers where source_system = 'online_retail'"
            " and order_count > 0 and net_amount <= 0"
        )
        == 21
    )


def test_ratios_are_the_ratios_of_their_columns(real: Warehouse) -> None:
    # To five decimals, and null exactly where there is nothing to divide by.
    assert real.one(
        "select max(abs(mean_order_amount - gross_amount / order_count)) < 0.000006,"
        " max(abs(return_rate - returned_amount / gross_amount)) < 0.000006,"
        " count(*) filter ((mean_order_amount is null) <> (order_count = 0)),"
        " count(*) filter ((return_rate is null) <> (gross_amount = 0)), max(return_rate) > 1"
        " from marts.customers where gross_amount is not null"
    ) == (True, True, 0, 0, True)


def test_online_retail_four_known_customers(real: Warehouse) -> None:
    known = real.query(
        "select customer_id, recency_days, order_count, gross_amount, net_amount"
        " from marts.customers where source_system = 'online_retail'"
        " and customer_id in ('12346', '12347', '12348', '12349') order by 1"
    )
    assert known == [
        ("12346", 326, 1, Decimal("77183.60"), 0),
        ("12347", 3, 7, Decimal("4310.00"), Decimal("4310.00")),
        ("12348", 76, 4, Decimal("1797.24"), Decimal("1797.24")),
        ("12349", 19, 1, Decimal("1757.55"), Decimal("1757.55")),
    ]


def test_online_retail_duplicate_lines_are_flagged_and_kept(real: Warehouse) -> None:
    assert real.one(
        "select count(*) filter (is_duplicate_line), count(*)"
        " from staging.stg_online_retail__invoice_lines"
    ) == (5_268, 541_909)


def test_online_retail_every_customer_by_another_way(real: Warehouse, raw: Raw) -> None:
    expected = raw(
        """
        with lines as (
            select
                *, InvoiceDate::date as day, Quantity::int as pieces,
                UnitPrice::decimal(18, 5) as price, upper(StockCode) as code
            from retail
            where CustomerID is not null and InvoiceNo[1] <> 'A' and UnitPrice::double > 0
        ),
        bought as (
            select
                CustomerID, max(day) as last_day, min(day) as first_day,
                count(distinct day) as days, count(distinct InvoiceNo) as orders,
                count(distinct InvoiceNo) filter (InvoiceNo in (
                    select InvoiceNo from lines where pieces > 0 group by InvoiceNo
                    having min(day) >= date '2010-12-10'
                )) as orders_365d,
                count(*) as line_count, sum(pieces * price) as gross,
                count(distinct code) filter (code not in (
                    'POST', 'DOT', 'C2', 'M', 'D', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'B'
                )) as products
            from lines where pieces > 0 group by CustomerID
        ),
        returned as (
            select
                CustomerID, -sum(pieces * price) as amount, count(distinct InvoiceNo) as documents,
                -sum(pieces * price) filter (code not in (
                    'POST', 'DOT', 'C2', 'M', 'D', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'B'
                )) as of_products
            from lines where pieces < 0 group by CustomerID
        ),
        active as (
            select
                CustomerID, min(day) as first_day, max(day) as last_day,
                count(distinct day) as days,
                count(distinct day) filter (day >= date '2011-12-10' - 30) as days_30,
                count(distinct day) filter (day >= date '2011-12-10' - 90) as days_90,
                sum(pieces * price) filter (day >= date '2011-12-10' - 365) as net_365d
            from lines group by CustomerID
        )
        select
            CustomerID, active.first_day, active.last_day, active.days,
            active.days_30, active.days_90,
            date '2011-12-10' - bought.last_day, date '2011-12-10' - active.first_day,
            coalesce(orders, 0), coalesce(orders_365d, 0), coalesce(line_count, 0),
            coalesce(products, 0), coalesce(gross, 0), coalesce(amount, 0),
            coalesce(of_products, 0), coalesce(gross, 0) - coalesce(amount, 0),
            coalesce(net_365d, 0), coalesce(documents, 0),
            (bought.last_day - bought.first_day) / nullif(bought.days - 1, 0)
        from active left join bought using (CustomerID) left join returned using (CustomerID)
        """
    )
    found = real.query(
        """
        select
            customer_id, first_active_date, last_active_date, active_day_count,
            active_days_30d, active_days_90d, recency_days, tenure_days, order_count,
            order_count_365d, purchase_line_count, distinct_product_count, gross_amount,
            returned_amount, product_returned_amount, net_amount, net_amount_365d, return_count,
            mean_days_between_orders::double
        from marts.customers where source_system = 'online_retail' and customer_id <> '13256'
        """
    )
    # Means are stored to five decimals.
    expected = [(*row[:-1], None if row[-1] is None else round(row[-1], 5)) for row in expected]
    found = [(*row[:-1], None if row[-1] is None else round(row[-1], 5)) for row in found]
    assert len(expected) == 4_371
    assert differences(found, expected) == ""


def test_online_retail_a_customer_lives_in_the_country_of_the_last_day(
    real: Warehouse, raw: Raw
) -> None:
    countries: dict[str, dict[date, set[str]]] = {}
    for customer, day, country in raw(
        "select distinct CustomerID, InvoiceDate::date, Country from retail"
        " where CustomerID is not null and UnitPrice::double > 0 and InvoiceNo[1] <> 'A'"
    ):
        countries.setdefault(customer, {}).setdefault(day, set()).add(country)
    expected = {customer: min(days[max(days)]) for customer, days in countries.items()}
    several = [days for days in countries.values() if len(set().union(*days.values())) > 1]
    assert len(several) == 8
    found = dict(
        real.query(
            "select customer_id, country from marts.customers"
            " where source_system = 'online_retail' and customer_id <> '13256'"
        )
    )
    assert found == expected


# --- Superstore -----------------------------------------------------------------------------------


def test_superstore_rows_and_money(real: Warehouse) -> None:
    rows = part(real, "superstore", "global_superstore", "rows")
    money = part(real, "superstore", "global_superstore", "amount")
    assert rows["used"] == rows["raw_total"] == 51_290
    assert money["used"] == money["raw_total"] == Decimal("12642501.90988")
    assert real.one(
        "select count(*), sum(order_count), sum(gross_amount), sum(returned_amount)"
        " from marts.customers where source_system = 'superstore'"
    ) == (1_590, 25_753, Decimal("12642501.90988"), 0)


def test_superstore_ships_within_a_week_and_not_before_it_is_known(real: Warehouse) -> None:
    assert real.one(
        "select min(ship_date - order_date), max(ship_date - order_date), count(ship_date),"
        " count(*) filter (ship_date >= date '2015-01-01')"
        " from staging.stg_superstore__order_lines"
    ) == (0, 7, 51_290, 286)
    assert real.one(
        "select count(*) filter (ship_date is null), max(ship_date)"
        " from intermediate.int_order_lines where source_system = 'superstore'"
    ) == (286, date(2014, 12, 31))


def test_superstore_every_customer_by_another_way(real: Warehouse, raw: Raw) -> None:
    expected = raw(
        """
        with lines as (
            select
                *, Sales::decimal(18, 5) as amount,
                case
                    when contains("Order Date", '-') then strptime("Order Date", '%d-%m-%Y')
                    else strptime("Order Date", '%d/%m/%Y')
                end::date as day
            from superstore
        ),
        orders as (
            select "Customer ID", "Order ID", min(day) as day from lines group by all
        )
        select
            "Customer ID", date '2015-01-01' - max(day), date '2015-01-01' - min(day),
            count(distinct "Order ID"),
            (
                select count(*) from orders
                where orders."Customer ID" = lines."Customer ID" and orders.day >= date '2014-01-01'
            ),
            count(*), sum(amount), coalesce(sum(amount) filter (day >= date '2014-01-01'), 0),
            count(distinct day), count(distinct day) filter (day >= date '2015-01-01' - 90),
            count(distinct "Product ID"), min("Customer Name"), min(Segment)
        from lines group by "Customer ID"
        """
    )
    found = real.query(
        """
        select
            customer_id, recency_days, tenure_days, order_count, order_count_365d,
            purchase_line_count, net_amount, net_amount_365d, active_day_count, active_days_90d,
            distinct_product_count, customer_name, customer_type
        from marts.customers where source_system = 'superstore'
        """
    )
    assert len(expected) == 1_590
    assert differences(found, expected) == ""


# --- Bank -----------------------------------------------------------------------------------------


def test_bank_rows_and_accounts(real: Warehouse, raw: Raw) -> None:
    assert part(real, "bank", "trans", "rows")["used"] == 49_102
    money = part(real, "bank", "trans", "amount")
    [(signed,)] = raw("select sum(if(type = 'PRIJEM', 1, -1) * amount::decimal(18, 2)) from trans")
    assert money["used"] == money["raw_total"] == signed
    assert part(real, "bank", "account", "rows")["after_as_of"] == 4_500 - 1_229
    assert real.one(
        "select count(*), min(order_count) > 0, count(distinct recency_days) > 60,"
        " max(recency_days) > 90, min(recency_days) from marts.customers"
        " where source_system = 'bank'"
    ) == (1_229, True, True, True, 1)


def test_bank_every_account_by_another_way(real: Warehouse, raw: Raw) -> None:
    # Customer postings: cash in and out and card payments, unless the symbol says that it is the
    # bank's (interest, fees) or a standing payment (household, insurance, loan).
    expected = raw(
        """
        with postings as (
            select
                account_id, amount::decimal(18, 2) as amount, type,
                strptime('19' || date, '%Y%m%d')::date as day,
                trim(coalesce(k_symbol, '')) as symbol,
                case
                    when symbol in ('UROK', 'SLUZBY', 'SANKC. UROK') then 'bank'
                    when type = 'PRIJEM' and operation = 'PREVOD Z UCTU' then 'inbound'
                    when symbol in ('SIPO', 'POJISTNE', 'UVER') then 'standing'
                    when operation = 'PREVOD NA UCET' then 'standing'
                    when operation in ('VKLAD', 'VYBER', 'VYBER KARTOU') then 'customer'
                end as class
            from trans
        )
        select
            account_id, count(*) filter (class = 'customer'),
            sum(amount) filter (class = 'customer'),
            date '1994-04-01' - max(day) filter (class = 'customer'),
            date '1994-04-01' - min(day) filter (class = 'customer'),
            count(distinct day) filter (class = 'customer'),
            count(distinct day) filter (class = 'customer' and day >= date '1994-04-01' - 90),
            sum(amount) filter (type = 'PRIJEM'),
            coalesce(sum(amount) filter (type in ('VYDAJ', 'VYBER')), 0),
            count(*) filter (class is null)
        from postings group by account_id
        """
    )
    assert {row[-1] for row in expected} == {0}
    found = real.query(
        """
        select
            customer_id, order_count, gross_amount, recency_days, tenure_days, active_day_count,
            active_days_90d, inflow_amount, outflow_amount, 0
        from marts.customers where source_system = 'bank'
        """
    )
    assert len(expected) == 1_229
    assert differences(found, expected) == ""
    assert real.query(
        "select distinct returned_amount, net_amount = gross_amount, return_count"
        " from marts.customer_monetary where source_system = 'bank'"
    ) == [(0, True, 0)]


def test_bank_owners_cards_and_loans_as_they_were_known(real: Warehouse, raw: Raw) -> None:
    assert real.query(
        "select sex, count(*) from staging.stg_bank__clients group by all order by all"
    ) == [("female", 2_645), ("male", 5_369 - 2_645)]
    expected = raw(
        """
        select
            account.account_id, strptime('19' || account.date, '%Y%m%d')::date, frequency,
            if(birth_number[3:4]::int > 50, 'female', 'male'),
            make_date(
                1900 + birth_number[1:2]::int, birth_number[3:4]::int % 50, birth_number[5:6]::int
            ),
            A2, A3,
            (
                select max(card.type) from card inner join disp as holder using (disp_id)
                where holder.account_id = account.account_id and card.issued[1:6] < '940401'
            ),
            (
                select max(loan.amount::decimal(18, 5)) from loan
                where loan.account_id = account.account_id and loan.date < '940401'
            )
        from account
        inner join disp on disp.account_id = account.account_id and disp.type = 'OWNER'
        inner join client on client.client_id = disp.client_id
        inner join district on district.A1 = client.district_id
        where account.date < '940401'
        """
    )
    found = real.query(
        "select customer_id, account_opened_date, statement_frequency, sex, birth_date, district,"
        " region, card_type, loan_amount from marts.customers where source_system = 'bank'"
    )
    assert differences(found, expected) == ""
    assert real.one(
        "select count(card_type) > 0, count(loan_amount) > 0, count(loan_status), max(age) < 100"
        " from marts.customers where source_system = 'bank'"
    ) == (True, True, 0, True)


# --- Credit card ----------------------------------------------------------------------------------


def test_credit_card_values_are_the_published_ones(real: Warehouse, raw: Raw) -> None:
    columns = list(real.tables["credit_card_customers"][3:])
    expected = raw(
        "select CUST_ID, "
        + ", ".join(f"{name.upper()}::decimal(18, 6)" for name in columns)
        + " from cards"
    )
    found = real.query(f"select customer_id, {', '.join(columns)} from marts.credit_card_customers")
    assert differences(found, expected) == ""

    assert real.one(
        "select count(*), count(*) - count(minimum_payments), count(*) - count(credit_limit),"
        " round(avg(balance), 4), round(avg(purchases), 4), round(avg(payments), 4),"
        " round(avg(tenure), 4), count(*) filter (cash_advance_frequency > 1),"
        " count(*) filter (purchases = 0), min(tenure), max(tenure)"
        " from marts.credit_card_customers"
    ) == (8_950, 313, 1, 1564.4748, 1003.2048, 1733.1439, 11.5173, 8, 2_044, 6, 12)
    nulls = " + ".join(f"(count(*) - count({name}))" for name in columns)
    assert real.one(f"select {nulls} from marts.credit_card_customers") == 313 + 1


# --- Scores ---------------------------------------------------------------------------------------


def scores(values: dict[str, Any], best_is_low: bool = False) -> dict[str, int]:
    """Score 1..5 by minimum rank, worst first: equal values have equal scores."""
    ordered = sorted(-value if best_is_low else value for value in values.values())
    return {
        customer: 1 + 5 * bisect_left(ordered, -value if best_is_low else value) // len(ordered)
        for customer, value in values.items()
    }


@pytest.mark.parametrize(
    ("system", "customers"), [("online_retail", 4_338), ("superstore", 1_590), ("bank", 1_229)]
)
def test_scores_and_the_25_cell_grid_by_another_way(
    real: Warehouse, system: str, customers: int
) -> None:
    measures = real.query(
        "select customer_id, recency_days, order_count, net_amount, active_days_90d"
        " from marts.customers where source_system = ? and order_count > 0",
        [system],
    )
    assert len(measures) == customers
    recency, frequency, monetary, engagement = (
        scores({row[0]: row[column] for row in measures}, best_is_low=column == 1)
        for column in (1, 2, 3, 4)
    )
    segment = {(r, f): name for name, (rs, fs) in RF25.items() for r in rs for f in fs}
    assert len(segment) == 25
    expected = [
        (
            customer,
            recency[customer],
            frequency[customer],
            monetary[customer],
            engagement[customer],
            f"{recency[customer]}{frequency[customer]}{monetary[customer]}",
            segment[str(recency[customer]), str(frequency[customer])],
        )
        for customer in recency
    ]
    found = real.query(
        "select customer_id, recency_score, frequency_score, monetary_score, engagement_score,"
        " rfm_code, rf25_segment from marts.customers"
        " where source_system = ? and recency_score is not null",
        [system],
    )
    assert differences(found, expected) == ""
    # Ties are what this is about: not every score has a fifth of the customers.
    assert len({row[2] for row in measures}) < customers
