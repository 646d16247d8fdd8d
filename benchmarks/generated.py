"""Generated data sets: everything is a hash of a row's number, so each run sees the same bytes."""

from __future__ import annotations

from pathlib import Path

import duckdb

ORDER_DAYS = 730
ORDER_START = "2023-01-01"
ORDERS_AS_OF = "2025-01-01"

# Four lines an order; few customers order often, most seldom. Nothing is returned and everybody has
# an id, so that whoever only adds up lines gets the same numbers.
ORDER_LINES = f"""
select
    'C' || cast(customer as bigint) as customer_id,
    'O' || order_number as order_id,
    timestamp '{ORDER_START}'
    + to_seconds(cast(hash(order_number, 1) % ({ORDER_DAYS} * 86400) as bigint)) as ordered_at,
    'P' || (hash(line, 2) % 5000) as product_id,
    cast(1 + hash(line, 3) % 9 as integer) as quantity,
    cast((1 + hash(line, 4) % 20000) / 100 as decimal(18, 2)) as unit_price
from (
    select
        line,
        line // 4 as order_number,
        -- The first orders name every customer once.
        case
            when line // 4 < {{customers}} then line // 4
            else floor({{customers}} * pow(hash(line // 4) / 18446744073709551616, 2))
        end as customer
    from range({{start}}, {{stop}}) as lines (line)
)
"""

CHUNK_LINES = 10_000_000


def order_lines(folder: Path, lines: int, customers: int) -> Path:
    """Write order lines as Parquet files, and return the pattern that names them.

    Args:
        folder: existing.
        lines: of all files together; four are an order.
        customers: at most a quarter of the lines.
    """
    for number, start in enumerate(range(0, lines, CHUNK_LINES)):
        stop = min(start + CHUNK_LINES, lines)
        query = ORDER_LINES.format(customers=customers, start=start, stop=stop)
        duckdb.execute(
            f"copy ({query}) to '{folder / f'orders_{number:03}.parquet'}' (format parquet)"
        )
    return folder / "orders_*.parquet"


# Totals of the published competition.
SEARCHES = 112_159_462
STREAM_ROWS = 392_356_948
SEARCHES_WITH_ADS = 107_863_985
CONTEXTUAL_ROWS = 190_157_735
CLICKS = 1_146_289
USERS = 4_295_465
ADS = 36_893_298

# Searches are in the order of their ids, days are not. Every user searches once; who searches more
# often is drawn with a heavy tail.
SEARCH_INFO = """
select
    search as "SearchID",
    timestamp '2015-04-25' + to_seconds(cast(hash(search, 1) % (26 * 86400) as bigint))
        as "SearchDate",
    cast(hash(search, 2) % 3000000 as integer) as "IPID",
    cast(1 + case
        when search <= {users} then search - 1
        else floor({users} * pow(hash(search) / 18446744073709551616, 2))
    end as integer) as "UserID",
    cast(hash(search, 3) % 3 = 0 as integer) as "IsUserLoggedOn",
    case when hash(search, 4) % 5 = 0 then 'query ' || (hash(search, 5) % 100000) end
        as "SearchQuery",
    cast(hash(search, 6) % 1250001 as integer) as "LocationID",
    cast(hash(search, 7) % 500001 as integer) as "CategoryID",
    cast(null as varchar) as "SearchParams"
from range({start}, {stop}) as searches (search)
"""

# Row j belongs to the floor(j * s / r)-th search with ads, and so on: each total is met exactly.
TRAIN_SEARCH_STREAM = """
select
    1 + (row_number * {searches_with_ads} // {stream_rows}) * {searches} // {searches_with_ads}
        as "SearchID",
    cast(1 + hash(row_number, 1) % {ads} as integer) as "AdID",
    cast(1 + hash(row_number, 2) % 8 as smallint) as "Position",
    cast(case
        when contextual_before < contextual then 3 else 1 + hash(row_number, 3) % 20 // 19
    end as smallint) as "ObjectType",
    case when contextual_before < contextual then (hash(row_number, 4) % 10000) / 1000000 end
        as "HistCTR",
    cast(case
        when contextual_before < contextual
            then contextual * {clicks} // {contextual_rows}
            - contextual_before * {clicks} // {contextual_rows}
    end as smallint) as "IsClick"
from (
    select
        row_number,
        row_number * {contextual_rows} // {stream_rows} as contextual_before,
        (row_number + 1) * {contextual_rows} // {stream_rows} as contextual
    from range({start}, {stop}) as stream (row_number)
)
"""


def ad_clicks(folder: Path, share: float) -> dict[str, int]:
    """Write Avito's searches and ads shown as Parquet files into folder/avito.

    Args:
        folder: existing; the DATA_DIR of a build.
        share: of the published sizes, above 0 to 1.

    Returns:
        Totals: searches, stream_rows, clicks, users.
    """
    totals = {
        "searches": SEARCHES,
        "stream_rows": STREAM_ROWS,
        "searches_with_ads": SEARCHES_WITH_ADS,
        "contextual_rows": CONTEXTUAL_ROWS,
        "clicks": CLICKS,
        "users": USERS,
        "ads": ADS,
    }
    totals = {name: max(1, round(total * share)) for name, total in totals.items()}
    target = folder / "avito"
    target.mkdir()
    for table, query, first, count in (
        ("SearchInfo", SEARCH_INFO, 1, totals["searches"]),
        ("trainSearchStream", TRAIN_SEARCH_STREAM, 0, totals["stream_rows"]),
    ):
        for number, start in enumerate(range(first, first + count, 5 * CHUNK_LINES)):
            stop = min(start + 5 * CHUNK_LINES, first + count)
            file = target / f"{table}_{number:03}.parquet"
            duckdb.execute(
                f"copy ({query.format(start=start, stop=stop, **totals)}) to '{file}'"
                " (format parquet)"
            )
    return totals
