// A model that was distilled to a few steps: what the page offers for it, and what it draws.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { atStep, classKey, colours, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { furthest, sampleNatively } from "./native.mjs";
import { alsoShips, FEW, fewNatively, writeFew } from "./shipped.mjs";

const site = useSite();

let folder;
let file;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  file = join(folder, "few.safetensors");
  writeFew(file);
});
after(() => rmSync(folder, { recursive: true }));

const shown = (page) => page.locator("#controls input, #controls select").evaluateAll((all) => (
  [...new Set(all.filter((one) => one.checkVisibility()).map(({ id, name }) => id || name))]));

test("its steps are offered and what it does not take is not; its pictures are the native run's", async () => {
  const { page, complaints, close } = await openCalm(site, { query: `?model=${FEW}`, prepare: (context) => alsoShips(context, FEW, file) });
  assert.equal(await page.locator("#model").inputValue(), FEW);
  assert.deepEqual(await shown(page), ["seed", "count", "from", "few"]);
  assert.deepEqual(await page.locator("#few label").allInnerTexts(), ["1", "2", "4"]);
  assert.equal(await page.locator("#few :checked").inputValue(), "4");
  const name = (await page.locator("#class label").allInnerTexts())[2];
  await classKey(page, name).click();
  for (const [place, steps] of [1, 2, 4].entries()) {
    await page.locator("#few label").nth(place).click();
    await page.locator("#seed").press("Enter");
    await atStep(page, String(steps), 60_000);
    assert.match(await text(page, "#place"), new RegExp(`^step ${steps} of ${steps}, finished`));
    assert.deepEqual(await page.locator("#frames button:visible span:first-child").allInnerTexts(), Array.from({ length: steps + 1 }, (_, step) => `Step ${step}`));
    const values = sampleNatively(...fewNatively(file, steps), "--seed", "42", "--class", name);
    const apart = furthest(await colours(page, "#live"), values, { side: 28, channels: 1 });
    assert.ok(apart <= 1, `${steps} steps: ${apart} grey levels from the native run`);
    await waitForText(page, "#status", `(${name})`);
  }

  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  assert.deepEqual(await shown(page), ["seed", "count", "sampler", "from", "steps", "eta", "spacing"]);
  assert.equal(await page.locator("#steps").inputValue(), "200");
  assert.deepEqual(await page.locator("#spacing option").allInnerTexts(), ["even in t", "even in log-SNR", "halfway between"]);
  await page.locator("#model").selectOption(FEW);
  await waitForText(page, "#status", "Ready");
  assert.equal(await page.locator("#few :checked").inputValue(), "4", "as it was chosen");
  assert.deepEqual(complaints, []);
  await close();
});

test("in the module it takes its own steps by itself", async () => {
  const { page, complaints, close } = await openCalm(site, { prepare: (context) => alsoShips(context, FEW, file) });
  const found = await page.evaluate(async (model) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", model, workers: 2 });
    const run = async (settings) => {
      const { total, t, x_t } = await engine.generate({ seed: 42, ...settings });
      return { total, t, x_t: [...x_t] };
    };
    const [usual, one] = [await run({}), await run({ steps: 1 })];
    const compared = await engine.compare(await engine.shippedBytes(model), { seed: 42, count: 16 });
    engine.close();
    return { usual, one, same: compared.last.x_t.every((byte, at) => byte === usual.x_t[at]) };
  }, FEW);
  assert.deepEqual([found.usual.total, found.one.total, found.same], [4, 1, true]);
  const values = sampleNatively(...fewNatively(file, 4), "--seed", "42");
  const apart = found.usual.x_t.map((byte, at) => Math.abs(byte - (Math.min(1, Math.max(-1, values[at])) + 1) * 127.5));
  assert.ok(Math.max(...apart) <= 1, `${Math.max(...apart)} grey levels from the native run`);
  assert.deepEqual(complaints, []);
  await close();
});
