// Small pieces of pages: links, facts, tables, kinds.
"use strict";

const pieces = (() => {
  const { element, inline } = dom;
  const DBT_PAGES = "index.html#!/";

  const KIND_MEANS = {
    value: "the value is computed from it",
    "model-fitted": "a fit learned from it",
    filter: "it decides which rows take part",
    join: "it decides which rows are brought together",
    grouping: "it decides which rows are one",
    ordering: "it decides who comes first",
  };

  const hashOf = (anchor) => `#${encodeURIComponent(anchor)}`;

  /** A link to the page of an attribute or raw column. */
  const linkTo = (entry, text = entry.anchor) =>
    element("a", { href: hashOf(entry.anchor), class: "code" }, text);

  /** A link to a table in the list. */
  const linkToPlace = (place) => element("a", { href: hashOf(place), class: "code" }, place);

  /** A link into dbt's page; the plain text of what has no page there. */
  const dbtLink = (id, text) =>
    id ? element("a", { href: `${DBT_PAGES}${id.split(".")[0]}/${id}` }, text) : text;

  const code = (text) => element("code", {}, text);

  const note = (text) => element("span", { class: "note" }, text);

  /** SQL of a step; an empty one hands its value on. */
  const clause = (text) => (text ? code(text) : note("as it stands"));

  const kindMark = (kind) =>
    element("span", { class: "kind", title: KIND_MEANS[kind] }, graph.sample(kind), kind);

  /** A term and its value; null without a value. */
  const fact = (name, ...value) =>
    value.flat().some(Boolean)
      ? element("div", { class: "fact" }, element("dt", {}, name), element("dd", {}, ...value))
      : null;

  function section(title, text, ...content) {
    const id = title.toLowerCase().replace(/\W+/g, "-");
    return element(
      "section", { "aria-labelledby": id },
      element("h2", { id }, title),
      text ? element("p", { class: "note" }, text) : null,
      ...content,
    );
  }

  /** A table in a box of its own to scroll in; rows are lists of cells. */
  function table(className, label, headings, rows) {
    const heading = (text) => element("th", { scope: "col" }, text);
    const line = (cells) => element("tr", {}, cells.map((cell) => element("td", {}, cell)));
    return scrolling(
      label,
      element(
        "table", { class: className },
        element("thead", {}, element("tr", {}, headings.map(heading))),
        element("tbody", {}, rows.map(line)),
      ),
    );
  }

  /** A box that scrolls, by keyboard too. */
  const scrolling = (label, content) =>
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, content);

  const list = (className, items) =>
    element("ul", { class: className }, items.map((item) => element("li", {}, item)));

  const separated = (items) => items.flatMap((item, i) => (i ? [", ", item] : [item]));

  const number = (count) => count.toLocaleString("en");

  const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

  const firstSentence = (text) => inline(text.match(/^[^]*?[.](?=\s|$)/)?.[0] ?? text);

  return {
    KIND_MEANS, linkTo, linkToPlace, dbtLink, code, note, clause, kindMark, fact, section, table,
    scrolling, list, separated, number, plural, firstSentence,
  };
})();
