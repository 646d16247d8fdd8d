"""The site of the sample build, and a browser to look at it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from builds import QUICK, ROOT, Builder, Warehouse
from machine import browser_path
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from written_site import Site

from customer_segments.docs_site import write_site


@pytest.fixture(scope="session")
def dbt_docs(sample: Warehouse, build: Builder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The target folder of `dbt docs generate --static` on the sample."""
    target = tmp_path_factory.mktemp("docs") / "target"
    shutil.copytree(sample.target, target)  # with the parsed project
    arguments = ["--project-dir", ROOT, "--profiles-dir", ROOT, "--target-path", target]
    arguments += ["--log-path", target / "logs", "--vars", json.dumps(QUICK)]
    # dbt opens the warehouse to write; others read the sample at the same time.
    copy = sample.copy(tmp_path_factory.mktemp("documented"))
    run = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "docs", "generate", "--static", *arguments],
        cwd=copy.parent,
        env=build.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    return target


@pytest.fixture(scope="session")
def site(dbt_docs: Path, sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    write_site(dbt_docs, sample.path, folder)
    return Site(folder, dbt_docs, sample)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


# A machine that builds a warehouse on the side draws slowly.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page in which no script may fail."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
