"""A written site, and how well its texts stand out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from builds import Warehouse


@dataclass(frozen=True)
class Site:
    """A written site, and what it was written from."""

    folder: Path
    target: Path
    warehouse: Warehouse

    def url(self, anchor: str = "", page: str = "attributes.html") -> str:
        return f"{(self.folder / page).as_uri()}#{anchor}"


def contrast(one: str, other: str) -> float:
    """Contrast of two colours `rgb(...)` as WCAG 2 defines it, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(part) / 255) for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
