"""The models of a warehouse, with all that is needed to place a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import yaml

from customer_segments.onboarding.reading import sql_text
from customer_segments.scoring.errors import ScoringError

NEAREST_CENTROID = "nearest centroid"
SPLIT_TREE = "split tree"
NEIGHBOURS = "nearest neighbours"

DRIFT_LEVELS = {"watch": 0.1, "act": 0.25}
"""As var drift_levels of dbt_project.yml, for a build that did not write it down."""

LAST_BUILD = """
select builds.settings, build_status.state, build_status.is_mixed
from marts.build_status
inner join operations.builds as builds using (build_id)
"""

MODELS = """
select
    segmentation, source_system, model_id, fitted_as_of, feature_table, customer_count, k,
    is_nearest_centroid,
    exists (
        from marts.segment_splits as splits
        where splits.segmentation = segmentations.segmentation
        and splits.source_system = segmentations.source_system
    ) as has_tree
from marts.segmentations
order by segmentation, source_system
"""

# What earlier builds fitted. Kept are centroids and what a model had seen; no trees, no customers.
EARLIER_MODELS = """
select
    centroids.segmentation, centroids.source_system, centroids.model_id, centroids.fitted_as_of,
    min(current_models.feature_table), min(seen.customer_count),
    count(distinct centroids.segment_id), any_value(builds.settings)
from history.kept_centroids as centroids
inner join (
    select
        segmentation, source_system, fitted_as_of, build_id,
        sum(fit_customer_count) as customer_count
    from history.kept_distributions
    where measure = 'segment_id'
    group by all
) as seen using (segmentation, source_system, fitted_as_of)
inner join operations.builds as builds using (build_id)
inner join marts.segmentations as current_models using (segmentation, source_system)
where centroids.is_nearest_centroid and centroids.model_id <> current_models.model_id
group by all
order by centroids.segmentation, centroids.source_system, centroids.fitted_as_of desc
"""

FEATURES = """
select distinct
    feature_order, centroids.feature, transform, mean, scale,
    seen.smallest_value, seen.largest_value
from {centroids} as centroids
inner join (
    select
        measure,
        min(smallest_value) as smallest_value,
        max(largest_value) as largest_value
    from {distributions}
    where segmentation = $segmentation and source_system = $source_system
    group by measure
) as seen on centroids.feature = seen.measure
where segmentation = $segmentation and source_system = $source_system
order by feature_order
"""

CENTROIDS = """
select segment_id, list(centroid order by feature_order)
from {centroids}
where segmentation = $segmentation and source_system = $source_system
group by segment_id
order by segment_id
"""

NODES = """
select splits.node_id, splits.parent_node_id, splits.segment_id,
    list(centroids.centroid order by centroids.feature_order)
from marts.segment_splits as splits
inner join marts.segment_split_centroids as centroids
    using (segmentation, source_system, node_id)
