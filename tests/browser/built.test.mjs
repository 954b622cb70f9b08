// `make serve` opens the page before its other programs are built.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openCalm, text, useSite } from "./browser.mjs";

const site = useSite();

/** A server that has not got these programs, until they are taken out of the list. */
function without(missing) {
  return async (context) => {
    await context.route(/\/www\/lib\/missing\.js/, (route) => route.fulfill({
      contentType: "text/javascript", body: `export const MISSING = ${JSON.stringify(missing)};`,
    }));
    for (const name of ["ddpm-relaxed", "ddpm-burn"]) {
      await context.route(new RegExp(`/${name}[._]`), (route) => (missing.includes(name) ? route.fulfill({ status: 404 }) : route.continue()));
    }
  };
}

test("the menu says which engines are being built, and offers them when they are there", async () => {
  const missing = ["ddpm-relaxed", "ddpm-burn"];
  const { page, complaints, close } = await openCalm(site, { prepare: without(missing) });
  const option = page.locator('#engine option[value="burn-cpu"]');
  assert.equal(await option.innerText(), "Burn on the CPU (being built)");
  const disabled = page.locator("#engine option:disabled");
  assert.deepEqual(await disabled.evaluateAll((options) => options.map(({ value }) => value)), ["burn-cpu", "burn-webgpu"]);
  missing.length = 0;
  await page.waitForFunction(() => document.querySelector("#engine option:disabled") === null, null, { timeout: 15_000 });
  assert.equal(await option.innerText(), "Burn on the CPU");
  await page.locator("#engine").selectOption("burn-cpu");
  await page.locator("#badge", { hasText: "Burn on the CPU" }).waitFor({ timeout: 60_000 });
  assert.deepEqual(complaints, []);
  await close();
});

test("an address that asks for an engine that is being built gets the CPU, and the reason", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?engine=burn-webgpu", prepare: without(["ddpm-burn"]) });
  assert.match(await text(page, "#badge"), /^CPU \(\d+ workers?\): the program of Burn on WebGPU is still being built on the server$/);
  assert.deepEqual(complaints, []);
  await close();
});
