"""A programme's members are those of its rule, and what it promises a customer comes true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import SAMPLE, Builder, Warehouse, rewrite

from customer_segments.passport.comparison import differences, stored_rows
from customer_segments.passport.judging import add_months
from customer_segments.passport.measures import Tally
from customer_segments.passport.online_retail import BUSINESS, histories
from customer_segments.passport.programmes import HIGH, members_since, month_ends, read_rules
from customer_segments.passport.recompute import recomputation

FILE = Path("online_retail/online_retail.csv.gz")
LEAST = Decimal("0.00001")
BUILT = "+programme_memberships"

Connection = duckdb.DuckDBPyConnection
Rows = dict[Any, Any]

MODELS = {
    "programme_terms": "programmes",
    "programme_spans": "programmes",
    "programme_stays": "programmes",
    "programme_memberships": "marts",
    "programme_outlook": "marts",
}
"""Schemas by model, in the order of building."""

OTHER_RULES = [
    "('orders of a lifetime', 'online_retail', null, 5, 2, null, null, null, 1, 0)",
    "('net of a lifetime', 'online_retail', null, null, null, 'net_amount', 3200, 3180, 1, 0)",
    "('gross of a month', 'online_retail', 31, null, null, 'gross_amount', 400, 90, 1, 5)",
    "('both of a quarter', 'online_retail', 92, 2, 1, 'net_amount', 300, -20, 4, 2)",
    "('elsewhere', 'superstore', 365, 4, 2, null, null, null, 2, 2)",
]


def replayed(connection: Connection) -> Rows:
    """Members of all month ends, from the raw rows and without the project's SQL."""
    rows = {}
    with recomputation(connection, "online_retail") as found:
        own = histories(found.source, None)
        as_of = found.source.as_of
    for rule, (customer, history) in product(read_rules(connection, "online_retail"), own.items()):
        if not history.events:
            continue
        tally = Tally("online_retail", BUSINESS, as_of, history.events)
        months = month_ends(tally, as_of.replace(day=1))
        values = [rule.value(tally, month) for month in months]
        standings = [rule.standing(value) for value in values]
        since = members_since(standings, rule.months_below, rule.minimum_stay_months)
        for month, value, standing, entered in zip(months, values, standings, since, strict=True):
            member_since = None if entered is None else months[entered]
            rows[rule.programme, customer, month] = (*value, member_since, standing == HIGH)
    return rows


def memberships(connection: Connection) -> Rows:
    found = connection.execute(
        "select programme, customer_id, as_of_date, programme_order_count, programme_amount,"
        " member_since, is_member_without_memory, is_member = (member_since is not null)"
        " from marts.programme_memberships"
    ).fetchall()
    assert all(row[7] for row in found)
    return {row[:3]: row[3:7] for row in found}


def reading(warehouse: Warehouse) -> Connection:
    return duckdb.connect(str(warehouse.path), read_only=True)


def test_members_are_those_of_a_replay_from_raw_rows(sample: Warehouse) -> None:
    with reading(sample) as connection:
        found = memberships(connection)
        assert found == replayed(connection)
    assert {(row[2] is not None, row[3]) for row in found.values()} == {
        (False, False),
        (True, False),
        (True, True),
    }


@pytest.mark.real
def test_members_of_online_retail_are_those_of_a_replay(real: Warehouse) -> None:
    with reading(real) as connection:
        assert memberships(connection) == replayed(connection)


@pytest.mark.real
def test_memory_means_fewer_flips_and_no_later_entry_in_online_retail(real: Warehouse) -> None:
    flips = [0, 0]
    first: list[Rows] = [{}, {}]
    before: Rows = {}
    with reading(real) as connection:
        found = memberships(connection)
    for (_, customer, month), row in sorted(found.items()):
        for place, is_member in enumerate((row[2] is not None, row[3])):
            flips[place] += before.get((customer, place), False) != is_member
            before[customer, place] = is_member
            if is_member:
                first[place].setdefault(customer, month)
    assert first[0] == first[1]
    assert flips[0] < 0.7 * flips[1]


def test_an_earlier_build_said_the_same_of_its_months(sample: Warehouse, past: Warehouse) -> None:
    with reading(sample) as connection, reading(past) as of_the_past:
        now, earlier = memberships(connection), memberships(of_the_past)
    last = max(month for _, _, month in earlier)
    assert last == date(2011, 6, 1)
    assert earlier == {key: row for key, row in now.items() if key[2] <= last}


@dataclass(frozen=True)
class Step:
    """What a customer lacks at the next month end."""

    orders: int
    amount: Decimal
    is_member: bool

    def prices(self) -> list[Decimal]:
        """One per order; together the amount, if the orders can be as small."""
        small = [LEAST] * (self.orders - 1)
        return [*small, max(self.amount - sum(small), LEAST)] if self.orders else []


