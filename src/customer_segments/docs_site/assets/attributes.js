// The page: a list of everything, a page per attribute and per raw column, and the way between them.
"use strict";

(() => {
  const { element, prose, inline } = dom;
  const main = document.getElementById("main");
  const ALL = "all source systems";
  const DBT_PAGES = "index.html#!/";

  const KIND_MEANS = {
    value: "the value is computed from it",
    "model-fitted": "a fit learned from it",
    filter: "it decides which rows take part",
    join: "it decides which rows are brought together",
    grouping: "it decides which rows are one",
    ordering: "it decides who comes first",
  };
  const ENDPOINTS = {
    raw: "Raw column",
    rows: "Number of rows",
    file: "Raw text",
    seed: "Rule, a column of the seed",
    clock: "Record of a run, a column",
  };

  // ---------------------------------------------------------------- small pieces

  const linkTo = (entry, text = entry.anchor) =>
    element("a", { href: `#${encodeURIComponent(entry.anchor)}`, class: "code" }, text);

  /** A link into dbt's page; the plain text of what has no page there. */
  const dbtLink = (id, text) =>
    id ? element("a", { href: `${DBT_PAGES}${id.split(".")[0]}/${id}` }, text) : text;

  const code = (text) => element("code", {}, text);

  const fact = (name, ...value) =>
    value.flat().some(Boolean)
      ? element("div", { class: "fact" }, element("dt", {}, name), element("dd", {}, ...value))
      : null;

  function section(title, note, ...content) {
    const id = title.toLowerCase().replace(/\W+/g, "-");
    return element(
      "section", { "aria-labelledby": id },
      element("h2", { id }, title),
      note ? element("p", { class: "note" }, note) : null,
      ...content,
    );
  }

  const scrolling = (label, table) =>
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table);

  const table = (className, headings, rows) =>
    element(
      "table", { class: className },
      element("thead", {}, element("tr", {}, headings.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, rows),
    );

  const row = (...cells) => element("tr", {}, cells.map((cell) => element("td", {}, cell)));

  const kindMark = (kind) =>
    element("span", { class: "kind", title: KIND_MEANS[kind] }, graph.sample(kind), kind);

  const number = (count) => count.toLocaleString("en");

  const firstSentence = (text) => text.match(/^[^]*?[.](?=\s|$)/)?.[0] ?? text;

  const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

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
      jumps(model.tables.map(({ name }) => name)),
      ...model.tables.map((item) =>
        listed(item.name, firstSentence(item.description), item.columns, (column) => column.name, item.id),
      ),
      element("h1", { class: "second" }, "Where they come from"),
      ...[...raw].sort().map(([place, sources]) =>
        listed(place, firstSentence(sources[0].table_description), sources, (source) => source.label, sources[0].id),
      ),
    ];
  }

  const jumps = (names) =>
    element(
      "nav", { class: "jumps", "aria-label": "Tables" },
      names.map((name) => element("a", { href: `#${encodeURIComponent(name)}`, class: "code" }, name)),
    );

  const listed = (name, description, entries, nameOf, id) =>
    element(
      "section", { class: "listed", "aria-label": name, "data-place": name },
      element("h2", { class: "code" }, dbtLink(id, name)),
      element("p", { class: "note" }, ...inline(description)),
      element("ul", { class: "names" }, entries.map((entry) => element("li", {}, linkTo(entry, nameOf(entry))))),
    );

  // ---------------------------------------------------------------- an attribute

  function columnPage(column) {
    return [
      heading(column.table.name, column.name, "Attribute of"),
      element("div", { class: "lead" }, prose(column.description)),
      element(
        "dl", { class: "facts" },
        fact("Unit", column.unit),
        fact("Type", code(column.data_type.toLowerCase())),
        fact("Model", dbtLink(column.table.id, code(column.table.name))),
        fact("Group", column.table.group),
        fact("Owner", column.table.owner),
        fact("One row per", separated(column.table.grain.map((name) => code(name)))),
        fact("Also in", separated(model.namesakes(column).map((other) => linkTo(other, other.table.name)))),
      ),
      valuesSection(column),
      lineageSection(column),
      derivationSection(column.table),
      usesSection(model.usesOfColumn(column), column.table.exposures),
      testsSection(column),
    ];
  }

  const heading = (place, name, label) =>
    element(
      "div", { class: "heading" },
      element("p", { class: "place" }, `${label} `, element("a", { href: `#${encodeURIComponent(place)}`, class: "code" }, place)),
      element("h1", { class: "code", tabindex: -1 }, ...breakable(name)),
    );

  /** A long name may break after its underscores. */
  const breakable = (name) => name.split(/(?<=_)/).flatMap((part) => [part, element("wbr")]);

  const separated = (items) => items.flatMap((item, i) => (i ? [", ", item] : [item]));

  function valuesSection(column) {
    const counted = column.profiles.some(([, , , , , , examples]) => examples.some(([, count]) => count > 1));
    const rows = column.profiles.map(([system, all, filled, distinct, least, most, examples]) =>
      row(
        system ?? "all rows",
        number(all),
        share(all - filled, all),
        number(distinct),
        least === null ? "–" : element("span", { class: "value" }, least),
        most === null ? "–" : element("span", { class: "value" }, most),
        examples.length ? element("ul", { class: "examples" }, examples.map(example)) : "–",
      ),
    );
    if (!rows.length) return section("What it holds", "The table has no rows.");
    const headings = ["Source system", "Rows", "Null", "Distinct", "Least", "Most"];
    headings.push(counted ? "Most frequent" : "Examples");
    return section("What it holds", null, scrolling("What it holds", table("values", headings, rows)));
  }

  const share = (part, whole) =>
    part === 0 ? "0%" : part === whole ? "100%" : `${((100 * part) / whole).toFixed(1)}%`;

  const example = ([value, count]) =>
    element(
      "li", {},
      element("span", { class: "value" }, value === "" ? "(empty)" : value),
      count > 1 ? element("span", { class: "count" }, ` × ${number(count)}`) : null,
    );

  const derivationSection = ({ name, derivation }) =>
    derivation.length
      ? section(
          "How its table is made", null,
          element("ol", { class: "steps" }, derivation.map((step) => element("li", {}, ...inline(step)))),
        )
      : null;

  function usesSection(uses, exposures) {
    return section(
      "What uses it",
      uses.length ? `${plural(uses.length, "attribute is", "attributes are")} computed through it.`
        : "No other attribute is computed through it.",
      uses.length ? usesList(uses) : null,
      exposures.length ? element("h3", {}, "Outside of the warehouse") : null,
      exposures.length ? element("ul", {}, exposures.map((item) =>
        element("li", {}, dbtLink(item.id, item.name), ` (${item.type}) `, ...inline(firstSentence(item.description))),
      )) : null,
    );
  }

  /** Attributes by kind, then by table; the first kind is open. */
  const usesList = (uses) =>
    model.KINDS.map((kind) => [kind, uses.filter((use) => use.kinds.includes(kind))])
      .filter(([, found]) => found.length)
      .map(([kind, found], position) =>
        element(
          "details", { class: "uses", open: position === 0 },
          element("summary", {}, kindMark(kind), element("span", { class: "count" }, number(found.length)),
            element("span", { class: "means" }, KIND_MEANS[kind])),
          [...Map.groupBy(found, ({ column }) => column.table.name)].map(([name, group]) =>
            element("p", {}, element("span", { class: "place code" }, name), " ",
              separated(group.map(({ column }) => linkTo(column, column.name))))),
        ),
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
        element("ul", { class: "tests" }, tests.map(testItem)),
      ]),
    );
  }

  const testItem = (test) =>
    element(
      "li", {},
      element("span", {}, ...inline(test.asserts), test.is_warning ? " (warns)" : ""),
      element("span", { class: "test-name code" }, test.name),
    );

  // ---------------------------------------------------------------- its lineage

  function lineageSection(column) {
    const rows = model.lineage(column);
    const constant = column.constant
      ? element("p", { class: "constant" }, "It comes from no data: ", ...inline(column.constant)) : null;
    if (!rows.length)
      return section("Where it comes from", constant ? null : "The lineage table does not have it.", constant);
    const explorer = lineageExplorer(column, rows);
    return section("Where it comes from", null, constant, explorer);
  }

  /** Filters, drawing, what is selected in it, and the list of all; state lives as long as the page. */
  function lineageExplorer(column, rows) {
    const systems = [...new Set(rows.map(({ source }) => source.system).filter(Boolean))].sort();
    const kinds = model.KINDS.filter((kind) => rows.some((one) => one.kind === kind));
    const first = kinds.filter((kind) => model.FIRST_KINDS.includes(kind));
    const state = {
      system: null,
      kinds: new Set(first.length ? first : kinds.slice(0, 1)),
    };
    // All systems together where that can be read, else the first one.
    if (systems.length > 1 && graph.readable(shown()).left) [state.system] = systems;
    const drawing = element("div", { class: "drawing" });
    const detail = element("div", { class: "detail", "aria-live": "polite" });
    const list = element("div", {});

    function shown() {
      return rows.filter(
        ({ kind, source }) =>
          state.kinds.has(kind) && (!state.system || !source.system || source.system === state.system),
      );
    }

    function update() {
      const now = shown();
      const { drawn, left } = graph.readable(now);
      detail.replaceChildren(hint());
      if (!now.length) {
        drawing.replaceChildren(element("p", { class: "empty" }, "No kind is switched on."));
        list.replaceChildren();
        return;
      }
      const picture = graph.draw(drawn, (step) => select(step));
      const select = (step, one) => {
        const ends = drawn.filter((other) => other.path.at(-1) === step);
        const chosen = one ?? (step < 0 ? ends[0] : null);
        picture.highlight(chosen ? chosen.path : [], step);
        detail.replaceChildren(
          chosen ? pathDetail(column, chosen, now, follow) : nodeDetail(step, picture.next(step)),
        );
      };
      // A path that the drawing has no room for is spelled out all the same.
      const follow = (one) => {
        if (drawn.includes(one)) select(one.path.at(-1), one);
        else {
          picture.highlight([], null);
          detail.replaceChildren(pathDetail(column, one, now, follow));
        }
      };
      drawing.replaceChildren(
        scrolling("Graph of the lineage", picture.box),
        left ? element("p", { class: "more" }, `${number(left)} more raw columns are not drawn; all are in the list below.`) : "",
      );
      list.replaceChildren(sourceList(now, (one) => {
        follow(one);
        detail.scrollIntoView({ block: "nearest" });
        detail.querySelector("h3").focus();
      }));
    }

    update();
    return element(
      "div", { class: "explorer" },
      element("div", { class: "filters" },
        systems.length > 1 ? systemChoice(systems, state, update) : null,
        kindChoice(kinds, rows, state, update)),
      drawing, detail, list,
    );
  }

  const hint = () =>
    element("p", { class: "hint" }, "Select a node to see its SQL, or a raw column to follow its path.");

  function systemChoice(systems, state, update) {
    const option = (value, text) => element("option", { value, selected: (state.system ?? "") === value }, text);
    return element(
      "label", { class: "system" }, element("span", {}, "Source system"),
      element("select", { change: (event) => { state.system = event.target.value || null; update(); } },
        option("", ALL), systems.map((system) => option(system, system))),
    );
  }

  function kindChoice(kinds, rows, state, update) {
    const toggle = (kind) => (event) => {
      if (event.target.checked) state.kinds.add(kind);
      else state.kinds.delete(kind);
      update();
    };
    return element(
      "fieldset", { class: "kinds" }, element("legend", {}, "How it uses them"),
      kinds.map((kind) =>
        element("label", { title: KIND_MEANS[kind] },
          element("input", { type: "checkbox", value: kind, checked: state.kinds.has(kind), change: toggle(kind) }),
          graph.sample(kind), kind,
          element("span", { class: "count" }, number(rows.filter((one) => one.kind === kind).length)))),
    );
  }

  function nodeDetail(step, next) {
    const { place, name, entry, id } = model.node(step);
    const told = model.doneAt(step, next);
    return element(
      "div", {},
      element("h3", { class: "code", tabindex: -1 }, `${place}.${name}`),
      told.length
        ? element("ul", { class: "done" }, told.map(({ kind, text }) => element("li", {}, kindMark(kind), clause(text))))
        : element("p", { class: "note" }, "What is done here is in the SQL of the model."),
      element("p", { class: "links" },
        entry ? [linkTo(entry, `Open ${entry.anchor}`), " "] : null, dbtLink(id, `${place} in dbt docs`)),
    );
  }

  const clause = (text) => (text ? code(text) : element("span", { class: "note" }, "as it stands"));

  function pathDetail(column, one, rows, follow) {
    const others = rows.filter(({ source }) => source === one.source);
    return element(
      "div", {},
      element("h3", { tabindex: -1 }, "Path to ", linkTo(one.source)),
      others.length > 1
        ? element("p", { class: "ways", role: "group", "aria-label": "Ways to it" },
            others.map((other) =>
              element("button", { type: "button", "aria-pressed": String(other === one), click: () => follow(other) }, kindMark(other.kind))))
        : element("p", {}, kindMark(one.kind), ": ", KIND_MEANS[one.kind]),
      element("ol", { class: "path" }, model.spelledOut(one).map(pathStep)),
    );
  }

  function pathStep({ step, kind, text }) {
    const { place, name, entry, id } = model.node(step);
    const full = `${place}.${name}`;
    const told = {
      end: null,
      rows: element("span", { class: "note" }, "which rows there are"),
      unknown: element("span", { class: "note" }, "see the SQL of the model"),
    };
    return element(
      "li", {},
      entry ? linkTo(entry, full) : element("span", { class: "code" }, dbtLink(id, full)),
      kind in told ? told[kind] : element("div", { class: "clause" }, kind === "value" ? null : kindMark(kind), clause(text)),
    );
  }

  const sourceList = (rows, follow) =>
    element(
      "details", { class: "sources", open: rows.length <= 12 },
      element("summary", {}, `As a list: ${plural(rows.length, "way", "ways")}`),
      scrolling("All ways", table("ways-table", ["Raw column", "Kind", "Steps", "What is done", ""], rows.map((one) =>
        row(linkTo(one.source), kindMark(one.kind), String(one.path.length - 1), code(one.text),
          element("button", { type: "button", "aria-label": `Follow the path to ${one.source.anchor}`, click: () => follow(one) }, "Follow"))))),
    );

  // ---------------------------------------------------------------- a raw column

  function sourcePage(source) {
    const uses = model.usesOfSource(source);
    const tables = new Set(uses.map(({ column }) => column.table));
    return [
      heading(source.place, source.label, `${ENDPOINTS[source.endpoint]} of`),
      element("div", { class: "lead" }, prose(source.description)),
      element(
        "dl", { class: "facts" },
        fact("Source system", source.system),
        fact("Table", dbtLink(source.id, code(source.table))),
        fact("About the table", inline(source.table_description)),
      ),
      section(
        "Downstream use",
        `If it changes, ${plural(uses.length, "attribute", "attributes")} of ${plural(tables.size, "public table", "public tables")} can change.`,
        usesList(uses),
      ),
    ];
  }

  const unknownPage = (anchor) => [
    element("h1", { tabindex: -1 }, "No such attribute"),
    element("p", { class: "lead" }, "Nothing is called ", code(anchor), ". It may have been renamed, or its source system is off."),
    element("p", {}, element("button", { type: "button", click: search.focus }, "Search"), " or see ", element("a", { href: "#" }, "the list of all"), "."),
  ];

  // ---------------------------------------------------------------- moving about

  let visited = 0;

  function anchor() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return location.hash.slice(1);
    }
  }

  function render() {
    const name = anchor();
    const entry = model.find(name);
    const isList = !name || model.isPlace(name);
    const page = isList ? listPage() : !entry ? unknownPage(name) : model.isColumn(entry) ? columnPage(entry) : sourcePage(entry);
    document.title = isList ? "Attributes" : entry ? `${name} – Attributes` : "No such attribute";
    main.replaceChildren(...page.flat().filter(Boolean));
    window.scrollTo(0, 0);
    if (isList && name) main.querySelector(`[data-place="${CSS.escape(name)}"]`).scrollIntoView();
  }

  window.addEventListener("hashchange", () => {
    visited += 1;
    render();
    (main.querySelector("h1[tabindex]") ?? main).focus({ preventScroll: true });
  });
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  search.start(() => {
    if (visited) history.back();
    else if (anchor()) location.hash = "";
  });
  render();
})();
