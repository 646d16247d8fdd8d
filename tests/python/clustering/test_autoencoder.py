"""The autoencoder: the same codes in every process, and codes that say something."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from clustering_data import planted

from customer_segments.clustering import autoencoder
from customer_segments.clustering.autoencoder import CODE_SIZE, Autoencoder, load_keras

HASH_OF_CODES = """
import hashlib
import numpy as np
from customer_segments.clustering.autoencoder import Autoencoder
points = np.random.default_rng(0).normal(size=(130, 6)).round(6)
coder = Autoencoder(6, epochs=3, batch_size=32)
{before}
print(hashlib.sha256(coder.encode(points, 5).codes.tobytes()).hexdigest())
"""


def correlated(count: int = 300) -> np.ndarray:
    """Nine standardised columns that are three, each told three times with some noise."""
    values, _ = planted(6, count)
    noise = np.random.default_rng(1).normal(scale=0.3, size=(count, 9))
    columns = np.repeat(values, 3, axis=1) + noise
    return (columns - columns.mean(axis=0)) / columns.std(axis=0)


@pytest.fixture(scope="module")
def coder() -> Autoencoder:
    return Autoencoder(9, epochs=40, batch_size=32)


def test_other_processes_give_the_same_bytes_whatever_was_trained_before():
    """One of them trains another seed first, and draws from everybody's generators."""
    elsewhere = "import random; random.seed(9); np.random.seed(9); coder.encode(points, 8)"
    hashes = [
        subprocess.run(
            [sys.executable, "-c", HASH_OF_CODES.format(before=before)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for before in ("", elsewhere)
    ]
    assert hashes[0] == hashes[1] != ""


def test_it_tells_the_rows_again_better_than_their_mean(coder):
    points = correlated()
    encoded = coder.encode(points, 0)
    assert encoded.codes.shape == (300, CODE_SIZE)
    assert encoded.error == pytest.approx(((encoded.reconstruction - points) ** 2).mean())
    # The mean of every column has an error of 1; the noise alone has .1 or less.
    assert encoded.error < 0.5


def test_a_seed_is_another_training_and_the_same_seed_the_same(coder):
    points = correlated()
    first, other, again = (coder.encode(points, seed).codes for seed in (1, 2, 1))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_column_that_does_not_vary_does_no_harm(coder):
    points = correlated()
    points[:, 4] = 0
    encoded = coder.encode(points, 0)
    assert np.isfinite(encoded.codes).all()
    assert abs(encoded.reconstruction[:, 4]).mean() < 0.5


def test_few_rows_are_encoded_too(coder):
    assert coder.encode(correlated()[:5], 0).codes.shape == (5, CODE_SIZE)


def test_a_training_that_diverges_is_refused(coder):
    points = correlated()
    points[0, 0] = 1e30
    with pytest.raises(ValueError, match="training with seed 3 diverged"):
        coder.encode(points, 3)


@pytest.mark.parametrize("setting", ["epochs", "batch_size"])
def test_settings_below_one_are_refused(setting):
    with pytest.raises(ValueError, match=f"{setting} must be a whole number from 1, not 0"):
        Autoencoder(9, **{setting: 0})


def test_without_the_library_the_message_says_what_to_do(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        autoencoder.importlib.util,
        "find_spec",
        lambda name: None if name == "keras" else found(name),
    )
    with pytest.raises(ImportError, match=r"needs keras, not installed.*candidate_search: none"):
        load_keras()


def test_another_backend_is_refused(monkeypatch):
    keras = load_keras()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ImportError, match="runs on torch already; jax is needed"):
        load_keras()
