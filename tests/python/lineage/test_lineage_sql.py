"""What one query comes from, construct by construct; the answers are written by hand."""

from __future__ import annotations

import pytest

from customer_segments.lineage import UntraceableSqlError, trace_sql
from customer_segments.lineage.edges import Kind

COLUMNS = {
    "s.a": ["k", "x", "y", "d", "source_system"],
    "s.b": ["k", "x", "z"],
    "s.lists": ["k", "xs", "s"],
}


def raw_table(cte: str | None, table: str | None) -> str | None:
    return "shop.orders" if table in (None, "other.export") else None


def words(edges) -> set[str]:
    """`a.x` for a value, `filter a.x` for another kind; that rows are read goes without saying."""
    return {
        " ".join(
            part
            for part in (origin.kind.removeprefix("value"), f"{origin.relation}.{origin.column}")
            if part
        ).replace("s.", "", 1)
        if origin.relation.startswith("s.")
        else f"{origin.kind.removeprefix('value')} {origin.relation}.{origin.column}".strip()
        for origin in edges
        if origin.kind is not Kind.ROWS
    }


def traced(sql: str) -> tuple[dict[str, set[str]], set[str]]:
    trace = trace_sql(sql, COLUMNS, raw_table=raw_table)
    columns = {name: words(edges) for name, edges in trace.columns.items()}
    return columns, words(trace.rows)