@pytest.fixture(scope="module")
def steps(sample: Warehouse) -> dict[str, Step]:
    found = sample.query(
        "select customer_id, lacking_order_count, lacking_amount, is_member"
        " from marts.programme_outlook where programme = 'insiders'"
    )
    steps = {row[0]: Step(*row[1:]) for row in found}
    assert len(steps) == len(found)
    # All cases occur; of the members, too.
    assert {(step.orders > 0, step.amount > 0, step.is_member) for step in steps.values()} == {
        (orders, amount, member)
        for orders, amount, member in product((True, False), repeat=3)
        if orders or not amount
    }
    return steps


@pytest.fixture(scope="module")
def next_month_end(sample: Warehouse) -> date:
    return sample.one(
        "select distinct next_month_end from marts.programme_outlook where programme = 'insiders'"
    )


def after(
    build: Builder, name: str, steps: dict[str, Step], bought_on: date, month_end: date
) -> dict[str, tuple[bool, bool]]:
    """Add orders to the raw file and build as of the next month end.

    Returns:
        By customer whether they are a member then, and whether they are below.
    """
    lines = [
        f"9{customer}{number:03},STEP,STEP,1,{bought_on} 12:00:00,{price:f},{customer},France"
        for customer, step in steps.items()
        for number, price in enumerate(step.prices())
    ]
    data = rewrite(
        SAMPLE,
        build.folder / f"{name}_data",
        lambda _, raw: raw + [line.encode() for line in lines],
        [FILE],
    )
    built = build(
        name,
        data_dir=data,
        source_systems="online_retail",
        as_of_date=str(month_end),
        select=BUILT,
    )
    found = built.query(
        "select customer_id, is_member, months_below > 0 from marts.programme_memberships"
        " where programme = 'insiders' and as_of_date = ?",
        [month_end],
    )
    assert {row[0] for row in found} == steps.keys()
    return {row[0]: row[1:] for row in found}


def test_whoever_takes_the_step_is_a_member(build, sample, steps, next_month_end) -> None:
    today = sample.one("select distinct as_of_date from marts.programme_outlook")
    found = after(build, "steps", steps, today, next_month_end)
    assert set(found.values()) == {(True, False)}


@pytest.mark.parametrize("less", ["an order", "the least amount"])
def test_less_than_the_step_is_not_enough(build, sample, steps, next_month_end, less) -> None:
    shorter = {}
    for customer, step in steps.items():
        if less == "an order" and step.orders:
            shorter[customer] = Step(step.orders - 1, step.amount, step.is_member)
        if less == "the least amount" and step.amount:
            shorter[customer] = Step(step.orders, step.amount - LEAST, step.is_member)
    # The last day before the month end is as good as any.
    bought_on = next_month_end - timedelta(days=1)
    found = after(build, f"less than {less}", steps | shorter, bought_on, next_month_end)
    for customer, (is_member, is_below) in found.items():
        if steps[customer].is_member:
            assert is_below == (customer in shorter)
        else:
            assert is_member == (customer not in shorter)


def test_whoever_stays_away_drops_out_on_the_day_that_was_said(sample, build) -> None:
    later = build("idle", source_systems="online_retail", as_of_date="2013-03-31", select=BUILT)
    with reading(sample) as connection, reading(later) as idle:
        past, future = memberships(connection), memberships(idle)
    last = max(month for _, _, month in past)
    assert past == {key: row for key, row in future.items() if key[2] <= last}

    out: Rows = {}
    for (_, customer, month), row in sorted(future.items()):
        if month > last and row[2] is None:
            out.setdefault(customer, month)
    members = {customer for (_, customer, month), row in past.items() if month == last and row[2]}
    promised = dict(
        sample.query(
            "select customer_id, drop_out_date from marts.programme_outlook"
            " where programme = 'insiders' and is_member"
        )
    )
    assert promised == {customer: out[customer] for customer in members}
    assert len(set(promised.values())) > 3


