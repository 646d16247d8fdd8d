"""The report: what was found, proposed and asked, 100 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from customer_segments.onboarding.check import CheckResult
from customer_segments.onboarding.draft import Draft, Match, Question
from customer_segments.onboarding.reading import DELIMITERS, Source, counted
from customer_segments.onboarding.vars_file import printable

WIDTH = 100
NAME_WIDTH = 30
"""Letters of a column's name that are shown in the table of the mapping."""


def describe(draft: Draft) -> str:
    """All that is known before the check: the file, the proposal, and the questions."""
    sections = [
        ("File", _file(draft.source)),
        (f"Mapping: {draft.kind} ({draft.why_kind})", _mapping(draft.ordered_matches)),
        ("Not used", _unused(draft)),
        ("Formats", _labelled(draft.evidence)),
        ("What follows", _bullets(draft.notes)),
    ]
    sections += [
        (f"Question {number} of {len(draft.questions)}", _question(question))
        for number, question in enumerate(draft.questions, 1)
    ]
    return "\n".join(filter(None, (section(title, lines) for title, lines in sections)))


def section(title: str, lines: Iterator[str] | Sequence[str]) -> str:
    """A heading and its lines; nothing without lines."""
    text = "\n".join(lines)
    return f"{title}\n{'-' * min(len(title), WIDTH)}\n{text}\n" if text else ""


def describe_check(result: CheckResult) -> str:
    """Where the rows and the money went, and why rows were rejected."""
    lines = [f"dbt has read the whole source in {result.seconds:.0f} s.", ""]
    heading = ("", "raw total", "used", "guest", "after as-of", "rejected")
    table = [heading, *((measure, *map(_number, parts)) for measure, *parts in result.totals)]
    widths = [max(len(row[i]) for row in table) for i in range(len(heading))]
    for measure, *parts in table:
        cells = [part.rjust(width) for part, width in zip(parts, widths[1:], strict=True)]
        lines.append("  ".join([measure.ljust(widths[0]), *cells]))
    lines += ["", f"{counted(result.customer_count, 'customer')}."]
    for rejection in result.rejections:
        lines.append(f"{counted(rejection.row_count, 'row')} rejected: {rejection.reason}.")
        lines += _wrapped(f"{rejection.meaning}. {rejection.what_to_do}.", "  ")
        lines.append(_shortened(f"  Such as {rejection.sample}", WIDTH))
    return section("Check", lines)


def _file(source: Source) -> Iterator[str]:
    names = [source.pattern] if len(source.paths) == 1 else [source.pattern, *source.paths[:5]]
    yield from _labelled([("file", name) for name in names])
    if len(source.paths) > 5:
        yield from _labelled([("file", f"and {len(source.paths) - 5:,} more")])
    form = source.format
    if source.delimiter:
        delimiter = DELIMITERS.get(source.delimiter, repr(source.delimiter))
        form += f", delimiter {delimiter}: {source.why_delimiter}"
    rows = f"{source.row_count:,}"
    rows = f"the first {rows} are looked at; there are more" if source.is_cut else f"{rows}, all"
    yield from _labelled(
        [("format", form), ("rows", rows), ("columns", f"{len(source.columns):,}")]
        + [("warning", warning) for warning in source.warnings]
    )


def _mapping(matches: Sequence[Match]) -> Iterator[str]:
    name_width = max((len(match.name) for match in matches), default=0)
    columns = [_shortened(match.column.name, NAME_WIDTH) for match in matches]
    column_width = max(map(len, columns), default=0)
    indent = " " * (name_width + 4)
    if matches:
        yield f"{'name':<{name_width}} <- {'column':<{column_width}}  blank  distinct  first values"
    for match, column in zip(matches, columns, strict=True):
        facts = match.profile
        blank = facts.blank_count / facts.row_count
        distinct = facts.distinct_count / max(facts.filled_count, 1)
        samples = ", ".join(map(_quoted, facts.samples))
        names = f"{match.name:<{name_width}} <- {column:<{column_width}}"
        yield _shortened(f"{names}  {blank:>5.1%}  {distinct:>8.1%}  {samples}", WIDTH)
        yield f"{indent}{match.why}"


def _unused(draft: Draft) -> Iterator[str]:
    mapped = {match.column for match in draft.matches.values()}
    unused = [column.name for column in draft.source.columns if column not in mapped]
    yield from _wrapped(", ".join(name for name in unused if name not in draft.refused))
    for name in unused:
        if name in draft.refused:
            yield from _wrapped(f"{name}: {draft.refused[name]}")


def _question(question: Question) -> Iterator[str]:
    yield from _wrapped(question.seen)
    yield from _wrapped(question.why[0].upper() + question.why[1:])
    for option in question.options:
        command = printable(option.command)
        text = f"  {command}    {option.meaning}".rstrip()
        if len(text) <= WIDTH:
            yield text
        else:
            yield f"  {command}"
            yield from _wrapped(option.meaning, "      ")


def _labelled(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max((len(label) for label, _ in rows), default=0)
    width = max(width, len("warning"))
    before = ""
    for label, text in rows:
        shown = "" if label == before else label
        lines = _wrapped(text, " " * (width + 2))
        lines[0] = f"{shown:<{width}}  {lines[0].lstrip()}"
        yield from lines
        before = label


def _bullets(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from _wrapped(text, "  ", "- ")


def _wrapped(text: str, indent: str = "", first: str | None = None) -> list[str]:
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _shortened(text: str, width: int) -> str:
    text = printable(text)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _quoted(text: str) -> str:
    return f'"{text}"' if text != text.strip() or "," in text else text


def _number(value: object) -> str:
    text = f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text
