// The pages: a list of everything, one per attribute and per raw column, and moving between them.
"use strict";

(() => {
  const { element, prose, inline } = dom;
  const {
    code, dbtLink, fact, firstSentence, kindMark, linkTo, linkToPlace, number, plural, section,
    separated,
  } = pieces;
  const main = document.getElementById("main");

  const ENDPOINTS = {
    raw: "Raw column",
    rows: "Number of rows",
    file: "Raw text",
    seed: "Rule, a column of the seed",
    clock: "Record of a run, a column",
    earlier: "Left by earlier builds, a column",
  };

  // ---------------------------------------------------------------- the list

  function listPage() {
    const raw = Map.groupBy(model.sources, (source) => source.place);
    return [
      element("h1", {}, "Attributes"),
      element(
        "p", { class: "lead" },
        `${model.columns.length} columns of ${model.tables.length} public tables: what each means,`,
        " which raw columns it comes from and in which way, what protects it, what it holds.",
        " Raw columns have pages too: what depends on them.",
      ),
      element(
        "nav", { class: "jumps", "aria-label": "Tables" },
        model.tables.map(({ name }) => linkToPlace(name)),
      ),
      ...model.tables.map(({ name, id, description, columns }) =>
        listed(name, id, description, columns.map((column) => linkTo(column, column.name))),
      ),
      element("h1", { class: "second" }, "Where they come from"),
      ...[...raw].sort().map(([place, sources]) => {
        const links = sources.map((source) => linkTo(source, source.label));
        return listed(place, sources[0].id, sources[0].table_description, links);
      }),
    ];
  }

  const listed = (name, id, description, links) =>
    element(
      "section", { class: "listed", "aria-label": name, "data-place": name },
      element("h2", { class: "code" }, dbtLink(id, name)),
      element("p", { class: "note" }, ...firstSentence(description)),
      pieces.list("names", links),
    );

  // ---------------------------------------------------------------- an attribute

  function columnPage(column) {
    const { name, id, group, owner, grain, derivation, exposures } = column.table;
    const namesakes = model.namesakes(column).map((other) => linkTo(other, other.table.name));
    return [
      heading("Attribute of", name, column.name),
      element("div", { class: "lead" }, prose(column.description)),
      element(
        "dl", { class: "facts" },
        fact("Unit", column.unit),
        fact("Type", code(column.data_type.toLowerCase())),
        fact("Model", dbtLink(id, code(name))),
        fact("Group", group),
        fact("Owner", owner),
        fact("One row per", separated(grain.map(code))),
        fact("Also in", separated(namesakes)),
      ),
      valuesSection(column),
      lineageSection(column),
      derivationSection(derivation),
      usesSection(model.usesOfColumn(column), exposures),
      testsSection(column),
    ];
  }

  const heading = (kind, place, name) =>
    element(
      "div", { class: "heading" },
      element("p", { class: "place" }, `${kind} `, linkToPlace(place)),
      element("h1", { class: "code", tabindex: -1 }, ...breakable(name)),
    );

  /** A long name may break after its underscores. */
  const breakable = (name) => name.split(/(?<=_)/).flatMap((part) => [part, element("wbr")]);

  function valuesSection({ profiles }) {
    if (!profiles.length) return section("What it holds", "The table has no rows.");
    const isRepeated = ([, count]) => count > 1;
    const last = profiles.some((profile) => profile.at(-1).some(isRepeated))
      ? "Most frequent"
      : "Examples";
    const headings = ["Source system", "Rows", "Null", "Distinct", "Least", "Most", last];
    const rows = profiles.map(([system, all, filled, distinct, least, most, examples]) => [
      system ?? "all rows", number(all), share(all - filled, all), number(distinct),
      value(least), value(most),
      examples.length ? pieces.list("examples", examples.map(example)) : "–",
    ]);
    const title = "What it holds";
    return section(title, null, pieces.table("values", title, headings, rows));
  }

  const share = (part, whole) =>
    part === 0 || part === whole ? `${part && 100}%` : `${((100 * part) / whole).toFixed(1)}%`;

  const value = (text) =>
    text === null ? "–" : element("span", { class: "value" }, text === "" ? "(empty)" : text);

  const example = ([text, count]) => [
    value(text),
    count > 1 ? element("span", { class: "count" }, ` × ${number(count)}`) : null,
  ];

  function lineageSection(column) {
    const title = "Where it comes from";
    const rows = model.lineage(column);
    const constant = column.constant
      ? element("p", { class: "constant" }, "It comes from no data: ", ...inline(column.constant))
      : null;
    if (rows.length) return section(title, null, constant, explorer.explore(rows));
    return section(title, constant ? null : "The lineage table does not have it.", constant);
  }

  const derivationSection = (steps) =>
    steps.length
      ? section(
          "How its table is made", null,
          element("ol", { class: "steps" }, steps.map((step) => element("li", {}, inline(step)))),
        )
      : null;

  function usesSection(uses, exposures) {
    const told = uses.length
      ? `${plural(uses.length, "attribute is", "attributes are")} computed through it.`
      : "No other attribute is computed through it.";
    const outside = ({ id, name, type, description }) => [
      dbtLink(id, name), ` (${type}) `, inline(description),
    ];
    return section(
      "What uses it", told, usesList(uses),
      exposures.length
        ? [element("h3", {}, "Outside of the warehouse"), pieces.list("", exposures.map(outside))]
        : null,
    );
  }

  /** Attributes by kind, then by table; the first kind is open. */
  const usesList = (uses) =>
    model.KINDS.map((kind) => [kind, uses.filter((use) => use.kinds.includes(kind))])
      .filter(([, found]) => found.length)
      .map(([kind, found], position) =>
        element(
          "details", { class: "uses", open: position === 0 },
          element(
            "summary", {},
            kindMark(kind),
            element("span", { class: "count" }, number(found.length)),
            element("span", { class: "means" }, pieces.KIND_MEANS[kind]),
          ),
          [...Map.groupBy(found, ({ column }) => column.table.name)].map(usesOfTable),
        ),
      );

  const usesOfTable = ([name, uses]) =>
    element(
      "p", {},
      element("span", { class: "place code" }, name), " ",
      separated(uses.map(({ column }) => linkTo(column, column.name))),
    );

  function testsSection(column) {
    const groups = [
      ["This column", column.tests],
      ["Its table", column.table.tests],
      ["Unit tests of its model", column.table.unit_tests],
    ].filter(([, tests]) => tests.length);
    return section(
      "What protects it",
      column.tests.length ? null : "No test names this column.",
      groups.map(([title, tests]) => [
        element("h3", {}, title),
        pieces.list("tests", tests.map(told)),
      ]),
    );
  }

  const told = ({ name, asserts, is_warning: isWarning }) => [
    element("span", {}, inline(asserts), isWarning ? " (warns)" : null),
    element("span", { class: "test-name code" }, name),
  ];

  // ---------------------------------------------------------------- a raw column

  function sourcePage(source) {
    const uses = model.usesOfSource(source);
    const tables = new Set(uses.map(({ column }) => column.table));
    const attributes = plural(uses.length, "attribute", "attributes");
    return [
      heading(`${ENDPOINTS[source.endpoint]} of`, source.place, source.label),
      element("div", { class: "lead" }, prose(source.description)),
      element(
        "dl", { class: "facts" },
        fact("Source system", source.system),
        fact("Table", dbtLink(source.id, code(source.table))),
        fact("About the table", inline(source.table_description)),
      ),
      section(
        "Downstream use",
        `If it changes, ${attributes} of ${plural(tables.size, "table", "tables")} can change.`,
        usesList(uses),
      ),
    ];
  }

  const unknownPage = (anchor) => [
    element("h1", { tabindex: -1 }, "No such attribute"),
    element(
      "p", { class: "lead" },
      "Nothing is called ", code(anchor),
      ". It may have been renamed, or its source system is off.",
    ),
    element(
      "p", {},
      element("button", { type: "button", click: search.focus }, "Search"),
      " or see ", element("a", { href: "#" }, "the list of all"), ".",
    ),
  ];

  // ---------------------------------------------------------------- moving about

  let moves = 0;

  /** The name in the address. */
  function anchor() {
    const name = location.hash.slice(1);
    try {
      return decodeURIComponent(name);
    } catch {
      return name;
    }
  }

  /** Title and content of the page with a name. */
  function pageOf(name) {
    if (!name || model.isPlace(name)) return ["Attributes", listPage()];
    const entry = model.find(name);
    if (!entry) return ["No such attribute", unknownPage(name)];
    const page = model.isColumn(entry) ? columnPage(entry) : sourcePage(entry);
    return [`${name} | Attributes`, page];
  }

  function render() {
    const name = anchor();
    const [title, page] = pageOf(name);
    document.title = title;
    main.replaceChildren(...page.filter(Boolean));
    window.scrollTo(0, 0);
    main.querySelector(`[data-place="${CSS.escape(name)}"]`)?.scrollIntoView();
  }

  window.addEventListener("hashchange", () => {
    moves += 1;
    render();
    (main.querySelector("h1[tabindex]") ?? main).focus({ preventScroll: true });
  });
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  search.start(() => {
    if (moves) history.back();
    else if (anchor()) location.hash = "";
  });
  render();
})();
