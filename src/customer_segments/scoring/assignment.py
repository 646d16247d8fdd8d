"""The SQL that places customers by a stored model: the rule of the build, written out.

It reads the table `customers` (customer_id, as_of_date, is_in_fit, reason, and the features) and
makes the table `placed`. Distances are those of `customer_segments.clustering.assignment`:
Euclidean, in standardised units, rounded to nine decimals, on a tie the smaller id.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from customer_segments.onboarding.reading import sql_name, sql_text
from customer_segments.scoring.models import NEIGHBOURS, SPLIT_TREE, Model

NEIGHBOUR_COUNT = 5
"""Customers of the fit that vote where a segment is no matter of centroids."""

COLUMNS = (
    "source_system",
    "customer_id",
    "as_of_date",
    "segmentation",
    "model_id",
    "segment_id",
    "segment_name",
    "distance",
    "second_distance",
    "confidence",
    "is_noise",
    "is_outside",
    "outside_features",
    "assigned_by",
    "reason",
)
"""Columns of the result, in order."""

FITTED = """
select features.customer_id, segments.segment_id, {values}
from features.{table} as features
inner join marts.customer_segments as segments
    on features.source_system = segments.source_system
    and features.customer_id = segments.customer_id
where segments.segmentation = ? and segments.source_system = ? and features.is_in_fit
"""


def place(
    connection: duckdb.DuckDBPyConnection, warehouse: duckdb.DuckDBPyConnection, model: Model
) -> None:
    """Make the table `placed`: every customer with segment and distances, or why there is none.

    Args:
        connection: holds the table `customers`.
        warehouse: open for reading; read where neighbours vote.
        model: the stored model.
    """
    connection.execute(f"create or replace table scaled as {_scaled(model)}")
    if model.card.assigned_by == NEIGHBOURS:
        _vote(connection, warehouse, model)
    connection.execute(f"create or replace table placed as {_placed(model)}")


def result(model: Model) -> str:
    """Query for the result, `COLUMNS`, in the order of the customers."""
    card = model.card
    names = "".join(
        f" when {segment_id} then {sql_text(name)}" for segment_id, name in model.names.items()
    )
    return f"""
    select
        {sql_text(card.source_system)} as source_system,
        customer_id,
        as_of_date,
        {sql_text(card.segmentation)} as segmentation,
        {sql_text(card.model_id)} as model_id,
        segment_id,
        case segment_id{names} when 0 then {sql_text(model.noise_name)} end as segment_name,
        distance,
        second_distance,
        case
            when second_distance > 0 then greatest(0, 1 - distance / second_distance)
        end as confidence,
        segment_id = 0 as is_noise,
        is_outside,
        outside_features,
        case when distance is not null or is_placed then {sql_text(card.assigned_by)} end
            as assigned_by,
        reason
    from placed
    order by customer_id
    """


def _scaled(model: Model) -> str:
    """Query for the customers with their standardised features z1, z2, ...; null where one is."""
    names = [sql_name(feature.name) for feature in model.features]
    points = ",\n".join(
        f"(cast({name} as double) - {_literal(feature.mean)}) / {_literal(feature.scale)} as z{i}"
        for i, (name, feature) in enumerate(zip(names, model.features, strict=True), 1)
    )
    complete = " and ".join(f"{name} is not null" for name in names)
    return f"""
    select *, is_in_fit and reason is null and {complete} as is_placed, {points}
    from customers
    """


def _placed(model: Model) -> str:
    is_tree = model.card.assigned_by == SPLIT_TREE
    centres = (
        {f"d{node.node_id}": node.centroid for node in model.nodes}
        if is_tree
        else {f"d{segment_id}": centroid for segment_id, centroid in model.centroids.items()}
    )
    distances = ",\n".join(f"{_distance(centroid)} as {name}" for name, centroid in centres.items())
    ends = (
        {node.segment_id: f"d{node.node_id}" for node in model.nodes if node.segment_id}
        if is_tree
        else {segment_id: f"d{segment_id}" for segment_id in model.centroids}
    )
    if is_tree:
        segment, source = _walk(model, 1), "distances"
    elif model.card.assigned_by == NEIGHBOURS:
        segment = "votes.segment_id"
        source = "distances left join votes on distances.customer_id = votes.customer_id"
    else:
        segment, source = _nearest(ends), "distances"
    others = {
        segment_id: [name for other, name in ends.items() if other != segment_id]
        for segment_id in ends
    }
    seconds = " ".join(
        f"when {segment_id} then least({', '.join(names)})"
        for segment_id, names in others.items()
        if names
    )
    second = f"case segment_id {seconds} end" if seconds else "cast(null as double)"
    owns = " ".join(f"when {segment_id} then {name}" for segment_id, name in ends.items())
    # Who is outside the fit of rfm_kmeans has returned everything, which is a segment of its own.
    is_rfm = model.card.segmentation == "rfm_kmeans"
    outside_fit = "when reason is null and not is_in_fit then 0" if is_rfm else ""
    return f"""
    with distances as (
        select *, {distances}
        from scaled
    ),
    assigned as (
        select
            distances.*,
            case
                when is_placed then {segment}
                {outside_fit}
            end as segment_id
        from {source}
    )
    select
        customer_id,
        as_of_date,
        is_placed,
        cast(segment_id as bigint) as segment_id,
        case segment_id {owns} end as distance,
        {second} as second_distance,
        {_outside(model)},
        case
            when reason is not null then reason
            when not is_in_fit then 'outside the fit'
            {_missing(model)}
        end as reason,
        {", ".join(sql_name(feature.name) for feature in model.features)}
    from assigned
    """


def _nearest(ends: dict[int, str]) -> str:
    least = f"least({', '.join(ends.values())})"
    branches = " ".join(
        f"when {name} = {least} then {segment_id}" for segment_id, name in sorted(ends.items())
    )
    return f"case {branches} end"


def _walk(model: Model, node_id: int) -> str:
    """SQL for the leaf below a node: at each split the nearer side, on a tie the smaller node."""
    sides = sorted(node.node_id for node in model.nodes if node.parent_node_id == node_id)
    if not sides:
        (leaf,) = (node.segment_id for node in model.nodes if node.node_id == node_id)
        return str(leaf)
    first, second = sides
    return (
        f"case when d{first} <= d{second} then {_walk(model, first)}"
        f" else {_walk(model, second)} end"
    )


def _distance(centroid: Iterable[float]) -> str:
    squares = " + ".join(
        f"(z{i} - {_literal(centre)}) * (z{i} - {_literal(centre)})"
        for i, centre in enumerate(centroid, 1)
    )
    return f"round(sqrt({squares}), 9)"


def _outside(model: Model) -> str:
    """SQL for whether a feature is outside what the model has seen, and which."""
    words = ", ".join(
        f"case when {sql_name(f.name)} < {f.minimum} then '{f.name} below {f.minimum}'"
        f" when {sql_name(f.name)} > {f.maximum} then '{f.name} above {f.maximum}' end"
        for f in model.features
    )
    return f"""
        case when is_placed then concat_ws(', ', {words}) <> '' end as is_outside,
        case when is_placed then nullif(concat_ws(', ', {words}), '') end as outside_features
    """


def _missing(model: Model) -> str:
    """SQL for which features are missing."""
    words = ", ".join(
        f"case when {sql_name(feature.name)} is null then '{feature.name}' end"
        for feature in model.features
    )
    return f"when not is_placed then 'no value of ' || concat_ws(', ', {words})"


def _vote(
    connection: duckdb.DuckDBPyConnection, warehouse: duckdb.DuckDBPyConnection, model: Model
) -> None:
    """Make the table `votes`: the segment that the nearest customers of the fit are in.

    They vote with 1 / distance; where some are equal in every feature, only those vote. So whoever
    was in the fit keeps the segment, and noise is a vote like another.
    """
    values = ", ".join(
        f"(cast({sql_name(f.name)} as double) - {_literal(f.mean)}) / {_literal(f.scale)} as z{i}"
        for i, f in enumerate(model.features, 1)
    )
    query = FITTED.format(values=values, table=model.card.feature_table)
    keys = [model.card.segmentation, model.card.source_system]
    fitted = warehouse.sql(query, params=keys).to_arrow_table()
    connection.register("fitted", fitted)
    points = ", ".join(f"z{i}" for i in range(1, len(model.features) + 1))
    connection.execute(
        f"""
        create or replace table votes as
        with neighbours as (
            select
                new.customer_id,
                unnest(
                    min(
                        {{
                            'distance': round(array_distance(new.point, old.point), 9),
                            'customer_id': old.customer_id,
                            'segment_id': old.segment_id
                        }},
                        {NEIGHBOUR_COUNT}
                    )
                ) as neighbour
            from (
                select customer_id, array_value({points}) as point from scaled where is_placed
            ) as new
            cross join (
                select customer_id, segment_id, array_value({points}) as point from fitted
            ) as old
            group by new.customer_id
        ),
        votes as (
            select
                customer_id,
                neighbour.segment_id as segment_id,
                sum(neighbour.distance = 0) as equal_count,
                round(sum(1 / nullif(neighbour.distance, 0)), 9) as weight
            from neighbours
            group by all
        ),
        ranked as (
            select
                customer_id,
                segment_id,
                row_number() over (
                    partition by customer_id
                    order by equal_count desc, weight desc nulls last, segment_id
                ) as place
            from votes
        )
        select customer_id, segment_id from ranked where place = 1
        """
    )
    connection.unregister("fitted")


def _literal(value: float) -> str:
    """Number as a DOUBLE of SQL, every digit of it."""
    return f"({value:.17e})"
