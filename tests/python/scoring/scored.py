"""Files to score, and what the warehouse says about the same customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from builds import Warehouse

from customer_segments.scoring.score import predict_file

PUBLISHED = (
    "customer_id, as_of_date, segmentation, model_id, segment_id, segment_name,"
    " distance, second_distance, confidence, is_noise"
)
"""Columns of a result that customer_segments has, too."""


def query(warehouse: Warehouse, sql: str, *parameters: Any) -> pd.DataFrame:
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        return connection.execute(sql, list(parameters)).df()


def published(warehouse: Warehouse, model: str) -> pd.DataFrame:
    """What the build says about the customers of a model."""
    return query(
        warehouse,
        f"select {PUBLISHED} from marts.customer_segments"
        " where segmentation = ? and source_system = ? order by customer_id",
        *model.split(":"),
    )


def features(warehouse: Warehouse, model: str, path: Path, columns: str = "*") -> Path:
    """The feature table of a model, as a file."""
    segmentation, system = model.split(":")
    table = warehouse.one(
        "select feature_table from marts.segmentations"
        " where segmentation = ? and source_system = ?",
        [segmentation, system],
    )
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        connection.execute(
            f"copy (select {columns} from features.{table} where source_system = '{system}')"
            f" to '{path}'"
        )
    return path


def predict(warehouse: Warehouse, model: str, path: Path, **options: Any) -> pd.DataFrame:
    return predict_file(model, path, warehouse=warehouse.path, **options)


def same_as_published(found: pd.DataFrame, warehouse: Warehouse, model: str) -> None:
    """Assert that who has a segment has that of the build, to the last bit."""
    expected = published(warehouse, model)
    placed = found[found["segment_id"].notna()][list(expected.columns)].reset_index(drop=True)
    # Order by bytes, as the build has it.
    expected = expected.sort_values("customer_id", ignore_index=True)
    placed = placed.sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(placed, expected, check_exact=True, check_dtype=False)
