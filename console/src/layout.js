// layout.js - where the boxes of a topology stand: layers by the longest way from a source, in a
// layer the order that crosses least. Pure.

/**
 * @typedef {{id: string, kind: string, name: string}} Node
 * @typedef {{from: string, to: string, kind: string}} Edge
 * @typedef {{node: Node, layer: number, place: number, x: number, y: number}} Box
 */

export const BOX = {width: 176, height: 68};
const GAP = {across: 26, along: 104}; // along: room for an edge's figure
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

/**
 * @param {Node[]} nodes
 * @param {Edge[]} edges those to or from a node that is not there are left out
 * @param {'right'|'down'} flow down on a narrow page
 * @returns {{width: number, height: number, boxes: Box[], edges: (Edge & {path: string, x: number, y: number})[]}}
 */
export function layOut(nodes, edges, flow) {
  const known = new Set(nodes.map((node) => node.id));
  const inner = edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  const layers = layersOf(nodes, inner);
  const columns = [];
  for (const node of nodes) {
    const layer = layers.get(node.id);
    (columns[layer] ??= []).push(node);
  }
  const filled = ordered(columns.filter(Boolean), inner);
  const longest = Math.max(1, ...filled.map((column) => column.length));
  const across = flow === 'right' ? BOX.height : BOX.width;
  const along = flow === 'right' ? BOX.width : BOX.height;
  const gapAlong = flow === 'right' ? GAP.along : 48;
  const gapAcross = flow === 'right' ? GAP.across : 12;
  const breadth = longest * across + (longest - 1) * gapAcross;
  const boxes = filled.flatMap((column, layer) => {
    const own = column.length * across + (column.length - 1) * gapAcross;
    return column.map((node, place) => {
      const a = MARGIN + layer * (along + gapAlong);
      const b = MARGIN + (breadth - own) / 2 + place * (across + gapAcross);
      return {node, layer, place, x: flow === 'right' ? a : b, y: flow === 'right' ? b : a};
    });
  });
  const byId = new Map(boxes.map((box) => [box.node.id, box]));
  const length = filled.length * along + Math.max(0, filled.length - 1) * gapAlong;
  return {
    width: (flow === 'right' ? length : breadth) + 2 * MARGIN,
    height: (flow === 'right' ? breadth : length) + 2 * MARGIN,
    boxes,
    edges: inner.map((edge) => ({...edge, ...curve(byId.get(edge.from), byId.get(edge.to), flow)})),
  };
}

/** A curve between two boxes, and where its figure stands: near its end, where curves from one box
 * have parted. */
function curve(from, to, flow) {
  if (flow === 'right') {
    const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
    const [x2, y2] = [to.x, to.y + BOX.height / 2];
    const bend = Math.max(40, (x2 - x1) / 2);
    return {
      path: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 7},${y2}`,
      x: x2 - GAP.along / 2,
      y: (y1 * 1 + y2 * 3) / 4 + (y2 < y1 ? 12 : -8),
    };
  }
  const [x1, y1] = [from.x + BOX.width / 2, from.y + BOX.height];
  const [x2, y2] = [to.x + BOX.width / 2, to.y];
  const bend = Math.max(20, (y2 - y1) / 2);
  return {
    path: `M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 - bend} ${x2},${y2 - 7}`,
    x: x2 + 6,
    y: y2 - 18,
  };
}
