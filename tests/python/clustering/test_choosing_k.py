"""The policy, rule by rule, and what it says of data whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from clustering_data import CENTRES, FEATURES, candidates, frame_of, labels, model, planted, skewed
from sklearn.metrics import adjusted_rand_score

from customer_segments.clustering import fit_kmeans_segmentation
from customer_segments.clustering.choosing_k import Candidate, decide
from customer_segments.clustering.criteria import StructureTest

STRUCTURE = StructureTest(excess=0.11, z=12.0, k=3)
NO_STRUCTURE = StructureTest(excess=0.02, z=9.0, k=2)


def tried(strengths=(), aris=(), smallest=()) -> list[Candidate]:
    """Candidates k = 1..12 with good criteria, but for those given by k."""
    return [
        Candidate(
            k=k,
            inertia=100.0 / k,
            smallest_share=dict(smallest).get(k, 0.05),
            smallest_size=round(dict(smallest).get(k, 0.05) * 4_000),
            prediction_strength=dict(strengths).get(k, 0.4),
            bootstrap_ari=dict(aris).get(k, 0.9),
        )
        for k in range(1, 13)
    ]


def choose(options: list[Candidate], structure: StructureTest, **settings):
    k, why, explained = decide(options, structure, customer_count=4_000, distinct=4_000, **settings)
    chosen = [candidate for candidate in explained if candidate.chosen]
    assert [candidate.k for candidate in chosen] == [k]
    assert all(candidate.reason for candidate in explained)
    return k, why, {candidate.k: candidate.reason for candidate in explained}


def test_with_structure_the_largest_k_of_3_to_8_with_prediction_strength_is_chosen():
    options = tried(strengths={2: 0.99, 3: 0.9, 4: 0.8, 5: 0.79, 9: 0.95})
    k, why, reasons = choose(options, STRUCTURE)
    assert k == 4
    assert why.startswith("structure: silhouette excess over data without groups 0.110 (z 12.0)")
    assert reasons[2] == "not chosen: outside 3..8"
    assert reasons[3] == "not chosen: k = 4 passes the same tests and tells more apart"
    assert reasons[5] == "not chosen: prediction strength 0.790 is below 0.8"
    assert reasons[9] == "not chosen: outside 3..8"


def test_structure_needs_both_excess_and_z():
    options = tried(strengths={4: 0.9})
    for excess, z in ((0.049, 30.0), (0.2, 4.9)):
        k, why, _ = choose(options, StructureTest(excess, z, 4))
        assert (k, why.startswith("k is a cut, not a discovery")) == (5, True)


def test_structure_that_no_k_reproduces_is_cut():
    k, why, _ = choose(tried(), STRUCTURE)
    assert k == 5
    assert why.startswith("k is a cut, not a discovery")
    assert "but there is no admissible k in 3..8 with prediction strength >= 0.8" in why


def test_without_structure_the_largest_stable_k_up_to_the_default_is_cut():
    k, why, reasons = choose(tried(aris={5: 0.74}), NO_STRUCTURE)
    assert k == 4
    assert why.endswith("k = 4: the largest admissible k <= 5 with bootstrap ARI >= 0.75 (0.900)")
    assert reasons[5] == "not chosen: bootstrap ARI 0.740 is below 0.75"
    assert reasons[6] == "not chosen: a cut has at most 5 segments"
    assert choose(tried(), NO_STRUCTURE, default_k=7)[0] == 7


def test_without_any_stable_k_three_is_cut():
    unstable = dict.fromkeys(range(2, 13), 0.5)
    assert choose(tried(aris=unstable), NO_STRUCTURE)[0] == 3
    k, why, _ = choose(tried(aris=unstable, smallest={3: 0.005}), NO_STRUCTURE)
    assert k == 2
    assert why.endswith("and k = 3 is inadmissible")


def test_where_no_k_is_admissible_there_is_one_segment():
    tiny = dict.fromkeys(range(2, 13), 0.006)
    k, why, reasons = choose(tried(smallest=tiny), NO_STRUCTURE)
    assert k == 1
    assert why.endswith("every cut into at most 5 leaves a cluster that is too small")
    assert reasons[2] == (
        "refused: the smallest cluster (24 customers, 0.6%) is below the floor of 1% and of "
        "30 customers"
    )


def test_the_previous_k_is_kept_while_it_is_admissible():
    k, why, reasons = choose(tried(), NO_STRUCTURE, previous_k=9)
    assert k == 9
    assert why.startswith("the previous k = 9 is kept")
    assert reasons[5] == "not chosen: the policy alone would choose it"
    k, why, _ = choose(tried(smallest={9: 0.005}), NO_STRUCTURE, previous_k=9)
    assert k == 5
    assert why.startswith("the previous k = 9 is no longer admissible: the smallest cluster (20")


def test_the_users_k_wins_and_is_told_what_is_wrong_with_it():
    k, why, _ = choose(tried(smallest={9: 0.005}), NO_STRUCTURE, k=9, previous_k=4)
    assert k == 9
    assert why == (
        "k = 9 is fixed by the user; the policy alone would choose 5; inadmissible by the policy: "
        "the smallest cluster (20 customers, 0.5%) is below the floor of 1% and of 30 customers"
    )


# Adjusted Rand index with the truth: near that of labels by the true centres, the best possible.
@pytest.mark.parametrize(
    ("separation", "expected_ari"), [(6.0, 0.99), (4.0, 0.86), (3.0, 0.63)], ids=str
)
def test_planted_groups_are_found(separation, expected_ari):
    values, truth = planted(separation)
    result = fit_kmeans_segmentation(frame_of(values), feature_names=FEATURES)
    card = model(result)
    assert (card["k"], card["has_structure"]) == (4, 1)
    assert card["why_k"].startswith("structure: ")
    distances = np.linalg.norm(values[:, None] - CENTRES * separation, axis=2)
    optimal = adjusted_rand_score(truth, distances.argmin(axis=1))
    found = adjusted_rand_score(truth, labels(result))
    assert found == pytest.approx(expected_ari, abs=0.04)
    assert found == pytest.approx(optimal, abs=0.02)


@pytest.mark.parametrize("seed", [0, 1])
def test_skewed_columns_without_groups_are_a_cut(seed):
    result = fit_kmeans_segmentation(frame_of(skewed(count=700, seed=seed)), feature_names=FEATURES)
    card = model(result)
    assert card["has_structure"] == 0
    assert card["structure_excess"] < 0.03
    assert card["why_k"].startswith("k is a cut, not a discovery")
    assert list(candidates(result).index) == list(range(2, 13))
