// www/lib/trainer.js on WebGPU, on Chromium's software adapter, and the way back to the CPU.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, launch, useSite } from "./browser.mjs";
import { blankPage } from "./trainer.mjs";

const site = useSite("/", SOFTWARE_WEBGPU);
let plain;
before(async () => { plain = await launch(); });
after(() => plain?.close());

test("WebGPU trains as the CPU does, and is not chosen by itself where it is a program", async () => {
  const { page, complaints, close } = await blankPage(site.server, site.browser);
  const found = await page.evaluate(async () => {
    const few = { recipe: { ...recipe, steps: 4 } };
    const losses = async (engine) => {
      const seen = [];
      const trainer = await create({ ...few, engine, onEpoch: ({ loss }) => seen.push(loss) });
      const { engine: used, why } = trainer.info;
      await trainer.start();
      trainer.close();
      return { used, why, seen };
    };
    return [await losses("webgpu"), await losses("cpu"), await losses("auto")];
  });
  const [webgpu, cpu, auto] = found;
  assert.deepEqual([webgpu.used, webgpu.why], ["webgpu", null]);
  assert.ok(Math.abs(webgpu.seen[0] - cpu.seen[0]) < 1e-4 * cpu.seen[0], JSON.stringify(found));
  assert.deepEqual([auto.used, auto.seen], ["cpu", cpu.seen]);
  assert.match(auto.why, /slower than the CPU/);
  assert.deepEqual(complaints, []);
  await close();
});

test("without WebGPU the CPU trains, and says why", async () => {
  const { page, complaints, close } = await blankPage(site.server, plain);
  const { engine, why } = await page.evaluate(async () => {
    const trainer = await create({ engine: "webgpu" });
    const { info } = trainer;
    trainer.close();
    return info;
  });
  assert.equal(engine, "cpu");
  assert.match(why, /WebGPU/);
  assert.deepEqual(complaints, []);
  await close();
});

test("the device is lost in mid-training: the CPU goes on from what was saved", async () => {
  const kill = (context) => context.route("**/trainer/worker.js", async (route) => {
    const response = await route.fetch();
    const body = `${await response.text()}
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function requestDevice(...args) {
        const device = await request.apply(this, args);
        self.addEventListener("message", ({ data }) => {
          if (data.method === "advance") device.destroy();
        });
        return device;
      };`;
    await route.fulfill({ response, body });
  });
  const { page, close } = await blankPage(site.server, site.browser, kill);
  const found = await page.evaluate(async () => {
    const engines = [];
    const few = { recipe: { ...recipe, steps: 4 } };
    const trainer = await create({ ...few, engine: "webgpu", onChange: ({ info, state }) => engines.push(`${state} on ${info.engine}`) });
    await trainer.start();
    const [{ why, losses }, done] = [trainer.info, trainer.done];
    trainer.close();
    const other = await create(few);
    await other.start();
    const expected = other.info.losses;
    other.close();
    return { engines, why, losses, expected, done };
  });
  assert.deepEqual(found.engines, ["running on webgpu", "running on cpu", "finished on cpu", "closed on cpu"]);
  assert.match(found.why, /^WebGPU was lost.* after step 0: the CPU goes on from step 0; the run was computed by webgpu/);
  assert.deepEqual([found.losses, found.done], [found.expected, 4]);
  await close();
});
