"""What cannot be scored is refused, with what is wrong and what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from builds import Builder, Warehouse
from scored import predict

from customer_segments.scoring.__main__ import main
from customer_segments.scoring.errors import ScoringError
from customer_segments.scoring.score import predict_file

MODEL = "rfm_kmeans:online_retail"
HEADER = "customer_id,recency_days,order_count,monetary_amount"
RAW_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"

# Content of a file, and words of the refusal.
REFUSED: dict[str, tuple[str, tuple[str, ...]]] = {
    "no column that fits": (
        "customer,recency,orders\n1,2,3\n",
        (
            "can be read neither as customers nor as raw rows of online_retail",
            "recency_log (or recency_days)",
            "customer for customer_id?",
            "InvoiceNo, StockCode",
            "It names: customer, recency, orders.",
        ),
    ),
    "a feature is missing": (
        "customer_id,recency_days,order_count,monetary\n1,2,3,4\n",
        ("It lacks monetary_amount (monetary for monetary_amount?)",),
    ),
    "not a number": (
        f"{HEADER}\n1,2,3,4\n2,2,three,4\n3,2,3.5x,4\n",
        ("2 cells of order_count cannot be read: 'three' of customer 2 is not a number",),
    ),
    "not finite": (f"{HEADER}\n1,inf,3,4\n", ("'inf' of customer 1 is not a number",)),
    "nan": (f"{HEADER}\n1,nan,3,4\n", ("'nan' of customer 1 is not a number",)),
    "two rows of a customer": (
        f"{HEADER}\n7,2,3,4\n8,2,3,4\n7,2,3,5\n",
        ("1 customer in more than one row: 7 (2 times)",),
    ),
    "no id": (f"{HEADER}\n,2,3,4\n", ("1 row without a customer_id",)),
    "another source system": (
        f"source_system,{HEADER}\nbank,1,2,3,4\n",
        ("has customers of bank; the model is of online_retail",),
    ),
    "not a date": (
        f"as_of_date,{HEADER}\n31.12.2011,1,2,3,4\n",
        ("'31.12.2011' of customer 1 is not a date (YYYY-MM-DD)",),
    ),
    "from before the model": (
        f"as_of_date,{HEADER}\n2011-12-09,1,2,3,4\n",
        ("as of 2011-12-09, but the model was fitted as of 2011-12-10", "seen what came later"),
    ),
    "no rows": (f"{HEADER}\n", ("has no rows that can be read",)),
    "nothing": ("", ("is empty",)),
    "a column twice": (f"{HEADER},customer_id\n1,2,3,4,5\n", ("names a column twice",)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_scored_is_refused(
    sample: Warehouse, tmp_path: Path, name: str
) -> None:
    content, words = REFUSED[name]
    (tmp_path / "new.csv").write_text(content)
    with pytest.raises(ScoringError) as refused:
        predict(sample, MODEL, tmp_path / "new.csv")
    for expected in words:
        assert expected in str(refused.value)


def test_a_customer_without_a_value_gets_no_segment_but_a_reason(
    sample: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_text(f"{HEADER}\na,,3,4\nb,-1,,4\nc,5,1,0\nd,5,1,-3\ne,5,1,3\n")
    found = predict(sample, MODEL, tmp_path / "new.csv").set_index("customer_id")
    assert found["reason"].fillna("").to_dict() == {
        "a": "no value of recency_log",
        "b": "no value of recency_log, frequency_log",
        "c": "outside the fit",
        "d": "outside the fit",
        "e": "",
    }
    assert found["segment_id"].fillna(-1).to_dict() | {"e": 0} == {
        "a": -1,
        "b": -1,
        "c": 0,
        "d": 0,
        "e": 0,
    }
    assert found["distance"].isna().tolist() == [True] * 4 + [False]


def test_a_model_that_does_not_exist_lists_those_that_do(sample: Warehouse, tmp_path: Path) -> None:
    for name in ("000000000000", "rfm_kmeans:online_retails", "rfm_kmeans"):
        with pytest.raises(ScoringError) as refused:
            predict(sample, name, tmp_path / "new.csv")
        assert f"There is no model '{name}'" in str(refused.value)
        assert "rfe_kmeans:ad_clicks" in str(refused.value)
    model_id = sample.one(
        "select model_id from marts.segmentations where segmentation = 'rfm_kmeans'"
        " and source_system = 'online_retail'"
    )
    assert model_id in str(refused.value)


def test_a_mixed_or_missing_warehouse_is_refused(sample: Warehouse, tmp_path: Path) -> None:
    path = sample.copy(tmp_path / "mixed")
    with duckdb.connect(str(path)) as connection:
        connection.execute("update operations.builds set is_whole = false")
    with pytest.raises(ScoringError, match="The tables are not from one run"):
        predict_file(MODEL, tmp_path / "new.csv", warehouse=path)
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(ScoringError, match=r"no marts\.build_status"):
        predict_file(MODEL, tmp_path / "new.csv", warehouse=tmp_path / "empty.duckdb")


def test_raw_rows_of_a_system_of_many_tables_need_their_folder(
    sample: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "trans.csv").write_text("trans_id;account_id;date\n1;2;930101\n")
    with pytest.raises(ScoringError, match=r"the folder that holds berka/account\*"):
        predict(sample, "rfm_kmeans:bank", tmp_path / "trans.csv")
    (tmp_path / "account.csv").write_text("account_id;district_id;frequency;date\n1;1;;930101\n")
    with pytest.raises(ScoringError, match="spread over 8 tables"):
        predict(sample, "rfm_kmeans:bank", tmp_path / "account.csv")


def test_raw_rows_as_of_a_day_before_the_model_are_refused_before_anything_is_built(
    sample: Warehouse, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_text(f"{RAW_HEADER}\n")
    (tmp_path / "new.csv").write_text(f"{RAW_HEADER}\n1,A,B,1,2011-01-01 10:00:00,2.5,9,France\n")
    with pytest.raises(ScoringError, match="AS_OF is 2011-06-01, but the model was fitted as of"):
        predict(sample, MODEL, tmp_path / "new.csv", as_of=date(2011, 6, 1))


class Command:
    """Calls `make score` in this process, and keeps what it printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, warehouse: Path, *options: str, **told: str | Path) -> tuple[int, str, str]:
        for name in ("FILE", "MODEL", "OUT", "AS_OF"):
            self._monkeypatch.setenv(name, str(told.get(name, "")))
        self._monkeypatch.setenv("WAREHOUSE_PATH", str(warehouse))
        status = main(options)
        return (status, *self._capsys.readouterr())


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def test_the_command_lists_models_and_writes_what_it_found(
    sample: Warehouse, tmp_path: Path, command: Command
) -> None:
    status, text, _ = command(sample.path, "--models")
    assert status == 0
    assert len(text.splitlines()) == 1 + sample.one("select count(*) from marts.segmentations")
    assert "superstore_bisecting:superstore" in text
    assert "split tree, features.features_superstore" in text

    file = tmp_path / "new.csv"
    file.write_text(f"{HEADER},email\n1,5,3,400,a@b\n2,,3,400,b@c\n3,9000,3,400,c@d\n4,1,1,-1,\n")
    frames = {}
    for ending in ("parquet", "csv", "tsv", "json"):
        out = tmp_path / f"segments.{ending}"
        status, text, errors = command(sample.path, FILE=file, MODEL=MODEL, OUT=out)
        assert (status, errors) == (0, "")
        read = "read_csv_auto" if ending == "tsv" else f"read_{ending}_auto".replace("t_auto", "t")
        frames[ending] = duckdb.sql(
            f"select customer_id::varchar as customer_id, segment_name, distance, reason"
            f" from {read}('{out}') order by 1"
        ).fetchall()
        assert not list(tmp_path.glob(".*unfinished"))
        assert not list(tmp_path.glob("*.rejected.*"))
    assert len({str(rows) for rows in frames.values()}) == 1
    assert "Columns that nothing reads: email." in text
    assert "4 customers: 2 in segments." in text
    assert "no segment, no value of recency_log: 1 customer" in text
    assert "Fully Returned (segment 0): 1 customer" in text
    assert "outside what the model has seen: 1 customer (is_outside; recency_log above 1)" in text
    assert "too few customers" in text


