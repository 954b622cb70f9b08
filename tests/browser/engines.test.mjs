// The engines: WebGPU on Chromium's software adapter, the way back to the CPU when it is not there
// or goes away, the menu, and nonsense.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, atStep, choose, generate, greys, launch, open, openCalm, text, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const sites = {};
before(async () => {
  const server = await serve(DIST);
  sites.cpu = { server, browser: await launch() };
  sites.gpu = { server, browser: await launch(SOFTWARE_WEBGPU) };
});
after(async () => {
  await Promise.all(Object.values(sites).map(({ browser }) => browser.close()));
  sites.cpu.server.close();
});

/** Puts a script before or after one of the page's. */
function spoil(file, change) {
  return (context) => context.route(`**/${file}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: change(await response.text()) });
  });
}

/** An image after three steps. */
async function shortRun(page, { steps = 3, ...settings } = {}) {
  await generate(page, { count: 1, steps, seed: 3, ...settings });
  await atStep(page, String(steps));
  return (await greys(page, "#live")).levels;
}

const furthest = (a, b) => a.reduce((most, level, at) => Math.max(most, Math.abs(level - b[at])), 0);

test("a run on WebGPU equals those of the other engines; the menu switches", async () => {
  const { page, complaints, close } = await openCalm(sites.gpu, { query: "?engine=webgpu" });
  await waitForText(page, "#badge", /^WebGPU · google swiftshader$/);
  const onGpu = await shortRun(page);
  const others = [
    ["cpu", /^CPU \(\d+ workers?\)$/],
    ["burn-cpu", /^Burn on the CPU \(\d+ workers?\)$/],
    ["burn-webgpu", /^Burn on WebGPU · google swiftshader$/],
  ];
  for (const [engine, badge] of others) {
    await page.locator("#engine").selectOption(engine);
    await waitForText(page, "#badge", badge, 60_000);
    const there = await shortRun(page);
    assert.ok(furthest(onGpu, there) <= 1, `${engine}: ${furthest(onGpu, there)} grey levels apart`);
  }
  assert.deepEqual(complaints, []);
  await close();
});

/** A sampler that adds noise, and one that remembers the step before. */
const HANDED_OVER = [{ sampler: "ddim", eta: 1 }, { sampler: "dpm-solver-pp", spacing: "halfway" }];
for (const handedOver of HANDED_OVER) test(`the CPU begins while WebGPU starts, which takes over at a step of ${handedOver.sampler}`, async () => {
  // The device is there when the page says so.
  const wait = spoil("worker.js", (script) => `${script}
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function requestDevice(...args) {
      await new Promise((resolve) => { new BroadcastChannel("go").onmessage = resolve; });
      return request.apply(this, args);
    };`);
  const { page, complaints, close } = await openCalm(sites.gpu, { prepare: wait });
  const found = await page.evaluate(async (sampler) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "webgpu", workers: 1 });
    const why = engine.why;
    const settings = { seed: 3, count: 2, steps: 40, ...sampler };
    const took = [];
    const go = new BroadcastChannel("go");
    const onStep = async () => {
      took.push(engine.info.engine);
      while (took.length > 3 && engine.isStarting) {
        go.postMessage(null);
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
    };
    const both = await engine.generate(settings, { onStep });
    await engine.use("cpu");
    const alone = await engine.generate(settings);
    engine.close();
    const apart = both.x.reduce((most, x, at) => Math.max(most, Math.abs(x - alone.x[at])), 0);
    return { why, took, apart };
  }, handedOver);
  assert.equal(found.why, "until WebGPU has started");
  assert.deepEqual([...new Set(found.took)], ["cpu", "webgpu"]);
  assert.equal(found.took.length, 41);
  assert.ok(found.apart < 1e-4, `${found.apart} apart`);
  assert.deepEqual(complaints, []);
  await close();
});

test("a software adapter is not chosen by itself", async () => {
  const { page, complaints, close } = await openCalm(sites.gpu);
  await waitForText(page, "#badge", /^CPU .*: the only graphics adapter here is a program/);
  assert.deepEqual(complaints, []);
  await close();
});

test("without WebGPU the CPU runs, and the page says why", async () => {
  const { page, complaints, close } = await openCalm(sites.cpu, { query: "?engine=webgpu" });
  await waitForText(page, "#badge", /^CPU .*: .*WebGPU/);
  await shortRun(page);
  assert.ok(await page.locator("#error").isHidden());
  assert.deepEqual(complaints, []);
  await close();
});

test("a GPU that computes other numbers is not trusted", async () => {
  // Rounds every weight that goes to the GPU away: what a shader that was dropped would leave.
  const wrong = spoil("worker.js", (script) => `${script}
    const write = GPUQueue.prototype.writeBuffer;
    GPUQueue.prototype.writeBuffer = function writeBuffer(buffer, at, data, ...rest) {
      return write.call(this, buffer, at, new Uint8Array(data.byteLength ?? data.length), ...rest);
    };`);
  const { page, close } = await openCalm(sites.gpu, { query: "?engine=webgpu", prepare: wrong });
  await waitForText(page, "#badge", /^CPU .*: WebGPU did not work \(/);
  await shortRun(page);
  await close();
});

test("an unknown engine is named, and those there are", async () => {
  const { page, complaints, close } = await open(sites.cpu.browser, `${sites.cpu.server.url}?engine=abacus`);
  await waitForText(page, "#error", 'There is no engine "abacus": choose auto, cpu, webgpu, burn-cpu, burn-webgpu.');
  assert.deepEqual(complaints, []);
  await close();
});

/** What the run would have been if nothing had happened, on the CPU. */
async function undisturbed(settings) {
  const { page, close } = await openCalm(sites.cpu);
  const levels = await shortRun(page, settings);
  await close();
  return levels;
}

test("the device is lost in mid-run: the CPU goes on from there", async () => {
  const kill = spoil("worker.js", (script) => `${script}
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function requestDevice(...args) {
      const device = await request.apply(this, args);
      self.addEventListener("message", ({ data }) => {
        if (data.method === "advance" && data.id > 3) device.destroy();
      });
      return device;
    };`);
  const { page, close } = await openCalm(sites.gpu, { query: "?engine=webgpu", prepare: kill });
  await waitForText(page, "#badge", /^WebGPU/);
  const levels = await shortRun(page, { steps: 3 });
  await waitForText(page, "#badge", /^CPU .*: WebGPU was lost.* at step 1$/);
  assert.ok(await page.locator("#error").isHidden());
  const expected = await undisturbed();
  assert.ok(furthest(levels, expected) <= 1, `${furthest(levels, expected)} grey levels apart`);
  await generate(page, { seed: 4 }); // and it is of further use
  await close();
});

// The two ways a panic in Rust arrives: as what a call throws, and from a future whose promise is
// never settled. Both print the panic first. Here the second step of a run ends in one, if the same
// worker took its first.
const PANIC = 'console.error("panicked at src/a.rs:1:2:\\nthe tensor has gone\\n\\nStack:");'
  + 'throw new WebAssembly.RuntimeError("unreachable");';
const panics = [
  ["a call", `{ ${PANIC} }`],
  ["a future", `return new Promise(() => setTimeout(() => { ${PANIC} }));`],
];
const settingsOfPanics = [{ sampler: "ddpm" }, { sampler: "dpm-solver-pp", spacing: "halfway", steps: 6 }];
for (const [name, fault] of panics) for (const settings of settingsOfPanics) {
  test(`a panic in ${name}, in a run of ${settings.sampler}: fresh workers go on from there, and the page says so`, async () => {
    const spoiled = spoil("ddpm-relaxed.js", (script) => `${script}
      const begin = Model.prototype.begin;
      Model.prototype.begin = async function (options, x, memory) {
        const run = await begin.call(this, options, x, memory);
        run.fromTheStart = options.done === 0;
        return run;
      };
      const advance = Run.prototype.advance;
      Run.prototype.advance = function (n) {
        if (this.done === 1 && this.fromTheStart) ${fault}
        return advance.call(this, n);
      };`);
    const { page, close } = await openCalm(sites.cpu, { prepare: spoiled });
    const levels = await shortRun(page, settings);
    await waitForText(page, "#badge", /^CPU .*: the tensor has gone at step 1$/);
    const expected = await undisturbed(settings);
    assert.deepEqual(levels, expected);
    await close();
  });
}

test("an engine that fails again and again is given up, in words", async () => {
  const spoiled = spoil("ddpm-relaxed.js", (script) => `${script}\nRun.prototype.advance = () => { ${PANIC} };`);
  const { page, close } = await openCalm(sites.cpu, { prepare: spoiled });
  await choose(page, { steps: 3 });
  await page.locator("#start").click();
  await waitForText(page, "#error", "The run stopped: the tensor has gone.");
  assert.ok(await page.locator("#start").isVisible());
  await close();
});
