"""The project as a dbt package: integration_tests/ is the project of somebody who installs it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from builds import ROOT, Builder, Warehouse

SHOP = ROOT / "integration_tests"
# What dbt reads of a package. Not the sample data: nobody who installs it looks for them.
PACKAGE = ["dbt_project.yml", "models", "macros", "seeds", "tests", "analyses"]
PUBLISHED = ["online_retail", "superstore", "bank", "credit_card", "ad_clicks"]
# Whatever wants to reach the network is refused.
OFFLINE = dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"], "http://127.0.0.1:9")


@dataclass(frozen=True)
class Shop:
    """A copy of integration_tests/ inside of the package that it installs."""

    folder: Path
    environment: dict[str, str]

    def dbt(self, *arguments: str) -> str:
        """Run dbt as a user does, but with every warning an error; return what it says."""
        ran = subprocess.run(
            [Path(sys.executable).with_name("dbt"), "--no-use-colors", "--warn-error", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr
        return ran.stdout

    def is_mixed_after(self, *arguments: str) -> bool:
        """Whether the package's tables are of several runs, once dbt did one thing more."""
        self.dbt(*arguments)
        warehouse = Warehouse(self.folder / self.environment["WAREHOUSE_PATH"])
        return bool(warehouse.one("select is_mixed from marts.build_status"))


@pytest.fixture(scope="module")
def shop(build: Builder, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    package = tmp_path_factory.mktemp("package")
    for name in PACKAGE:
        (package / name).symlink_to(ROOT / name)
    made = shutil.ignore_patterns("dbt_packages", "package-lock.yml", "target", "logs", "*.duckdb*")
    shutil.copytree(SHOP, package / SHOP.name, ignore=made)
    shop = Shop(package / SHOP.name, build.environment(DO_NOT_TRACK="1", **OFFLINE))
    shop.dbt("deps")
    return shop


@pytest.fixture(scope="module")
def built(shop: Shop) -> Warehouse:
    """The shop's warehouse, built as the user builds it: the package and the shop's own models."""
    output = shop.dbt("build", "--show-all-deprecations")
    return Warehouse(shop.folder / shop.environment["WAREHOUSE_PATH"], output)


def test_the_data_are_as_generated(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SHOP / "generate_data.py", tmp_path], check=True)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/*.csv"))
    assert files == sorted(path.relative_to(SHOP) for path in SHOP.glob("*/*.csv"))
    for file in files:
        assert (tmp_path / file).read_bytes() == (SHOP / file).read_bytes(), file


def test_the_users_build_passes_and_says_nothing_of_other_systems(built: Warehouse) -> None:
    for test in ["each_group_is_a_segment", "every_row_and_cent_is_accounted_for"]:
        assert f"PASS {test} " in built.output
    # Seeds of all systems are built; nothing else is said of those that are off.
    said = re.sub(r".* [0-9]+ of [0-9]+ .*", "", built.output)
    for system in PUBLISHED:
        assert system not in said
    assert "eprecat" not in said and "WARN=0" in said
    assert built.query(
        "select source_system, count(*) from marts.customers group by all order by all"
    ) == [("corner_shop", 145), ("market_stall", 20)]
    assert built.query("from main.customers") != []


def test_tables_are_where_the_package_puts_them(built: Warehouse) -> None:
    # A package's own generate_schema_name() holds for it, not the one of the project around it.
    tables = dict(
        built.query(
            "select table_schema, list(table_name order by table_name)"
            " from information_schema.tables group by all"
        )
    )
    own = ["app_visits", "customers", "price_list", "shop_orders", "shop_visits", "till_lines"]
    assert tables.pop("main") == own
    assert tables.pop("marts") == sorted(path.stem for path in ROOT.glob("models/marts/**/*.sql"))
    assert tables.pop("staging") == ["stg_custom__interactions", "stg_custom__orders"]
    assert set(tables) == {
        "features",
        "history",
        "hypotheses",
        "intermediate",
        "operations",
        "programmes",
        "rules",
        "segmentation",
        "test_failures",
    }


def test_the_users_own_models_do_not_make_the_set_mixed(shop: Shop, built: Warehouse) -> None:
    assert not built.one("select is_mixed from marts.build_status")
    assert not shop.is_mixed_after("build", "--select", "package:corner_shop")
    assert built.one("select model_count from marts.build_status") == 0


def test_seed_and_run_are_as_good_as_build(shop: Shop, built: Warehouse) -> None:
    assert shop.is_mixed_after("seed")
    assert not shop.is_mixed_after("run")
