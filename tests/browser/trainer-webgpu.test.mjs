// Training on WebGPU, on the browser's software adapter: it computes what the CPU computes, and where the adapter is lost the
// CPU goes on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, launch, open, useSite, workersLeft } from "./browser.mjs";

const site = useSite("/");
let gpu;
before(async () => { gpu = await launch(SOFTWARE_WEBGPU); });
after(() => gpu.close());

/** A page with nothing in it but what the tests call. */
async function blank() {
  const prepare = (context) => context.route("**/blank.html", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }));
  const opened = await open(gpu, `${site.server.url}blank.html`, {}, prepare);
  await opened.page.evaluate(async () => {
    const { createTrainer } = await import(new URL("www/lib/trainer.js", document.baseURI).href);
    // 24 stripes in colour, 12 pixels wide, of two classes.
    const images = Uint8Array.from({ length: 24 * 432 }, (_, i) => (((i % 12) + (i >> 4)) % (3 + (Math.floor(i / 432) % 2)) === 0 ? 240 : 30));
    const data = { images, side: 12, channels: 3, labels: Uint8Array.from({ length: 24 }, (_, n) => n % 2), classes: ["a", "b"], name: "stripes" };
    const recipe = { batch_size: 24, steps: 60, seed: 5, clip: 1 };
    const usual = { data, recipe, config: { widths: [3, 4, 5], classes: true }, engine: "webgpu", workers: 1, sampling: null };
    Object.assign(window, { create: (options = {}) => createTrainer({ ...usual, ...options }) });
  });
  return opened;
}

test("its steps are the CPU's, and its run goes on there", async () => {
  const { page, complaints, close } = await blank();
  const found = await page.evaluate(async () => {
    const losses = async (trainer, count) => {
      const all = [];
      while (all.length < count) all.push((await trainer.step()).loss);
      return all;
    };
    const [gpu, cpu] = [await create(), await create({ engine: "cpu" })];
    const { engine, adapter, why, workers } = gpu.info;
    const [theirs, ours] = [await losses(gpu, 4), await losses(cpu, 4)];
    const resumed = await create({ engine: "cpu", checkpoint: await gpu.checkpoint() });
    const [on, beside] = [await losses(resumed, 2), await losses(cpu, 2)];
    const said = resumed.info.why;
    for (const trainer of [gpu, cpu, resumed]) trainer.close();
    return { engine, adapter, why, workers, theirs, ours, on, beside, said };
  });
  assert.deepEqual([found.engine, found.why, found.workers], ["webgpu", null, 1]);
  assert.match(found.adapter, /swiftshader/i);
  found.theirs.forEach((loss, at) => assert.ok(Math.abs(loss - found.ours[at]) < 1e-4, `step ${at}: ${loss}, on the CPU ${found.ours[at]}`));
  found.on.forEach((loss, at) => assert.ok(Math.abs(loss - found.beside[at]) < 1e-4, `step ${at}: ${loss}, on the CPU ${found.beside[at]}`));
  assert.match(found.said, /webgpu.*the same but for rounding/);
  assert.equal(await workersLeft(page), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test("where the device is lost in mid-training, the CPU goes on to the end", async () => {
  const { page, close } = await blank();
  const devices = page.workers().length;
  assert.equal(devices, 0);
  const worker = page.waitForEvent("worker");
  const running = page.evaluate(async () => {
    const engines = [];
    const trainer = await create({
      onChange: ({ info }) => engines.push(info.engine),
      onStep: ({ step }) => { window.step = step; },
    });
    window.trainer = trainer;
    await trainer.start();
    const { why, engine, losses } = trainer.info;
    const last = [trainer.done, trainer.state];
    trainer.close();
    return { engines, why, engine, last, losses };
  });
  const lead = await worker;
  // The worker's device is lost as a driver loses it: by itself, in mid-step.
  await lead.evaluate(() => {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function kept(...args) {
      self.device = await requestDevice.apply(this, args);
      return self.device;
    };
  });
  await page.waitForFunction(() => window.step >= 3, null, { timeout: 120_000 });
  await lead.evaluate(() => self.device.destroy());
  const { engines, why, engine, last, losses } = await running;
  assert.equal(engine, "cpu");
  assert.match(why, /WebGPU was lost.*the CPU goes on from the last saved step/);
  assert.ok(engines.includes("cpu"));
  assert.deepEqual(last, [60, "finished"]);
  assert.ok(losses.length === 60 && losses.every(Number.isFinite));
  assert.equal(await workersLeft(page), 0);
  await close();
});
