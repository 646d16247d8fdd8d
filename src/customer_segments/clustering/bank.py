"""Bank customers by the sequences of their months: k-means against what was published for them.

Barkhordar, Shirali-Shahreza and Sadeghi 2021, Clustering of bank customers using LSTM-based
encoder-decoder and dynamic time warping (arXiv 2110.11769): codes of an LSTM, coordinates from time
warping and static attributes, each reduced before they are joined, then k-means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from customer_segments.clustering import choosing_k, kmedoids
from customer_segments.clustering.autoencoder import load_keras
from customer_segments.clustering.contest import (
    Contender,
    fit_contest,
    in_original_order,
    perturbed,
    refuse_unknown_search,
)
from customer_segments.clustering.dtw import TimeWarping
from customer_segments.clustering.kmedoids import KMedoids
from customer_segments.clustering.lstm import LstmAutoencoder
from customer_segments.clustering.preparation import FEATURE_DECIMALS, System
from customer_segments.clustering.sequences import Sequences, read_sequences, reduced

MEASURES = ("inflow_level", "outflow_level", "balance_level")
"""Columns of the periods that make a sequence."""

STATIC = ("is_female", "age", "district_average_salary_amount", "district_urban_percentage")
"""Columns of the owner, joined in the published hybrid."""

RFM = ("recency_log", "frequency_log", "monetary_log")
"""Columns of what customers themselves posted."""

PARTS = {
    "lstm": ("lstm",),
    "dtw": ("dtw",),
    "dtw_landmarks": ("dtw_landmarks",),
    "hybrid": ("lstm", "dtw", "static"),
    "hybrid_sequences": ("lstm", "dtw"),
    "rfm": ("rfm",),
}
"""By space what it is made of."""

LIBRARIES = {"lstm": ("keras", "jax"), "dtw": ("dtaidistance",), "dtw_landmarks": ("dtaidistance",)}
"""By part what has to be installed for it."""

PUBLISHED_SPACE = "hybrid"
PUBLISHED_K = 3
KS = range(2, 7)
_CHOSEN_SEEDS = 2
_FULL_SEEDS = 5
_COMPONENTS = {"lstm": 4, "dtw": 4, "dtw_landmarks": 4, "static": 2, "rfm": 3}

DOCUMENTATION = (
    "Accounts are described month by month: money in, money out and balance, without what the bank "
    "posts itself. What the months are like (mean, deviation, trend and autocorrelation of each, "
    "postings per month) is the baseline. Beside it stand an LSTM autoencoder of the months "
    "(lstm), coordinates from dynamic time warping (dtw), both joined (hybrid_sequences), both "
    "joined with sex, age and district of the owner (hybrid, as published), and recency, frequency "
    "and amount of the customer's own postings (rfm). Blocks are reduced to principal components, "
    "together of variance 1, before they are joined. One of these replaces the baseline only where "
    "it separates better in the features themselves, and is stable."
)


@dataclass(frozen=True)
class Accounts:
    """What the representations are made of; n accounts in the order of their ids.

    Attributes:
        sequences: their months.
        static: (n, 4), `STATIC`, standardised; 0 where unknown.
        rfm: (n, 3), `RFM`, standardised.
        lstm: settings.
        warping: settings.
    """

    sequences: Sequences
    static: np.ndarray
    rfm: np.ndarray
    lstm: LstmAutoencoder
    warping: TimeWarping
    _blocks: dict[tuple[str, int], tuple[np.ndarray, dict[str, object]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def moved(self, order: np.ndarray, noise: float, random_state: int) -> Accounts:
        """Return the accounts in another order, with normal noise of this deviation."""
        rows = partial(perturbed, order=order, noise=noise, random_state=random_state)
        return Accounts(
            self.sequences.with_noise(noise, random_state).take(order),
            rows(self.static),
            rows(self.rfm),
            self.lstm,
            self.warping,
        )

    def space(self, name: str, random_state: int) -> tuple[np.ndarray, dict[str, object]]:
        """Return the coordinates (n, p) of one of `PARTS`, and what is to be noted of them."""
        blocks = [self._block(part, random_state) for part in PARTS[name]]
        notes = {key: value for _, noted in blocks for key, value in noted.items()}
        return np.column_stack([block for block, _ in blocks]), notes

    def _block(self, part: str, random_state: int) -> tuple[np.ndarray, dict[str, object]]:
        """Return a part, reduced; computed once."""
        if (part, random_state) not in self._blocks:
            notes: dict[str, object] = {}
            match part:
                case "lstm":
                    block, explained = self.lstm.encode(self.sequences, random_state)
                    notes["variance_written_back"] = round(explained, FEATURE_DECIMALS)
                case "dtw":
                    block = self.warping.coordinates(self.sequences, random_state)
                case "dtw_landmarks":
                    block = self.warping.by_landmarks(self.sequences, random_state)
                case _:
                    block = {"static": self.static, "rfm": self.rfm}[part]
            self._blocks[part, random_state] = reduced(block, _COMPONENTS[part]), notes
        return self._blocks[part, random_state]


def fit_bank_segmentation(
    features: pd.DataFrame,
    periods: pd.DataFrame,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = choosing_k.K_MAX,
    candidate_search: str = "chosen",
    methods: Sequence[str] = (),
    random_state: int = 0,
    lstm_units: int = LstmAutoencoder.units,
    lstm_code_size: int = LstmAutoencoder.code_size,
    lstm_steps: int = LstmAutoencoder.steps,
    lstm_learning_rate: float = LstmAutoencoder.learning_rate,
    window_share: float = TimeWarping.window_share,
    landmark_count: int = TimeWarping.landmark_count,
    earlier_models: pd.DataFrame | None = None,
    keep_k: bool = True,
    log: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Hold k-means on what the months are like against the published representations.

    Args:
        features: one row per account, see `kmeans.fit_kmeans_segmentation`; also `STATIC` (null
            allowed) and `RFM`.
        periods: one row per account and month: source_system, customer_id, period_start and
            `MEASURES`.
        feature_names: columns to cluster on.
        raw_feature_names: columns that the rule card speaks of.
        k: see `contest.fit_contest`.
        default_k: see `contest.fit_contest`.
        k_max: see `contest.fit_contest`.
        candidate_search: `none`; `chosen`: the published hybrid with k = 3; `full`: every
            representation, k 2 to 6, five seeds, and k-medoids.
        methods: further spaces of `PARTS` that `chosen` tries, with k = 3.
        random_state: the first seed.
        lstm_units: see `lstm.LstmAutoencoder`.
        lstm_code_size: see `lstm.LstmAutoencoder`.
        lstm_steps: see `lstm.LstmAutoencoder`.
        lstm_learning_rate: see `lstm.LstmAutoencoder`.
        window_share: see `dtw.TimeWarping`.
        landmark_count: see `dtw.TimeWarping`.
        earlier_models: see `kmeans.fit_kmeans_segmentation`.
        keep_k: see `kmeans.fit_kmeans_segmentation`.
        log: see `contest.fit_contest`.

    Returns:
        The long frame of `schema`. What could not be tried, because a library is missing, stands in
        the parameters of the model (`left_out`).

    Raises:
        ValueError: see `contest.fit_contest` and `sequences.read_sequences`; also for a search or a
            method that is not known.
    """
    refuse_unknown_search(candidate_search)
    if unknown := sorted({*methods} - {*PARTS}):
        raise ValueError(f"methods must be of {', '.join(PARTS)}, not {unknown}")
    log = log or (lambda words: None)
    spaces = {
        "none": [],
        "chosen": list(dict.fromkeys([PUBLISHED_SPACE, *methods])),
        "full": list(PARTS),
    }[candidate_search]
    left_out = {space: missing for space in spaces if (missing := _missing(space))}
    for space, reason in left_out.items():
        log(f"{space} is left out: {reason}")
    spaces = [space for space in spaces if space not in left_out]
    is_full = candidate_search == "full"
    ks, seed_count = (KS, _FULL_SEEDS) if is_full else ([PUBLISHED_K], _CHOSEN_SEEDS)
    lstm = LstmAutoencoder(lstm_units, lstm_code_size, lstm_steps, lstm_learning_rate)
    warping = TimeWarping(window_share, landmark_count)

    def contenders(system: System, points: np.ndarray, seed: int) -> Iterator[Contender]:
        if is_full:
            yield from _on_features(points, seed)
        if spaces:
            accounts = _accounts(system, features, periods, lstm, warping)
            yield from _in_spaces(accounts, spaces, ks, range(seed, seed + seed_count))

    return fit_contest(
        features,
        contenders,
        feature_names=feature_names,
        raw_feature_names=raw_feature_names,
        k=k,
        default_k=default_k,
        k_max=k_max,
        random_state=random_state,
        documentation=DOCUMENTATION,
        parameters={
            "candidate_search": candidate_search,
            "methods": list(methods),
            "lstm": asdict(lstm),
            "time_warping": asdict(warping),
            "left_out": left_out,
        },
        libraries=_libraries(spaces),
        earlier_models=earlier_models,
        keep_k=keep_k,
        log=log,
    )