# SQL, the edges of each column, the edges of the rows.
CONSTRUCTS = {
    "a column, renamed and cast": (
        "select x as one, cast(y as text) as two from s.a",
        {"one": {"a.x"}, "two": {"a.y"}},
        set(),
    ),
    "an expression and a condition of case are values": (
        "select case when x > 1 then y else d end as c, coalesce(x, y) + 1 as e from s.a",
        {"c": {"a.x", "a.y", "a.d"}, "e": {"a.x", "a.y"}},
        set(),
    ),
    "a case that compares": (
        "select case x when 1 then y end as c from s.a",
        {"c": {"a.x", "a.y"}},
        set(),
    ),
    "a literal has no edges": (
        "select 'a' as c, null as n from s.a",
        {"c": set(), "n": set()},
        set(),
    ),
    "the alias before is known to the next": (
        "select x + y as total, total * d as more from s.a",
        {"total": {"a.x", "a.y"}, "more": {"a.x", "a.y", "a.d"}},
        set(),
    ),
    "a column is meant before an alias": (
        "select x as y, y as z from s.a",
        {"y": {"a.x"}, "z": {"a.y"}},
        set(),
    ),
    "where": (
        "select x from s.a where y > 1 and d is null",
        {"x": {"a.x"}},
        {"filter a.y", "filter a.d"},
    ),
    "from first": ("from s.a select x where y > 1", {"x": {"a.x"}}, {"filter a.y"}),
    "inner join": (
        "select a.x, b.z from s.a inner join s.b on a.k = b.k and a.y < b.x",
        {"x": {"a.x"}, "z": {"b.z"}},
        {"join a.k", "join b.k", "join a.y", "join b.x"},
    ),
    "a comma is a cross join": (
        "select z from s.a, s.b where a.k = b.k",
        {"z": {"b.z"}},
        {"filter a.k", "filter b.k"},
    ),
    "cross join": ("select y, z from s.a cross join s.b", {"y": {"a.y"}, "z": {"b.z"}}, set()),
    "a left join decides about its right side only": (
        "select a.y, b.z from s.a left join (select * from s.b where x > 1) as b on a.k = b.k",
        {"y": {"a.y"}, "z": {"b.z", "join a.k", "join b.k", "filter b.x"}},
        set(),
    ),
    "a full join decides about the rows of both": (
        "select y, z from s.a full join s.b on a.k = b.k",
        {"y": {"a.y"}, "z": {"b.z"}},
        {"join a.k", "join b.k"},
    ),
    "using": (
        "select k, z from s.a inner join s.b using (k)",
        {"k": {"a.k"}, "z": {"b.z"}},
        {"join a.k", "join b.k"},
    ),
    "a column of using stands once in a star": (
        "select * exclude (x, source_system)"
        " from s.a inner join (select k, z from s.b) as b using (k)",
        {"k": {"a.k"}, "y": {"a.y"}, "d": {"a.d"}, "z": {"b.z"}},
        {"join a.k", "join b.k"},
    ),
    "using of a full join takes either": (
        "select k from s.a full join s.b using (k)",
        {"k": {"a.k", "b.k"}},
        {"join a.k", "join b.k"},
    ),
    "asof join": (
        "select z from s.a asof join s.b on a.k = b.k and a.d >= b.x",
        {"z": {"b.z"}},
        {"join a.k", "join b.k", "join a.d", "join b.x"},
    ),
    "a semi join filters": (
        "select x from s.a semi join s.b on a.k = b.k",
        {"x": {"a.x"}},
        {"filter a.k", "filter b.k", "filter b.*"},
    ),
    "so does an anti join": (
        "select * exclude (source_system, d, y, k) from s.a anti join s.b using (k)",
        {"x": {"a.x"}},
        {"filter a.k", "filter b.k", "filter b.*"},
    ),
    "in a subquery": (
        "select x from s.a where k in (select k from s.b where z > 1)",
        {"x": {"a.x"}},
        {"filter a.k", "filter b.k", "filter b.z", "filter b.*"},
    ),
    "exists": (
        "select x from s.a where exists (select 1 from s.b where b.k = a.k)",
        {"x": {"a.x"}},
        {"filter a.k", "filter b.k", "filter b.*"},
    ),
    "a scalar subquery gives values and what decides its rows": (
        "select (select max(z) from s.b where b.k = a.k) as z from s.a",
        {"z": {"b.z", "filter b.k", "filter a.k"}},
        set(),
    ),
    "group by": (
        "select k, sum(x) as x from s.a group by k",
        {"k": {"a.k"}, "x": {"a.x"}},
        {"grouping a.k"},
    ),
    "group by position and by alias": (
        "select k + 1 as one, x as two, count(y) as n from s.a group by 1, two",
        {"one": {"a.k"}, "two": {"a.x"}, "n": {"a.y"}},
        {"grouping a.k", "grouping a.x"},
    ),
    "group by all": (
        "select k, x + y as total, max(d) as d from s.a group by all",
        {"k": {"a.k"}, "total": {"a.x", "a.y"}, "d": {"a.d"}},
        {"grouping a.k", "grouping a.x", "grouping a.y"},
    ),
    "group by rollup": (
        "select k, sum(x) as x from s.a group by rollup (k, y)",
        {"k": {"a.k"}, "x": {"a.x"}},
        {"grouping a.k", "grouping a.y"},
    ),
    "having": (
        "select k from s.a group by k having sum(x) > 1",
        {"k": {"a.k"}},
        {"grouping a.k", "filter a.x"},
    ),
    "an aggregate of everything is one row: its value depends on the rows": (
        "select max(x) as x, 'all' as of_what from s.a where y > 1",
        {"x": {"a.x", "filter a.y"}, "of_what": set()},
        set(),
    ),
    "count(*) counts rows": (
        "select k, count(*) as n, count(1) as m, sum(1) as o from s.a where y > 1 group by k",
        {"k": {"a.k"}, "n": {"a.count(*)"}, "m": {"a.count(*)"}, "o": {"a.count(*)"}},
        {"filter a.y", "grouping a.k"},
    ),
    "the number of groups is decided by what they are grouped by": (
        "select count(*) as n from (select k from s.a group by k) as groups",
        {"n": {"grouping a.k"}},
        set(),
    ),
    "filter of an aggregate": (
        "select k, count(*) filter (where x > 1) as n, sum(y) as y from s.a group by k",
        {"k": {"a.k"}, "n": {"a.count(*)", "filter a.x"}, "y": {"a.y"}},
        {"grouping a.k"},
    ),
    "order by in an aggregate": (
        "select list(x order by y) as xs, string_agg(distinct x, ',' order by d desc) as t"
        " from s.a",
        {"xs": {"a.x", "ordering a.y"}, "t": {"a.x", "ordering a.d"}},
        set(),
    ),
    "max_by orders by its second argument": (
        "select max_by(x, y) filter (where d is not null) as x, arg_min(k, (y, d)) as k from s.a",
        {"x": {"a.x", "ordering a.y", "filter a.d"}, "k": {"a.k", "ordering a.y", "ordering a.d"}},
        set(),
    ),
    "within group aggregates what it orders": (
        "select percentile_cont(0.5) within group (order by x) as m, median(y) as n from s.a",
        {"m": {"a.x"}, "n": {"a.y"}},
        set(),
    ),
    "a window": (
        "select sum(x) over (partition by k order by y) as s, lag(x, 1) over (order by d) as l,"
        " row_number() over (partition by k order by d desc) as r from s.a",
        {
            "s": {"a.x", "grouping a.k", "ordering a.y"},
            "l": {"a.x", "ordering a.d"},
            "r": {"grouping a.k", "ordering a.d"},
        },
        set(),
    ),
    "qualify": (
        "select x from s.a qualify row_number() over (partition by k order by d) = 1",
        {"x": {"a.x"}},
        {"filter a.k", "filter a.d"},
    ),
    "distinct": (
        "select distinct x, y from s.a",
        {"x": {"a.x"}, "y": {"a.y"}},
        {"grouping a.x", "grouping a.y"},
    ),
    "distinct on": (
        "select distinct on (k) x from s.a order by d",
        {"x": {"a.x"}},
        {"grouping a.k", "ordering a.d"},
    ),
    "order by decides nothing": ("select x from s.a order by y", {"x": {"a.x"}}, set()),
    "order by before limit decides": (
        "select x as y from s.a order by y, d limit 3",
        {"y": {"a.x"}},
        {"ordering a.x", "ordering a.d"},
    ),
    "union all matches by position": (
        "select x, y from s.a where d > 1 union all select z, x from s.b where k > 1",
        {"x": {"a.x", "b.z"}, "y": {"a.y", "b.x"}},
        {"filter a.d", "filter b.k"},
    ),
    "union makes equal rows one": (
        "select x from s.a union select z from s.b",
        {"x": {"a.x", "b.z"}},
        {"grouping a.x", "grouping b.z"},
    ),
    "except": (
        "select x from s.a except all select z from s.b where k > 1",
        {"x": {"a.x"}},
        {"filter b.z", "filter b.k", "filter b.*"},
    ),
    "a limit behind a union": (
        "select x from s.a union all select z from s.b order by 1 limit 1",
        {"x": {"a.x", "b.z"}},
        {"ordering a.x", "ordering b.z"},
    ),
    "a cte brings along what decides its rows": (
        "with t as (select k, x from s.a where y > 1), u as (select x from t where k > 1)"
        " select x from u",
        {"x": {"a.x"}},
        {"filter a.y", "filter a.k"},
    ),
    "a cte with names of its own": (
        "with t(one, two) as (select x, y from s.a) select two from t",
        {"two": {"a.y"}},
        set(),
    ),
    "a cte called like a table hides it": (
        "with a as (select z as x from s.b) select x from a",
        {"x": {"b.z"}},
        set(),
    ),
    "a subquery in from": (
        "select q.y from (select x + d as y from s.a where k = 1) as q",
        {"y": {"a.x", "a.d"}},
        {"filter a.k"},
    ),
    "the kind of a path is that of its first step that is no value": (
        "with n as (select k, row_number() over (partition by x order by y) as n from s.a)"
        " select k, n + 1 as m from n where n > 1",
        {"k": {"a.k"}, "m": {"grouping a.x", "ordering a.y"}},
        {"filter a.x", "filter a.y"},
    ),
    "star": (
        "select * exclude (d, source_system) replace (x + y as x) from s.a",
        {"k": {"a.k"}, "x": {"a.x", "a.y"}, "y": {"a.y"}},
        set(),
    ),
    "star of one relation": (
        "select b.*, a.d from s.a inner join s.b on a.k = b.k",
        {"k": {"b.k"}, "x": {"b.x"}, "z": {"b.z"}, "d": {"a.d"}},
        {"join a.k", "join b.k"},
    ),
    "a struct keeps its fields apart": (
        'select raw."X" as x, raw.y as y, to_json(raw) as all_of_it, (struct_pack(q := d)).q as d'
        ' from (select struct_pack("X" := x, y := y) as raw, d from s.a) as t',
        {"x": {"a.x"}, "y": {"a.y"}, "all_of_it": {"a.x", "a.y"}, "d": {"a.d"}},
        set(),
    ),
    "keys of json that are not known are the text": (
        "select json_extract_string(s, [d, '/x']) as j from (select s, 1 as d from s.lists) as t",
        {"j": {"lists.s"}},
        set(),
    ),
    "fields that are not known are the column": (
        "select lists.s.field as one, s.field as two, xs[1] as three from s.lists",
        {"one": {"lists.s"}, "two": {"lists.s"}, "three": {"lists.xs"}},
        set(),
    ),
    "a lambda": (
        "select list_transform(xs, lambda v: v + k) as xs, list_filter(xs, x -> x > 1) as ys"
        " from s.lists",
        {"xs": {"lists.xs", "lists.k"}, "ys": {"lists.xs"}},
        set(),
    ),
    "unnest": (
        "select k, unnest(xs) as x from s.lists",
        {"k": {"lists.k"}, "x": {"lists.xs"}},
        set(),
    ),
    "unnest in from": (
        "select k, u.x from s.lists, unnest(lists.xs) as u(x)",
        {"k": {"lists.k"}, "x": {"lists.xs"}},
        {"join lists.xs"},
    ),
    "lateral": (
        "select l.y from s.a, lateral (select a.x + 1 as y) as l",
        {"y": {"a.x"}},
        set(),
    ),
    "a range of numbers": (
        "select n from s.a cross join range(1, a.x) as r(n)",
        {"n": {"a.x"}},
        {"join a.x"},
    ),
    "values": (
        "select v.n, x from s.a inner join (values ('a', 1), ('b', 2)) as v(n, i) on a.k = v.i",
        {"n": set(), "x": {"a.x"}},
        {"join a.k"},
    ),
    "json": ("select json_object('x', x, 'y', y) as j from s.a", {"j": {"a.x", "a.y"}}, set()),
    "a raw file": (
        """select trim("Order ID") as id, filename as file from read_csv(['a.csv'],
        columns = {'Order ID': 'VARCHAR'}, header = true, filename = true)""",
        {"id": {"shop.orders.Order ID"}, "file": {"shop.orders.(file name)"}},
        set(),
    ),
    "a raw file whose columns are not listed": (
        """select "Order ID" as id, "raw file" as file
        from read_parquet(['a.parquet'], filename = 'raw file')""",
        {"id": {"shop.orders.Order ID"}, "file": {"shop.orders.(file name)"}},
        set(),
    ),
    "a raw table": (
        'select struct_pack("Order ID" := "Order ID") as raw from elsewhere.other.export',
        {"raw": {"shop.orders.Order ID"}},
        set(),
    ),
    "lines of json": (
        """select cells[1] as id, raw.name as name, line from (
            select line, struct_pack(name := cells[2]) as raw, cells from (
                select line, case when json_valid(line)
                    then json_extract_string(line, ['/id', '/customer/name']) end as cells
                from read_csv(['a.json'], header = false, columns = {'line': 'VARCHAR'})
            ) as lines
        ) as rows_of_it""",
        {
            "id": {"shop.orders.id", "shop.orders.(line)"},
            "name": {"shop.orders./customer/name", "shop.orders.(line)"},
            "line": {"shop.orders.(line)"},
        },
        set(),
    ),
}