@pytest.fixture(scope="module")
def copied(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.copy(tmp_path_factory.mktemp("programmes"))


@pytest.fixture
def changed(copied: Path) -> Iterator[Connection]:
    """The sample's warehouse, as it was again after the test."""
    with duckdb.connect(str(copied)) as connection:
        connection.begin()
        yield connection
        connection.rollback()


def compiled(connection: Connection, model: str) -> str:
    (sql,) = connection.execute(
        "select compiled_sql from operations.compiled_models where unique_id = ?",
        [f"model.customer_segments.{model}"],
    ).fetchone()
    return sql


def test_the_pattern_is_the_rule_for_all_ways_that_months_can_go(changed) -> None:
    """Every sequence of up to seven months, for short and long stays."""
    paths = ["".join(path) for length in range(1, 8) for path in product("HML", repeat=length)]
    rules = list(product((1, 2, 3), (0, 1, 2, 3, 4, 6)))
    changed.execute("delete from programmes.programme_terms")
    changed.execute("delete from programmes.programme_spans")
    changed.executemany(
        "insert into programmes.programme_terms"
        " (programme, source_system, months_below, minimum_stay_months) values (?, 's', ?, ?)",
        [(f"{n} {m}", n, m) for n, m in rules],
    )
    changed.execute(
        "insert into programmes.programme_spans"
        " (programme, source_system, customer_id, from_month_end, to_month_end, standing)"
        " select programme, 's', path, month_end, month_end, standing from (select programme, path,"
        " cast(date '2012-01-01' + (place - 1) * interval 1 month as date) as month_end,"
        " substring(path, place, 1) as standing from (select programme, path,"
        " unnest(range(1, length(path) + 1)) as place from programmes.programme_terms"
        " cross join (select unnest(?) as path)))",
        [paths],
    )
    found: dict[tuple[str, str], set[tuple[date, date | None]]] = {}
    for row in changed.execute(compiled(changed, "programme_stays")).fetchall():
        programme, _, path, *stay = row
        found.setdefault((programme, path), set()).add(tuple(stay))

    for (n, m), path in product(rules, paths):
        since = members_since(path, n, m)
        expected = {}
        for month, (entered, next_entered) in enumerate(
            zip(since, [*since[1:], None], strict=True)
        ):
            if entered is not None and next_entered != entered:
                is_last = month == len(path) - 1
                expected[entered] = None if is_last else add_months(date(2012, 1, 1), month + 1)
        assert found.get((f"{n} {m}", path), set()) == {
            (add_months(date(2012, 1, 1), entered), left) for entered, left in expected.items()
        }, (n, m, path)


def test_other_rules_are_followed_too(changed) -> None:
    changed.execute(f"insert into rules.programme_rules values {', '.join(OTHER_RULES)}")
    for model, schema in MODELS.items():
        changed.execute(f"delete from {schema}.{model}")
        changed.execute(f"insert into {schema}.{model} {compiled(changed, model)}")
    found = memberships(changed)
    expected = replayed(changed)
    of_superstore = {key for key in found if key[0] == "elsewhere"}
    assert {key: row for key, row in found.items() if key not in of_superstore} == expected
    assert {row[2] is not None for key, row in found.items() if key in of_superstore} == {
        True,
        False,
    }
    # Each of them has customers who come and go; out of a count of a lifetime nobody falls.
    ends = dict(
        changed.execute(
            "select programme, count(left_on) > 0 from programmes.programme_stays group by all"
        ).fetchall()
    )
    assert ends == {
        "insiders": True,
        "orders of a lifetime": False,
        "net of a lifetime": True,
        "gross of a month": True,
        "both of a quarter": True,
        "elsewhere": True,
    }
    for system in ("online_retail", "superstore"):
        with recomputation(changed, system) as recomputed:
            own = recomputed.customers(None)
        stored = stored_rows(changed, system)
        for customer, one in own.items():
            assert [str(found) for found in differences(one, stored.get(customer, {}))] == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("programme = null", "fill both in"),
        ("source_system = 'online_retial'", "insiders of online_retial: this is no source system"),
        ("source_system = 'credit_card'", "insiders of credit_card: .* has no orders"),
        ("orders_leave_below = 6", "orders_enter_from above 0, orders_leave_below"),
        ("orders_leave_below = null", "set both orders_enter_from and orders_leave_below"),
        ("orders_enter_from = 0, orders_leave_below = -1", "orders_enter_from above 0"),
        ("amount_leave_below = 1500", "amount_enter_from above 0, amount_leave_below"),
        ("amount_enter_from = null", "set both amount_enter_from and amount_leave_below"),
        ("amount_measure = 'revenue'", "net_amount or gross_amount"),
        ("amount_measure = null", "net_amount or gross_amount"),
        ("window_days = 30", "window_days is 31 to 3660"),
        ("months_below = 0", "months_below is 1 to 120"),
        ("months_below = null", "months_below is 1 to 120"),
        ("minimum_stay_months = -1", "minimum_stay_months is 0 to 120"),
        (
            "orders_enter_from = null, orders_leave_below = null,"
            " amount_enter_from = null, amount_leave_below = null",
            "nothing is asked",
        ),
    ],
)
def test_a_rule_that_cannot_be_followed_is_named_with_the_fix(changed, change, problem) -> None:
    changed.execute(f"update rules.programme_rules set {change}")
    with pytest.raises(duckdb.Error, match=rf"programme_rules\.csv, .*{problem}"):
        changed.execute(compiled(changed, "programme_terms")).fetchall()


def test_a_programme_has_one_rule_per_source_system(changed) -> None:
    changed.execute("insert into rules.programme_rules from rules.programme_rules")
    with pytest.raises(duckdb.Error, match="insiders of online_retail: there are several"):
        changed.execute(compiled(changed, "programme_terms")).fetchall()
