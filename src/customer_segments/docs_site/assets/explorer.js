// The lineage of one attribute to look around in: filters, drawing, what is selected, list of all.
"use strict";

const explorer = (() => {
  const { element } = dom;
  const { KIND_MEANS, clause, code, dbtLink, kindMark, linkTo, note, number, plural } = pieces;
  const ALL_SYSTEMS = "all source systems";
  // So few ways are read faster in the list than looked for in the drawing.
  const FEW = 12;

  /**
   * An explorer; what is chosen lives as long as its element.
   * @param rows of the lineage of an attribute, the most telling first, at least one
   */
  function explore(rows) {
    const systems = [...new Set(rows.map(({ source }) => source.system).filter(Boolean))].sort();
    const kinds = model.KINDS.filter((kind) => rows.some((row) => row.kind === kind));
    const first = kinds.filter((kind) => model.FIRST_KINDS.includes(kind));
    const chosen = { system: null, kinds: new Set(first.length ? first : kinds.slice(0, 1)) };
    // All systems together where that can be read, else the first one.
    if (systems.length > 1 && graph.readable(shown()).left) [chosen.system] = systems;
    const drawing = element("div", { class: "drawing" });
    const detail = element("div", { class: "detail", "aria-live": "polite" });
    const list = element("div", {});
    const counts = new Map(kinds.map((kind) => [kind, element("span", { class: "count" })]));

    /** The rows of the chosen source system, and of the seeds that its own ways pass. */
    function ofSystem() {
      const isOwn = ({ source }) => !chosen.system || source.system === chosen.system;
      const passed = new Set(rows.filter(isOwn).flatMap(({ path }) => path.slice(0, -1).map(placeOf)));
      return rows.filter(
        (row) => isOwn(row) || (!row.source.system && passed.has(placeOf(row.path.at(-2)))),
      );
    }

    function placeOf(step) {
      return model.node(step).place;
    }

    function shown() {
      return ofSystem().filter(({ kind }) => chosen.kinds.has(kind));
    }

    function update() {
      for (const [kind, count] of counts)
        count.textContent = number(ofSystem().filter((row) => row.kind === kind).length);
      detail.replaceChildren(hint());
      list.replaceChildren();
      const now = shown();
      if (now.length) show(now);
      else drawing.replaceChildren(element("p", { class: "empty" }, "No kind is switched on."));
    }

    function show(now) {
      const { drawn, left } = graph.readable(now);
      const picture = graph.draw(drawn, (step) => {
        const row = drawn.find(({ path }) => path.at(-1) === step);
        if (row) follow(row);
        else {
          picture.highlight([], step);
          detail.replaceChildren(nodeDetail(step, picture.next(step)));
        }
      });
      // A path that the drawing has no room for is spelled out all the same.
      function follow(row) {
        if (drawn.includes(row)) picture.highlight(row.path, row.path.at(-1));
        else picture.highlight([], null);
        const others = now.filter(({ source }) => source === row.source);
        detail.replaceChildren(pathDetail(row, others, follow));
      }
      drawing.replaceChildren(
        pieces.scrolling("Graph of the lineage", picture.box),
        left ? element("p", { class: "more" }, moreText(left)) : "",
      );
      list.replaceChildren(
        rowList(now, (row) => {
          follow(row);
          detail.scrollIntoView({ block: "nearest" });
          detail.querySelector("h3").focus();
        }),
      );
    }

    update();
    return element(
      "div", { class: "explorer" },
      element(
        "div", { class: "filters" },
        systems.length > 1 ? systemChoice(systems, chosen, update) : null,
        kindChoice(counts, chosen, update),
      ),
      drawing, detail, list,
    );
  }

  const hint = () =>
    element(
      "p", { class: "hint" },
      "Select a node to see its SQL, or a raw column to follow its path.",
    );

  const moreText = (left) =>
    `${number(left)} more raw columns are not drawn; all are in the list below.`;

  function systemChoice(systems, chosen, update) {
    const option = (value, text) =>
      element("option", { value, selected: (chosen.system ?? "") === value }, text);
    const choose = (event) => {
      chosen.system = event.target.value || null;
      update();
    };
    return element(
      "label", { class: "system" },
      element("span", {}, "Source system"),
      element(
        "select", { change: choose },
        option("", ALL_SYSTEMS), systems.map((system) => option(system, system)),
      ),
    );
  }

  function kindChoice(counts, chosen, update) {
    const toggle = (kind) => (event) => {
      if (event.target.checked) chosen.kinds.add(kind);
      else chosen.kinds.delete(kind);
      update();
    };
    const box = (kind) =>
      element("input", {
        type: "checkbox", value: kind, checked: chosen.kinds.has(kind), change: toggle(kind),
      });
    return element(
      "fieldset", { class: "kinds" },
      element("legend", {}, "How it uses them"),
      [...counts].map(([kind, count]) =>
        element("label", { title: KIND_MEANS[kind] }, box(kind), graph.sample(kind), kind, count),
      ),
    );
  }

  function nodeDetail(step, next) {
    const { place, name, entry, id } = model.node(step);
    const told = model.doneAt(step, next);
    return element(
      "div", {},
      element("h3", { class: "code", tabindex: -1 }, `${place}.${name}`),
      told.length
        ? pieces.list("done", told.map(({ kind, text }) => [kindMark(kind), clause(text)]))
        : element("p", { class: "note" }, "What is done here is in the SQL of the model."),
      element(
        "p", { class: "links" },
        entry ? linkTo(entry, `Open ${entry.anchor}`) : null,
        dbtLink(id, `${place} in dbt docs`),
      ),
    );
  }

  function pathDetail(row, others, follow) {
    const way = (other) =>
      element(
        "button",
        { type: "button", "aria-pressed": String(other === row), click: () => follow(other) },
        kindMark(other.kind),
      );
    return element(
      "div", {},
      element("h3", { tabindex: -1 }, "Path to ", linkTo(row.source)),
      others.length > 1
        ? element("p", { class: "ways", role: "group", "aria-label": "Ways" }, others.map(way))
        : element("p", {}, kindMark(row.kind), ": ", KIND_MEANS[row.kind]),
      element("ol", { class: "path" }, model.spelledOut(row).map(pathStep)),
    );
  }

  function pathStep({ step, kind, text }) {
    const { place, name, entry, id } = model.node(step);
    const full = `${place}.${name}`;
    const link = entry
      ? linkTo(entry, full)
      : element("span", { class: "code" }, dbtLink(id, full));
    return element("li", {}, link, whatIsDone(kind, text));
  }

  function whatIsDone(kind, text) {
    if (kind === "end") return null;
    if (kind === "rows") return note("which rows there are");
    if (kind === "unknown") return note("see the SQL of the model");
    return element(
      "div", { class: "clause" }, kind === "value" ? null : kindMark(kind), clause(text),
    );
  }

  function rowList(rows, follow) {
    const button = (row) =>
      element(
        "button",
        {
          type: "button", "aria-label": `Follow the path to ${row.source.anchor}`,
          click: () => follow(row),
        },
        "Follow",
      );
    const cells = (row) => [
      linkTo(row.source), kindMark(row.kind), String(row.path.length - 1), code(row.text),
      button(row),
    ];
    const headings = ["Raw column", "Kind", "Steps", "What is done", ""];
    return element(
      "details", { class: "sources", open: rows.length <= FEW },
      element("summary", {}, `As a list: ${plural(rows.length, "way", "ways")}`),
      pieces.table("ways-table", "All ways", headings, rows.map(cells)),
    );
  }

  return { explore };
})();
