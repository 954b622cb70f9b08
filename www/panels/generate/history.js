// The steps of a run that are kept, to be looked at again. A long run of many pictures would fill the memory of a
// small machine (1000 steps of 128 pictures take 300 MB, 64 x 64 in colour 4.7 GB). So where the steps take more than
// there is room for, every other one is forgotten; the noise, the newest and those of the frames stay.

/** @typedef {import("./player.js").Step} Step */

/** Room for the kept steps' pictures, in bytes. Sixteen frames of the largest batch alone take 75 MB. */
export const ROOM = 128 * 2 ** 20;

export class History {
  /** In order. @type {Step[]} */
  #kept = [];
  #bytes = 0;
  #room;

  /** One in so many steps is kept. */
  every = 1;

  /** @param {number} [room] for the kept steps' pictures, in bytes */
  constructor(room = ROOM) {
    this.#room = room;
  }

  /** The newest step; undefined before the first. */
  get newest() {
    return this.#kept.at(-1);
  }

  /** Bytes of the kept steps' pictures. */
  get bytes() {
    return this.#bytes;
  }

  /** The kept steps, in order. @returns {readonly Step[]} */
  get all() {
    return this.#kept;
  }

  /** How many steps are kept. */
  get length() {
    return this.#kept.length;
  }

  /** @param {Step} step that follows the newest */
  add(step) {
    const before = this.newest;
    if (before !== undefined && !this.#stays(before)) {
      this.#kept.pop();
      this.#bytes -= sizeOf(before);
    }
    this.#kept.push(step);
    this.#bytes += sizeOf(step);
    while (this.#bytes > this.#room && this.every < step.total) this.#thin();
  }

  /** The last kept step that is no later than `done`; the noise before there is one. @param {number} done */
  before(done) {
    return this.#kept[Math.max(0, this.#placeAfter(done) - 1)];
  }

  /** The first kept step that is no earlier than `done`, or the newest. @param {number} done */
  after(done) {
    const at = this.#placeAfter(done - 1);
    return this.#kept[Math.min(at, this.#kept.length - 1)];
  }

  /** @param {Step} step */
  #stays({ done, frames }) {
    return done % this.every === 0 || frames.length > 0;
  }

  #thin() {
    this.every *= 2;
    const { newest } = this;
    this.#kept = this.#kept.filter((step) => step === newest || this.#stays(step));
    this.#bytes = this.#kept.reduce((sum, step) => sum + sizeOf(step), 0);
  }

  /** How many kept steps are no later than `done`. */
  #placeAfter(done) {
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#kept[middle].done <= done) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @param {Step} step */
function sizeOf({ x_t, x_0, eps }) {
  return x_t.length + x_0.length + eps.length;
}
