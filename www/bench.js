// bench.html: times reverse steps and writes one line of JSON into #result.

const DEFAULTS = { engine: "burn-cpu", batch: 16, steps: 5, workers: 1 };

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
  if (workers > batch) throw new Error("workers: at most one for each image of the batch");
  return { engine: query.get("engine") ?? DEFAULTS.engine, batch, steps, workers };
}

/** A worker whose answers are awaited one by one. */
class Helper {
  #worker = new Worker(new URL("bench-worker.js", import.meta.url), { type: "module" });

  /** @param {object} request */
  ask(request) {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data));
      this.#worker.onerror = (event) => reject(new Error(event.message || "the worker could not start"));
      this.#worker.postMessage(request);
    });
  }

  end() {
    this.#worker.terminate();
  }
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const round = (ms) => Number(ms.toFixed(2));

async function bench({ engine, batch, steps, workers }) {
  const pool = Array.from({ length: workers }, () => new Helper());
  try {
    // Stretches of the batch that differ by one image at most.
    const from = (i) => Math.floor((i * batch) / workers);
    const loads = pool.map((worker, i) => worker.ask({ load: { engine, first: from(i), count: from(i + 1) - from(i) } }));
    const [{ adapter, wasmBytes }] = await Promise.all(loads);
    const step = async () => {
      const before = performance.now();
      await Promise.all(pool.map((worker) => worker.ask({ step: true })));
      return performance.now() - before;
    };
    const first = await step();
    const times = [];
    for (let i = 0; i < steps; i += 1) times.push(await step());
    return {
      engine, adapter, batch, steps, workers,
      ms_per_step: round(median(times)), ms_first_step: round(first), wasm_bytes: wasmBytes,
    };
  } finally {
    for (const worker of pool) worker.end();
  }
}

const result = /** @type {HTMLElement} */ (document.getElementById("result"));
try {
  result.textContent = JSON.stringify(await bench(settings()));
} catch (error) {
  result.textContent = JSON.stringify({ error: error.message });
}
