"""Where raw values change, those public columns change that come from them, and no others.

A dozen raw columns are changed here. `ALL_RAW_COLUMNS=1` (`make test-lineage`) changes each
in every way that mutations.py knows, and asks for every edge of kind `value` to be seen at work.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from builds import SAMPLE
from mutations import (
    LEFT_OUT,
    MUTATIONS,
    NEVER_SEEN,
    Change,
    Edge,
    Evidence,
    Laboratory,
    RawColumn,
    Reason,
    Round,
    all_rounds,
    compared_tables,
    raw_tables,
    read_files,
)

ALL_RAW_COLUMNS = os.environ.get("ALL_RAW_COLUMNS") == "1"

SOME_ROUNDS = [
    Round(
        "exchange",
        (
            RawColumn("online_retail", "online_retail", "Country"),
            RawColumn("superstore", "global_superstore", "Sales"),
            RawColumn("bank", "district", "A2"),
            RawColumn("credit_card", "cc_general", "BALANCE"),
            RawColumn("ad_clicks", "SearchInfo", "UserID"),
        ),
    ),
    Round(
        "shift",
        (
            RawColumn("online_retail", "online_retail", "InvoiceDate"),
            RawColumn("superstore", "global_superstore", "Segment"),
            RawColumn("bank", "card", "type"),
            RawColumn("credit_card", "cc_general", "TENURE"),
            RawColumn("ad_clicks", "trainSearchStream", "IsClick"),
        ),
    ),
    # The other systems are left alone.
    Round(
        "spoil",
        (
            RawColumn("online_retail", "online_retail", "UnitPrice"),
            RawColumn("bank", "disp", "client_id"),
        ),
    ),
]

# The column that changes with a raw one, read off the models; rejected rows are kept whole, too.
READ_OFF = {
    ("exchange", "bank.district.A2"): "customers.district",
    ("shift", "superstore.global_superstore.Segment"): "customers.customer_type",
    ("shift", "bank.card.type"): "customers.card_type",
}


class Experiment(NamedTuple):
    rounds: list[Round]
    evidence: Evidence
    seconds: float

    @property
    def changes(self) -> list[Change]:
        return list(self.evidence.changes)


@pytest.fixture(scope="module")
def experiment(traced, tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    started = time.monotonic()
    laboratory = Laboratory(tmp_path_factory.mktemp("laboratory"), traced.manifest)
    rounds = all_rounds(laboratory.raw.values()) if ALL_RAW_COLUMNS else SOME_ROUNDS
    evidence = Evidence(traced.lineage.rows, laboratory.changes(rounds), NEVER_SEEN)
    return Experiment(rounds, evidence, time.monotonic() - started)


def test_every_public_table_is_compared_or_left_out_with_a_reason(traced) -> None:
    public = {row.model for row in traced.lineage.rows}
    compared = compared_tables(traced.manifest)
    assert public - compared.keys() <= LEFT_OUT.keys()
    assert all("source_system" in keys for keys in compared.values())


def test_raw_files_written_back_mean_what_they_meant(traced, tmp_path: Path) -> None:
    for table in raw_tables(traced.manifest).values():
        for file in read_files(table, SAMPLE):
            original, file.path = file.path, tmp_path / file.path.name
            file.write()
            contents = [
                duckdb.read_csv(
                    str(path), all_varchar=True, header=True, sep=table.delimiter, quotechar='"'
                ).fetchall()
                for path in (original, file.path)
            ]
            assert len(contents[0]) == len(file.rows) > 0
            assert contents[0] == contents[1]


def test_what_changes_with_a_raw_column_comes_from_it(experiment: Experiment) -> None:
    assert experiment.evidence.without_an_edge == set()


def test_every_raw_column_that_was_changed_is_seen_to_act(experiment: Experiment) -> None:
    raw = {column for round_ in experiment.rounds for column in round_.columns}
    seen = {RawColumn(*edge[2:]) for edge in experiment.evidence.seen}
    assert raw - seen == set()


@pytest.mark.parametrize(("mutation", "raw"), READ_OFF)
def test_what_changes_is_what_the_models_say(
    experiment: Experiment, mutation: str, raw: str
) -> None:
    changed = {
        change.edge.public
        for change in experiment.changes
        if (change.mutation, change.edge.raw) == (mutation, raw)
    }
    rejected = {"rejected_rows.raw_row", "rejected_rows.row_id"}
    assert changed == {READ_OFF[mutation, raw]} | rejected


if ALL_RAW_COLUMNS:

    def test_every_edge_of_a_value_is_seen_to_act_or_cannot(
        experiment: Experiment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with capsys.disabled():
            print(summary(experiment))
        assert experiment.evidence.unexplained == set()
        assert experiment.evidence.untrue_reasons == []


def summary(experiment: Experiment) -> str:
    evidence = experiment.evidence
    raw = {
        column
        for round_ in experiment.rounds
        if MUTATIONS[round_.mutation].column is None
        for column in round_.columns
    }
    figures = {
        "raw columns": len(raw),
        "builds with a change": len(experiment.rounds),
        "changes of public columns": len(evidence.changes),
        "changes without an edge": len(evidence.without_an_edge),
        "edges of kind value": len(evidence.edges("value")),
        "seen to act": len(evidence.edges("value") & evidence.seen),
        "explained": len(evidence.never_seen - evidence.unexplained),
        "unexplained": len(evidence.unexplained),
    }
    for kind in ("filter", "join", "grouping", "ordering", "model-fitted"):
        edges = evidence.edges(kind)
        figures[f"{kind}: changed, of {len(edges):,} edges"] = len(edges & evidence.changed)
    figures["seconds"] = round(experiment.seconds)
    return "\n" + "\n".join(f"{name:<45}{figure:>8,}" for name, figure in figures.items())


COUNTRY = Edge("customers", "country", "online_retail", "online_retail", "Country")


def test_a_missing_edge_is_reported(experiment: Experiment) -> None:
    rows = [row for row in experiment.evidence.rows if row[:5] != COUNTRY]
    reported = Evidence(rows, experiment.changes).without_an_edge
    assert {change.edge for change in reported} == {COUNTRY}


def test_an_edge_that_does_not_act_is_reported(traced, experiment: Experiment) -> None:
    (row,) = [row for row in traced.lineage.rows if row[:5] == COUNTRY and row.kind == "value"]
    false = row._replace(column_name="district")
    evidence = Evidence([row, false], experiment.changes)
    assert evidence.unexplained == {COUNTRY._replace(column_name="district")}


def test_a_change_in_a_system_that_was_left_alone_is_reported(experiment: Experiment) -> None:
    change = Change(COUNTRY._replace(source_table="", source_column=""), "spoil", True)
    evidence = Evidence(experiment.evidence.rows, [*experiment.changes, change])
    assert evidence.without_an_edge == {change}


def test_a_reason_that_is_untrue_or_not_needed_is_reported(experiment: Experiment) -> None:
    acts = Reason(r"customers\.country", r".*\.Country", "It cannot act.")
    not_needed = Reason(r"customers\.no_such_column", ".*", "It cannot act.")
    evidence = Evidence(experiment.evidence.rows, experiment.changes, [acts, not_needed])
    assert evidence.untrue_reasons == [acts, not_needed]
