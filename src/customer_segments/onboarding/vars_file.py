"""The vars file: YAML that `make build VARS=...` reads."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Mappings over several lines, lists on one."""


_Dumper.add_representer(
    list,
    lambda dumper, texts: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", texts, flow_style=True
    ),
)


def to_yaml(variables: Mapping[str, Any]) -> str:
    """YAML of the vars, in their order."""
    return yaml.dump(
        dict(variables), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000
    )


def file_text(variables: Mapping[str, Any], path: Path, arguments: Sequence[str]) -> str:
    """The whole file: which command made it, how to build with it, and the vars."""
    command = shlex.join(["python", "-m", "customer_segments.onboarding", *arguments])
    build = f"make build VARS={shlex.quote(str(path))}"
    header = [f"Made by: {command}", f"Build: {build}", "Reference: docs/custom_sources.md"]
    comments = "".join(f"# {printable(line)}\n" for line in header)
    return comments + to_yaml(variables)


def printable(text: str) -> str:
    """Text on one line, without letters that would move the cursor or end a comment."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