# SQL, and what the refusal says.
REFUSALS = {
    "union by name": ("select x from s.a\nunion all by name\nselect x from s.b", "`union by name`"),
    "pivot": ("select *\nfrom s.a pivot (sum(x) for y in (1, 2))", "`pivot` and `unpivot`"),
    "a pivot statement": ("select * from (pivot s.a on x using sum(y))", "`pivot` and `unpivot`"),
    "unpivot": ("unpivot s.a on x, y into name n value v", "`pivot` and `unpivot`"),
    "columns()": ("select k,\nmin(columns(*)) from s.a", "`columns()`"),
    "star by pattern": ("select * like 'x%' from s.a", "`*` stands in"),
    "star with new names": ("select * rename (x as z) from s.a", "`* rename`"),
    "a recursive cte": (
        "with recursive n as (select 1 as i union all select i + 1 from n) select i from n",
        "a recursive CTE",
    ),
    "a named window": (
        "select sum(x) over w as s from s.a window w as (partition by k)",
        "a named window",
    ),
    "a column by position": ("select #1 as x from s.a", "`#1`"),
    "a position that is none": ("select x from s.a group by 2", "there is no column 2"),
    "an ambiguous column": ("select x\nfrom s.a inner join s.b on a.k = b.k", "`x` is ambiguous"),
    "an ambiguous column of a subquery": (
        "with t as (select x, y as x from s.a) select x from t",
        "`x` is ambiguous",
    ),
    "an unknown column": ("select a.nope from s.a", "unknown column `a.nope`"),
    "an unknown field": (
        "select raw.nope from (select struct_pack(x := x) as raw from s.a) as t",
        "`raw.nope` has no field 'nope'",
    ),
    "an unknown table": ("select x from s.nope", "unknown table `s.nope`"),
    "two columns of one name": ("select x, y as x from s.a", "two columns have one name: x, x"),
    "branches of different width": (
        "select x from s.a union all select x, y from s.a",
        "differ in their number of columns",
    ),
    "an unknown function": ("select my_macro(x) as x from s.a", "`my_macro()` may read more"),
    "an unknown table function": ("select * from my_macro(1)", "table function `my_macro()`"),
    "a file that is named like a table": ("select * from 'a.csv'", "unknown table `.a.csv`"),
    "files whose columns are not listed": (
        "select * from read_parquet('a.parquet')",
        "the columns of shop.orders are not listed",
    ),
    "a natural join": ("select k from s.a natural join s.b", "`natural join`"),
    "a positional join": ("select y from s.a positional join s.b", "`positional join`"),
    "a list comprehension": ("select [v for v in xs] as xs from s.lists", "a list comprehension"),
    "the clock": ("select current_date as today from s.a", "the clock"),
    "the clock as a function": ("select now() as today from s.a", "`now()` may read more"),
    "chance": ("select random() as r from s.a", "chance"),
    "a sample": ("select x from s.a using sample 10", "a sample is chance"),
    "a parameter": ("select ? as x from s.a", "a parameter"),
    "no query": ("create table t as select 1 as x", "`create` is not a SELECT"),
    "no SQL": ("select from where", "it cannot be parsed"),
    "two statements": ("select x from s.a; select z from s.b", "it is not one statement"),
}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_has_the_edges_written_down_by_hand(name: str) -> None:
    sql, columns, rows = CONSTRUCTS[name]
    assert traced(sql) == (columns, rows)


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_followed_is_refused_by_name(name: str) -> None:
    sql, reason = REFUSALS[name]
    with pytest.raises(UntraceableSqlError) as refusal:
        trace_sql(sql, COLUMNS, model="int_of_test", raw_table=raw_table)
    assert str(refusal.value).startswith("int_of_test")
    assert reason in str(refusal.value)


