// What the page says when a part of it is missing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const broken = [
  ["missing weights", "fashion-mnist.safetensors", { status: 404 }, "fashion-mnist.safetensors is missing"],
  ["weights that are none", "fashion-mnist.safetensors", { body: "not weights" }, "could not be started: this is not a whole safetensors file"],
  ["a missing module", "ddpm-relaxed_bg.wasm", { status: 404 }, "ddpm-relaxed_bg.wasm is missing"],
  ["a module that is none", "ddpm-relaxed_bg.wasm", { body: "not wasm" }, "could not be started: "],
  ["a missing script", "ddpm-relaxed.js", { status: 404 }, "could not be started: "],
  ["a missing worker", "worker.js", { status: 404 }, "could not be loaded"],
];
for (const [name, file, answer, sentence] of broken) {
  test(`${name}: the page says so, and can be read`, async () => {
    const replace = (context) => context.route(`**/${file}`, (route) => route.fulfill(answer));
    const { page, close } = await open(site.browser, site.server.url, {}, replace);
    await waitForText(page, "#error", sentence);
    await waitForText(page, "#status", "not running");
    assert.ok(await page.locator(".still img").isVisible());
    assert.ok(await page.locator(".run").isHidden());
    await close();
  });
}

test("missing test images spoil the slider alone", async () => {
  const replace = (context) => context.route("**/test-images.idx", (route) => route.fulfill({ status: 404 }));
  const { page, close } = await open(site.browser, site.server.url, {}, replace);
  await page.locator("#noise-t").scrollIntoViewIfNeeded();
  await waitForText(page, "#noise-error", "test-images.idx is missing");
  await waitForText(page, "#place", /^step\s+[1-9]/);
  assert.ok(await page.locator("#noise-t").isDisabled());
  await close();
});

test("without JavaScript the page can be read", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url, { javaScriptEnabled: false });
  assert.ok(await page.locator("noscript p").isVisible());
  assert.ok(await page.locator(".still img").isVisible());
  assert.ok(await page.locator(".run").isHidden());
  assert.ok(await page.locator(".how math").first().isVisible());
  assert.deepEqual(complaints, []);
  await close();
});