def _on_features(points: np.ndarray, random_state: int) -> Iterator[Contender]:
    """k-means with further seeds, and k-medoids, on the standardised features themselves."""
    for k in KS:
        for seed in range(random_state + 1, random_state + _FULL_SEEDS):
            labels = _kmeans(points, k, seed)
            yield Contender("kmeans", "scaled", points, labels, k=k, seed=seed)
        if len(points) <= kmedoids.MAX_ROWS:
            medoids = KMedoids(k).fit(points)

            def refit(order: np.ndarray, noise: float, k: int = k) -> np.ndarray:
                rows = perturbed(points, order, noise, random_state)
                return in_original_order(KMedoids(k).fit(rows).labels_, order)

            yield Contender(
                "kmedoids",
                "scaled",
                points,
                medoids.labels_,
                k=k,
                refit=refit,
                notes={"mean_distance": round(medoids.inertia_ / len(points), FEATURE_DECIMALS)},
            )


def _in_spaces(
    accounts: Accounts, spaces: Sequence[str], ks: Sequence[int], seeds: Sequence[int]
) -> Iterator[Contender]:
    """k-means in each space with each k and seed; of the first seed, whether a refit agrees."""
    for space in spaces:
        for seed in seeds:
            points, notes = accounts.space(space, seed)
            for k in ks:

                def refit(
                    order: np.ndarray,
                    noise: float,
                    space: str = space,
                    seed: int = seed,
                    k: int = k,
                ) -> np.ndarray:
                    again, _ = accounts.moved(order, noise, seed).space(space, seed)
                    return in_original_order(_kmeans(again, k, seed), order)

                yield Contender(
                    "kmeans",
                    space,
                    points,
                    _kmeans(points, k, seed),
                    k=k,
                    seed=seed,
                    refit=refit if seed == seeds[0] and k == PUBLISHED_K else None,
                    notes=notes,
                )


