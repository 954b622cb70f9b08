// The page's engines beside onnxruntime-web, TensorFlow.js and jax-js on the same network, in the same Chromium, in turns.
//
//     python tests/pytorch/export.py folder/unet_b16.onnx
//     npm install --prefix folder onnxruntime-web @tensorflow/tfjs @tensorflow/tfjs-backend-wasm @jax-js/jax
//     make page && node benches/browser.mjs folder [rounds]
//
// Each round times every case once: batch 16, milliseconds a step, medians of some steps. Printed is a
// line for each comparison, with the medians over the rounds and their ratio. What is not installed is left out, and said to be.
// WebGPU is Chromium's software adapter: only the ratio means something.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SOFTWARE_WEBGPU, launch } from "../tests/browser/browser.mjs";
import { DIST } from "../tests/browser/paths.mjs";
import { serve } from "../tests/browser/server.mjs";

const BATCH = 16;
const [folder, rounds = "3"] = process.argv.slice(2);
if (folder === undefined) throw new Error("give the folder that the peers were installed in");

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const servers = { ours: await serve(DIST), theirs: await serve(folder) };
const browser = await launch(SOFTWARE_WEBGPU);
const page = await browser.newPage();
page.setDefaultTimeout(600_000);
// The scripts of this folder, and an empty page, at the peers' own address.
await page.route(`${servers.theirs.url}peers/*`, (route) => {
  const name = new URL(route.request().url()).pathname.split("/").at(-1);
  return name === "" ? route.fulfill({ contentType: "text/html", body: "<!doctype html>" })
    : route.fulfill({ contentType: "text/javascript", path: fileURLToPath(new URL(`peers/${name}`, import.meta.url)) });
});

/** Ours: bench.html's own number. */
async function ours(query) {
  await page.goto(`${servers.ours.url}bench.html?batch=${BATCH}&${query}`);
  await page.locator("#status").filter({ hasText: "Done." }).waitFor();
  const line = JSON.parse(await page.locator("#result").innerText());
  if ("error" in line) throw new Error(line.error);
  return line.ms_per_step;
}

/** Theirs: a forward and its result read back. */
async function theirs(script, backend, steps) {
  await page.goto(`${servers.theirs.url}peers/`);
  return median(await page.evaluate(async ([script, ...rest]) => (await import(`/peers/${script}.js`)).forward(...rest),
    [script, backend, BATCH, steps]));
}

const CPU = "cpu, 1 worker";
const OURS = {
  [CPU]: () => ours("engine=cpu&workers=1&steps=40"),
  "cpu, 2 workers": () => ours("engine=cpu&workers=2&steps=40"),
  webgpu: () => ours("engine=webgpu&steps=3"),
};
/** A peer's package, its case, and which of ours it is compared with. */
const THEIRS = [
  ["onnxruntime-web", "onnxruntime-web wasm, 1 thread", CPU, () => theirs("onnxruntime", "wasm", 10)],
  ["@tensorflow/tfjs-backend-wasm", "TensorFlow.js wasm, 1 thread", CPU, () => theirs("tensorflow", "wasm", 10)],
  ["onnxruntime-web", "onnxruntime-web webgpu", "webgpu", () => theirs("onnxruntime", "webgpu", 2)],
  ["@jax-js/jax", "jax-js webgpu", "webgpu", () => theirs("jax", "webgpu", 2)],
];
const present = THEIRS.filter(([of, name]) => {
  const isThere = existsSync(`${folder}/node_modules/${of}`);
  if (!isThere) console.log(`${name}: left out, as ${of} is not installed in ${folder}`);
  return isThere;
});
const cases = { ...OURS, ...Object.fromEntries(present.map(([, name, , run]) => [name, run])) };
const compared = [[CPU, "cpu, 2 workers"], ...present.map(([, name, own]) => [name, own])];

const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [name, run] of Object.entries(cases)) times[name].push(await run());
}
for (const [slow, fast] of compared) {
  const [a, b] = [slow, fast].map((name) => median(times[name]));
  // A ratio is taken between what ran in one round: the machine may change from round to round.
  const ratio = median(times[slow].map((ms, at) => ms / times[fast][at]));
  console.log(`${slow} ${a.toFixed(1)} ms, ${fast} ${b.toFixed(1)} ms, ratio ${ratio.toFixed(2)}`);
}
await browser.close();
Object.values(servers).forEach((server) => server.close());
