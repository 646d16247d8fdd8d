"""An autoencoder for tables: a few codes per customer, from which all features can be told again.

Keras 3 on JAX, imported only when it is used: that takes seconds, and most builds do without. The
shape is that of the published system for CC GENERAL (17-85-68-51-34-8-4 and back), with a linear
output layer, because standardised features are not between 0 and 1. Everything random comes from
one numpy generator, so a seed gives the same codes in every process, whatever was trained before.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from types import ModuleType

import numpy as np

LIBRARIES = ("keras", "jax")
HIDDEN = (85, 68, 51, 34, 8)
CODE_SIZE = 4
LEARNING_RATE = 0.001

FEWEST_STEPS = 12
"""Steps that an epoch has at least: the batches of few customers are smaller."""

CODE_DECIMALS = 6

_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false"


@dataclass(frozen=True)
class Encoded:
    """What a trained autoencoder makes of the rows it was trained on.

    Attributes:
        codes: (n, CODE_SIZE) float64, `CODE_DECIMALS`.
        reconstruction: (n, d) float64, standardised.
        error: mean squared error of the reconstruction; 1 for whoever says the mean of everybody.
    """

    codes: np.ndarray
    reconstruction: np.ndarray
    error: float


def missing_libraries() -> list[str]:
    """Return the libraries that an autoencoder needs and that are not installed."""
    return [name for name in LIBRARIES if importlib.util.find_spec(name) is None]


def load_keras() -> ModuleType:
    """Import Keras on JAX, with one thread: two on a busy machine are slower.

    Raises:
        ImportError: it is not installed, or was imported with another backend before.
    """
    if missing := missing_libraries():
        raise ImportError(
            f"an autoencoder needs {' and '.join(missing)}, not installed here; install"
            " requirements.lock, or build with var candidate_search: none"
        )
    os.environ["KERAS_BACKEND"] = "jax"
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_cpu_multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_ONE_THREAD}".strip()
    import keras

    if keras.backend.backend() != "jax":
        raise ImportError(f"Keras runs on {keras.backend.backend()} already; jax is needed")
    return keras


class Autoencoder:
    """Trained anew for each seed; compiled once, which takes longer than training on few rows.

    Args:
        feature_count: columns of the points.
        epochs: passes over the rows.
        batch_size: rows of a step, fewer where an epoch would have less than `FEWEST_STEPS` steps.
            Rows that do not fill a batch sit out, other ones in each epoch.

    Raises:
        ValueError: a setting is below 1.
        ImportError: see `load_keras`.
    """

    def __init__(self, feature_count: int, *, epochs: int = 100, batch_size: int = 128) -> None:
        for name, value in {"epochs": epochs, "batch_size": batch_size}.items():
            if value != int(value) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1, not {value!r}")
        self.epochs = int(epochs)
        self.batch_size = int(batch_size)
        keras = load_keras()

        def layer(width: int, activation: str | None = "relu") -> object:
            # Weights are drawn in `_start_anew`; zeros need no compilation.
            return keras.layers.Dense(
                width, activation, kernel_initializer="zeros", dtype="float32"
            )

        inputs = keras.Input((feature_count,))
        inner = inputs
        for width in HIDDEN:
            inner = layer(width)(inner)
        codes = inner = layer(CODE_SIZE, None)(inner)
        for width in reversed(HIDDEN):
            inner = layer(width)(inner)
        outputs = layer(feature_count, None)(inner)
        self._model = keras.Model(inputs, outputs)
        self._both = keras.Model(inputs, [codes, outputs])
        optimizer = keras.optimizers.Adam(LEARNING_RATE)
        self._model.compile(optimizer=optimizer, loss="mse")
        optimizer.build(self._model.trainable_variables)
        self._untrained = [np.array(variable.value) for variable in optimizer.variables]

    def encode(self, points: np.ndarray, seed: int) -> Encoded:
        """Train from the start and return the codes of the same rows.

        Args:
            points: (n, d), standardised, n at least 1, in a fixed order.
            seed: of the first weights and the order of the rows in each epoch.

        Raises:
            ValueError: training ended in numbers that are not finite.
        """
        rows = np.ascontiguousarray(points, dtype=np.float32)
        generator = np.random.default_rng([seed, 7])
        self._start_anew(generator)
        batch = min(self.batch_size, max(1, len(rows) // FEWEST_STEPS))
        taken = len(rows) // batch * batch
        for _ in range(self.epochs):
            drawn = rows[generator.permutation(len(rows))[:taken]]
            self._model.fit(drawn, drawn, batch_size=batch, epochs=1, shuffle=False, verbose=0)
        codes, reconstruction = self._both.predict_on_batch(rows)
        if not (np.isfinite(codes).all() and np.isfinite(reconstruction).all()):
            raise ValueError(f"the autoencoder's training with seed {seed} diverged")
        reconstruction = reconstruction.astype(np.float64)
        return Encoded(
            np.round(codes.astype(np.float64), CODE_DECIMALS) + 0.0,
            reconstruction,
            float(((points - reconstruction) ** 2).mean()),
        )

    def _start_anew(self, generator: np.random.Generator) -> None:
        """Draw weights as Glorot and Bengio 2010, biases 0, and forget the optimizer's memory."""
        weights = []
        for weight in self._model.weights:
            limit = np.sqrt(6 / sum(weight.shape)) if len(weight.shape) == 2 else 0.0
            weights.append(generator.uniform(-limit, limit, weight.shape).astype(np.float32))
        self._model.set_weights(weights)
        for variable, value in zip(self._model.optimizer.variables, self._untrained, strict=True):
            variable.assign(value)