def test_a_wrong_call_says_what_to_do(sample: Warehouse, tmp_path: Path, command: Command) -> None:
    file = tmp_path / "new.csv"
    file.write_text(f"{HEADER}\n1,5,3,400\n")
    calls = {
        "Usage: make score FILE=": {},
        "it must end in one of .csv": {"FILE": file, "MODEL": MODEL, "OUT": tmp_path / "a.xlsx"},
        "there is no folder": {"FILE": file, "MODEL": MODEL, "OUT": tmp_path / "no" / "a.csv"},
        "which is not a date": {"FILE": file, "MODEL": MODEL, "AS_OF": "yesterday"},
        "There is no file": {"FILE": tmp_path / "none.csv", "MODEL": MODEL},
        "must end in one of": {"FILE": tmp_path / "book.xlsx", "MODEL": MODEL},
    }
    for words, told in calls.items():
        status, text, errors = command(sample.path, **told)
        assert (status, text) == (2, "")
        assert words in errors
    status, _, errors = command(tmp_path / "none.duckdb", FILE=file, MODEL=MODEL)
    assert status == 2
    assert "does not exist. Run `make build`" in errors
    with pytest.raises(ScoringError, match="file_type is 'xlsx'"):
        predict_file(MODEL, file, "xlsx", warehouse=sample.path)
    file.write_text("1,2\n")
    with pytest.raises(ScoringError, match=r"has 2 columns and no header\. Without one it has 4"):
        predict_file(MODEL, file, header=False, warehouse=sample.path)


