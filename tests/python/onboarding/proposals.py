"""What the tests ask of a proposal."""

from __future__ import annotations

from collections.abc import Callable

from customer_segments.onboarding.draft import Draft

Look = Callable[..., Draft]
"""Lines of a file, or its path, and answers KEY=VALUE; gives the proposal."""


def mapped(draft: Draft) -> dict[str, str]:
    return {match.name: match.column.name for match in draft.ordered_matches}


def commands(draft: Draft) -> list[str]:
    """The answers that the questions offer."""
    return [option.command for question in draft.questions for option in question.options]