where splits.segmentation = $segmentation and splits.source_system = $source_system
group by all
order by splits.node_id
"""

NAMES = """
select distinct segment_id, segment_name
from {names}
where segmentation = $segmentation and source_system = $source_system
order by segment_id
"""

BINS = """
select measure, bin, upper_bound, fit_customer_count
from {distributions}
where segmentation = $segmentation and source_system = $source_system
order by measure, bin
"""

COLUMN_TYPES = """
select column_name, data_type
from information_schema.columns
where table_schema = 'features' and table_name = ?
order by ordinal_position
"""


@dataclass(frozen=True)
class ModelCard:
    """One line of `make models`.

    Attributes:
        segmentation: what was fitted.
        source_system: on whose customers.
        model_id: 12 letters that follow from input and settings.
        fitted_as_of: as-of date of the customers it was fitted on; None without dates.
        feature_table: table of schema features.
        customer_count: customers of the fit.
        segment_count: segments found.
        assigned_by: how customers get their segment.
        settings: what the build that fitted it was told, as YAML, where that was an earlier one;
            None for a model of the last build.
    """

    segmentation: str
    source_system: str
    model_id: str
    fitted_as_of: date | None
    feature_table: str
    customer_count: int
    segment_count: int
    assigned_by: str
    settings: str | None = None

    @property
    def is_earlier(self) -> bool:
        """Whether an earlier build fitted it, so that only its id names it."""
        return self.settings is not None

    @property
    def name(self) -> str:
        """How else to call it: `rfm_kmeans:online_retail`, where it is the one in use."""
        return f"{self.segmentation}:{self.source_system}"

    @property
    def tables(self) -> dict[str, str]:
        """What its numbers are read from, as SQL."""
        if not self.is_earlier:
            return {
                "centroids": "marts.segment_centroids",
                "distributions": "marts.segmentation_distributions",
                "names": "marts.segments",
            }
        kept = (
            "(select * from history.{} where model_id = "
            f"{sql_text(self.model_id)} and fitted_as_of = date '{self.fitted_as_of}')"
        )
        centroids = kept.format("kept_centroids")
        return {
            "centroids": centroids,
            "distributions": kept.format("kept_distributions"),
            "names": centroids,
        }


@dataclass(frozen=True)
class Feature:
    """One feature that a model was clustered on.

    Attributes:
        name: column of the feature table.
        raw_name: measure that it is computed from; None where the table does not show one.
        raw_type: type of that column.
        is_log: whether the feature is ln(1 + measure).
        mean: to be subtracted.
        scale: to be divided by.
        minimum: smallest value that the model has seen.
        maximum: largest value that the model has seen.
    """

    name: str
    raw_name: str | None
    raw_type: str
    is_log: bool
    mean: float
    scale: float
    minimum: Decimal
    maximum: Decimal


@dataclass(frozen=True)
class Node:
    """A node of a tree of splits; `segment_id` of a leaf."""

    node_id: int
    parent_node_id: int | None
    segment_id: int | None
    centroid: tuple[float, ...]


@dataclass(frozen=True)
class Bin:
    """Customers of the fit up to a value; `upper_bound` is None for the last bin of a measure."""

    number: int
    upper_bound: Decimal | None
    customer_count: int


@dataclass(frozen=True)
class Model:
    """A stored model.

    Attributes:
        card: what it is.
        features: in the order of the fit.
        centroids: standardised, by segment, ascending.
        nodes: of the tree; empty without one.
        names: of the segments.
        bins: of each measure at the fit: the features, and segment_id.
        table_columns: columns of the feature table and their types.
        settings: what the build that fitted it was told.
    """

    card: ModelCard
    features: tuple[Feature, ...]
    centroids: Mapping[int, tuple[float, ...]]
    nodes: tuple[Node, ...]
    names: Mapping[int, str]
    bins: Mapping[str, tuple[Bin, ...]]
    table_columns: Mapping[str, str]
    settings: Mapping[str, Any]

    @property
    def noise_name(self) -> str:
        """What customers in no segment are called."""
        leaves_out_returners = self.card.segmentation == "rfm_kmeans"
        return self.names.get(0, "Fully Returned" if leaves_out_returners else "Unusual Customers")

    @property
    def drift_levels(self) -> Mapping[str, float]:
        """The stability indices from which to watch, and to act."""
        return self.settings.get("drift_levels") or DRIFT_LEVELS


def read_settings(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Any]:
    """Read what the last build was told.

    Raises:
        ScoringError: there was none, it left a mixed set of tables, or wrote nothing down.
    """
    try:
        found = connection.execute(LAST_BUILD).fetchone()
    except duckdb.CatalogException as error:
        raise ScoringError(
            "The warehouse has no marts.build_status. Run `make build`, or point WAREHOUSE_PATH to"
            " a warehouse of this project."
        ) from error
    if found is None:
        raise ScoringError("Nothing was built into this warehouse yet. Run `make build`.")
    settings, state, is_mixed = found
    if is_mixed:
        raise ScoringError(
            f"The tables are not from one run: the last one is `{state}` (marts.build_status), so"
            " model, names and ranges may not belong together. Run `make build` without a"
            " selection."
        )
    if not settings:
        raise ScoringError(
            "The last build did not write down its settings. Run `make build` again."
        )
    return yaml.safe_load(settings)


def list_models(connection: duckdb.DuckDBPyConnection) -> list[ModelCard]:
    """Every model of the warehouse that has segments: those in use, then those of earlier builds.

    Raises:
        ScoringError: the warehouse has no models.
    """
    try:
        rows = connection.execute(MODELS).fetchall()
    except duckdb.CatalogException as error:
        raise ScoringError(
            "The warehouse has no table of models, marts.segmentations. Run `make build`."
        ) from error
    cards = [
        ModelCard(
            *row[:7], NEAREST_CENTROID if is_nearest else SPLIT_TREE if has_tree else NEIGHBOURS
        )
        for *row, is_nearest, has_tree in rows
        if row[6]
    ]
    try:
        earlier = connection.execute(EARLIER_MODELS).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):
        # A warehouse that kept none, or not what scoring needs of them.
        earlier = []
    return cards + [ModelCard(*row, NEAREST_CENTROID, settings) for *row, settings in earlier]


def find_model(connection: duckdb.DuckDBPyConnection, name: str) -> Model:
    """Read a model by its id, or as segmentation:source_system.

    Raises:
        ScoringError: there is none, which lists those that are; the set of tables is mixed.
    """
    settings = read_settings(connection)
    cards = list_models(connection)
    found = [
        card
        for card in cards
        if name == card.model_id or (name == card.name and not card.is_earlier)
    ]
    if not found:
        known = "\n".join(
            f"  {card.model_id}  {card.name}"
            + (f", fitted as of {card.fitted_as_of}" if card.is_earlier else "")
            for card in cards
        )
        known = known or "  none"
        raise ScoringError(
            f"There is no model '{name}'. Give the id of a model, or segmentation:source_system."
            f" Models of this warehouse:\n{known}"
        )
    card = found[0]
    return _read_model(connection, card, yaml.safe_load(card.settings or "") or settings)


def _read_model(
    connection: duckdb.DuckDBPyConnection, card: ModelCard, settings: Mapping[str, Any]
) -> Model:
    keys = {"segmentation": card.segmentation, "source_system": card.source_system}

    def rows(query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query.format(**card.tables), keys).fetchall()

    table_columns = dict(connection.execute(COLUMN_TYPES, [card.feature_table]).fetchall())
    try:
        features = rows(FEATURES)
        counted = rows(BINS)
    except duckdb.CatalogException as error:
        raise ScoringError(
            "The warehouse does not hold what its models have seen"
            " (marts.segmentation_distributions). Run `make build` again."
        ) from error
    raw_names = _raw_names(connection, card, [row[1] for row in features], settings)
    bins: dict[str, list[Bin]] = {}
    for measure, number, upper_bound, count in counted:
        bins.setdefault(measure, []).append(Bin(number, upper_bound, count))
    return Model(
        card=card,
        features=tuple(
            Feature(
                name=name,
                raw_name=raw_names.get(name),
                raw_type=table_columns.get(raw_names.get(name, ""), ""),
                is_log=transform != "none",
                mean=mean,
                scale=scale,
                minimum=minimum,
                maximum=maximum,
            )
            for _, name, transform, mean, scale, minimum, maximum in features
        ),
        centroids={segment_id: tuple(centroid) for segment_id, centroid in rows(CENTROIDS)},
        nodes=tuple(Node(*keys_, tuple(centroid)) for *keys_, centroid in rows(NODES)),
        names=dict(rows(NAMES)),
        bins={measure: tuple(of_measure) for measure, of_measure in bins.items()},
        table_columns=table_columns,
        settings=settings,
    )


def _raw_names(
    connection: duckdb.DuckDBPyConnection,
    card: ModelCard,
    features: list[str],
    settings: Mapping[str, Any],
) -> dict[str, str]:
    """Raw measure of each feature that is ln(1 + measure), as far as the feature table shows it.

    The lists of features and of raw measures stand in the same order; a pair counts when it holds
    for every customer.
    """
    raw_names = settings.get("segmentation_raw_features", {}).get(card.segmentation, [])
    pairs = [
        (feature, raw)
        for feature, raw in zip(features, raw_names, strict=False)
        if feature != raw and feature.endswith("_log")
    ]
    if not pairs:
        return {}
    checks = ", ".join(
        f"bool_and({log1p(raw)} is not distinct from {feature})" for feature, raw in pairs
    )
    holds = connection.execute(
        f"select {checks} from features.{card.feature_table} where source_system = ?",
        [card.source_system],
    ).fetchone()
    return {feature: raw for (feature, raw), is_so in zip(pairs, holds, strict=True) if is_so}


def log1p(measure: str) -> str:
    """SQL for the feature of a measure, as macro log1p_feature has it."""
    return (
        f"cast(case when {measure} >= 0 then ln(1 + cast({measure} as double)) end"
        " as decimal(18, 6))"
    )
