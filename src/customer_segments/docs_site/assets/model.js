// What the data says: attributes, raw columns and the paths between them.
"use strict";

const model = (() => {
  const data = ATTRIBUTE_DATA;

  // The order in which the kinds matter to a reader; the graph starts with the first two, else with
  // the first there is: a score is a rank, so it comes from its measure by ordering.
  const KINDS = ["value", "model-fitted", "ordering", "filter", "join", "grouping"];
  const FIRST_KINDS = ["value", "model-fitted"];
  const SPECIAL = { "*": "(rows)", "count(*)": "(number of rows)" };

  const tables = data.tables.map((table) => {
    const own = { ...table };
    own.columns = table.columns.map((column) => ({
      ...column,
      table: own,
      anchor: `${table.name}.${column.name}`,
    }));
    return own;
  });
  const columns = tables.flatMap((table) => table.columns);
  const sources = data.sources.map((source, number) => ({
    ...source,
    number,
    anchor: [source.system, source.table, source.column].filter(Boolean).join("."),
    place: [source.system, source.table].filter(Boolean).join("."),
    label: SPECIAL[source.column] ?? source.column,
  }));
  const columnOfNode = new Map(columns.map((column) => [column.node, column]));
  const byAnchor = new Map([...sources, ...columns].map((entry) => [entry.anchor, entry]));
  const clauses = new Map(
    data.clauses.map(([from, to, found]) => [
      `${from} ${to}`,
      found.map(([kind, text]) => ({ kind: data.kinds[kind], text: data.texts[text] })),
    ]),
  );
  const endOfCell = [];
  // A cell comes after the one that follows it in its path.
  for (const [step, rest] of data.cells) endOfCell.push(rest < 0 ? -1 - step : endOfCell[rest]);

  const places = new Set([...tables.map(({ name }) => name), ...sources.map(({ place }) => place)]);

  /** Whether a name is that of a table, public or raw. */
  const isPlace = (name) => places.has(name);

  /** The attribute or raw column with a name; undefined for other names. */
  const find = (anchor) => byAnchor.get(anchor);

  const isColumn = (entry) => "ways" in entry;

  /** Attributes of other tables with the same name. */
  const namesakes = (column) =>
    columns.filter((other) => other.name === column.name && other !== column);

  /** One row per source and kind, the most telling first: by kind, then by length, then by name. */
  function lineage(column) {
    const rows = column.ways.map((number) => {
      const [kind, cell, text, decidedAt] = data.ways[number];
      const path = [column.node, ...stepsOf(cell)];
      return {
        kind: data.kinds[kind],
        source: sources[endOfCell[cell]],
        text: data.texts[text],
        path,
        decidedAt,
      };
    });
    const rank = (row) => [KINDS.indexOf(row.kind), row.path.length];
    return rows.sort(
      (a, b) =>
        rank(a)[0] - rank(b)[0] ||
        rank(a)[1] - rank(b)[1] ||
        compare(a.source.anchor, b.source.anchor),
    );
  }

  function stepsOf(cell) {
    const steps = [];
    for (let at = cell; at >= 0; at = data.cells[at][1]) steps.push(data.cells[at][0]);
    return steps;
  }

  /** What a step of a path is: a column of a model, or the source at the end. */
  function node(step) {
    if (step < 0) {
      const source = sources[-1 - step];
      return { place: source.place, name: source.label, entry: source, id: source.id };
    }
    const [place, name] = data.nodes[step];
    return {
      place,
      name: SPECIAL[name] ?? name,
      entry: columnOfNode.get(step),
      id: data.models[place],
    };
  }

  /** What is done on the way from one step to the next, as far as any path says: kind and text. */
  const done = (from, to) => clauses.get(`${from} ${to}`) ?? [];

  /** The steps of a row of the lineage, each with what is done there. */
  function spelledOut(row) {
    return row.path.map((step, position) => {
      if (position === row.path.length - 1) return { step, kind: "end", text: "" };
      if (position === row.decidedAt)
        return { step, kind: row.kind, text: row.text.replace(/^[^:]*: /, "") };
      const value = done(step, row.path[position + 1]).find(({ kind }) => kind === "value");
      if (value) return { step, ...value };
      return { step, kind: node(step).name === SPECIAL["*"] ? "rows" : "unknown", text: "" };
    });
  }

  /** What is done at a step towards any of the next ones, each text once. */
  function doneAt(step, next) {
    const told = next.flatMap((to) => done(step, to));
    return told.filter(
      (one, position) =>
        told.findIndex((other) => other.kind === one.kind && other.text === one.text) === position,
    );
  }

  /** Attributes that come from a source, with their kinds. */
  const usesOfSource = (source) =>
    uses((cell) => endOfCell[cell] === source.number, (kind) => kind);

  /** Attributes that are computed through another one, with the kinds of the way to it. */
  function usesOfColumn(column) {
    const position = [];
    for (const [step, rest] of data.cells) {
      const below = rest < 0 ? 0 : position[rest];
      // Steps to the column from here, counted from 1; 0 where it is not on the path.
      position.push(step === column.node ? 1 : below && below + 1);
    }
    return uses(
      (cell) => position[cell] > 0,
      (kind, cell, decidedAt) => (decidedAt < position[cell] ? kind : "value"),
    );
  }

  function uses(isOn, kindOf) {
    return columns.flatMap((column) => {
      const kinds = new Set();
      for (const number of column.ways) {
        const [kind, cell, , decidedAt] = data.ways[number];
        if (isOn(cell)) kinds.add(kindOf(data.kinds[kind], cell, decidedAt));
      }
      return kinds.size ? [{ column, kinds: KINDS.filter((kind) => kinds.has(kind)) }] : [];
    });
  }

  const searched = [...columns, ...sources].map((entry) => ({
    entry,
    name: (entry.name ?? entry.label).toLowerCase(),
    place: (entry.table.name ?? entry.place).toLowerCase(),
    text: `${entry.description} ${entry.unit ?? ""}`.toLowerCase(),
  }));

  /** Attributes and raw columns in which every word occurs, the best first. */
  function search(query) {
    const words = query.toLowerCase().split(/[\s.]+/).filter(Boolean);
    const found = [];
    for (const item of searched) {
      const scores = words.map((word) => score(item, word));
      if (scores.every(Boolean))
        found.push({ entry: item.entry, score: scores.reduce((sum, one) => sum + one, 0) });
    }
    return found
      .sort(
        (a, b) =>
          b.score - a.score ||
          isColumn(b.entry) - isColumn(a.entry) ||
          compare(a.entry.anchor, b.entry.anchor),
      )
      .map(({ entry }) => entry);
  }

  function score({ name, place, text }, word) {
    if (name === word) return 16;
    if (place === word) return 10;
    if (name.startsWith(word)) return 8;
    if (name.includes(word)) return 6;
    if (place.includes(word)) return 4;
    return text.includes(word) ? 1 : 0;
  }

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  return {
    KINDS, FIRST_KINDS, tables, columns, sources,
    find, isPlace, isColumn, namesakes, lineage, node, spelledOut, doneAt, usesOfSource,
    usesOfColumn, search,
  };
})();
