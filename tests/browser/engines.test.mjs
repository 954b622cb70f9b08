// `?engine=`: WebGPU on Chromium's software adapter, the way back to the CPU, and nonsense.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, greys, launch, open, text, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

let server;
before(async () => { server = await serve(DIST); });
after(() => server?.close());

async function withBrowser(flags, body) {
  const browser = await launch(flags);
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
}

/** The batch after one step: the frame titled "Step : 0". */
async function firstStep(browser, engine) {
  const { page, complaints, close } = await open(browser, `${server.url}?engine=${engine}`);
  await waitForText(page, "#step", /^step [1-9]/, 120_000);
  const frame = await greys(page, "#frames canvas", 0);
  const line = await text(page, "#engine");
  assert.deepEqual(complaints, []);
  await close();
  return { frame, line };
}

test("a step on WebGPU equals the CPU's", () => withBrowser(SOFTWARE_WEBGPU, async (browser) => {
  const cpu = await firstStep(browser, "burn-cpu");
  const gpu = await firstStep(browser, "burn-webgpu");
  assert.match(cpu.line, /^Engine: burn-cpu on /);
  assert.match(gpu.line, /^Engine: burn-webgpu on google swiftshader\. /);
  assert.doesNotMatch(gpu.line, /because/);
  const furthest = gpu.frame.levels.reduce(
    (most, level, at) => Math.max(most, Math.abs(level - cpu.frame.levels[at])), 0);
  assert.ok(furthest <= 1, `${furthest} grey levels apart`);
}));

test("without WebGPU the CPU runs, and the page says why", () => withBrowser([], async (browser) => {
  const { page, complaints, close } = await open(browser, `${server.url}?engine=burn-webgpu`);
  await waitForText(page, "#engine", /^Engine: burn-cpu on .*, because .*WebGPU/);
  await waitForText(page, "#step", /^step [1-9]/);
  assert.ok(await page.locator("#error").isHidden());
  assert.deepEqual(complaints, []);
  await close();
}));

test("an unknown engine is named, and the two there are", () => withBrowser([], async (browser) => {
  const { page, complaints, close } = await open(browser, `${server.url}?engine=abacus`);
  const line = await waitForText(page, "#error", "abacus");
  assert.equal(line, 'There is no engine "abacus": write ?engine=burn-cpu or ?engine=burn-webgpu.');
  assert.ok(await page.locator("#start").isDisabled());
  assert.deepEqual(complaints, []);
  await close();
}));
