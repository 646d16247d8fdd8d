"""What the five generators share: seeded streams, planted groups and file writers."""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar

Option = TypeVar("Option")

SEPARATIONS: Mapping[str, float] = {"clear": 1.0, "moderate": 0.6, "weak": 0.35}
"""Factor by which group centres keep their distance from the common mean."""

QUIRK = "quirk"
"""Group of customers who exist for an oddity of the raw data, not for a behaviour."""


@dataclass(frozen=True)
class Settings:
    """What to generate.

    Attributes:
        scale: multiple of the customers of the committed sample, at least 1.
        separation: a key of `SEPARATIONS`.
        seed: any integer; all random streams derive from it.
    """

    scale: int = 1
    separation: str = "clear"
    seed: int = 20111209

    def rng(self, *names: object) -> Random:
        """Return the random stream of that name, independent of every other stream."""
        return Random(":".join(str(part) for part in (self.seed, *names)))


@dataclass(frozen=True)
class Group:
    """A planted behaviour group.

    Attributes:
        name: as in the truth file.
        share: of the customers, quirks aside.
        typical: value per measure (days, orders, money ...), at least 0: the group's centre.
        mixes: per name of a categorical choice, the share of each option (summing to 1).
    """

    name: str
    share: float
    typical: Mapping[str, float]
    mixes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Population:
    """Groups at a given separation.

    Customers scatter normally around their group's centre in `log1p` space. The separation pulls
    the centres and the mixes towards their share-weighted mean; the scatter stays as it is.

    Args:
        groups: the planted groups; all have the same measures and mixes.
        spread: standard deviation per measure in `log1p` space.
        separation: a key of `SEPARATIONS`.
    """

    def __init__(
        self, groups: Sequence[Group], spread: Mapping[str, float], separation: str
    ) -> None:
        factor = SEPARATIONS[separation]
        self._groups = groups
        self._spread = spread
        self._centres: dict[str, dict[str, float]] = {group.name: {} for group in groups}
        self._mixes: dict[str, dict[str, dict[str, float]]] = {group.name: {} for group in groups}
        for measure in spread:
            points = [math.log1p(group.typical[measure]) for group in groups]
            for group, pulled in zip(groups, self._pull(points, factor), strict=True):
                self._centres[group.name][measure] = pulled
        for choice, first_mix in groups[0].mixes.items():
            for group in groups:
                self._mixes[group.name][choice] = {}
            for option in first_mix:
                points = [group.mixes[choice][option] for group in groups]
                for group, pulled in zip(groups, self._pull(points, factor), strict=True):
                    self._mixes[group.name][choice][option] = pulled

    def _pull(self, points: list[float], factor: float) -> list[float]:
        total = math.fsum(group.share for group in self._groups)
        pairs = zip(self._groups, points, strict=True)
        mean = math.fsum(group.share * point for group, point in pairs) / total
        return [mean + factor * (point - mean) for point in points]

    def draw(self, rng: Random, group: str) -> dict[str, float]:
        """Return one customer's measures in natural units, each at least 0.

        The number of draws does not depend on the separation, so a customer keeps his place
        within his group.
        """
        return {
            measure: max(0.0, math.expm1(rng.gauss(centre, self._spread[measure])))
            for measure, centre in self._centres[group].items()
        }

    def pick(self, rng: Random, group: str, choice: str) -> str:
        """Return an option of a categorical choice, drawn from the group's mix."""
        return weighted(rng, self._mixes[group][choice])

    def assign(self, rng: Random, count: int) -> list[str]:
        """Return `count` group names in random order, in the groups' shares as exactly as can be.

        Neither the numbers nor the order depend on the separation.
        """
        names: list[str] = []
        reached = 0.0
        for group in self._groups:
            reached += group.share
            names += [group.name] * (round(count * reached) - len(names))
        rng.shuffle(names)
        return names


def weighted(rng: Random, weights: Mapping[Option, float]) -> Option:
    """Return a key drawn in proportion to its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def split_amount(rng: Random, amount: int, parts: int, evenness: float = 0.5) -> list[int]:
    """Split an amount (smallest money units) into `parts` random pieces that add up to it.

    Args:
        rng: stream to draw from.
        amount: at least 0.
        parts: at least 1.
        evenness: 1 gives equal pieces, 0 the widest scatter.
    """
    weights = [evenness + (1 - evenness) * 2 * rng.random() + 1e-9 for _ in range(parts)]
    total = math.fsum(weights)
    pieces = [int(amount * weight / total) for weight in weights]
    pieces[-1] += amount - sum(pieces)
    return pieces


def decimal_text(units: int, places: int) -> str:
    """Write `units / 10**places` in its shortest exact form: `decimal_text(2100, 3)` is `2.1`."""
    whole, rest = divmod(abs(units), 10**places)
    fraction = f"{rest:0{places}d}".rstrip("0")
    return f"{'-' if units < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


@dataclass(frozen=True)
class WrittenFile:
    """A file as written: path, data rows without the header, size in bytes."""

    path: Path
    rows: int
    size: int


@dataclass(frozen=True)
class SystemOutput:
    """What one generator wrote: its files, and a (source_system, customer_id, group) per customer.

    Customers who are in no raw event, or only guests, are not part of the truth.
    """

    files: list[WrittenFile]
    truth: list[tuple[str, str, str]]


class LineFile:
    """An open text file that takes one line per `write`, as `csv.writer` does, and counts them."""

    def __init__(self, stream: io.TextIOBase, path: Path) -> None:
        self._stream = stream
        self.path = path
        self._lines = 0

    def write(self, line: str) -> int:
        """Write one line, line end included."""
        self._lines += 1
        return self._stream.write(line)

    def written(self) -> WrittenFile:
        """Return the finished file's figures; call it after the file is closed."""
        return WrittenFile(self.path, self._lines - 1, self.path.stat().st_size)


@contextmanager
def open_lines(path: Path) -> Iterator[LineFile]:
    """Open a UTF-8 file for writing; a name ending in `.gz` is compressed reproducibly.

    The file gets its name only when it is complete; a run cut short leaves the old one.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as raw:
            if path.suffix == ".gz":
                packed = gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0)
                with io.TextIOWrapper(packed, "utf-8", newline="") as text:
                    lines = LineFile(text, path)
                    yield lines
            else:
                with io.TextIOWrapper(raw, "utf-8", newline="") as text:
                    lines = LineFile(text, path)
                    yield lines
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_truth(path: Path, truth: list[tuple[str, str, str]]) -> WrittenFile:
    """Write the planted groups, sorted, as `source_system,customer_id,group` (LF)."""
    with open_lines(path) as file:
        file.write("source_system,customer_id,group\n")
        for row in sorted(truth):
            file.write(",".join(row) + "\n")
    return file.written()
