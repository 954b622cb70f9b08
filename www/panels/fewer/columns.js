// Columns of pictures, one for each number of steps, with the time that its run took below.

import { median } from "../../lib/text.js";
import { words } from "../../words/words.js";
import { draw } from "../shared/draw.js";

const { columnComputing, heading, notMade, pictureLabel, timed, took, waiting } = words.fewer;

/** The median of so many times is told. */
const TIMES = 20;

class Column {
  #box = document.createElement("span");
  #canvas = document.createElement("canvas");
  #line = document.createElement("span");
  /** @type {number[]} */
  #times = [];
  isWaiting = true;

  /** @param {number} steps */
  constructor(steps) {
    this.steps = steps;
    const title = Object.assign(document.createElement("figcaption"), { textContent: heading(steps) });
    this.figure = document.createElement("figure");
    this.#box.className = "box";
    this.#canvas.width = this.#canvas.height = 1;
    this.#canvas.setAttribute("role", "img");
    this.#line.className = "took";
    this.#line.textContent = "\u00a0";
    this.#box.append(this.#canvas);
    this.figure.append(title, this.#box, this.#line);
  }

  /** @param {string} model */
  name(model) {
    this.#canvas.setAttribute("aria-label", pictureLabel(this.steps, model));
  }

  /** @param {string} words @param {boolean} busy */
  #tell(words, busy) {
    this.#line.textContent = words;
    this.#line.removeAttribute("title");
    this.#box.setAttribute("aria-busy", String(busy));
  }

  /** Its pictures are out of date. */
  wait() {
    this.isWaiting = true;
    this.#tell(waiting, true);
  }

  begin() {
    this.#tell(columnComputing, true);
  }

  fail() {
    if (this.isWaiting) this.#tell(notMade, false);
  }

  /** @param {Uint8Array} bytes @param {import("../shared/draw.js").ImageSpec} spec @param {number} ms */
  show(bytes, spec, ms) {
    this.isWaiting = false;
    this.#times = [...this.#times.slice(1 - TIMES), ms];
    draw(this.#canvas, bytes, spec, 1);
    this.#tell(took(median(this.#times)), false);
    this.#line.title = timed(this.#times.length);
  }

  /** Times of other settings say nothing of these. */
  forget() {
    this.#times = [];
  }

  get runs() {
    return this.#times.length;
  }
}

/** The columns of one model. */
export class Columns {
  #box;
  /** @type {Column[]} */
  #columns = [];
  #pace = "";

  /** @param {HTMLElement} box */
  constructor(box) {
    this.#box = box;
  }

  /** @param {number[]} steps of the columns @param {string} model as a sentence calls it */
  offer(steps, model) {
    const same = steps.join() === this.#columns.map((column) => column.steps).join();
    if (!same) {
      this.#columns = steps.map((count) => new Column(count));
      this.#box.replaceChildren(...this.#columns.map(({ figure }) => figure));
    }
    this.#columns.forEach((column) => column.name(model));
  }

  /** All pictures are out of date. @param {string} pace what their times depend on */
  wait(pace) {
    this.#columns.forEach((column) => {
      if (pace !== this.#pace) column.forget();
      column.wait();
    });
    this.#pace = pace;
  }

  /** Those whose pictures are still to come, the fastest first. */
  get waiting() {
    return this.#columns.filter(({ isWaiting }) => isWaiting);
  }

  fail() {
    this.#columns.forEach((column) => column.fail());
  }

  /** How many runs each time is told of, at least. */
  get runs() {
    return Math.min(...this.#columns.map(({ runs }) => runs));
  }
}
