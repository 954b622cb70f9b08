// bench.html: times the engines' steps. Each engine and batch gives a line of JSON in #result and a row of the table.

import "./lib/burn.js";
import { Crew } from "./lib/crew.js";
import { Downloads } from "./lib/download.js";
import { ENGINES, engineNamed } from "./lib/engines.js";
import { sentenceOf } from "./lib/errors.js";
import { Models } from "./lib/models.js";
import { Pool } from "./lib/pool.js";
import { compile, moduleUrl, programOf } from "./lib/programs.js";
import { complete } from "./lib/settings.js";
import { median } from "./lib/text.js";
import { createTrainer } from "./lib/trainer.js";
import { byId } from "./panels/shared/dom.js";

const DEFAULTS = { what: "sample", engine: "cpu", batch: "16", steps: "5", workers: "1" };
/** The engines that train on the page. */
const TRAINERS = ["cpu", "webgpu"];
/** Loops of multiply-adds tell the limit. Each is twice as long as the one before, until one takes so long; and
    there are at least so many, because a busy machine may hold any of them up. */
const EXERCISE_MS = 50;
const TRIES = 6;

const [status, names, rows, result, macs] = ["status", "names", "rows", "result", "macs"].map(byId);

/** What advertisements and newsletters put into addresses: it is none of ours. */
const FOREIGN = /^(utm_\w+|\w*clid|mc_[ce]id|_ga|ref|source)$/;

/** Reads the settings from the address. What does not fit is an error that says what may stand there. */
function settings() {
  const query = new URLSearchParams(location.search);
  const unknown = [...query.keys()].find((key) => !(key in DEFAULTS) && !FOREIGN.test(key));
  if (unknown !== undefined) throw new Error(`${unknown} is no setting; there are ${Object.keys(DEFAULTS).join(", ")}`);
  const texts = (key) => (query.get(key) ?? DEFAULTS[key]).split(",");
  const wholes = (key) => texts(key).map((text) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new Error(`${key}: give a whole number from 1 on`);
    return number;
  });
  const [batches, [steps], [workers]] = ["batch", "steps", "workers"].map(wholes);
  const [what] = texts("what");
  if (!(what in KINDS)) throw new Error(`what: give ${Object.keys(KINDS).join(", ")}`);
  const asked = texts("engine");
  const some = what === "train" ? TRAINERS : ENGINES;
  const engines = asked.includes("all") ? some : asked;
  engines.forEach((engine) => engineNamed(engine, "all"));
  const cannot = engines.find((engine) => !some.includes(engine));
  if (cannot !== undefined) throw new Error(`${cannot} does not train on the page: choose all, ${some.join(", ")}`);
  return { what, engines, batches, steps, workers };
}

const round = (number, digits = 2) => (number === null ? null : Number(number.toFixed(digits)));

/** The most multiply-adds a millisecond of all workers together; null for an engine without such a loop. */
async function limitOf(pool) {
  let most = 0;
  for (let tries = 0, amount = 1, ms = 0; tries < TRIES || ms < EXERCISE_MS; tries += 1, amount *= 2) {
    const loop = await pool.exercise(amount);
    if (loop.done === 0) return null;
    ({ ms } = loop);
    // A browser's clock has steps of a tenth of a millisecond, so times below 1 say nothing.
    if (ms >= 1) most = Math.max(most, loop.done / ms);
  }
  return most;
}

/** Limits by hardware and number of workers: Burn's engines have the same as ours. @type {Map<string, number | null>} */
const limits = new Map();

/** Times one engine; `report` gets an object for each batch. */
async function bench(engine, { batches, steps, workers }, weights, report) {
  const program = programOf(engine);
  const wasm = await new Downloads().bytes(moduleUrl(program));
  const began = performance.now();
  const module = await compile(program, wasm);
  const pool = await Pool.open({ crew: new Crew(), engine, program, module, weights, workers }, Math.max(...batches));
  const { adapter, multiply_adds: each, scratch_bytes: scratch, weight_bytes: size, compile_ms: compileMs } = pool.info;
  macs.textContent = `${(each / 1e6).toFixed(2)} million`;
  let toFirst = null;
  try {
    for (const batch of batches) {
      const { total } = await pool.begin(complete({ seed: 42, count: batch }));
      if (steps >= total) throw new Error(`steps: a run has ${total}, the first of them for warming up`);
      const before = await pool.dispatches();
      const [{ ms: first }] = await pool.advance();
      const dispatches = await pool.dispatches() - before;
      toFirst ??= performance.now() - began;
      const times = [];
      for (let together = 1; times.length < steps;) {
        const taken = await pool.advance(Math.min(together, steps - times.length));
        together = pool.moreAfter(taken);
        times.push(...taken.map(({ ms }) => ms));
      }
      const hardware = engineNamed(engine).hardware + pool.workersFor(batch);
      if (!limits.get(hardware)) limits.set(hardware, await limitOf(pool));
      const limit = limits.get(hardware);
      const ms = median(times);
      report({
        engine, adapter, batch, steps, workers: pool.workersFor(batch),
        ms_per_step: round(ms), ms_first_step: round(first), ms_to_first_step: round(toFirst), ms_compile: round(compileMs),
        dispatches_per_step: dispatches, scratch_bytes_per_image: scratch, weight_bytes: size, wasm_bytes: wasm.length,
        limit_gmacs: limit === null ? null : round(limit / 1e6),
        share_of_limit: limit === null ? null : round((each * batch) / ms / limit, 3),
      });
    }
  } finally {
    pool.close();
  }
}

