"""SQL on the published centroids gives the labels and distances of Python, on every row."""

from __future__ import annotations

from functools import partial
from itertools import product

import duckdb
import numpy as np
import pandas as pd
import pytest
from clustering_data import FEATURES, frame_of, planted, skewed
from sklearn.cluster import KMeans

from customer_segments.clustering import fit_kmeans_segmentation, to_arrow
from customer_segments.clustering.assignment import assign, nearest
from customer_segments.clustering.preparation import mean_and_scale

UNROLLED = """
    select
        row_id,
        arg_min(segment_id, (distance, segment_id)) as segment_id,
        min(distance) as nearest
    from (
        select
            row_id,
            segment_id,
            round(sqrt(
                ((x1 - m1) / s1 - c1) ** 2 + ((x2 - m2) / s2 - c2) ** 2 + ((x3 - m3) / s3 - c3) ** 2
            ), 9) as distance
        from points cross join centroids
    )
    group by row_id
    order by row_id
"""
ARRAYS = """
    select
        row_id,
        arg_min(segment_id, (distance, segment_id)) as segment_id,
        min(distance) as nearest
    from (
        select
            row_id,
            segment_id,
            round(array_distance(
                array_value((x1 - m1) / s1, (x2 - m2) / s2, (x3 - m3) / s3),
                array_value(c1, c2, c3)
            ), 9) as distance
        from points cross join centroids
    )
    group by row_id
    order by row_id
"""
ADDED_UP_IN_ANY_ORDER = """
    with long as (
        select row_id, segment_id, unnest([
            ((x3 - m3) / s3 - c3) ** 2, ((x1 - m1) / s1 - c1) ** 2, ((x2 - m2) / s2 - c2) ** 2
        ]) as square
        from points cross join centroids
    ),
    distances as (
        select row_id, segment_id, round(sqrt(sum(square)), 9) as distance
        from long
        group by row_id, segment_id
    )
    select
        row_id,
        arg_min(segment_id, (distance, segment_id)) as segment_id,
        min(distance) as nearest
    from distances
    group by row_id
    order by row_id
"""


def in_sql(query: str, values, mean, scale, centroids) -> tuple[np.ndarray, np.ndarray]:
    points = pd.DataFrame(values, columns=["x1", "x2", "x3"]).assign(row_id=range(len(values)))
    parameters = np.column_stack([np.tile([*mean, *scale], (len(centroids), 1)), centroids])
    names = [f"{letter}{number}" for letter in "msc" for number in (1, 2, 3)]
    published = pd.DataFrame(parameters, columns=names).assign(
        segment_id=range(1, len(centroids) + 1)
    )
    with duckdb.connect() as connection:
        connection.register("points", points)
        connection.register("centroids", published)
        found = connection.sql(query).fetchnumpy()
    return found["segment_id"], found["nearest"]


@pytest.mark.parametrize("query", [UNROLLED, ARRAYS])
def test_on_a_million_random_rows(query):
    generator = np.random.default_rng(0)
    values = generator.normal(size=(1_000_000, 3)).round(6)
    mean, scale = mean_and_scale(values)
    centroids = generator.normal(size=(5, 3)).round(9)
    segment_ids, distances = assign(values, mean, scale, partial(nearest, centroids=centroids))
    in_database = in_sql(query, values, mean, scale, centroids)
    assert (in_database[0] == segment_ids).all()
    assert (in_database[1] == distances).all()


@pytest.mark.parametrize("query", [UNROLLED, ARRAYS, ADDED_UP_IN_ANY_ORDER])
def test_on_rows_that_lie_on_a_border(query):
    # Centroids on the corners of a cube, rows on a lattice: most are as near to several corners,
    # in decimals that doubles cannot hold.
    mean, scale = np.array([0.1, 0.2, 0.3]), np.array([0.7, 0.7, 0.7])
    centroids = np.array(list(product((-0.3, 0.3), repeat=3)))
    steps = np.arange(-20, 21) * 0.07
    values = (np.array(list(product(steps, repeat=3))) + mean).round(6)
    segment_ids, distances = assign(values, mean, scale, partial(nearest, centroids=centroids))
    in_database = in_sql(query, values, mean, scale, centroids)
    assert (in_database[0] == segment_ids).all()
    assert (in_database[1] == distances).all()
    in_the_middle = np.isclose(values, mean).all(axis=1)
    assert segment_ids[in_the_middle] == [1]
    on_a_border = np.isclose(values, mean).any(axis=1)
    assert on_a_border.sum() > 4_000
    lower_half = np.isclose(values[:, 0], mean[0])
    assert (segment_ids[lower_half] <= 4).all()


def test_on_decimals_through_the_long_frame_alone():
    customers = pd.concat(
        [
            frame_of(planted(4.0, count=900)[0], "shop"),
            frame_of(skewed(count=20_000), "bank"),
        ]
    )
    with duckdb.connect() as connection:
        connection.register("customers", customers)
        connection.execute(
            """
            create table features as
            select
                source_system,
                customer_id,
                feature_1::decimal(18, 6) as feature_1,
                feature_2::decimal(18, 6) as feature_2,
                feature_3::decimal(38, 6) as feature_3
            from customers
            """
        )
        result = fit_kmeans_segmentation(
            connection.sql("from features").df(), feature_names=FEATURES, k=5, k_max=2
        )
        connection.register("long", to_arrow(result))
        compared = connection.sql(
            """
            with centroids as (
                select
                    source_system,
                    segment_id,
                    feature,
                    max(value) filter (name = 'mean') as mean,
                    max(value) filter (name = 'scale') as scale,
                    max(value) filter (name = 'centroid') as centroid
                from long
                where record_kind = 'centroid'
                group by all
            ),
            measures as (
                unpivot features
                on feature_1, feature_2, feature_3 into name feature value x
            ),
            distances as (
                select
                    measures.source_system,
                    customer_id,
                    segment_id,
                    round(sqrt(sum(((x::double - mean) / scale - centroid) ** 2)), 9) as distance
                from measures inner join centroids using (source_system, feature)
                group by all
            ),
            nearest as (
                select
                    source_system,
                    customer_id,
                    arg_min(segment_id, (distance, segment_id)) as segment_id,
                    min(distance) as distance
                from distances
                group by all
            )
            select
                count(*) as all_rows,
                count(*) filter (
                    nearest.segment_id = long.segment_id and nearest.distance = long.value
                ) as equal_rows
            from nearest inner join long using (source_system, customer_id)
            where long.record_kind = 'assignment'
            """
        ).fetchall()
    assert compared == [(20_900, 20_900)]


def test_labels_are_those_that_scikit_learn_predicts():
    generator = np.random.default_rng(1)
    values = generator.normal(size=(200_000, 3)).round(6)
    mean, scale = mean_and_scale(values)
    fitted = KMeans(6, n_init=1, random_state=0).fit((values[:10_000] - mean) / scale)
    segment_ids, _ = assign(
        values, mean, scale, partial(nearest, centroids=fitted.cluster_centers_)
    )
    assert (segment_ids - 1 == fitted.predict((values - mean) / scale)).all()