def test_a_refusal_names_the_line() -> None:
    sql = "select\n    k,\n    sum(x) over w as s\nfrom s.a\nwindow w as (partition by k)"
    with pytest.raises(UntraceableSqlError, match="int_of_test, line 2 of the compiled SQL"):
        trace_sql(sql, COLUMNS, model="int_of_test")
    with pytest.raises(UntraceableSqlError) as refusal:
        trace_sql("select\n    k,\n    nope\nfrom s.a", COLUMNS)
    assert refusal.value.line == 3


def test_files_are_refused_where_their_raw_table_is_not_known() -> None:
    with pytest.raises(UntraceableSqlError, match="of which raw table is not known"):
        trace_sql("select x from read_csv('a.csv', columns = {'x': 'VARCHAR'})", COLUMNS)


def test_chains_of_hundreds_are_no_problem() -> None:
    wide = " or ".join(["x > 1", "y > 1"] * 1000)
    long = " union all ".join(["select x from s.a", "select z from s.b"] * 500)
    assert traced(f"select x from s.a where {wide}")[1] == {"filter a.x", "filter a.y"}
    assert traced(long)[0] == {"x": {"a.x", "b.z"}}


SYSTEMS = """
    with events as (
        select 'shop' as source_system, x as day, y as amount from s.a where d > 1
        union all
        select 'bank' as source_system, z as day, cast(null as integer) as amount from s.b
    )
"""