/** Times whole runs of one step, each from another noise between two seeds: what a slider asks for. */
async function benchBetween(engine, { batches, steps, workers }, weights, report) {
  const program = programOf(engine);
  const wasm = await new Downloads().bytes(moduleUrl(program));
  const began = performance.now();
  const module = await compile(program, wasm);
  const pool = await Pool.open({ crew: new Crew(), engine, program, module, weights, workers }, Math.max(...batches));
  const { adapter, scratch_bytes: scratch, weight_bytes: size, compile_ms: compileMs } = pool.info;
  const timed = async (batch, share) => {
    const before = performance.now();
    await pool.finish(complete({ seed: 42, towards: { seed: 7, share }, count: batch, sampler: "ddim", steps: 1 }));
    return performance.now() - before;
  };
  try {
    for (const batch of batches) {
      const first = await timed(batch, 0);
      const toFirst = performance.now() - began;
      const times = [];
      while (times.length < steps) times.push(await timed(batch, (times.length + 1) / steps));
      const ms = median(times);
      report({
        engine, adapter, batch, steps, workers: pool.workersFor(batch),
        ms_per_step: round(ms), ms_first_step: round(first), ms_to_first_step: round(toFirst), ms_compile: round(compileMs),
        dispatches_per_step: null, scratch_bytes_per_image: scratch, weight_bytes: size, wasm_bytes: wasm.length,
        limit_gmacs: null, share_of_limit: null, runs_per_second: round(1000 / ms, 1),
      });
    }
  } finally {
    pool.close();
  }
}

/** Pictures of a formula, of the tutorial's size. @param {number} count */
function pictures(count) {
  const images = Uint8Array.from({ length: count * 784 }, (_, at) => (at * at + 7 * Math.floor(at / 784)) % 251);
  return { images, side: 28, channels: /** @type {const} */ (1), labels: null, classes: [], name: "a formula" };
}

/** Times training on one engine, likewise: the tutorial's network, a step to warm up, and then so many. */
async function benchTraining(engine, { batches, steps, workers }, _, report) {
  for (const batch of batches) {
    let wasmBytes = 0;
    const began = performance.now();
    const trainer = await createTrainer({
      data: pictures(batch), engine, workers, sampling: null, recipe: { batch_size: batch, steps: steps + 1 },
      onProgress: (loaded) => { wasmBytes = loaded; },
    });
    try {
      const { info } = trainer;
      if (info.engine !== engine) throw new Error(info.why);
      const timed = async () => {
        const before = performance.now();
        await trainer.step();
        return performance.now() - before;
      };
      const before = await trainer.dispatches();
      const first = await timed();
      const dispatches = await trainer.dispatches() - before;
      const toFirst = performance.now() - began;
      const times = [];
      while (times.length < steps) times.push(await timed());
      const ms = median(times);
      report({
        engine, adapter: info.adapter, batch, steps, workers: info.workers,
        ms_per_step: round(ms), ms_first_step: round(first), ms_to_first_step: round(toFirst), ms_compile: null,
        dispatches_per_step: dispatches, scratch_bytes_per_image: null, weight_bytes: 4 * info.parameters, wasm_bytes: wasmBytes,
        limit_gmacs: null, share_of_limit: null, images_per_second: round((1000 * batch) / ms, 1),
      });
    } finally {
      trainer.close();
    }
  }
}

/** What can be timed, by the name in the address. */
const KINDS = { sample: bench, between: benchBetween, train: benchTraining };

/** @param {{ [name: string]: any }} line */
function show(line) {
  result.textContent += `${JSON.stringify(line)}\n`;
  const cells = (tag, texts) => texts.map((text) => Object.assign(document.createElement(tag), { textContent: text ?? "" }));
  const row = document.createElement("tr");
  if (names.childElementCount === 0 && !("error" in line)) {
    row.append(...cells("th", Object.keys(line)));
    names.append(row.cloneNode(true));
    row.replaceChildren();
  }
  row.append(...cells("td", Object.values(line).map(String)));
  rows.append(row);
}

async function all() {
  const wanted = settings();
  const time = KINDS[wanted.what];
  const weights = time === benchTraining ? null : await new Models().file("page");
  for (const engine of wanted.engines) {
    status.textContent = `Timing ${engine} …`;
    await time(engine, wanted, weights, show).catch((error) => show({ engine, error: sentenceOf(error) }));
  }
}

all().catch((error) => show({ error: sentenceOf(error) })).then(() => { status.textContent = "Done."; });
