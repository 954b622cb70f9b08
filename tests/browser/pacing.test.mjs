// How many steps a run takes together, on stand-in devices whose answers cost what the test says; and maps that a timer
// answers. Nothing here needs a browser: the walk, the pool and the calls to workers are the page's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { guardWebGpu } from "../../www/lib/device.js";
import { Pace } from "../../www/lib/pacing.js";
import { Pool } from "../../www/lib/pool.js";
import { complete } from "../../www/lib/settings.js";
import { Walk } from "../../www/lib/walk.js";

/** What an answer to `n` steps costs, in milliseconds. @type {(n: number, done: number) => number} */
let cost;
/** Sizes of the groups that were asked for. @type {number[]} */
let groups = [];
/** What the answers to them cost. */
let spent = 0;

/** What a model says of itself, as far as a run asks. */
const INFO = { classes: [], titles: [], max_images: 16, samplers: [{ name: "ddpm" }], spacings: [{ name: "even" }] };

/** The time where answers alone take any, whatever else this machine does meanwhile; null where they take real time. @type {number | null} */
let clock = null;
const now = performance.now.bind(performance);
performance.now = () => clock ?? now();

/** A worker whose device is slow to answer. */
class StandIn extends EventTarget {
  #done = 0;
  #total = 0;

  postMessage({ id, method, args }) {
    const answer = (ms, result) => setTimeout(() => {
      if (clock !== null) clock += ms;
      this.dispatchEvent(new MessageEvent("message", { data: { id, result } }));
    }, clock === null ? ms : 0);
    const bytes = () => ({ x_t: new Uint8Array(4), x_0: new Uint8Array(4), eps: new Uint8Array(4) });
    const step = () => ({ done: this.#done, t: 0, alphaBar: 0, frames: [], ...bytes() });
    const rest = () => ({ total: this.#total, x: new Float32Array(4), memory: new Float32Array(4) });
    if (method === "load") answer(0, INFO);
    if (method === "end") answer(0, undefined);
    if (method === "begin") {
      [this.#done, this.#total] = [0, args.options.steps];
      answer(0, { ...rest(), steps: [step()], titles: [] });
    }
    if (method === "advance") {
      const n = Math.min(args.n, this.#total - this.#done);
      groups.push(n);
      const ms = cost(n, this.#done);
      spent += ms;
      const steps = Array.from({ length: n }, () => { this.#done += 1; return step(); });
      answer(ms, { ...rest(), steps });
    }
  }

  terminate() {}
}

// What a page has and Node.js has not.
const { origin } = new URL(import.meta.url);
const page = Object.assign(new EventTarget(), { location: { href: import.meta.url }, origin });
Object.assign(globalThis, { Worker: StandIn, self: page });
const { Crew } = await import("../../www/lib/crew.js");

const open = () => Pool.open({ crew: new Crew(), engine: "webgpu", program: "ddpm-web", module: null, weights: null, workers: 1 });

/** A whole run; steps a second of the time that its answers take. */
async function run(pool, steps, onStep = () => {}) {
  groups = [];
  spent = 0;
  await new Walk(complete({ count: 1, steps }), { onStep }).toEnd(() => pool);
  return (steps / spent) * 1000;
}

const LATE = 103;
for (const [name, answers] of [
  ["besides the work", (n) => LATE + n],
  ["whatever the work", (n) => Math.max(LATE, n)],
  ["at a timer's ticks", (n) => Math.ceil((n + 5) / LATE) * LATE],
]) {
  test(`where an answer takes 103 ms ${name} and a step 1 ms, at least 300 steps a second are taken`, async (context) => {
    cost = answers;
    clock = 0;
    context.after(() => { clock = null; });
    const pool = await open();
    const first = await run(pool, 1000);
    assert.ok(first >= 300, `${first} steps a second in groups of ${groups}`);
    const second = await run(pool, 200);
    assert.ok(second >= 300, `${second} steps a second in groups of ${groups}, though the latency was known`);
    assert.ok(Math.max(...groups) <= 128, `groups of ${groups}`);
  });
}

test("where an answer takes 0.5 ms, a group lasts a frame of the screen", () => {
  const { sizes, times } = simulated((n) => 0.5 + n);
  assert.deepEqual(sizes.slice(0, 5), [1, 2, 4, 8, 15]);
  assert.deepEqual([...new Set(sizes.slice(4, -1))], [15]);
  assert.ok(Math.max(...times) <= 16, `${times}`);
});

for (const [ms, size] of [[0.1, 32], [3, 5], [7, 2], [20, 1], [90, 1], [500, 1]]) {
  test(`steps of ${ms} ms, answered at once, come ${size} together`, () => {
    const { sizes } = simulated((n) => 0.5 + n * ms, 400);
    assert.deepEqual([...new Set(sizes.slice(8, -1))], [size], `${sizes}`);
    assert.ok(sizes.slice(0, 8).every((n) => n <= Math.max(size, 2)), `${sizes}`);
  });
}

/** A run on a clock of its own. */
function simulated(costs, total = 300, pace = new Pace(true)) {
  const [sizes, times] = [[], []];
  pace.begin();
  for (let done = 0, n = 1; done < total;) {
    const taken = Math.min(n, total - done);
    const ms = costs(taken, done);
    sizes.push(taken);
    times.push(ms);
    done += taken;
    n = pace.next(taken, ms);
  }
  return { sizes, times };
}

test("a device that becomes slower in mid-run is asked for less at once", () => {
  const { times } = simulated((n, done) => LATE + n * (done < 500 ? 1 : 20), 1000);
  const slow = times.filter((ms) => ms > 3 * LATE);
  assert.ok(slow.length <= 1, `groups that took ${times.map(Math.round)} ms`);
});

test("a latency that comes or goes in mid-run is noticed", () => {
  const gone = simulated((n, done) => (done < 500 ? LATE : 0.5) + n, 4000);
  assert.ok(gone.times.slice(-50, -1).every((ms) => ms <= 16), `${gone.times.map(Math.round)}`);
  const come = simulated((n, done) => (done > 500 ? LATE : 0.5) + n, 3000);
  assert.ok(come.sizes.slice(-6, -1).every((n) => n >= 50), `${come.sizes}`);
});

test("a first step that warms up, or one that the machine held up, does not make groups long", () => {
  const { times } = simulated((n, done) => (done === 0 || done === 127 ? 60 : 0.5) + n, 1000);
  assert.ok(times.slice(1).every((ms) => ms <= 80), `${times}`);
  assert.ok(times.slice(-20, -1).every((ms) => ms > 10 && ms <= 17), `${times}`);
});

test("on the CPU, whose first steps are slow, no group is long", () => {
  const slowAtFirst = (n, done) => (done === 0 ? 106 : done < 7 ? 70 : 0) + 9.5 * n;
  const { sizes, times } = simulated(slowAtFirst, 200, new Pace(false));
  assert.ok(times.every((ms) => ms <= 116), `${times}`);
  assert.deepEqual([...new Set(sizes.slice(10, -1))], [3], `${sizes}`);
  for (const [ms, size] of [[0.1, 32], [16, 2], [40, 1], [500, 1]]) {
    assert.deepEqual([...new Set(simulated((n) => n * ms, 400, new Pace(false)).sizes.slice(8, -1))], [size]);
  }
});

test("a run that waits after each step goes on at once, group or no group", async () => {
  cost = (n) => LATE + n;
  const pool = await open();
  await run(pool, 300);
  let seen = 0;
  let release = () => {};
  const walk = run(pool, 300, ({ done }) => {
    seen = done;
    return done > 150 && done < 160 ? new Promise((resolve) => { release = () => resolve(undefined); }) : undefined;
  });
  while (seen < 151) await sleep(5);
  for (let step = 152; step < 160; step += 1) {
    const before = seen;
    await sleep(20);
    assert.equal(seen, before, "it waits");
    const began = performance.now();
    release();
    while (seen === before) await sleep(1);
    assert.equal(seen, step);
    const ms = performance.now() - began;
    assert.ok(ms < 3 * LATE, `${ms} ms until step ${step}`);
  }
  release();
  await walk;
});

/** The browser's WebGPU, as far as a map goes: its answers come by a timer, or when something is submitted. */
function fakeWebGpu({ timer, helps }) {
  const counts = { submits: 0 };
  /** @type {Set<() => void>} */
  const pending = new Set();
  class GPU { async requestAdapter() { return new GPUAdapter(); } }
  class GPUAdapter { async requestDevice() { return new GPUDevice(); } }
  class GPUBuffer {
    mapAsync() {
      return new Promise((resolve) => {
        const answer = () => { pending.delete(answer); resolve(undefined); };
        pending.add(answer);
        setTimeout(answer, timer);
      });
    }
    unmap() {}
    destroy() {}
  }
  class GPUDevice extends EventTarget {
    lost = new Promise(() => {});
    queue = { submit: () => { counts.submits += 1; if (helps) [...pending].forEach((answer) => answer()); } };
    createBuffer() { return new GPUBuffer(); }
  }
  Object.assign(globalThis, { GPU, GPUAdapter, GPUBuffer, GPUBufferUsage: { MAP_READ: 1, COPY_DST: 8 }, GPUMapMode: { READ: 1 } });
  guardWebGpu(() => {});
  return counts;
}

async function mapMs(device) {
  const before = performance.now();
  await device.createBuffer().mapAsync();
  return performance.now() - before;
}

test("where maps are answered by a timer, empty submissions bring the answer at once", async () => {
  const counts = fakeWebGpu({ timer: 100, helps: true });
  const device = await (await new globalThis.GPU().requestAdapter()).requestDevice();
  const ms = await mapMs(device);
  assert.ok(ms < 30, `${ms} ms`);
  const { submits } = counts;
  await sleep(20);
  assert.equal(counts.submits, submits, "none is made while no map is pending");
});

test("where maps are answered at once, or submissions do not help, nothing is submitted", async () => {
  for (const browser of [{ timer: 1, helps: true }, { timer: 100, helps: false }]) {
    const counts = fakeWebGpu(browser);
    const device = await (await new globalThis.GPU().requestAdapter()).requestDevice();
    const { submits } = counts;
    if (browser.helps) assert.equal(submits, 0);
    await mapMs(device);
    assert.equal(counts.submits, submits);
  }
});
