"""A sequence autoencoder: one LSTM reads a sequence into a code, another writes it from the code.

Srivastava, Mansimov and Salakhutdinov 2015, Unsupervised learning of video representations using
LSTMs. The targets are standardised, so the output is linear: a sigmoid, as published for bank
sequences, cannot give a negative number. Up to `batch_size` customers every step of training sees
all of them, so there are no batches whose order could matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from customer_segments.clustering.autoencoder import load_keras
from customer_segments.clustering.preparation import FEATURE_DECIMALS
from customer_segments.clustering.sequences import Sequences


@dataclass(frozen=True)
class LstmAutoencoder:
    """Settings of the autoencoder; those who are equal share the compiled code.

    Attributes:
        units: width of both LSTMs.
        code_size: numbers that a sequence becomes.
        steps: of training.
        learning_rate: of Adam (Kingma and Ba 2015).
        batch_size: most sequences that a step sees; where there are more, they take turns.
    """

    units: int = 16
    code_size: int = 8
    steps: int = 120
    learning_rate: float = 0.01
    batch_size: int = 2_000

    def encode(self, sequences: Sequences, random_state: int) -> tuple[np.ndarray, float]:
        """Train on the sequences and return what they become.

        Args:
            sequences: at least one.
            random_state: of the weights that training begins with.

        Returns:
            Codes (n, code_size), six decimals; and the share of the variance that the autoencoder
            writes back, at most 1.

        Raises:
            ImportError: see `autoencoder.load_keras`.
        """
        _, months, measures = sequences.values.shape
        train = _training(self, months, measures)
        codes, error = train(sequences.values.astype(np.float32), sequences.observed, random_state)
        spread = float((sequences.values[sequences.observed] ** 2).mean()) or 1.0
        return np.round(codes.astype(np.float64), FEATURE_DECIMALS) + 0.0, 1 - error / spread


@lru_cache(maxsize=4)
def _training(
    settings: LstmAutoencoder, months: int, measures: int
) -> Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, float]]:
    """Return the function that trains and encodes, compiled once for all seeds."""
    keras = load_keras()
    import jax
    import jax.numpy as jnp

    model = _network(keras, settings, months, measures)
    optimizer = keras.optimizers.Adam(settings.learning_rate)
    optimizer.build(model.trainable_variables)
    fresh = [variable.value for variable in optimizer.variables]
    constants = [variable.value for variable in model.non_trainable_variables]

    def outputs(weights: list[Any], values: Any, observed: Any) -> tuple[Any, Any]:
        (codes, written), _ = model.stateless_call(weights, constants, [values, observed])
        return codes, written

    def error(weights: list[Any], values: Any, observed: Any) -> Any:
        _, written = outputs(weights, values, observed)
        squares = jnp.square(written - values) * observed[:, :, None]
        return squares.sum() / (observed.sum() * measures)

    @jax.jit
    def fitted(weights: list[Any], batches: Any, values: Any, observed: Any) -> tuple[Any, Any]:
        def step(number: Any, state: tuple[Any, Any]) -> tuple[Any, Any]:
            weights, memory = state
            rows = batches[number]
            gradients = jax.grad(error)(weights, values[rows], observed[rows])
            return optimizer.stateless_apply(memory, gradients, weights)

        weights, _ = jax.lax.fori_loop(0, settings.steps, step, (weights, fresh))
        return outputs(weights, values, observed)[0], error(weights, values, observed)

    shapes = [variable.shape for variable in model.trainable_variables]
    biases = [np.asarray(variable.value) for variable in model.trainable_variables]

    def train(
        values: np.ndarray, observed: np.ndarray, random_state: int
    ) -> tuple[np.ndarray, float]:
        generator = np.random.default_rng([random_state, 6])
        weights = [
            glorot(shape, generator) if len(shape) == 2 else bias
            for shape, bias in zip(shapes, biases, strict=True)
        ]
        rows = np.arange(len(values))
        if len(rows) > settings.batch_size:
            rows = generator.permutation(rows)
        size = min(len(rows), settings.batch_size)
        batches = np.resize(rows, (settings.steps, size))
        codes, remaining = fitted(weights, batches, values, observed)
        return np.asarray(codes), float(remaining)

    return train


def _network(keras: ModuleType, settings: LstmAutoencoder, months: int, measures: int) -> Any:
    """Return the model from (values, observed) to (codes, values written back)."""
    values = keras.Input((months, measures))
    observed = keras.Input((months,), dtype="bool")
    read = keras.layers.LSTM(settings.units)(values, mask=observed)
    codes = keras.layers.Dense(settings.code_size)(read)
    repeated = keras.layers.RepeatVector(months)(codes)
    written = keras.layers.LSTM(settings.units, return_sequences=True)(repeated)
    return keras.Model([values, observed], [codes, keras.layers.Dense(measures)(written)])


def glorot(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Return weights to begin with, uniform (Glorot and Bengio 2010), as float32."""
    limit = np.sqrt(6.0 / sum(shape))
    return generator.uniform(-limit, limit, shape).astype(np.float32)
