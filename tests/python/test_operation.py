"""The monthly run: its commands exist, and nothing is published unless all before it ended well."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from builds import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROSE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

CODE = re.compile(r"```.*?```|`[^`\n]+`", re.S)

ACTION = re.compile(r"actions/(checkout|setup-python|upload-artifact)@v\d+")


def targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):(?!=)", text, re.M))


def commands(text: str) -> set[str]:
    return {call["target"] for call in re.finditer(r"\bmake (?P<target>[a-z][a-z-]*)", text)}


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    return yaml.safe_load(request.param.read_text(encoding="utf-8"))


def test_every_command_of_a_workflow_is_a_target(workflow: dict[str, Any]) -> None:
    found = set().union(*(commands(step.get("run", "")) for step in steps(workflow)))
    assert found
    assert found <= targets()


@pytest.mark.parametrize("file", PROSE, ids=lambda path: path.name)
def test_every_command_in_the_documentation_is_a_target(file: Path) -> None:
    code = CODE.findall(file.read_text(encoding="utf-8"))
    assert set().union(*map(commands, code)) <= targets()


def test_actions_are_those_of_github_itself_with_a_version(workflow: dict[str, Any]) -> None:
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step)
        assert "uses" not in step or ACTION.fullmatch(step["uses"])


def test_the_monthly_run_publishes_last_and_only_once() -> None:
    text = (ROOT / ".github/workflows/monthly.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    triggers = workflow[True]  # YAML reads the key `on` as true
    assert [entry["cron"].split()[2:] for entry in triggers["schedule"]] == [["2", "*", "*"]]
    assert workflow["concurrency"] == {"group": "monthly", "cancel-in-progress": False}
    (job,) = workflow["jobs"].values()
    # A pipe fails with any of its parts only where the shell is named.
    assert job["defaults"]["run"]["shell"] == "bash"
    ran = [(commands(step["run"]), step.get("if")) for step in job["steps"] if "run" in step]
    assert [(found, when) for found, when in ran if found] == [
        ({"build"}, None),
        ({"publish"}, None),
    ]
    (publish,) = [step for step in job["steps"] if "make publish" in step.get("run", "")]
    secrets = re.findall(r"secrets\.(\w+)", text)
    assert set(secrets) == {name for name, value in publish["env"].items() if "secrets." in value}
    assert all(name.startswith("PG") for name in secrets)
    kept = job["steps"][-1]
    assert kept["uses"].startswith("actions/upload-artifact@")
    assert kept["if"] == "always()"


def test_the_line_of_cron_runs_what_the_workflow_runs() -> None:
    text = (ROOT / "docs/operation.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^30 4 2 \* \* (.*)$", text, re.M)
    assert re.findall(r"make [a-z-]+", line) == ["make build", "make publish"]
    # cron ends a command at an unescaped percent sign.
    assert "%" not in line
    assert "git pull --quiet --ff-only && make build && make publish" in line
