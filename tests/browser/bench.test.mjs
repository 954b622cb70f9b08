// bench.html measures, and says so: a line of JSON for each engine and batch, and a table.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, launch, open, text, useSite, waitForText } from "./browser.mjs";

const site = useSite("/some/where/");
let gpu;
before(async () => { gpu = await launch(SOFTWARE_WEBGPU); });
after(() => gpu.close());

async function result(query, browser = site.browser) {
  const { page, complaints, close } = await open(browser, `${site.server.url}bench.html?${query}`);
  await waitForText(page, "#status", "Done.", 120_000);
  const lines = (await text(page, "#result")).trim().split("\n").map((line) => JSON.parse(line));
  const rows = await page.locator("#rows tr").count();
  assert.equal(rows, lines.length);
  assert.deepEqual(complaints, []);
  await close();
  return lines;
}

test("the CPU engine with two workers, on two batches", async () => {
  const lines = await result("batch=3,1&steps=2&workers=2");
  assert.deepEqual(lines.map(({ batch, workers }) => [batch, workers]), [[3, 2], [1, 1]]);
  for (const line of lines) {
    assert.deepEqual([line.engine, line.steps, line.dispatches_per_step, line.ms_compile], ["cpu", 2, 0, null]);
    assert.match(line.adapter, /CPU/);
    assert.ok(line.ms_per_step > 0 && line.wasm_bytes > 100_000, JSON.stringify(line));
    assert.ok(line.ms_to_first_step > line.ms_first_step, JSON.stringify(line));
    assert.ok(line.share_of_limit > 0, JSON.stringify(line));
    assert.equal(line.scratch_bytes_per_image, 167_520);
  }
});

test("all engines: one dispatch a step on WebGPU, hundreds with Burn", async () => {
  const lines = await result("engine=all&batch=1&steps=1", gpu);
  assert.deepEqual(lines.map(({ engine }) => engine), ["cpu", "webgpu", "burn-cpu", "burn-webgpu"]);
  const [cpu, webgpu, burnCpu, burnWebgpu] = lines;
  assert.ok(cpu.dispatches_per_step === 0 && burnCpu.dispatches_per_step === 0);
  assert.equal(webgpu.dispatches_per_step, 1);
  assert.ok(webgpu.ms_compile > 0 && webgpu.limit_gmacs > 0, JSON.stringify(webgpu));
  assert.ok(burnWebgpu.dispatches_per_step > 100, JSON.stringify(burnWebgpu));
  assert.equal(burnWebgpu.limit_gmacs, webgpu.limit_gmacs);
});

test("training: the keys of sampling, and images a second", async () => {
  const [sampling] = await result("batch=2&steps=1");
  const [cpu, webgpu] = await result("what=train&engine=all&batch=2&steps=2", gpu);
  for (const line of [cpu, webgpu]) assert.deepEqual(Object.keys(line), [...Object.keys(sampling), "images_per_second"]);
  assert.deepEqual([cpu.engine, cpu.steps, cpu.workers, cpu.dispatches_per_step], ["cpu", 2, 1, 0]);
  assert.ok(cpu.images_per_second > 0 && cpu.wasm_bytes > 500_000, JSON.stringify(cpu));
  assert.equal(webgpu.engine, "webgpu");
  assert.ok(webgpu.dispatches_per_step > 0, JSON.stringify(webgpu));
  const shared = await result("what=train&batch=4&steps=1&workers=2");
  assert.deepEqual(shared.map(({ batch, workers }) => [batch, workers]), [[4, 2]]);
});

test("between two seeds: whole runs a second", async (t) => {
  const [line] = await result("what=between&steps=30&workers=2");
  assert.deepEqual([line.engine, line.batch, line.steps, line.workers], ["cpu", 16, 30, 2]);
  assert.ok(line.runs_per_second > 0 && line.ms_per_step > 0, JSON.stringify(line));
  t.diagnostic(`${line.runs_per_second} runs of 16 pictures a second`);
});

for (const [query, words] of [
  ["engine=abacus", "choose all, cpu, webgpu, burn-cpu, burn-webgpu"],
  ["engine=burn-webgpu", "WebGPU"],
  ["what=train&engine=burn-cpu", "does not train on the page: choose all, cpu, webgpu"],
  ["what=guess", "sample, between, train"],
  ["steps=0", "whole number"],
  ["speed=9", "no setting"],
]) {
  test(`?${query} is an error that says what to do`, async () => {
    const [{ error }] = await result(query);
    assert.ok(error.includes(words), error);
  });
}
