// A drawing pad: strokes by mouse, pen, finger or keyboard. What the strokes look like is its panel's affair.

/** What the places of strokes and the sizes of brushes are measured in: so many make the pad's width, and its height. */
export const UNITS = 224;
/** How far an arrow key moves the pen. */
const KEY_STEP = 8;
/** @type {{ [key: string]: [number, number] }} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * A stroke: with which brush it was made, and where it went.
 * @template {{ size: number }} B
 * @typedef {{ brush: B, points: [number, number][] }} Stroke
 */

/**
 * Draws a stroke in a context whose units are the pad's.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke<{ size: number }>} stroke
 * @param {string} colour
 */
export function drawStroke(context, { brush, points }, colour) {
  context.strokeStyle = colour;
  context.lineWidth = brush.size;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...points[0]);
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

/** A canvas' context in the pad's units. @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [settings] */
export function inUnits(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  context.setTransform(canvas.width / UNITS, 0, 0, canvas.height / UNITS, 0, 0);
  return context;
}

/** @template {{ size: number }} B */
export class Pad {
  #canvas;
  #brush;
  #paint;
  #onChange;
  /** @type {Stroke<B>[]} */
  #strokes = [];
  /** The stroke that is being drawn. @type {Stroke<B> | null} */
  #current = null;
  /** Where the keyboard's pen is. It is shown while the keyboard moves it. */
  #pen = { x: UNITS / 2, y: UNITS / 2, shown: false };

  /**
   * @param {HTMLCanvasElement} canvas square
   * @param {object} panel
   * @param {() => B} panel.brush that the next stroke is made with
   * @param {(context: CanvasRenderingContext2D, strokes: readonly Stroke<B>[]) => void} panel.paint paints all of the pad, in its units
   * @param {(isDone: boolean) => void} panel.onChange the strokes have changed; `isDone`: none of them is still being drawn
   */
  constructor(canvas, { brush, paint, onChange }) {
    this.#canvas = canvas;
    this.#brush = brush;
    this.#paint = paint;
    this.#onChange = onChange;
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#follow(event));
    canvas.addEventListener("pointerup", () => this.#end());
    canvas.addEventListener("pointercancel", () => this.#end());
    canvas.addEventListener("keydown", (event) => this.#onKey(event));
    canvas.addEventListener("blur", () => {
      this.#pen.shown = false;
      this.#end();
    });
  }

  /** @returns {readonly Stroke<B>[]} */
  get strokes() {
    return this.#strokes;
  }

  /** What was being drawn is done. */
  set strokes(strokes) {
    this.#strokes = [...strokes];
    this.#current = null;
    this.#changed();
  }

  /** Paints the pad. @param {boolean} [withPen] where the keyboard's pen is, if it is in use */
  show(withPen = true) {
    const context = inUnits(this.#canvas);
    this.#paint(context, this.#strokes);
    if (withPen && this.#pen.shown) this.#drawPen(context);
  }

  #changed() {
    this.show();
    this.#onChange(this.#current === null);
  }

  /** @param {CanvasRenderingContext2D} context */
  #drawPen(context) {
    context.strokeStyle = this.#current === null ? "#888" : "#7cc4ea";
    context.lineWidth = 2;
    context.beginPath();
    context.arc(this.#pen.x, this.#pen.y, this.#brush().size / 2 + 2, 0, 7);
    context.stroke();
  }

  /** @param {number} x @param {number} y */
  #newStroke(x, y) {
    this.#current = { brush: this.#brush(), points: [[x, y]] };
    this.#strokes.push(this.#current);
  }

  /** An event's place in the pad's units. @param {PointerEvent} event @returns {[number, number]} */
  #placeOf(event) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * UNITS, ((event.clientY - top) / height) * UNITS];
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    if (event.button !== 0 || !event.isPrimary) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pen.shown = false;
    this.#newStroke(...this.#placeOf(event));
    this.#changed();
  }

  /** @param {PointerEvent} event */
  #follow(event) {
    if (this.#current === null || !this.#canvas.hasPointerCapture(event.pointerId)) return;
    // A browser may gather several moves into one event.
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length > 0 ? all : [event]) this.#current.points.push(this.#placeOf(one));
    this.#changed();
  }

  #end() {
    if (this.#current === null) {
      this.show();
      return;
    }
    this.#current = null;
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key, ctrlKey, altKey, metaKey } = event;
    if (ctrlKey || altKey || metaKey) return;
    const pen = this.#pen;
    if (key !== " " && !Object.hasOwn(ARROWS, key)) return;
    event.preventDefault();
    pen.shown = true;
    if (key === " ") {
      if (this.#current === null) this.#newStroke(pen.x, pen.y);
      else this.#current = null;
      this.#changed();
      return;
    }
    const [x, y] = ARROWS[key];
    pen.x = Math.min(UNITS, Math.max(0, pen.x + x * KEY_STEP));
    pen.y = Math.min(UNITS, Math.max(0, pen.y + y * KEY_STEP));
    if (this.#current === null) {
      this.show();
      return;
    }
    this.#current.points.push([pen.x, pen.y]);
    this.#changed();
  }
}
