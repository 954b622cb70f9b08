// bench.html measures, and says so in one line of JSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, text, useSite, waitForText } from "./browser.mjs";

const site = useSite("/some/where/");

async function result(query) {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}bench.html?${query}`);
  await waitForText(page, "#result", /^\{/, 60_000);
  const line = JSON.parse(await text(page, "#result"));
  assert.deepEqual(complaints, []);
  await close();
  return line;
}

test("the CPU engine with two workers", async () => {
  const line = await result("engine=cpu&batch=3&steps=2&workers=2");
  const { adapter, ms_per_step: ms, ms_first_step: first, wasm_bytes: size, ...echo } = line;
  assert.deepEqual(echo, { engine: "cpu", batch: 3, steps: 2, workers: 2 });
  assert.match(adapter, /CPU/);
  assert.ok(ms > 0 && first > 0 && size > 100_000, JSON.stringify(line));
});

for (const [query, words] of [
  ["engine=abacus", "choose cpu, webgpu, burn-cpu, burn-webgpu"],
  ["engine=burn-webgpu", "WebGPU"],
  ["steps=0", "whole number"],
  ["batch=2&workers=3", "workers"],
  ["speed=9", "no setting"],
]) {
  test(`?${query} is an error that says what to do`, async () => {
    const { error } = await result(query);
    assert.ok(error.includes(words), error);
  });
}
