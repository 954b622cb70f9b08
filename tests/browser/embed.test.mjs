// The module in pages of other origins, and in pages with rules of their own. Whatever surrounds it, it makes the native
// program's pictures, or says what forbids it and what to do.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, workersLeft } from "./browser.mjs";
import { sampleNatively } from "./native.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const SETTINGS = { seed: Number.MAX_SAFE_INTEGER, count: 2, sampler: "ddim", steps: 4 };
const ANYONE = { "access-control-allow-origin": "*" };
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

let browser;
let folder;
let natively;
before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Somebody's page</title>");
  const flags = Object.entries(SETTINGS).flatMap(([name, value]) => [`--${name}`, String(value)]);
  natively = sampleNatively(...flags);
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/**
 * Makes pictures in a page with these headers, by the module from another server.
 * @param {(its: string) => { [header: string]: string }} headers the page's, where the module's origin is `its`
 * @param {(path: string) => { [header: string]: string }} theirs the module's files'
 * @returns {Promise<{ isolated: boolean, engine?: string, bytes?: number[], error?: string, workers: number }>}
 */
async function embed(headers, theirs) {
  const module = await serve(DIST, "/some/where/", theirs);
  const its = new URL(module.url).origin;
  const site = await serve(folder, "/", () => headers(its));
  const page = await browser.newPage();
  try {
    await page.goto(site.url);
    const found = await page.evaluate(async ({ address, settings }) => {
      const isolated = self.crossOriginIsolated;
      try {
        const { createEngine } = await import(address);
        const engine = await createEngine({ workers: 2 });
        const { x_t } = await engine.generate(settings);
        await engine.noise(50);
        const name = engine.info.engine;
        engine.close();
        return { isolated, engine: name, bytes: [...x_t] };
      } catch (error) {
        return { isolated, error: error.message };
      }
    }, { address: `${module.url}www/ddpm.js`, settings: SETTINGS });
    return { ...found, workers: await workersLeft(page) };
  } finally {
    await page.close();
    module.close();
    site.close();
  }
}

/** The pictures are the native ones, within one grey level. @param {number[]} bytes */
function areNative(bytes) {
  assert.equal(bytes.length, natively.length);
  const level = (value) => (Math.min(1, Math.max(-1, value)) + 1) * 127.5;
  assert.ok(bytes.every((byte, at) => Math.abs(byte - level(natively[at])) <= 1));
}

test("from another origin it makes the native pictures of the largest seed", async () => {
  const { bytes, error } = await embed(() => ({}), () => ANYONE);
  assert.equal(error, undefined);
  areNative(bytes);
});

test("in a page that is isolated from other origins it does the same", async () => {
  const { isolated, bytes, error } = await embed(() => ISOLATED, () => ANYONE);
  assert.equal(error, undefined);
  assert.ok(isolated);
  areNative(bytes);
});

/** A strict policy. @param {string} its @param {string} workers */
const policy = (its, workers) => ({
  "content-security-policy": `default-src 'none'; script-src 'self' ${its} 'wasm-unsafe-eval'; connect-src ${its}; worker-src ${workers}`,
});

test("under a strict policy that lets workers begin with blob: it does the same", async () => {
  const { bytes, error } = await embed((its) => policy(its, `blob: ${its}`), () => ANYONE);
  assert.equal(error, undefined);
  areNative(bytes);
});

test("a policy that forbids blob: is named, and what to allow", async () => {
  const { error, workers } = await embed((its) => policy(its, "'self'"), () => ANYONE);
  assert.match(error, /^ddpm-web: .*Content-Security-Policy \(worker-src\) forbids.*allow it by "worker-src blob: http:.*", or serve this module's files from http:/);
  assert.equal(workers, 0);
});

test("a policy that lets workers begin with blob: and go no further is told of", async () => {
  const { error } = await embed((its) => policy(its, "blob:"), () => ANYONE);
  assert.match(error, /^ddpm-web: .*script-src and worker-src in the page's Content-Security-Policy must allow/);
});

test("a policy that forbids WebAssembly is named", async () => {
  const { error } = await embed((its) => {
    const [[name, value]] = Object.entries(policy(its, "blob:"));
    return { [name]: value.replace("'wasm-unsafe-eval'", "") };
  }, () => ANYONE);
  assert.match(error, /^ddpm-web: .*Content-Security-Policy forbids WebAssembly: allow 'wasm-unsafe-eval'/);
});

test("a server that lets other origins read some of its files alone is told of", async () => {
  const notTheWorkers = await embed(() => ({}), (path) => (path.includes("/workers/") ? {} : ANYONE));
  assert.match(notTheWorkers.error, /^ddpm-web: .*"Access-Control-Allow-Origin"/);
  const notTheProgram = await embed(() => ({}), (path) => (path.endsWith(".wasm") ? {} : ANYONE));
  assert.match(notTheProgram.error, /^ddpm-web: ddpm-\w+_bg\.wasm could not be fetched/);
});

test("Burn's engines are refused where their program was not added, with the way to add it", async () => {
  const [files, site] = await Promise.all([serve(DIST, "/", () => ANYONE), serve(folder)]);
  const page = await browser.newPage();
  await page.goto(site.url);
  const errors = await page.evaluate(async (address) => {
    const { createEngine } = await import(address);
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    const asked = await Promise.allSettled([engine.use("burn-cpu"), createEngine({ engine: "burn-webgpu" })]);
    engine.close();
    return asked.map(({ reason }) => reason?.message);
  }, `${files.url}www/lib/ddpm.js`);
  for (const error of errors) assert.match(error, /^ddpm-web: the engine "burn-\w+" is in a program of its own: import "ddpm-web\/burn" first$/);
  await page.close();
  [files, site].forEach((one) => one.close());
});

test("an isolated page whose server sends its header with the page alone is told of it", async () => {
  const server = await serve(DIST, "/", (path) => (path.endsWith(".html") ? ISOLATED : {}));
  const page = await browser.newPage();
  await page.goto(`${server.url}bench.html`); // a page that starts workers by the same module
  const lines = await page.locator("#result").filter({ hasText: "error" }).innerText({ timeout: 30_000 });
  assert.match(JSON.parse(lines.split("\n")[0]).error, /Cross-Origin-Embedder-Policy: the server must send that header with this module's scripts too/);
  await page.close();
  server.close();
});
