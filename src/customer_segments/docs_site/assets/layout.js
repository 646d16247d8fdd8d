// A layered layout after Sugiyama: from the attribute on the left to raw columns on the right.
"use strict";

const layout = (() => {
  const SWEEPS = 12;
  const GAP = { across: 52, down: 14 };

  /**
   * Place nodes and route edges.
   * @param nodes [{id, width, height}], the root first
   * @param edges [{from, to}], ids, away from the root and without cycles
   * @returns {places: Map of id to {x, y}, routes: one list of points per edge, width, height}
   */
  function place(nodes, edges) {
    const layerOf = layersOf(nodes, edges);
    const depth = Math.max(...layerOf.values());
    const boxes = new Map(nodes.map((node) => [node.id, { ...node, up: [], down: [] }]));
    const layers = Array.from({ length: depth + 1 }, () => []);
    for (const node of nodes) layers[layerOf.get(node.id)].push(boxes.get(node.id));
    const chains = edges.map((edge) => chain(edge, layerOf, boxes, layers));
    sortLayers(layers);
    const x = acrossOf(layers);
    placeDown(layers);
    const top = Math.min(...layers.flat().map((box) => box.y - box.height / 2));
    for (const box of layers.flat()) box.y -= top;
    return {
      places: new Map(
        nodes.map(({ id, height }) => [
          id,
          { x: x[layerOf.get(id)].left, y: boxes.get(id).y - height / 2 },
        ]),
      ),
      routes: chains.map((boxesOf) => route(boxesOf, x)),
      width: x[depth].right,
      height: Math.max(...layers.flat().map((box) => box.y + box.height / 2)),
    };
  }

  /** The layer of each node, counted so that all ends share the last one. */
  function layersOf(nodes, edges) {
    const next = new Map(nodes.map((node) => [node.id, []]));
    for (const { from, to } of edges) next.get(from).push(to);
    const height = new Map();
    const heightOf = (id) => {
      if (!height.has(id)) height.set(id, 1 + Math.max(-1, ...next.get(id).map(heightOf)));
      return height.get(id);
    };
    nodes.forEach((node) => heightOf(node.id));
    const highest = Math.max(...height.values());
    return new Map(nodes.map(({ id }) => [id, highest - height.get(id)]));
  }

  /** The boxes that an edge passes, with an empty one in each layer that it crosses. */
  function chain({ from, to }, layerOf, boxes, layers) {
    const passed = [boxes.get(from)];
    for (let layer = layerOf.get(from) + 1; layer < layerOf.get(to); layer += 1) {
      const empty = { height: 4, up: [], down: [], layer };
      layers[layer].push(empty);
      passed.push(empty);
    }
    passed.push(boxes.get(to));
    for (let i = 1; i < passed.length; i += 1) {
      passed[i - 1].down.push(passed[i]);
      passed[i].up.push(passed[i - 1]);
    }
    passed.forEach((box, i) => (box.layer = layerOf.get(from) + i));
    return passed;
  }

  /** Order each layer by the mean place of its neighbours, down and up in turn. */
  function sortLayers(layers) {
    const number = (layer) => layer.forEach((box, position) => (box.order = position));
    layers.forEach(number);
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const side = sweep % 2 ? "down" : "up";
      const inOrder = sweep % 2 ? [...layers].reverse() : layers;
      for (const layer of inOrder) {
        for (const box of layer) box.pull = mean(box[side].map((other) => other.order), box.order);
        layer.sort((a, b) => a.pull - b.pull || a.order - b.order);
        number(layer);
      }
    }
  }

  /** The left and right side of each layer. */
  function acrossOf(layers) {
    let left = 0;
    return layers.map((layer) => {
      const right = left + Math.max(...layer.map((box) => box.width ?? 0));
      const sides = { left, right };
      left = right + GAP.across;
      return sides;
    });
  }

  /** Give each box the height of its neighbours, as far as the order of its layer leaves room. */
  function placeDown(layers) {
    for (const layer of layers) spread(layer, layer.map(() => 0));
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const side = sweep % 2 ? "down" : "up";
      const inOrder = sweep % 2 ? [...layers].reverse() : layers;
      for (const layer of inOrder)
        spread(layer, layer.map((box) => mean(box[side].map((other) => other.y), box.y)));
    }
  }

  /** Put the boxes of a layer as near to where they want to be as they can without overlapping. */
  function spread(layer, wanted) {
    const offsets = [];
    layer.forEach((box, i) => {
      const above = layer[i - 1];
      offsets.push(i ? offsets[i - 1] + (above.height + box.height) / 2 + GAP.down : 0);
    });
    // Least squares under an order: neighbours that want to overlap move as one block.
    const blocks = [];
    wanted.forEach((y, i) => {
      let block = { sum: y - offsets[i], count: 1 };
      while (blocks.length && blocks.at(-1).sum / blocks.at(-1).count > block.sum / block.count) {
        const above = blocks.pop();
        block = { sum: above.sum + block.sum, count: above.count + block.count };
      }
      blocks.push(block);
    });
    const shifts = blocks.flatMap(({ sum, count }) => Array(count).fill(sum / count));
    layer.forEach((box, i) => (box.y = shifts[i] + offsets[i]));
  }

  /** Points of an edge: it runs level through the layers that it crosses. */
  function route(passed, x) {
    return passed.flatMap((box, i) => {
      const { left, right } = x[box.layer];
      const points = [];
      if (i > 0) points.push([left, box.y]);
      if (i < passed.length - 1) points.push([i ? right : left + box.width, box.y]);
      return points;
    });
  }

  const mean = (numbers, otherwise) =>
    numbers.length ? numbers.reduce((sum, one) => sum + one, 0) / numbers.length : otherwise;

  return { place };
})();
