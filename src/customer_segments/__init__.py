"""Pure Python parts of the customer-segmentation warehouse."""

from typing import Any

__all__ = ["predict_file"]


def __getattr__(name: str) -> Any:
    # Imported when it is asked for: it needs DuckDB and YAML, which few parts of this package do.
    if name == "predict_file":
        from customer_segments.scoring.score import predict_file

        return predict_file
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
