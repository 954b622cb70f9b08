// How many steps of a run to take together. A graphics adapter's answer costs a fixed time (its latency) and a time for each
// step. Both are told apart by comparing answers to groups of different sizes, and the group's size follows from them. The
// CPU's has no latency, but its first steps take many times as long as the others, until the browser has compiled them well.

/** Steps that are taken together last as long as one of the screen's frames, in milliseconds. So each frame
    shows something new, and a fast GPU seldom waits for the page. */
const FRAME_MS = 16;
/** On the CPU they last about as long as two: the page draws a run less often, because it draws with the same cores. */
const CPU_MS = 33;
/** The most steps of a group, and of one whose answer would cost more than a frame whatever it held: Firefox answers
    WebGPU by a timer of 100 ms. */
const [MOST, MOST_LATE] = [32, 128];
/** A group is at most so many times as large as the one before: the first measurements are rough. */
const [GROWTH, GROWTH_LATE] = [2, 16];
/** A single step that takes longer, in milliseconds, is taken at its word. Below, two are tried, because the time may be latency. */
const SLOW_MS = 150;
/** After so many groups of one size, one of half the size is taken, to see whether the latency is still the same. */
const SAME = 12;

export class Pace {
  /** The fixed part of an answer's time, in milliseconds; null while unknown. @type {number | null} */
  #latency = null;
  /** The last group whose size differed much from the one before it. @type {{ n: number, ms: number } | null} */
  #last = null;
  #same = 0;
  /** Whether answers came late in the run before. */
  #wasLate = false;
  #hasLatency;

  /** @param {boolean} hasLatency whether an answer may cost a time whatever the work, as a graphics adapter's does */
  constructor(hasLatency) {
    this.#hasLatency = hasLatency;
  }

  /**
   * How many steps to take next.
   * @param {number} n so many were taken together
   * @param {number} ms until they were there, in milliseconds
   * @returns {number} from 1 on
   */
  next(n, ms) {
    if (!this.#hasLatency) return Math.max(1, Math.min(Math.floor(CPU_MS / (ms / n)), MOST, n * GROWTH));
    this.#learn(n, ms);
    if (this.#latency === null) return ms < SLOW_MS ? n * (this.#wasLate ? GROWTH_LATE : GROWTH) : n;
    const latency = Math.min(this.#latency, ms);
    const late = latency > FRAME_MS;
    // Where an answer is cheap, a group takes a frame with it. Where it is not, half of the time is work.
    const work = Math.max(FRAME_MS - latency, latency);
    const fits = Math.floor(work / ((ms - latency) / n));
    const wanted = Math.max(1, Math.min(fits, late ? MOST_LATE : MOST, n * (late ? GROWTH_LATE : GROWTH)));
    return this.#probe(late, n, wanted);
  }

  /** A run begins. Its steps may cost more or less than those before; where answers came late, they probably still do. */
  begin() {
    this.#wasLate = this.#latency !== null ? this.#latency > FRAME_MS : this.#wasLate;
    this.#latency = null;
    this.#last = null;
    this.#same = 0;
  }

  #learn(n, ms) {
    const { n: before, ms: took } = this.#last ?? { n, ms };
    const isSame = Math.max(n, before) < 2 * Math.min(n, before);
    if (!isSame) {
      const each = Math.min(Math.max((ms - took) / (n - before), 0), ms / n);
      this.#latency = ms - each * n;
    }
    this.#same = isSame ? this.#same + 1 : 0;
    this.#last = { n, ms };
  }

  /** @param {boolean} late @param {number} n @param {number} wanted */
  #probe(late, n, wanted) {
    if (!late || this.#same < SAME || n < 2) return wanted;
    return Math.max(1, Math.floor(Math.min(n, wanted) / 2));
  }
}
