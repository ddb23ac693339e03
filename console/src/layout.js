// layout.js - where the boxes of a topology stand: layers by the longest way from a source, in a
// layer the order that crosses least. Pure.

/**
 * @typedef {{id: string, kind: string, name: string}} Node
 * @typedef {{from: string, to: string, kind: string}} Edge
 * @typedef {{node: Node, x: number, y: number}} Box
 */

export const BOX = {width: 164, height: 68};
const GAP = {rows: 26, columns: 76, indent: 28, twins: 20}; // columns: room for an edge's figure
const ARROW = 7; // the length of an arrow's head
const MARGIN = 2; // for the outline

/** Layer of each node: 0 for what nothing leads to. A ring of edges ends after as many rounds as
 * there are nodes. */
function layersOf(nodes, edges) {
  const layers = new Map(nodes.map((node) => [node.id, 0]));
  for (let round = 0; round < nodes.length; round++) {
    let moved = false;
    for (const edge of edges) {
      const wanted = layers.get(edge.from) + 1;
      if (layers.get(edge.to) < wanted && wanted < nodes.length) {
        layers.set(edge.to, wanted);
        moved = true;
      }
    }
    if (!moved) {
      break;
    }
  }
  return layers;
}

/** In each layer after the first, nodes stand by the middle of what leads to them. */
function ordered(columns, edges) {
  const place = new Map();
  for (const column of columns) {
    const middle = (node) => {
      const from = edges.filter((edge) => edge.to === node.id && place.has(edge.from));
      const sum = from.reduce((total, edge) => total + place.get(edge.from), 0);
      return from.length > 0 ? sum / from.length : Infinity;
    };
    const keyed = column.map((node, at) => ({node, at, key: middle(node)}));
    keyed.sort((a, b) => (a.key === b.key ? a.at - b.at : a.key - b.key));
    keyed.forEach(({node}, at) => place.set(node.id, at - (column.length - 1) / 2));
    column.splice(0, column.length, ...keyed.map(({node}) => node));
  }
  return columns;
}

/** Sources first, then each node after the first that leads to it: the order of a list that is read
 * downwards. */
function inDepth(nodes, edges) {
  const order = [];
  const seen = new Set();
  const visit = (node) => {
    if (!seen.has(node.id)) {
      seen.add(node.id);
      order.push(node);
      edges.filter((edge) => edge.from === node.id).forEach((edge) => visit(nodes.find(({id}) => id === edge.to)));
    }
  };
  const led = new Set(edges.map((edge) => edge.to));
  const sources = nodes.filter((node) => !led.has(node.id));
  sources.forEach((node) => seen.add(node.id));
  for (const {to} of edges.filter((edge) => sources.some(({id}) => id === edge.from))) {
    visit(nodes.find(({id}) => id === to));
  }
  nodes.forEach(visit); // those of a ring
  return [...sources, ...order];
}

/** Columns from left to right. */
function boxesRight(nodes, edges, layers) {
  const columns = [];
  for (const node of nodes) {
    (columns[layers.get(node.id)] ??= []).push(node);
  }
  const filled = ordered(columns.filter(Boolean), edges);
  const heightOf = (column) => column.length * BOX.height + (column.length - 1) * GAP.rows;
  const tallest = Math.max(0, ...filled.map(heightOf));
  return filled.flatMap((column, layer) =>
    column.map((node, place) => ({
      node,
      x: MARGIN + layer * (BOX.width + GAP.columns),
      y: MARGIN + (tallest - heightOf(column)) / 2 + place * (BOX.height + GAP.rows),
    })),
  );
}

/** One below the other, further in by layer: for a narrow page. */
function boxesDown(nodes, edges, layers) {
  return inDepth(nodes, edges).map((node, row) => ({
    node,
    x: MARGIN + layers.get(node.id) * GAP.indent,
    y: MARGIN + row * (BOX.height + GAP.rows),
  }));
}

/**
 * @param {Node[]} nodes
 * @param {Edge[]} edges those to or from a node that is not there are left out
 * @param {'right'|'down'} flow
 * @returns {{width: number, height: number, boxes: Box[], edges: (Edge & {path: string, x: number, y: number})[]}}
 *   the x and y of an edge are where its figure stands
 */
export function layOut(nodes, edges, flow) {
  const known = new Set(nodes.map((node) => node.id));
  const inner = edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  const layers = layersOf(nodes, inner);
  const boxes = (flow === 'right' ? boxesRight : boxesDown)(nodes, inner, layers);
  const byId = new Map(boxes.map((box) => [box.node.id, box]));
  const way = flow === 'right' ? curve : elbow;
  const met = new Map(); // how many edges there were so far from one box to another, or into one
  const nthOf = (name) => {
    const nth = met.get(name) ?? 0;
    met.set(name, nth + 1);
    return nth;
  };
  return {
    width: Math.max(0, ...boxes.map((box) => box.x + BOX.width)) + MARGIN,
    height: Math.max(0, ...boxes.map((box) => box.y + BOX.height)) + MARGIN,
    boxes,
    edges: inner.map((edge) => ({...edge, ...way(byId.get(edge.from), byId.get(edge.to), nthOf(`${edge.from} ${edge.to}`), nthOf(edge.to))})),
  };
}

/** nth: of the edges between these two boxes; each stands a little below the one before. */
function curve(from, to, nth) {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2 + nth * GAP.twins];
  const bend = Math.max(32, (x2 - x1) / 2);
  return {
    path: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - ARROW},${y2}`,
    x: x2 - GAP.columns / 2,
    y: y2 === y1 ? y2 - 8 : (y1 + 2 * y2) / 3 + 4,
  };
}

/** Down from near the box's left side, then to the right. into: how many figures stand above the
 * second box already. */
function elbow(from, to, nth, into) {
  const [x1, y1] = [from.x + GAP.indent / 2, from.y + BOX.height];
  const y2 = to.y + BOX.height / 2 + nth * GAP.twins;
  return {path: `M${x1},${y1} V${y2} H${Math.max(x1 + 1, to.x - ARROW)}`, x: to.x + 4 + into * 64, y: to.y - 7};
}