def test_branches_with_a_constant_source_system_are_told_apart() -> None:
    dates = "select source_system, max(day) as last_day from events group by source_system"
    assert traced(f"{SYSTEMS} {dates}")[0]["last_day"] == {"a.x", "b.z"}
    assert traced(f"{SYSTEMS} select day from events where source_system = 'bank'") == (
        {"day": {"b.z"}},
        set(),
    )
    assert traced(f"{SYSTEMS} select day from events where source_system in ('shop', 'web')") == (
        {"day": {"a.x"}},
        {"filter a.d"},
    )
    joined = f"""{SYSTEMS}, dates as ({dates})
        select events.amount, last_day - day as age from events
        inner join dates on events.source_system = dates.source_system
        where events.source_system = 'shop'"""
    assert traced(joined)[0] == {
        "amount": {"a.y"},
        "age": {"a.x"},
    }


def test_what_is_always_null_decides_a_case() -> None:
    sql = f"""{SYSTEMS}
        select sum(case when amount is null then null when day > 1 then amount else 0 end) as total
        from events where source_system = '{{}}' group by source_system"""
    assert traced(sql.format("shop"))[0] == {"total": {"a.x", "a.y"}}
    assert traced(sql.format("bank"))[0] == {"total": set()}


def test_branches_that_a_window_or_a_limit_brings_together_are_one() -> None:
    ranked = f"""{SYSTEMS}, ranked as (
            select *, rank() over ({{}} order by day) as place from events
        ) select place from ranked where source_system = 'bank'"""
    assert traced(ranked.format("partition by source_system"))[0] == {"place": {"ordering b.z"}}
    assert traced(ranked.format(""))[0] == {"place": {"ordering a.x", "ordering b.z"}}
    first = f"{SYSTEMS}, first as (select * from events order by day limit 1) select day from first"
    assert traced(first + " where source_system = 'bank'")[0] == {"day": {"a.x", "b.z"}}


