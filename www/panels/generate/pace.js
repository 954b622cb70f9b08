// When what is shown is drawn and told: with the next frame of the screen where somebody asked for it. A run's passing steps
// wait, because the browser draws with the cores that compute.

/** They are drawn so far apart at least, in milliseconds. */
const DRAWN_APART_MS = 50;
/** And so far apart they are told by the slider and in words, which nobody reads faster: what changes there is laid out again. */
const TOLD_APART_MS = 200;

export class Pace {
  #draw;
  #tell;
  /** Whether the next frame of the screen draws. */
  #asked = false;
  #drawnAt = 0;
  #toldAt = 0;
  /** A drawing that waits for its time, and a telling. @type {number | undefined} */
  #drawing;
  /** @type {number | undefined} */
  #telling;

  /** @param {() => void} draw @param {() => void} tell */
  constructor(draw, tell) {
    this.#draw = draw;
    this.#tell = tell;
  }

  /** Draws and tells once, however often it is asked for before the next frame of the screen. */
  now() {
    this.#toldAt = 0;
    this.#ask();
  }

  /** A step passes: the next one will follow soon. */
  pass() {
    this.#drawing ??= window.setTimeout(() => this.#ask(), this.#drawnAt + DRAWN_APART_MS - performance.now());
  }

  /** No further step will pass: what waits for its time is drawn and told at once. */
  settle() {
    if (!this.#asked && this.#drawing === undefined && this.#telling === undefined) return;
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#toldAt = 0;
    this.#frame();
  }

  #ask() {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame() {
    this.#asked = false;
    this.#drawnAt = performance.now();
    this.#draw();
    const left = this.#toldAt + TOLD_APART_MS - performance.now();
    if (left <= 0) this.#say();
    else this.#telling ??= window.setTimeout(() => this.#say(), left);
  }

  #say() {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#toldAt = performance.now();
    this.#tell();
  }
}
