"""One row per part of a hypothesis that has observations: what its test says."""

from customer_segments.hypotheses import evaluate


def model(dbt, session):
    """Test every sample; customer_segments.hypotheses.testing describes the columns."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    return evaluate(dbt.ref("hypothesis_samples").df())
