"""`make candidates`: what a full search tried is kept, and shown."""

from __future__ import annotations

import duckdb
import pytest
from builds import Builder, Warehouse

from customer_segments import candidates

CONTESTS = {"insiders", "card_autoencoder", "bank_sequences"}


@pytest.fixture(scope="module")
def searched(build: Builder, sample: Warehouse) -> Warehouse:
    """The tables of candidates made again as a full search would, twice, and then without one.

    The fits are not, which take minutes; what is kept is whatever is in the tables.
    """
    folder = "searched"
    sample.copy(build.folder / folder)
    tables = "segmentation_candidates segmentations"
    for search in ("full", "full", "none"):
        found = build(folder, variables={"candidate_search": search}, select=tables)
    return found


def test_a_search_is_kept_once_and_survives_a_build_without_one(searched):
    kept = searched.query(
        "select segmentation, source_system, candidate_id, silhouette"
        " from operations.candidate_searches order by all"
    )
    tried = searched.query(
        "select segmentation, source_system, candidate_id, silhouette"
        f" from marts.segmentation_candidates where segmentation in {tuple(CONTESTS)} order by all"
    )
    assert kept == tried != []
    assert {row[0] for row in kept} == CONTESTS
    assert searched.one(
        "select count(distinct build_id) from operations.candidate_searches"
        " where searched_at is not null and input_hash is not null"
    ) in (1, 2)


def test_the_chosen_comes_first_in_the_report(searched):
    with duckdb.connect(str(searched.path), read_only=True) as connection:
        blocks = candidates.report(connection).split("\n\n")
    assert {block.split()[0] for block in blocks} == CONTESTS
    for block in blocks:
        heading, first, *others = block.splitlines()
        assert "silhouette" in heading and "(chosen)" in first
        assert not any("(chosen)" in line for line in others)


def test_without_a_warehouse_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "none.duckdb"))
    assert candidates.main([]) == 2
    assert "Run `make build` first" in capsys.readouterr().err
