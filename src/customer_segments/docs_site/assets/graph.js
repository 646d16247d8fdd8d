// The drawn lineage of one attribute: nodes that can be walked by keyboard, and paths to follow.
"use strict";

const graph = (() => {
  const MOST_SOURCES = 16;
  const HEIGHT = 44;
  const WIDTH = { least: 104, most: 236, padding: 12 };
  const MARGIN = { x: 10, top: 30, bottom: 10 };

  /**
   * The part of a lineage that can be drawn and still be read.
   * @param rows of the lineage, the most telling first
   * @returns {drawn: rows, left: number of sources that are not drawn}
   */
  function readable(rows) {
    const sources = new Set();
    for (const { source } of rows) sources.add(source);
    const first = new Set([...sources].slice(0, MOST_SOURCES));
    const drawn = rows.filter(({ source }) => first.has(source));
    return { drawn, left: sources.size - first.size };
  }

  /**
   * Draw rows of a lineage.
   * @param rows at least one
   * @param onSelect called with the step that the reader chose
   * @returns {box: element, highlight: function of a list of steps, next: function of a step}
   */
  function draw(rows, onSelect) {
    const { nodes, edges } = connected(rows);
    const placed = layout.place(nodes, edges);
    const lines = edges.map((edge, i) => line(edge, placed.routes[i]));
    const boxes = new Map(
      nodes.map((node, i) => [node.id, box(node, placed.places.get(node.id), i === 0)]),
    );
    const width = placed.width + 2 * MARGIN.x;
    const height = placed.height + MARGIN.top + MARGIN.bottom;
    const drawing = dom.shape(
      "svg",
      {
        class: "graph", width, height, viewBox: `0 0 ${width} ${height}`,
        role: "group", "aria-roledescription": "graph",
        "aria-label":
          `${nodes.length} nodes, from the attribute on the left to raw columns on the right.` +
          " Arrow keys move, Enter selects.",
        keydown: (event) => walk(event, boxes, edges, placed.places),
      },
      dom.shape("text", { class: "caption", x: MARGIN.x, y: 14 }, "This attribute"),
      dom.shape(
        "text", { class: "caption", x: width - MARGIN.x, y: 14, "text-anchor": "end" },
        "Raw columns",
      ),
      dom.shape("g", { transform: `translate(${MARGIN.x} ${MARGIN.top})` }, lines, [
        ...boxes.values(),
      ]),
    );
    for (const [id, shape] of boxes) {
      shape.addEventListener("click", () => onSelect(id));
      shape.addEventListener("focus", () => makeReachable(boxes, shape));
    }
    return {
      box: drawing,
      highlight: (steps, selected) => highlight(steps, selected, boxes, edges, lines),
      next: (step) => edges.filter(({ from }) => from === step).map(({ to }) => to),
    };
  }

  /** Nodes and edges of rows; an edge is of the most telling kind that runs along it. */
  function connected(rows) {
    const nodes = new Map();
    const edges = new Map();
    for (const { path, kind } of rows) {
      path.forEach((step, i) => {
        if (!nodes.has(step)) nodes.set(step, sized(step));
        const key = `${path[i - 1]} ${step}`;
        if (i && !edges.has(key)) edges.set(key, { from: path[i - 1], to: step, kind });
      });
    }
    return { nodes: [...nodes.values()], edges: [...edges.values()] };
  }

  const measure = (() => {
    const canvas = document.createElement("canvas").getContext("2d");
    return (text, font) => {
      canvas.font = font;
      return canvas.measureText(text).width;
    };
  })();
  const PLACE_FONT = "11px system-ui, sans-serif";
  const NAME_FONT = "600 12px ui-monospace, monospace";

  function sized(step) {
    const { place, name } = model.node(step);
    const text = Math.max(measure(place, PLACE_FONT), measure(name, NAME_FONT));
    const width = Math.ceil(text) + 2 * WIDTH.padding;
    return {
      id: step, place, name, height: HEIGHT,
      width: Math.min(WIDTH.most, Math.max(WIDTH.least, width)),
    };
  }

  function box({ id, place, name, width }, { x, y }, isRoot) {
    const { entry } = model.node(id);
    const kind = id < 0 ? "raw" : isRoot ? "root" : entry ? "public" : "inner";
    const role = { raw: "raw column", root: "this", public: "attribute", inner: "column" };
    const room = width - 2 * WIDTH.padding;
    return dom.shape(
      "g",
      {
        class: `node ${kind}`, transform: `translate(${x} ${y})`, tabindex: isRoot ? 0 : -1,
        role: "button", "aria-pressed": "false", "aria-label": `${place}.${name}, ${role[kind]}`,
        "data-step": id,
      },
      dom.shape("title", {}, `${place}.${name}`),
      dom.shape("rect", { width, height: HEIGHT, rx: id < 0 ? HEIGHT / 2 : 6 }),
      dom.shape(
        "text", { class: "place", x: WIDTH.padding, y: 17 }, fitting(place, room, PLACE_FONT),
      ),
      dom.shape("text", { class: "name", x: WIDTH.padding, y: 33 }, fitting(name, room, NAME_FONT)),
    );
  }

  /** A text cut to the width that there is. */
  function fitting(text, room, font) {
    if (measure(text, font) <= room) return text;
    let length = text.length;
    while (length > 1 && measure(`${text.slice(0, length)}…`, font) > room) length -= 1;
    return `${text.slice(0, length)}…`;
  }

  function line({ kind }, points) {
    let d = `M${points[0].join(" ")}`;
    for (let i = 1; i < points.length; i += 1) {
      const [x, y] = points[i];
      const [before, from] = points[i - 1];
      const middle = (before + x) / 2;
      d += from === y ? `H${x}` : `C${middle} ${from} ${middle} ${y} ${x} ${y}`;
    }
    return dom.shape("path", { class: `edge ${kind}`, d });
  }

  function highlight(steps, selected, boxes, edges, lines) {
    const isOn = new Set(steps);
    const pairs = new Set(steps.map((step, i) => `${steps[i - 1]} ${step}`));
    for (const [id, shape] of boxes) {
      shape.classList.toggle("dim", steps.length > 1 && !isOn.has(id));
      shape.classList.toggle("on", steps.length > 1 && isOn.has(id));
      shape.classList.toggle("selected", id === selected);
      shape.setAttribute("aria-pressed", String(id === selected));
    }
    edges.forEach(({ from, to }, i) => {
      lines[i].classList.toggle("on", pairs.has(`${from} ${to}`));
      lines[i].classList.toggle("dim", steps.length > 1 && !pairs.has(`${from} ${to}`));
    });
    makeReachable(boxes, boxes.get(selected));
  }

  /** One node at a time is reached by Tab; arrow keys move on from there. */
  function makeReachable(boxes, shape) {
    for (const other of boxes.values()) other.setAttribute("tabindex", other === shape ? 0 : -1);
  }

  function walk(event, boxes, edges, places) {
    const shape = event.target.closest(".node");
    if (!shape) return;
    const step = Number(shape.dataset.step);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      shape.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      return;
    }
    const to = neighbour(event.key, step, edges, places);
    if (to === undefined) return;
    event.preventDefault();
    boxes.get(to).focus();
    boxes.get(to).scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function neighbour(key, step, edges, places) {
    const { x, y } = places.get(step);
    const nearest = (steps) =>
      steps.sort((a, b) => Math.abs(places.get(a).y - y) - Math.abs(places.get(b).y - y))[0];
    if (key === "ArrowRight") return nearest(edges.filter((e) => e.from === step).map((e) => e.to));
    if (key === "ArrowLeft") return nearest(edges.filter((e) => e.to === step).map((e) => e.from));
    const column = [...places].filter(([, place]) => place.x === x).map(([id]) => id);
    if (key === "ArrowDown") return nearest(column.filter((id) => places.get(id).y > y));
    if (key === "ArrowUp") return nearest(column.filter((id) => places.get(id).y < y));
    return undefined;
  }

  /** A short line as edges of a kind are drawn. */
  const sample = (kind) =>
    dom.shape(
      "svg", { class: "sample", width: 34, height: 10, "aria-hidden": "true" },
      dom.shape("path", { class: `edge ${kind}`, d: "M1 5H33" }),
    );

  return { readable, draw, sample };
})();
