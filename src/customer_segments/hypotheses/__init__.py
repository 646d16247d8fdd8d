"""Business hypotheses: tests, effect sizes, and what they found in words."""

from customer_segments.hypotheses.testing import MIN_SAMPLE_SIZE, evaluate

__all__ = ["MIN_SAMPLE_SIZE", "evaluate"]
