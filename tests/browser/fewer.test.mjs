// Fewer steps: one noise in columns of more and more steps, with the time of each, and what was measured.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SHIPPED } from "../../www/lib/shipped.js";
import { atStep, colours, generate, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { furthest, sampleNatively } from "./native.mjs";
import { DIST, ROOT } from "./paths.mjs";

const site = useSite();

const asset = (model) => join(DIST, "assets", `${model}.safetensors`);
const report = (name) => JSON.parse(readFileSync(join(ROOT, `assets/evaluation/${name}.json`), "utf8"));
const done = (page) => page.locator("#fewer").evaluate((section) => Number(section.dataset.done ?? 0));
const own = (column) => `#fewer-columns figure:nth-child(${column}) canvas`;
const few = (column) => `#fewer-few-columns figure:nth-child(${column}) canvas`;
const times = (page, group) => page.locator(`${group} .took`).allInnerTexts();

/** Does something, and waits until all columns are made. */
async function changed(page, act) {
  const before = await done(page);
  await act();
  await page.waitForFunction((count) => Number(document.getElementById("fewer").dataset.done ?? 0) > count, before, { timeout: 60_000 });
}

/** How far a column is from the native program's pictures. */
async function apart(page, canvas, model, ...settings) {
  const values = sampleNatively("--weights", asset(model), "--count", "4", "--seed", "42", ...settings);
  return furthest(await colours(page, canvas), values, { side: 28, channels: 1, columns: 1 });
}

const see = (page) => changed(page, () => page.locator("#fewer-line").scrollIntoViewIfNeeded());

test("columns are the native runs from one noise, each with its time, and nothing is made before it is seen", async () => {
  const { page, complaints, close } = await openCalm(site);
  assert.equal((await text(page, "#fewer-line")).trim(), "");
  assert.equal((await times(page, "#fewer")).join("").trim(), "");
  await see(page);
  assert.equal((await page.locator("#fewer-columns figcaption").allInnerTexts()).join(), "5 steps,10 steps,20 steps,50 steps,200 steps");
  assert.equal((await page.locator("#fewer-few-columns figcaption").allInnerTexts()).join(), "1 step,2 steps,4 steps");
  assert.equal(await text(page, "#fewer-caption"), "This page's own model, DDIM, η = 0, timesteps even in t.");
  for (const time of await times(page, "#fewer")) assert.match(time, /^\d+(\.\d)?\u00a0ms$/);
  await waitForText(page, "#fewer-line", "the time of its run, 4 pictures on");

  assert.ok(await apart(page, own(1), "fashion-mnist", "--sampler", "ddim", "--steps", "5") <= 1);
  assert.ok(await apart(page, own(3), "fashion-mnist", "--sampler", "ddim", "--steps", "20") <= 1);
  assert.ok(await apart(page, few(2), "few-steps", "--sampler", "ddim", "--spacing", "distilled", "--steps", "2") <= 1);

  await page.locator("#fewer-sampler").focus();
  await changed(page, () => page.locator("#fewer-sampler").selectOption("dpm-solver-pp"));
  assert.ok(await page.locator("#fewer-eta").isDisabled(), "no other sampler has an eta");
  await changed(page, () => page.locator("#fewer-spacing input[value=halfway]").check({ force: true }));
  assert.equal(await text(page, "#fewer-caption"), "This page's own model, DPM-Solver++(2M), timesteps halfway to even in log-SNR.");
  assert.ok(await apart(page, own(1), "fashion-mnist", "--sampler", "dpm-solver-pp", "--spacing", "halfway", "--steps", "5") <= 1);
  await waitForText(page, "#fewer-line", "Median of 2 runs");
  assert.deepEqual(complaints, []);
  await close();
});

test("eta is DDIM's alone, a class is asked of both models, and by keyboard", async () => {
  const { page, complaints, close } = await openCalm(site, { viewport: { width: 390, height: 844 } });
  await see(page);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390);
  const [before, distilled] = await Promise.all([own(1), few(1)].map(async (canvas) => (await colours(page, canvas)).levels.join()));
  await page.locator("#fewer-eta").focus();
  await changed(page, () => page.keyboard.press("End"));
  assert.equal(await text(page, "#fewer-eta-text"), "1");
  await waitForText(page, "#fewer-caption", "η = 1");
  const noisy = (await colours(page, own(1))).levels.join();
  assert.notEqual(noisy, before);
  assert.equal((await colours(page, few(1))).levels.join(), distilled, "the few-steps model has none");

  await page.locator("#fewer-class input:checked").focus();
  await changed(page, () => page.keyboard.press("ArrowRight"));
  const { guidance, guidance_from: from } = SHIPPED.page;
  await waitForText(page, "#fewer-caption", `guidance ${guidance.toFixed(1)} from t = ${from} on`);
  assert.ok(await apart(page, own(1), "fashion-mnist", "--sampler", "ddim", "--eta", "1", "--steps", "5",
    "--class", "T-shirt/top", "--guidance", String(guidance), "--guidance-from", String(from)) <= 1);
  assert.notEqual((await colours(page, few(1))).levels.join(), distilled);

  await page.locator("#fewer-seed").fill("");
  await waitForText(page, "#fewer-seed-error", "A seed is a whole number");
  await page.locator("#fewer-dice").focus();
  await changed(page, () => page.keyboard.press("Enter"));
  assert.ok(await page.locator("#fewer-seed-error").isHidden());
  assert.match(await page.locator("#fewer-seed").inputValue(), /^\d{1,4}$/);
  assert.deepEqual(complaints, []);
  await close();
});

