// bench.html measures, and says so in one line of JSON.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, text, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

let browser;
let server;
before(async () => {
  browser = await launch();
  server = await serve(DIST, "/some/where/");
});
after(async () => {
  await browser?.close();
  server?.close();
});

async function result(query) {
  const { page, complaints, close } = await open(browser, `${server.url}bench.html?${query}`);
  await waitForText(page, "#result", /^\{/, 60_000);
  const line = JSON.parse(await text(page, "#result"));
  assert.deepEqual(complaints, []);
  await close();
  return line;
}

test("the CPU engine with two workers", async () => {
  const line = await result("engine=burn-cpu&batch=3&steps=2&workers=2");
  const { adapter, ms_per_step: ms, ms_first_step: first, wasm_bytes: size, ...echo } = line;
  assert.deepEqual(echo, { engine: "burn-cpu", batch: 3, steps: 2, workers: 2 });
  assert.match(adapter, /CPU/);
  assert.ok(ms > 0 && first > 0 && size > 1_000_000, JSON.stringify(line));
});

for (const [query, words] of [
  ["engine=abacus", "burn-webgpu"],
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
