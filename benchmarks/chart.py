"""A chart of seconds and memory against rows, both on logarithmic axes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 130, 40, 48

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#666666", "#cc79a7")
"""Told apart by the colour-blind, too (Okabe and Ito)."""


@dataclass(frozen=True)
class Series:
    """One line of a panel.

    Attributes:
        name: written at its end.
        points: (rows, value), ascending, values above 0.
        ends: why it ends there; empty where it does not.
    """

    name: str
    points: Sequence[tuple[float, float]]
    ends: str = ""


def chart(panels: Sequence[tuple[str, str, Sequence[Series]]]) -> str:
    """Draw panels side by side.

    Args:
        panels: title, unit of the values, and the series.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12" role="img">',
        f'<rect width="{WIDTH * len(panels)}" height="{HEIGHT}" fill="white"/>',
    ]
    for number, (title, unit, series) in enumerate(panels):
        parts.append(f'<g transform="translate({number * WIDTH} 0)">')
        parts += _panel(title, unit, series)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _panel(title: str, unit: str, series: Sequence[Series]) -> Iterable[str]:
    rows = [math.log10(row) for line in series for row, _ in line.points]
    values = [math.log10(value) for line in series for _, value in line.points]
    low_x, high_x = math.floor(min(rows)), math.ceil(max(rows))
    low_y, high_y = math.floor(min(values)), math.ceil(max(values))
    high_x, high_y = max(high_x, low_x + 1), max(high_y, low_y + 1)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(power: float) -> float:
        return round(LEFT + wide * (power - low_x) / (high_x - low_x), 1)

    def y(power: float) -> float:
        return round(TOP + high * (high_y - power) / (high_y - low_y), 1)

    yield f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>'
    for power in range(low_x, high_x + 1):
        yield (
            f'<line x1="{x(power)}" y1="{TOP}" x2="{x(power)}" y2="{TOP + high}" stroke="#ddd"/>'
            f'<text x="{x(power)}" y="{TOP + high + 18}" text-anchor="middle">'
            f"{_number(10**power)}</text>"
        )
    for power in range(low_y, high_y + 1):
        yield (
            f'<line x1="{LEFT}" y1="{y(power)}" x2="{LEFT + wide}" y2="{y(power)}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(power) + 4}" text-anchor="end">'
            f"{_number(10**power)} {escape(unit)}</text>"
        )
    yield (
        f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 8}" text-anchor="middle">rows of order'
        " lines</text>"
    )
    ends: list[float] = []
    for line, colour in zip(series, COLOURS, strict=False):
        places = [(x(math.log10(row)), y(math.log10(value))) for row, value in line.points]
        path = " ".join(f"{across},{down}" for across, down in places)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for across, down in places:
            yield f'<circle cx="{across}" cy="{down}" r="3" fill="{colour}"/>'
        across, down = places[-1]
        # Names of lines that end close together are set below each other.
        while any(abs(down - other) < 14 for other in ends):
            down += 14
        ends.append(down)
        words = f"{line.name}: {line.ends}" if line.ends else line.name
        yield (
            f'<text x="{max(across, LEFT + wide) + 8 if not line.ends else across + 8}"'
            f' y="{down + 4}" fill="{colour}">{escape(words)}</text>'
        )


def _number(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"