test("the distances are the reports' own, and how they were measured is said", async () => {
  const { page, complaints, close } = await openCalm(site, { colorScheme: "dark" });
  await page.locator("#fewer-measured").scrollIntoViewIfNeeded();
  await waitForText(page, "#fewer-table", "3.88", 60_000);
  const rows = await page.locator("#fewer-table tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
  const wanted = ["few-1", "few-2", "few-4", "guided-5", "guided-10", "guided-20", "guided-200"].map((name) => {
    const { sampler: { steps }, samples: { frechet_distance: { mean, half_width: half } } } = report(name);
    const model = name.startsWith("few") ? "Few steps" : "This page's own";
    return [String(steps), model, `${mean.toFixed(2)} ± ${half.toFixed(2)}`];
  });
  assert.deepEqual(rows, wanted);
  assert.equal(await page.locator("#fewer-plot circle").count(), 7);
  assert.ok(await page.locator("#fewer-unmeasured").isHidden(), "the reports are of the files that came with the page");
  await page.locator("#fewer-measured summary").click();
  const how = await page.locator("#fewer-with li").allInnerTexts();
  assert.equal(how.length, 3);
  assert.match(how[0], /^The few-steps model in 1, 2 and 4 steps: /);
  assert.match(how[1], /^This page's own model in 5, 10 and 20 steps: DPM-Solver\+\+\(2M\), timesteps halfway .*, guidance 4 from t = 140 on\.$/);
  assert.match(how[2], /^This page's own model in 200 steps: DDPM, .*guidance 4 from t = 140 on\.$/);
  assert.deepEqual(complaints, []);
  await close();
});

test("another model has its own columns; the run above is left alone", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { seed: 3, sampler: "ddim", steps: 10 });
  await atStep(page, "10");
  const alone = (await colours(page, "#live")).levels.join();
  await see(page);
  assert.ok((await colours(page, "#live")).levels.join() === alone, "the run is another");
  await changed(page, async () => {
    await page.locator("#model").selectOption("few-steps");
    await waitForText(page, "#card", "the few-steps model");
    await page.locator("#fewer-line").scrollIntoViewIfNeeded();
  });
  assert.equal((await page.locator("#fewer-columns figcaption").allInnerTexts()).join(), "1 step,2 steps,4 steps");
  assert.ok(await page.locator("#fewer-free").isHidden() && await page.locator("#fewer-few").isHidden());
  assert.ok(await page.locator("#fewer-distilled").isVisible());
  assert.deepEqual(complaints, []);
  await close();
});

test("a few-steps model that does not come is said below it, and the other columns stay", async () => {
  const { page, close } = await openCalm(site);
  await page.route("**/few-steps.safetensors", (route) => route.abort());
  await see(page);
  await waitForText(page, "#fewer-few-error", "could not be made: few-steps.safetensors could not be fetched");
  for (const time of await times(page, "#fewer-columns")) assert.match(time, /\u00a0ms$/);
  assert.equal((await times(page, "#fewer-few-columns")).join(), "not made,not made,not made");
  await page.unroute("**/few-steps.safetensors");
  await changed(page, () => page.locator("#fewer-few-error button").click());
  assert.ok(await page.locator("#fewer-few-error").isHidden());
  for (const time of await times(page, "#fewer-few-columns")) assert.match(time, /\u00a0ms$/);
  await close();
});
