// Start, cancel, seed; and what the page says when something is missing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { greys, open, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

/** Keeps the worker's messages where the test can count them. */
function listen(context) {
  return context.addInitScript(() => {
    window.reports = [];
    window.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", ({ data }) => window.reports.push(data.type));
      }
    };
  });
}

const countReports = (page) => page.evaluate(() => window.reports.length);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** The first frame of a run with this seed. */
async function firstFrame(page, seed) {
  await page.evaluate(() => { window.reports = []; });
  await page.locator("#seed").fill(String(seed));
  await page.locator("#seed").press("Enter");
  await page.waitForFunction(() => {
    const started = window.reports.indexOf("started");
    return started >= 0 && window.reports.indexOf("step", started) >= 0;
  });
  return greys(page, "#frames canvas", 0);
}

test("cancel stops the worker, a new seed is a new run, the same seed the same one", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url, {}, listen);
  await waitForText(page, "#step", /^step [1-9]/);
  await page.locator("#start").click();
  await waitForText(page, "#status", "Cancelled");
  await sleep(1500); // the step under way ends, and with it the run
  const before = [await countReports(page), await text(page, "#step")];
  await sleep(1500);
  assert.deepEqual([await countReports(page), await text(page, "#step")], before);

  const [seven, fortyTwo, again] = [
    await firstFrame(page, 7), await firstFrame(page, 42), await firstFrame(page, 7),
  ];
  assert.notDeepEqual(seven, fortyTwo);
  assert.deepEqual(seven, again);
  assert.equal(await text(page, "#start"), "Cancel");
  assert.deepEqual(complaints, []);
  await close();
});

test("a seed that is none is refused in place", async () => {
  const { page, close } = await open(site.browser, site.server.url, { reducedMotion: "reduce" });
  await waitForText(page, "#status", "Ready");
  await page.locator("#seed").fill("-1");
  await page.locator("#start").click();
  await waitForText(page, "#error", "whole number from 0 to 4,294,967,295");
  assert.equal(await text(page, "#start"), "Start");
  await close();
});

test("in a hidden tab the run waits for Start", async () => {
  const hide = (context) => context.addInitScript(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
  });
  const { page, close } = await open(site.browser, site.server.url, {}, hide);
  await waitForText(page, "#status", "Ready: press Start.");
  assert.equal((await text(page, "#step")).trim(), "");
  await close();
});

const broken = [
  ["missing weights", "fashion-mnist.safetensors", { status: 404 }, "fashion-mnist.safetensors is missing"],
  ["weights that are none", "fashion-mnist.safetensors", { body: "not weights" }, "could not be loaded: "],
  ["a missing module", "ddpm-web_bg.wasm", { status: 404 }, "ddpm-web_bg.wasm is missing"],
  ["a missing script", "ddpm-web.js", { status: 404 }, "could not be loaded"],
];
for (const [name, file, answer, sentence] of broken) {
  test(`${name}: the page says so`, async () => {
    const replace = (context) => context.route(`**/${file}`, (route) => route.fulfill(answer));
    const { page, close } = await open(site.browser, site.server.url, {}, replace);
    await waitForText(page, "#error", sentence);
    await waitForText(page, "#status", "not running");
    assert.ok(await page.locator("#start").isDisabled());
    await close();
  });
}

// The two ways a panic in Rust arrives: as what a call throws, and from a future whose promise is
// never settled. Both print the panic first.
const PANIC = 'console.error("panicked at src/a.rs:1:2:\\nthe tensor has gone\\n\\nStack:");'
  + 'throw new WebAssembly.RuntimeError("unreachable");';
const panics = [
  ["a call", `Sampling.prototype.advance = () => { ${PANIC} };`],
  ["a future", `Sampling.prototype.advance = () => new Promise(() => setTimeout(() => { ${PANIC} }));`],
];
for (const [name, script] of panics) {
  test(`a panic in ${name}: the page shows its message`, async () => {
    const spoil = (context) => context.route("**/ddpm-web.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${await response.text()}\n${script}` });
    });
    const { page, close } = await open(site.browser, site.server.url, {}, spoil);
    await waitForText(page, "#error", "The model stopped: the tensor has gone");
    assert.ok(await page.locator("#start").isDisabled());
    await close();
  });
}

test("missing test images spoil the slider alone", async () => {
  const replace = (context) => context.route("**/test-images.idx", (route) => route.fulfill({ status: 404 }));
  const { page, close } = await open(site.browser, site.server.url, {}, replace);
  await waitForText(page, "#noise-error", "test-images.idx is missing");
  await waitForText(page, "#step", /^step [1-9]/);
  assert.ok(await page.locator("#percent").isDisabled());
  await close();
});
