// The losses of a run's steps, for a curve: at most so many points, each the mean of as many steps as the others.

/** @typedef {{ each: number, means: number[] }} Kept */

/** When there are so many points, each two become one. */
const MOST = 120;

export class Losses {
  /** Steps of a point. */
  #each = 1;
  /** @type {number[]} */
  #means = [];
  /** The sum and the number of losses of the next point. */
  #sum = 0;
  #count = 0;

  /** @param {Kept} [kept] those of a run that goes on */
  constructor(kept) {
    if (kept === undefined) return;
    this.#each = kept.each;
    this.#means = [...kept.means];
  }

  /** @param {number} loss of the next step */
  add(loss) {
    this.#sum += loss;
    this.#count += 1;
    if (this.#count < this.#each) return;
    this.#means.push(this.#sum / this.#count);
    this.#sum = 0;
    this.#count = 0;
    if (this.#means.length < MOST) return;
    this.#means = Array.from({ length: MOST / 2 }, (_, i) => (this.#means[2 * i] + this.#means[2 * i + 1]) / 2);
    this.#each *= 2;
  }

  /** The mean loss of the newest steps; null before the first. */
  get newest() {
    return this.#count > 0 ? this.#sum / this.#count : this.#means.at(-1) ?? null;
  }

  /** @returns {{ step: number, loss: number }[]} */
  get points() {
    return this.#means.map((loss, i) => ({ step: (i + 1) * this.#each, loss }));
  }

  /** @returns {Kept} */
  get kept() {
    return { each: this.#each, means: [...this.#means] };
  }
}