# --- A business of one's own ----------------------------------------------------------------------

SHOP = {
    "source_system": "shop",
    "columns": {
        "customer_id": "Client",
        "order_id": "Order",
        "ordered_at": "At",
        "amount": "Total",
        "currency": "Money",
    },
    "date_formats": ["%d.%m.%Y %H:%M"],
    "decimal_mark": ",",
}


def orders(path: Path, *, money: str = "EUR", delimiter: str = ",", offset: str = "") -> Path:
    """120 customers, who buy once to six times in 2024, one of them with an unreadable amount."""
    lines = [delimiter.join(("Client", "Order", "At", "Total", "Money"))]
    for client in range(120):
        for order in range(1 + client % 6):
            day, month = 1 + (client * 7 + order) % 28, 1 + (client + order) % 12
            total = f'"{10 + client * 3 + order},50"'
            at = f"{day:02}.{month:02}.2024 10:00{offset}"
            lines.append(delimiter.join((f"K{client}", f"{client}-{order}", at, total, money)))
    lines.append(delimiter.join(("K1", "x-1", "01.02.2024 10:00" + offset, "many", money)))
    lines.append(delimiter.join(("K999", "x-2", "01.02.2024 10:00" + offset, "many", money)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shop(build: Builder) -> Warehouse:
    folder = build.folder / "scored_shop"
    folder.mkdir()
    entry = SHOP | {"files": str(orders(folder / "orders.csv"))}
    variables = {"custom_orders": [entry]}
    return build("scored_shop", source_systems="shop", variables=variables, lineage=True)


def test_rows_of_a_business_of_ones_own_are_read_by_its_mapping(
    shop: Warehouse, tmp_path: Path, command: Command
) -> None:
    """Another delimiter, no file of the vars: the mapping's formats are those of the model."""
    file, out = orders(tmp_path / "new.txt", delimiter=";"), tmp_path / "out.parquet"
    status, text, errors = command(shop.path, FILE=file, MODEL="rfm_kmeans:shop", OUT=out)
    assert (status, errors) == (0, "")
    assert "2 rejected" in text
    assert "invalid_number: 2 rows" in text
    found = pd.read_parquet(out).set_index("customer_id")
    expected = shop.query(
        "select customer_id, segment_id, distance from marts.customer_segments order by 1"
    )
    placed = found[found["segment_id"].notna()]
    assert (
        list(zip(placed.index, placed["segment_id"], placed["distance"], strict=True)) == expected
    )
    assert found.loc["K999", "reason"] == "no valid order before the as-of date"
    rejected = pd.read_parquet(tmp_path / "out.rejected.parquet")
    assert rejected["rejection_reason"].tolist() == ["invalid_number"] * 2
    assert rejected["raw_row"].str.contains("many").all()


def test_another_currency_is_refused(shop: Warehouse, tmp_path: Path) -> None:
    file = orders(tmp_path / "new.csv", money="USD")
    with pytest.raises(ScoringError, match=r"has amounts in USD; the model was fitted on EUR"):
        predict(shop, "rfm_kmeans:shop", file)


def test_time_stamps_of_another_time_zone_are_refused(shop: Warehouse, tmp_path: Path) -> None:
    file = orders(tmp_path / "new.csv", offset=" +02:00")
    with pytest.raises(ScoringError) as refused:
        predict(shop, "rfm_kmeans:shop", file)
    assert "dbt cannot compute the features of these rows" in str(refused.value)
    assert "time_zone" in str(refused.value)
