// bench.html: times reverse steps and writes one line of JSON into #result.

import { ENGINES, Pool } from "./pool.js";
import { moduleUrl, programOf } from "./program.js";
import { median } from "./text.js";

const DEFAULTS = { engine: "cpu", batch: 16, steps: 5, workers: 1 };

/** The settings from the address; anything odd is an error that says what may stand there. */
function settings() {
  const query = new URLSearchParams(location.search);
  const unknown = [...query.keys()].find((key) => !(key in DEFAULTS));
  if (unknown !== undefined) throw new Error(`${unknown} is no setting; there are ${Object.keys(DEFAULTS).join(", ")}`);
  const whole = (key) => {
    const number = Number(query.get(key) ?? DEFAULTS[key]);
    if (!Number.isInteger(number) || number < 1) throw new Error(`${key}: give a whole number from 1 on`);
    return number;
  };
  const [batch, steps, workers] = ["batch", "steps", "workers"].map(whole);
  const engine = query.get("engine") ?? DEFAULTS.engine;
  if (!ENGINES.includes(engine)) throw new Error(`There is no engine "${engine}": choose ${ENGINES.join(", ")}.`);
  if (workers > batch) throw new Error("workers: at most one for each image of the batch");
  return { engine, batch, steps, workers };
}

async function bytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} is missing`);
  return new Uint8Array(await response.arrayBuffer());
}

const round = (ms) => Number(ms.toFixed(2));

async function bench({ engine, batch, steps, workers }) {
  const program = programOf(engine);
  const weightsUrl = new URL("../assets/fashion-mnist.safetensors", import.meta.url);
  const [wasm, weights] = await Promise.all([moduleUrl(program), weightsUrl].map(bytes));
  const module = await WebAssembly.compile(wasm);
  const pool = await Pool.open({ engine, program, module, weights, workers }, batch);
  try {
    const { total } = await pool.begin({ seed: 42, count: batch, sampler: "ddpm", steps: null, eta: 0, start: null });
    if (steps >= total) throw new Error(`steps: a run has ${total}, the first of them for warming up`);
    const [{ ms: first }] = await pool.advance();
    const times = [];
    for (let i = 0; i < steps; i += 1) times.push((await pool.advance())[0].ms);
    return {
      engine, adapter: pool.info.adapter, batch, steps, workers: pool.workersFor(batch),
      ms_per_step: round(median(times)), ms_first_step: round(first), wasm_bytes: wasm.length,
    };
  } finally {
    pool.close();
  }
}

const result = /** @type {HTMLElement} */ (document.getElementById("result"));
try {
  result.textContent = JSON.stringify(await bench(settings()));
} catch (error) {
  result.textContent = JSON.stringify({ error: error.message });
}
