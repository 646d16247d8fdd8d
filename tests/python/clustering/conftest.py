"""What all tests of the clustering core share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep criteria called by themselves from fighting over the processors."""
    with threadpool_limits(limits=1):
        yield
