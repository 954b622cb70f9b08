// The loss curve, as SVG, with a cursor.

/** The drawing's size and its margins, in its own units. */
const [WIDTH, HEIGHT, LEFT, BELOW, ABOVE, RIGHT] = [320, 160, 40, 24, 8, 10];

/** @param {Element} parent @param {string} name @param {object} attributes @param {string} [text] */
function add(parent, name, attributes, text) {
  const element = document.createElementNS(parent.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/** The multiples of `step` from `low` to `high`, for an axis. */
function ticks(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * Draws the curve.
 * @param {Element} svg
 * @param {number[]} losses of the epochs 1, 2, ...
 * @param {number[]} stops epochs that are marked
 * @returns {(epoch: number) => void} moves the cursor
 */
export function curve(svg, losses, stops) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const low = Math.floor(Math.min(...losses) * 20) / 20;
  const high = Math.ceil(Math.max(...losses) * 20) / 20;
  const x = (epoch) => LEFT + (epoch / losses.length) * (WIDTH - LEFT - RIGHT);
  const y = (loss) => ABOVE + ((high - loss) / (high - low)) * (HEIGHT - ABOVE - BELOW);
  for (const loss of ticks(low, high, 0.05)) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(loss), y2: y(loss) });
    add(svg, "text", { x: LEFT - 6, y: y(loss) + 4, "text-anchor": "end" }, loss.toFixed(2));
  }
  for (const epoch of ticks(0, losses.length, losses.length > 12 ? 10 : 2)) {
    add(svg, "text", { x: x(epoch), y: HEIGHT - 6, "text-anchor": "middle" }, String(epoch));
  }
  const cursor = add(svg, "line", { class: "cursor", y1: ABOVE, y2: HEIGHT - BELOW });
  add(svg, "polyline", { points: losses.map((loss, i) => `${x(i + 1)},${y(loss)}`).join(" ") });
  for (const epoch of stops.filter((stop) => stop >= 1 && stop <= losses.length)) {
    add(svg, "circle", { cx: x(epoch), cy: y(losses[epoch - 1]), r: 3 });
  }
  return (epoch) => {
    cursor.setAttribute("x1", String(x(epoch)));
    cursor.setAttribute("x2", String(x(epoch)));
  };
}
