"""The page Attributes in a real browser, opened from disk."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from written_site import Site, contrast

from customer_segments.docs_site import write_site

RAW = "online_retail.online_retail.UnitPrice"
PAGES = (
    "",
    "customers.net_amount",
    "customer_segments.segment_id",
    "customers.district",
    "rejected_rows.raw_row",
    RAW,
    "nothing.of_the_kind",
)


def heading(page: Page, name: str) -> Locator:
    """The heading of the page of `name`; while another page still stands there, none."""
    return page.get_by_role("heading", level=1, name=name, exact=True)


def test_search_finds_every_word_wherever_it_stands(site: Site, page: Page) -> None:
    page.goto(site.url())
    page.get_by_role("combobox").fill("customers net amount")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("net_amount")
    expect(options.first.locator(".result-place")).to_have_text("customers")
    page.get_by_role("combobox").fill("unitprice")
    expect(options.first.locator(".result-place")).to_have_text("online_retail.online_retail")
    page.get_by_role("combobox").fill("net qqq")
    expect(options).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("net qqq")


def test_an_attribute_is_opened_from_the_list(site: Site, page: Page) -> None:
    page.goto(site.url())
    listed = page.get_by_role("region", name="customers", exact=True)
    listed.get_by_role("link", name="district", exact=True).click()
    expect(page).to_have_url(site.url("customers.district"))
    expect(heading(page, "district")).to_be_visible()
    model = site.warehouse.manifest["nodes"]["model.customer_segments.customers"]
    description = model["columns"]["district"]["description"].partition("\nUnit: ")[0]
    expect(page.locator(".lead")).to_have_text(description)


def test_everything_is_reached_by_keyboard(site: Site, page: Page) -> None:
    page.goto(site.url())
    page.keyboard.press("/")
    page.keyboard.type("net_amount")
    first, second = page.get_by_role("option").all()[:2]
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(second).to_have_attribute("aria-selected", "true")
    active = page.get_by_role("combobox").get_attribute("aria-activedescendant")
    assert active == second.get_attribute("id")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(heading(page, "net_amount")).to_be_visible()
    assert page.evaluate("document.activeElement.tagName") == "H1"

    while page.evaluate("!document.activeElement.matches('.node')"):
        page.keyboard.press("Tab")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert "raw" in page.evaluate("document.activeElement.getAttribute('class')")
    page.keyboard.press("Enter")
    expect(page.locator(".path li").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Attributes", exact=True)).to_be_visible()


def test_a_path_is_followed_step_by_step(site: Site, page: Page) -> None:
    path, transformation = site.warehouse.one(
        "select path, transformation from marts.attribute_lineage where model = 'customers'"
        " and column_name = 'net_amount' and kind = 'value' and source_column = 'UnitPrice'"
    )
    page.goto(site.url("customers.net_amount"))
    page.locator(".node.raw", has_text="UnitPrice").click()
    steps = page.locator(".path li")
    assert [step.locator("a").inner_text() for step in steps.all()] == path.split(" > ")
    for piece in transformation.rstrip("…").split("; ")[:2]:
        model, _, expression = piece.partition(": ")
        expect(steps.filter(has_text=f"{model}.")).to_contain_text(expression)
    assert page.locator(".node.on").count() == len(path.split(" > "))
    assert page.locator(".edge.on").count() == len(path.split(" > ")) - 1


def test_a_node_says_what_is_done_there_and_opens_where_it_is_public(
    site: Site, page: Page
) -> None:
    page.goto(site.url("customers.net_amount"))
    page.locator(".node", has_text="int_customer_totals").click()
    expect(page.locator(".detail code")).to_contain_text("sum(net_amount)")
    page.locator(".node.public", has_text="customer_monetary").click()
    page.get_by_role("link", name="Open customer_monetary.net_amount").click()
    expect(page).to_have_title(re.compile("^customer_monetary.net_amount"))


def test_the_way_back_and_titles(site: Site, page: Page) -> None:
    page.goto(site.url("customers.district"))
    expect(page).to_have_title("customers.district | Attributes")
    page.evaluate(f"location.hash = '{RAW}'")
    expect(page).to_have_title(f"{RAW} | Attributes")
    page.go_back()
    expect(heading(page, "district")).to_be_visible()
    page.go_forward()
    expect(heading(page, "UnitPrice")).to_be_visible()


def test_a_raw_column_shows_all_that_comes_from_it(site: Site, page: Page) -> None:
    page.goto(site.url(RAW))
    expected = site.warehouse.query(
        "select kind, count(distinct (model, column_name)) from marts.attribute_lineage"
        " where source_system = 'online_retail' and source_column = 'UnitPrice' group by kind"
    )
    found = page.locator(".uses").evaluate_all(
        "all => all.map(one => [one.querySelector('.kind').textContent,"
        " one.querySelectorAll('p a').length])"
    )
    assert sorted(map(tuple, found)) == sorted(expected)
    page.locator(".uses p a", has_text="net_amount").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("net_amount")


def test_a_public_column_shows_what_is_computed_through_it(site: Site, page: Page) -> None:
    page.goto(site.url("customer_monetary.net_amount"))
    expected = site.warehouse.query(
        "select distinct concat(model, '.', column_name) from marts.attribute_lineage"
        " where path like '% > customer_monetary.net_amount > %'"
    )
    links = page.locator(".uses p a").evaluate_all("all => all.map(one => one.hash.slice(1))")
    assert set(links) == {name for (name,) in expected}
    assert "customers.net_amount" in links


def test_kinds_and_source_systems_are_switched(site: Site, page: Page) -> None:
    page.goto(site.url("customers.net_amount"))
    assert page.locator("path.edge.filter").count() == 1, "only in the key of kinds"
    page.get_by_role("checkbox", name="filter").check()
    assert page.locator(".drawing path.edge.filter").count() > 0
    page.get_by_role("checkbox", name="filter").uncheck()
    page.get_by_role("combobox", name="Source system").select_option("bank")
    for kind, count in site.warehouse.query(
        "select kind, count(*) from marts.attribute_lineage where model = 'customers'"
        " and column_name = 'net_amount' and coalesce(source_system, 'bank') = 'bank'"
        " group by kind"
    ):
        expect(page.locator(".kinds label", has_text=kind)).to_have_text(f"{kind}{count}")
    labels = page.locator(".node.raw").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert labels
    assert all(label.startswith(("bank.", "bank_posting_classes.")) for label in labels)
    page.get_by_role("checkbox", name="value").uncheck()
    expect(page.locator(".drawing")).to_have_text("No kind is switched on.")


def test_a_seed_is_shown_for_the_systems_whose_ways_pass_it(site: Site, page: Page) -> None:
    page.goto(site.url("customers.recency_score"))
    page.get_by_role("checkbox", name="filter").check()
    seed = page.locator(".ways-table", has_text="bank_posting_classes.posting_class")
    for system, count in (("bank", 1), ("online_retail", 0)):
        page.get_by_role("combobox", name="Source system").select_option(system)
        expect(seed).to_have_count(count)


def test_a_huge_graph_is_capped_and_listed_in_full(site: Site, page: Page) -> None:
    page.goto(site.url("rejected_rows.raw_row"))
    page.get_by_role("combobox", name="Source system").select_option("")
    expected = site.warehouse.one(
        "select count(distinct (source_system, source_table, source_column)), count(*)"
        " from marts.attribute_lineage where model = 'rejected_rows'"
        " and column_name = 'raw_row' and kind = 'value'"
    )
    drawn = page.locator(".node.raw").count()
    expect(page.locator(".more")).to_contain_text(f"{expected[0] - drawn} more")
    assert page.locator(".ways-table tbody tr").count() == expected[1]
    page.locator(".sources summary").click()
    page.locator(".ways-table button").last.click()
    expect(page.locator(".path li").first).to_contain_text("rejected_rows.raw_row")


def test_an_unknown_name_is_said_and_search_offered(site: Site, page: Page) -> None:
    page.goto(site.url("customers.nett_amount"))
    expect(page.locator("main")).to_contain_text("customers.nett_amount")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("combobox")).to_be_focused()


def test_every_public_column_has_a_definition_and_a_graph_or_a_reason(
    site: Site, page: Page
) -> None:
    page.goto(site.url())
    found = page.evaluate(
        """async () => {
            const pages = {};
            for (const { anchor } of model.columns) {
                const shown = new Promise((done) =>
                    addEventListener("hashchange", done, { once: true }));
                location.hash = anchor;
                await shown;
                const has = (selector) =>
                    Boolean(document.querySelector(selector)?.textContent.trim());
                const comes = has(".graph .node.raw") || has(".constant");
                pages[anchor] = [document.title, has(".lead"), comes];
            }
            return pages;
        }"""
    )
    public = {f"{table}.{name}" for table, names in site.warehouse.tables.items() for name in names}
    assert public <= found.keys()
    assert found == {name: [f"{name} | Attributes", True, True] for name in found}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_in_both_themes(site: Site, browser: Browser, scheme: str) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(site.url("customers.net_amount"))
        colours = page.evaluate(
            """() => {
                const of = (selector, name) =>
                    getComputedStyle(document.querySelector(selector))[name];
                const paper = of("body", "backgroundColor");
                return [
                    [of("body", "color"), paper],
                    [of("main a", "color"), paper],
                    [of(".note, .hint", "color"), paper],
                    [of(".node.root text", "fill"), of(".node.root rect", "fill")],
                    [of(".node.raw .place", "fill"), of(".node.raw rect", "fill")],
                    [of(".node.inner .place", "fill"), of(".node.inner rect", "fill")],
                ];
            }"""
        )
    assert [pair for pair in colours if contrast(*pair) < 4.5] == []
    (_, paper), *_ = colours
    assert (contrast(paper, "rgb(0, 0, 0)") < 2) == (scheme == "dark")


@pytest.mark.parametrize("anchor", PAGES)
def test_nothing_is_wider_than_a_phone(site: Site, browser: Browser, anchor: str) -> None:
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        page.goto(site.url(anchor))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("combobox").first.fill("a")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_hostile_text_is_shown_and_does_nothing(site: Site, page: Page, tmp_path: Path) -> None:
    hostile = "</script><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>"
    warehouse = site.warehouse.copy(tmp_path)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update marts.customers set country = ?", [hostile])
    target = Path(shutil.copytree(site.target, tmp_path / "target"))
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    customers = manifest["nodes"]["model.customer_segments.customers"]
    customers["columns"]["country"]["description"] = hostile
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    write_site(target, warehouse, tmp_path / "site")

    page.goto(f"{(tmp_path / 'site' / 'attributes.html').as_uri()}#customers.country")
    expect(page.locator(".lead")).to_have_text(hostile)
    expect(page.locator(".values .value").first).to_contain_text("<script>")
    page.get_by_role("combobox").first.fill("country")
    expect(page.get_by_role("option").first).to_be_visible()
    page.goto(f"{(tmp_path / 'site' / 'attributes.html').as_uri()}#{hostile}")
    expect(page.locator("main")).to_contain_text("No such attribute")
    assert page.evaluate("window.hurt") is None
    assert page.locator("main img, main script").count() == 0


def test_no_page_asks_another_host(site: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for anchor in PAGES:
        page.goto(site.url(anchor))
        page.reload()
    page.goto(site.url("!/model/model.customer_segments.customers", "index.html"))
    expect(page.locator("h1").first).to_contain_text("customers")
    assert asked
    assert [url for url in asked if not url.startswith(("file://", "data:", "blob:"))] == []


@pytest.mark.parametrize("name", ["index.html", "attributes.html"])
def test_no_page_may_ask_another_host(site: Site, page: Page, name: str) -> None:
    page.goto(site.url(page=name))
    blocked = page.evaluate(
        """() => new Promise((done) => {
            addEventListener("securitypolicyviolation", (event) => {
                if (event.blockedURI.startsWith("https://host.invalid/")) done(true);
            });
            new Image().src = "https://host.invalid/";
            setTimeout(() => done(false), 2000);
        })"""
    )
    assert blocked


def test_dbts_page_leads_to_the_attributes_and_back(site: Site, page: Page) -> None:
    page.goto(site.url("!/overview", "index.html"))
    page.locator("body > a", has_text="Attributes").click()
    expect(page).to_have_title("Attributes")
    page.goto(site.url("customers.district"))
    page.locator(".facts").get_by_role("link", name="customers", exact=True).click()
    expect(page.locator("h1").first).to_contain_text("customers")
    assert "index.html#!/model/model.customer_segments.customers" in page.url
