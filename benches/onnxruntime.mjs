// The page's engines beside onnxruntime-web on the same network, in the same Chromium, in turns.
//
//     python tests/pytorch/export.py folder/unet_b16.onnx
//     npm install --prefix folder onnxruntime-web
//     make page && node benches/onnxruntime.mjs folder [rounds]
//
// Each round times every case once: batch 16, milliseconds a step, medians of some steps. Printed is a
// line for each comparison, with the medians over the rounds and their ratio. WebGPU is Chromium's
// software adapter: only the ratio means something.

import { SOFTWARE_WEBGPU, launch } from "../tests/browser/browser.mjs";
import { DIST } from "../tests/browser/paths.mjs";
import { serve } from "../tests/browser/server.mjs";

const BATCH = 16;
const [folder, rounds = "3"] = process.argv.slice(2);
if (folder === undefined) throw new Error("give the folder with node_modules/onnxruntime-web and unet_b16.onnx");

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const servers = { ours: await serve(DIST), theirs: await serve(folder) };
const browser = await launch(SOFTWARE_WEBGPU);
const page = await browser.newPage();
page.setDefaultTimeout(600_000);

/** Ours: bench.html's own number. */
async function ours(query) {
  await page.goto(`${servers.ours.url}bench.html?batch=${BATCH}&${query}`);
  await page.locator("#status").filter({ hasText: "Done." }).waitFor();
  const line = JSON.parse(await page.locator("#result").innerText());
  if ("error" in line) throw new Error(line.error);
  return line.ms_per_step;
}

/** Theirs: a forward and its result read back; two to warm up. */
async function theirs(provider, steps) {
  // Any page of that server: a script may be imported from there.
  await page.goto(`${servers.theirs.url}node_modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs`);
  const times = await page.evaluate(async ([provider, steps, batch]) => {
    const dist = new URL("/node_modules/onnxruntime-web/dist/", location.href).href;
    const ort = await import(`${dist}ort.webgpu.bundle.min.mjs`);
    Object.assign(ort.env.wasm, { wasmPaths: dist, numThreads: 1 });
    const session = await ort.InferenceSession.create("/unet_b16.onnx", {
      executionProviders: [provider], graphOptimizationLevel: "all",
    });
    const noise = Float32Array.from({ length: batch * 784 }, () => Math.random() * 2 - 1);
    const x = new ort.Tensor("float32", noise, [batch, 1, 28, 28]);
    const t = new ort.Tensor("int64", new BigInt64Array(batch), [batch, 1]);
    const times = [];
    for (let i = 0; i < steps + 2; i += 1) {
      const began = performance.now();
      await (await session.run({ x, t })).eps.getData();
      times.push(performance.now() - began);
    }
    return times.slice(2);
  }, [provider, steps, BATCH]);
  return median(times);
}

const CASES = {
  "cpu, 1 worker": () => ours("engine=cpu&workers=1&steps=40"),
  "cpu, 2 workers": () => ours("engine=cpu&workers=2&steps=40"),
  "onnxruntime-web wasm, 1 thread": () => theirs("wasm", 10),
  webgpu: () => ours("engine=webgpu&steps=3"),
  "onnxruntime-web webgpu": () => theirs("webgpu", 2),
};
const COMPARED = [
  ["onnxruntime-web wasm, 1 thread", "cpu, 1 worker"],
  ["cpu, 1 worker", "cpu, 2 workers"],
  ["onnxruntime-web webgpu", "webgpu"],
];

const times = Object.fromEntries(Object.keys(CASES).map((name) => [name, []]));
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, run] of Object.entries(CASES)) times[name].push(await run());
}
for (const [slow, fast] of COMPARED) {
  const [a, b] = [slow, fast].map((name) => median(times[name]));
  // Of what ran next to each other: the machine may change from round to round.
  const ratio = median(times[slow].map((ms, at) => ms / times[fast][at]));
  console.log(`${slow} ${a.toFixed(1)} ms, ${fast} ${b.toFixed(1)} ms, ratio ${ratio.toFixed(2)}`);
}
await browser.close();
Object.values(servers).forEach((server) => server.close());