def _kmeans(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    return KMeans(k, n_init=10, tol=0.0, random_state=seed).fit(points).labels_


def _accounts(
    system: System,
    features: pd.DataFrame,
    periods: pd.DataFrame,
    lstm: LstmAutoencoder,
    warping: TimeWarping,
) -> Accounts:
    """Bring together what the representations of the fitted accounts need."""
    if missing := [name for name in (*STATIC, *RFM) if name not in features.columns]:
        raise ValueError(f"the feature table lacks the columns {missing}")
    ids = system.customer_id.to_pylist()
    rows = features[features["source_system"].astype("str") == system.source_system]
    rows = rows.set_index(rows["customer_id"].astype("str")).loc[ids]
    return Accounts(
        read_sequences(periods, system.source_system, ids, MEASURES),
        standardised(rows, STATIC),
        standardised(rows, RFM),
        lstm,
        warping,
    )


def standardised(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return columns with mean 0 and deviation 1; 0 where nothing is known or nothing varies."""
    columns = [rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names]
    values = np.column_stack(columns)
    known = ~np.isnan(values)
    counts = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0).sum(axis=0) / counts, 0.0)
    deviations = np.sqrt((centred**2).sum(axis=0) / counts)
    return np.round(centred / np.where(deviations > 0, deviations, 1.0), FEATURE_DECIMALS) + 0.0


def _missing(space: str) -> str:
    """Return which libraries a space lacks, in words; empty where none."""
    missing = [library for library in _needed(space) if find_spec(library) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


def _needed(space: str) -> list[str]:
    return [library for part in PARTS[space] for library in LIBRARIES.get(part, ())]


def _libraries(spaces: Sequence[str]) -> list[ModuleType]:
    """Return the libraries that the spaces use, imported as they must be."""
    needed = {library for space in spaces for library in _needed(space)}
    if "keras" in needed:
        load_keras()
    return [import_module(library) for library in sorted(needed)]