def test_branches_that_do_not_meet_are_both_kept_by_a_full_join() -> None:
    sql = f"""{SYSTEMS},
        shop as (select * from events where source_system = 'shop'),
        bank as (select * from events where source_system = 'bank')
        select shop.day as shop_day, bank.day as bank_day
        from shop full join bank on shop.source_system = bank.source_system"""
    assert traced(sql) == ({"shop_day": {"a.x"}, "bank_day": {"b.z"}}, {"filter a.d"})
    left = sql.replace("full join", "left join")
    assert traced(left) == ({"shop_day": {"a.x"}, "bank_day": set()}, {"filter a.d"})


def test_a_group_of_several_branches_is_of_none() -> None:
    sql = f"""{SYSTEMS}, days as (
            select day, min(source_system) as source_system from events group by day
        ) select day from days where source_system = 'bank'"""
    assert traced(sql)[0] == {"day": {"a.x", "b.z"}}


def test_a_constant_behind_a_left_join_may_be_missing() -> None:
    sql = """
        with marked as (select k, 'marked' as mark from s.b)
        select case when mark = 'marked' then y else d end as c, count(mark) as n
        from s.a left join marked on a.k = marked.k group by all"""
    assert traced(sql)[0] == {
        "c": {"a.y", "a.d", "b.count(*)", "join a.k", "join b.k"},
        "n": {"b.count(*)", "join a.k", "join b.k"},
    }


def test_a_branch_without_rows_adds_nothing() -> None:
    sql = "select x from s.a union all select z from s.b where 1 = 0"
    assert traced(sql) == ({"x": {"a.x"}}, set())
