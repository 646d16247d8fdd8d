"""Segments of a refit and of the model before: who is who, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest
from clustering_data import FEATURES, RAW, frame_of, kept, labels, model, planted

from customer_segments.clustering import fit_kmeans_segmentation
from customer_segments.clustering.contest import Contender, fit_contest
from customer_segments.clustering.fitting import previous_k
from customer_segments.clustering.identity import (
    Event,
    Overlap,
    events,
    identified,
    past_of,
)

pytestmark = pytest.mark.filterwarnings("error")

FIRST, SECOND, THIRD = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)

A, B, C, D = (0, 0, 0), (12, 0, 0), (0, 12, 0), (0, 0, 12)


def groups(*parts: tuple[Sequence[float], int], seed: int = 0) -> pd.DataFrame:
    """Round groups of standard deviation 1, each with a centre and a size."""
    generator = np.random.default_rng(seed)
    return frame_of(
        np.vstack([centre + generator.normal(size=(size, 3)) for centre, size in parts])
    )


def fit(frame: pd.DataFrame, k: int | None, earlier: pd.DataFrame | None = None, **settings):
    arguments = {"feature_names": FEATURES, "raw_feature_names": RAW, "k_max": 2, "k": k}
    return fit_kmeans_segmentation(frame, earlier_models=earlier, **(arguments | settings))


def told(result: pd.DataFrame) -> list[Event]:
    """The events of a result, in the order in which they are recorded."""
    rows = result[result["record_kind"] == "event"].astype({"name": str})
    keys = ["text", "segment_id", "previous_segment_id"]
    found = []
    for (event, *ids), facts in rows.groupby(keys, dropna=False, sort=False):
        numbers = dict(zip(facts["name"], facts["value"], strict=True))
        segment_id, previous_id = (None if pd.isna(number) else int(number) for number in ids)
        distance = numbers.pop("centroid_distance")
        counts = {name: None if np.isnan(n) else int(n) for name, n in numbers.items()}
        found.append(
            Event(
                event,
                segment_id,
                previous_id,
                **counts,
                centroid_distance=None if np.isnan(distance) else distance,
            )
        )
    return found


def kinds(result: pd.DataFrame) -> list[tuple[str, int | None, int | None]]:
    """The events of a result: kind, previous segment and segment."""
    return [(one.event, one.previous_segment_id, one.segment_id) for one in told(result)]


def sizes(result: pd.DataFrame) -> dict[int, int]:
    ids, counts = np.unique(labels(result), return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


THREE = groups((A, 100), (B, 80), (C, 60))


@pytest.fixture(scope="module")
def first() -> pd.DataFrame:
    """Three groups: segments 1 (C), 2 (A) and 3 (B), or in another order, but for good."""
    return kept(fit(THREE, 3), FIRST)


def ids_of(earlier: pd.DataFrame) -> dict[str, int]:
    """Which id the groups A, B and C have in the first model."""
    result = labels(fit(THREE, 3))
    return {"A": int(result[0]), "B": int(result[100]), "C": int(result[180])}


def test_in_the_first_model_every_segment_is_born():
    result = fit(THREE, 3)
    assert told(result) == [
        Event("born", segment_id, None, count, None, None, None)
        for segment_id, count in sizes(result).items()
    ]
    assert "previous_model_id" not in json.loads(model(result)["parameters"])
    assert np.isnan(model(result)["previous_model_id"])


def test_other_numbers_of_the_same_segments_are_only_numbers(first):
    """Mirrored, the canonical order would turn round; the model before had been numbered so."""
    swapped = first.assign(segment_id=first["segment_id"].map({1: 7, 2: 9, 3: 4}))
    plain, result = fit(THREE, 3), fit(THREE, 3, swapped)
    new_ids = pd.Series(labels(plain)).map({1: 7, 2: 9, 3: 4})
    assert labels(result).tolist() == new_ids.to_list()
    assert {row.event for row in told(result)} == {"survived"}
    assert all(row.segment_id == row.previous_segment_id for row in told(result))
    assert [row.common_count for row in told(result)] == [sizes(result)[i] for i in (4, 7, 9)]
    assert [row.centroid_distance for row in told(result)] == [0, 0, 0]
    # Centroids are recorded by id, so that the smallest wins a tie in SQL and here.
    centroids = result[result["record_kind"] == "centroid"]["segment_id"].to_list()
    assert centroids == sorted(centroids)
    rules = result[result["record_kind"] == "rule"]["segment_id"]
    assert set(rules) == {4, 7, 9}
    assert model(result)["smallest_share"] == pytest.approx(60 / 240)
    assert model(result)["previous_model_id"] == "first"
    assert json.loads(model(result)["parameters"])["previous_model_id"] == "first"


def test_a_group_that_nothing_was_like_is_born(first):
    result = fit(groups((A, 100), (B, 80), (C, 60), (D, 50), seed=1), 4, first)
    assert kinds(result) == [("survived", i, i) for i in (1, 2, 3)] + [("born", None, 4)]
    born = told(result)[-1]
    assert (born.customer_count, born.previous_customer_count) == (50, None)
    assert 2 * born.common_count < born.customer_count


def test_a_group_that_is_gone_died_and_its_id_is_not_used_again(first):
    groups_ids = ids_of(first)
    second = fit(groups((A, 100), (B, 80), seed=1), 2, first)
    gone = groups_ids["C"]
    assert [row for row in told(second) if row.event != "survived"] == [
        Event("died", None, gone, None, 0, 0, None)
    ]
    both = pd.concat([first, kept(second, SECOND, "second")])
    third = fit(groups((A, 100), (B, 80), (C, 60), seed=2), 3, both)
    assert ("born", None, 4) in kinds(third)
    assert sizes(third) == {groups_ids["A"]: 100, groups_ids["B"]: 80, 4: 60}


def test_a_segment_of_which_a_part_moved_away_survives_and_the_part_is_split_off(first):
    """K to k + 1: both are still within the reach of the old segment."""
    near, far = (-1.2, 0, 0), (2.2, 0, 0)
    wide = first.assign(reach=6.0)
    result = fit(groups((near, 70), (far, 40), (B, 80), (C, 60), seed=1), 4, wide)
    old = ids_of(first)["A"]
    assert [kind for kind in kinds(result) if kind[1] == old] == [
        ("survived", old, old),
        ("split", old, 4),
    ]
    assert len(told(result)) == 4
    part = told(result)[-1]
    assert part.previous_customer_count >= 105
    assert 2 * part.common_count >= part.customer_count
    assert 2 * part.common_count < part.previous_customer_count
    assert part.centroid_distance > 0


def test_a_segment_that_falls_into_three_parts_is_no_more():
    one = groups((A, 150), (D, 60))
    earlier = kept(fit(one, 2), FIRST).assign(reach=9.0)
    (old,) = set(labels(fit(one, 2))[:150])
    thirds = [((2.6 * np.cos(t), 2.6 * np.sin(t), 0), 50) for t in (0, 2.1, 4.2)]
    tight = groups(*((np.multiply(centre, 2), size) for centre, size in thirds), (D, 60), seed=3)
    result = fit(tight, 4, earlier)
    parts = [one for one in told(result) if one.previous_segment_id == old]
    assert [(one.event, one.segment_id) for one in parts] == [
        ("split", 3),
        ("split", 4),
        ("split", 5),
    ]
    assert sum(one.common_count for one in parts) >= parts[0].previous_customer_count / 2
    # Its parts say where it went.
    assert "died" not in {one.event for one in told(result)}


def test_two_segments_that_came_together_merge_into_one(first):
    groups_ids = ids_of(first)
    between = (5.4, 0, 0)
    wide = first.assign(reach=9.0)
    result = fit(groups((between, 180), (C, 60), seed=1), 2, wide)
    a, b, c = (groups_ids[name] for name in "ABC")
    assert sorted(kinds(result)) == sorted(
        [("survived", a, a), ("survived", c, c), ("merged", b, a)]
    )
    merged = told(result)[-1]
    assert merged.event == "merged"
    assert merged.common_count == merged.previous_customer_count


def test_a_model_on_other_features_is_not_followed_and_its_ids_count_as_used(first):
    other = first.assign(feature=first["feature"].replace("feature_3", "feature_9"))
    result = fit(THREE, 3, other)
    assert kinds(result) == [("born", None, segment_id) for segment_id in (4, 5, 6)]
    assert np.isnan(model(result)["previous_model_id"])
    # The latest on the same features is, whatever came between.
    result = fit(THREE, 3, pd.concat([first, other.assign(fitted_as_of=SECOND, model_id="other")]))
    assert model(result)["previous_model_id"] == "first"
    assert {event for event, *_ in kinds(result)} == {"survived"}


def test_segments_that_are_no_matter_of_the_nearest_centroid_are_not_followed(first):
    elsewhere = first.assign(is_nearest_centroid=False)
    assert past_of(elsewhere, "shop", FEATURES).model is None
    assert past_of(elsewhere, "shop", FEATURES).largest_segment_id == 3
    unknown = first.assign(is_nearest_centroid=None, reach=None, parameters=None)
    assert past_of(unknown, "shop", FEATURES).model.reach.tolist() == [np.inf] * 3


def test_the_latest_model_before_is_followed(first):
    later = first.assign(fitted_as_of=SECOND, model_id="second")
    for both in (pd.concat([first, later]), pd.concat([later, first])):
        assert past_of(both, "shop", FEATURES).model.model_id == "second"


def test_source_systems_do_not_see_each_other(first):
    frame = pd.concat([THREE, THREE.assign(source_system="bank")])
    result = fit(frame, 3, first.assign(segment_id=first["segment_id"] + 10))
    plain = labels(fit(THREE, 3))
    assert labels(result).tolist() == [*plain, *(plain + 10)]
    assert np.isnan(model(result, "bank")["previous_model_id"])
    assert model(result, "shop")["previous_model_id"] == "first"


def test_a_contest_follows_as_k_means_does(first):
    swapped = first.assign(segment_id=first["segment_id"].map({1: 7, 2: 9, 3: 4}))

    def held(frame, contenders, earlier):
        names = {"feature_names": FEATURES, "raw_feature_names": RAW, "documentation": "It."}
        return fit_contest(frame, contenders, k=3, k_max=3, earlier_models=earlier, **names)

    assert (
        labels(held(THREE, lambda *_: [], swapped)).tolist()
        == labels(fit(THREE, 3, swapped)).tolist()
    )

    def ideal(system, points, seed):
        # As k-means, but for a tenth of the customers, who are noise: so it separates better.
        found = np.repeat([0, 1, 2], [100, 80, 60])
        order = np.random.default_rng(0).permutation(240)[:20]
        found[order] = -1
        return [Contender("dbscan", "scaled", points, found)]

    spread = frame_of(THREE[list(FEATURES)].to_numpy() * 1.0)
    spread.loc[np.random.default_rng(0).permutation(240)[:20], list(FEATURES)] = 4.0
    result = held(spread, ideal, swapped)
    assert model(result)["algorithm"] == "dbscan"
    ids = ids_of(first)
    renamed = {name: {1: 7, 2: 9, 3: 4}[number] for name, number in ids.items()}
    found = labels(result)
    expected = np.repeat([renamed[name] for name in "ABC"], [100, 80, 60])
    assert (found[found > 0] == expected[found > 0]).all()
    assert set(found) == {0, 4, 7, 9}
    assert {event for event, *_ in kinds(result)} == {"survived"}
    members = result[result["record_kind"] == "assignment"]
    assert members["value"].isna().sum() == 20


def test_a_table_of_earlier_models_without_a_column_is_refused(first):
    with pytest.raises(ValueError, match=r"lacks the columns \['reach'\]"):
        fit(THREE, 3, first.drop(columns="reach"))
    assert labels(fit(THREE, 3, first.head(0))).tolist() == labels(fit(THREE, 3)).tolist()


def test_the_previous_k_is_kept_while_it_is_admissible(first):
    free = first.assign(parameters=None)
    card = model(fit(THREE, None, free))
    assert card["k"] == 3
    assert card["why_k"].startswith("the previous k = 3 is kept: still admissible")


@pytest.mark.parametrize(
    ("before", "now", "kept_k", "why"),
    [
        ({"default_k": 5, "k_max": 12}, {}, 3, ""),
        ({}, {}, 3, ""),  # an older build did not keep what chose it
        ({"default_k": 5, "k_max": 12}, {"fixed_k": 4}, None, ""),
        ({"default_k": 5, "k_max": 12, "fixed_k": 3}, {}, None, "another fixed_k chose it; "),
        ({"default_k": 9, "k_max": 12}, {}, None, "another default_k chose it; "),
        ({"default_k": 5, "k_max": 3}, {}, None, "another k_max chose it; "),
    ],
)
def test_a_k_is_kept_only_where_the_settings_of_today_chose_it(first, before, now, kept_k, why):
    past = past_of(first.assign(parameters=json.dumps(before)), "shop", FEATURES)
    reason = f"the previous k = 3 is not kept: {why}" if why else ""
    settings = {"default_k": 5, "k_max": 12} | now
    assert previous_k(past, settings, keep_k=True) == (kept_k, reason)


def test_a_k_need_not_be_kept(first):
    past = past_of(first.assign(parameters=None), "shop", FEATURES)
    assert previous_k(past, {}, keep_k=False) == (
        None,
        "the previous k = 3 is not kept, as keep_k says; ",
    )
    assert previous_k(past_of(None, "shop", FEATURES), {}, keep_k=True) == (None, "")


def counted(common: list[list[int]], outside: Sequence[int] = (), new: Sequence[int] = ()):
    """An overlap of old segments 1, 2 .. (rows) and new ones, with customers of no other side."""
    table = np.array(common)
    return Overlap(
        np.arange(1, len(table) + 1),
        table.sum(axis=1) + np.array(outside or [0] * len(table)),
        table.sum(axis=0) + np.array(new or [0] * table.shape[1]),
        table,
        np.abs(np.arange(len(table))[:, None] - np.arange(table.shape[1])).astype(float),
    )


def numbered(found: Overlap) -> tuple[list[int], list[tuple[str, int | None, int | None]]]:
    """Ids of new segments as they stand, and the events once they stand in order."""
    ids = identified(found, len(found.previous_ids))
    order = np.argsort(ids)
    ordered = Overlap(
        found.previous_ids,
        found.previous_counts,
        found.counts[order],
        found.common[:, order],
        found.distances[:, order],
    )
    return ids.tolist(), [
        (one.event, one.previous_segment_id, one.segment_id) for one in events(ordered, ids[order])
    ]


@pytest.mark.parametrize(
    ("found", "ids", "expected"),
    [
        # Half of both is enough, one customer less is not.
        (counted([[50]], [50], [50]), [1], [("survived", 1, 1)]),
        (counted([[49]], [50], [50]), [2], [("born", None, 2), ("died", 1, None)]),
        (counted([[49]], [0], [50]), [2], [("born", None, 2), ("merged", 1, 2)]),
        (counted([[49]], [50], [0]), [2], [("split", 1, 2), ("died", 1, None)]),
        # Nobody is no half.
        (counted([[0]]), [2], [("born", None, 2), ("died", 1, None)]),
        # Two halves of one: the nearer centroid is the same segment.
        (counted([[50, 50]]), [1, 2], [("survived", 1, 1), ("split", 1, 2)]),
        (counted([[50], [50]]), [1], [("survived", 1, 1), ("merged", 2, 1)]),
        # Two pairs where one would be nearer: as many as possible.
        (
            counted([[50, 50], [50, 0]]),
            [2, 1],
            [("survived", 1, 1), ("survived", 2, 2)],
        ),
        # Three into one: it is born of none, they merged into it.
        (
            counted([[30], [30], [30]]),
            [4],
            [("merged", 1, 4), ("merged", 2, 4), ("merged", 3, 4)],
        ),
        # One into three.
        (counted([[30, 30, 30]]), [2, 3, 4], [("split", 1, 2), ("split", 1, 3), ("split", 1, 4)]),
        # Customers who change places between two that stay.
        (
            counted([[60, 40], [40, 60]]),
            [1, 2],
            [("survived", 1, 1), ("survived", 2, 2)],
        ),
        # From everywhere to a new one; nobody's half.
        (
            counted([[60, 0, 40], [0, 60, 40], [0, 0, 0]]),
            [1, 2, 4],
            [("survived", 1, 1), ("survived", 2, 2), ("split", 1, 4), ("died", 3, None)],
        ),
        (
            counted([[60, 0, 40], [0, 60, 30]], [0, 0], [0, 0, 40]),
            [1, 2, 3],
            [("survived", 1, 1), ("survived", 2, 2), ("born", None, 3)],
        ),
    ],
)
def test_the_rules_on_counts(found, ids, expected):
    assert numbered(found) == (ids, expected)


def test_every_segment_says_where_it_comes_from_and_where_it_went():
    """Exhaustive and without overlap, on any counts."""
    generator = np.random.default_rng(0)
    for _ in range(2_000):
        shape = generator.integers(1, 6, size=2)
        table = generator.integers(0, 6, size=shape) * generator.integers(0, 2, size=shape)
        rest = (generator.integers(0, 8, size=size).tolist() for size in shape)
        found = counted(table.tolist(), *rest)
        ids, rows = numbered(found)
        assert len(set(ids)) == len(ids)
        assert len(set(rows)) == len(rows)
        for segment_id in ids:
            own = [event for event, _, new in rows if new == segment_id and event != "merged"]
            merged = [event for event, _, new in rows if new == segment_id and event == "merged"]
            assert len(own) == 1 or (not own and merged)
        for previous_id in found.previous_ids.tolist():
            own = [event for event, old, _ in rows if old == previous_id and event != "split"]
            parts = [event for event, old, _ in rows if old == previous_id and event == "split"]
            assert len(own) == 1 or (not own and parts)
            assert ("survived" in own) == (previous_id in ids)


def test_who_is_farther_away_than_anybody_was_is_in_no_old_segment(first):
    past = past_of(first, "shop", FEATURES)
    values = THREE[list(FEATURES)].to_numpy()
    assert (past.model.place(values) == labels(fit(THREE, 3))).all()
    assert past.model.place(np.full((1, 3), 50.0)).tolist() == [0]


def test_ties_go_to_the_smallest_id_after_a_renumbering_too():
    """On a lattice of ties the labels are those of the published centroids, by id."""
    steps = np.arange(5.0)
    lattice = np.array(np.meshgrid(steps, steps, steps)).reshape(3, -1).T
    frame = frame_of(lattice)
    before = kept(fit(frame, 2), FIRST)
    result = fit(frame, 2, before.assign(segment_id=3 - before["segment_id"]))
    rows = result[result["record_kind"] == "centroid"].astype({"name": str, "feature": str})
    table = rows.pivot(index=["segment_id", "feature"], columns="name", values="value")
    distances = []
    for segment_id in (1, 2):
        part = table.loc[segment_id].loc[list(FEATURES)]
        scaled = (lattice - part["mean"].to_numpy()) / part["scale"].to_numpy()
        distances.append(
            np.sqrt(((scaled - part["centroid"].to_numpy()) ** 2).sum(axis=1)).round(9)
        )
    assert labels(result).tolist() == (np.argmin(distances, axis=0) + 1).tolist()


def test_groups_that_wander_keep_their_ids_while_the_canonical_order_changes():
    values, truth = planted(6.0, count=600)

    def month(number: int) -> pd.DataFrame:
        cosine, sine = np.cos(number / 4), np.sin(number / 4)
        return frame_of(values @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]))

    def ids_by_group(result: pd.DataFrame) -> list[int]:
        return [int(np.bincount(labels(result)[truth == group]).argmax()) for group in range(4)]

    earlier, found = None, []
    for number in range(7):
        result = fit(month(number), 4, earlier)
        found.append(ids_by_group(result))
        now = kept(result, date(2024, 1 + number, 1), f"m{number}")
        earlier = now if earlier is None else pd.concat([earlier, now])
    assert found == [found[0]] * 7
    assert sorted(found[0]) == [1, 2, 3, 4]
    assert ids_by_group(fit(month(6), 4)) != found[0]
