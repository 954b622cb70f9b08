// The strip of the last runs: kept over a reload, shown again, compared, erased.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, generate, greys, openCalm, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const levels = (page, selector = "#live", at = 0) => greys(page, selector, at).then((canvas) => canvas.levels);
const captions = (page) => page.locator("#runs .made").allInnerTexts();
const SHORT = { count: 1, sampler: "ddim", steps: 3 };

/** Once what was said is drawn too: that comes with the screen's next frame. */
const drawn = (page) => page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));

test("runs are kept over a reload, once each, and a click shows one again with its settings and its model", async () => {
  const { page, complaints, close } = await openCalm(site);
  await waitForText(page, "#runs-line", "Runs that are finished are kept here");
  await generate(page, { ...SHORT, seed: 1 });
  await drawn(page);
  const first = await levels(page);
  await generate(page, { ...SHORT, seed: 2, steps: 200 });
  await generate(page, { ...SHORT, seed: 1 });
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  await generate(page, { ...SHORT, seed: 1 });
  const words = ["Seed 1, DDIM, 3 steps, the tutorial's model.", "Seed 2, DDIM, 200 steps, this page's own model.", "Seed 1, DDIM, 3 steps, this page's own model."];
  assert.deepEqual(await captions(page), words);

  // All of it is there still: nothing is made.
  await page.locator("#runs li").nth(2).locator("button").first().click();
  await waitForText(page, "#status", "The run of seed 1, as it was made.");
  await drawn(page);
  assert.deepEqual(await levels(page), first);
  assert.equal(await page.locator("#model").inputValue(), "page");
  assert.equal(await text(page, "#caption"), words[2]);
  assert.ok(await page.locator("#replay").isVisible());

  await page.reload();
  await waitForText(page, "#status", "Ready");
  await page.locator("#runs li").nth(2).waitFor();
  assert.deepEqual(await captions(page), words);
  assert.deepEqual(await levels(page, "#runs canvas", 2), first);
  await page.locator("#seed").fill("99");
  await page.locator("#runs li").nth(2).locator("button").first().click();
  await waitForText(page, "#status", "Done");
  await atStep(page, "3");
  assert.deepEqual(await levels(page), first, "made again from its seed");
  assert.equal(await page.locator("#seed").inputValue(), "1");
  assert.deepEqual(await captions(page), words);
  await page.locator("#runs li").nth(1).locator("button").first().click();
  await atStep(page, "200", 60_000);
  assert.equal(await page.locator("#steps").inputValue(), "200", "as many as all are chosen too");
  await page.waitForFunction(() => location.search === "?seed=2&count=1&sampler=ddim");
  assert.deepEqual(complaints, []);
  await close();
});

test("two runs are compared on one scrubber; one that is not there any more is made again", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { ...SHORT, seed: 1, steps: 2 });
  await page.reload();
  await waitForText(page, "#status", "Ready");
  await generate(page, { ...SHORT, seed: 1, steps: 8 });
  const [eight, middle] = [await levels(page), await levels(page, "#frames canvas", 4)];
  assert.ok(await page.locator("#runs-compare").isDisabled());
  for (const at of [0, 1]) await page.locator("#runs input").nth(at).check();
  await page.locator("#runs-compare").click();
  await page.locator("#compare").waitFor();
  const figures = page.locator("#compare figure:visible");
  assert.deepEqual(await figures.locator("figcaption").allInnerTexts(), ["Seed 1, DDIM, 2 steps, this page's own model.", "Seed 1, DDIM, 8 steps, this page's own model."]);
  assert.deepEqual(await levels(page, "#compare canvas", 1), eight);
  for (const [at, steps] of [[0, 2], [1, 8]]) {
    assert.equal(await figures.nth(at).locator(".place").innerText(), `step ${steps} of ${steps}, finished, ᾱ = 1.000`);
    assert.match(await figures.nth(at).locator(".pace").innerText(), new RegExp(`^${steps} steps, \\d+(\\.\\d)? ms each: \\d+\\.\\d s$`));
  }
  await page.locator("#compare-share").fill("500");
  assert.match(await figures.nth(0).locator(".place").innerText(), /^step 1 of 2, t = /);
  assert.match(await figures.nth(1).locator(".place").innerText(), /^step 4 of 8, t = /);
  assert.deepEqual(await levels(page, "#compare canvas", 1), middle);
  await page.locator('#compare-view input[value="x_0"]').check({ force: true });
  assert.match(await figures.nth(1).locator(".place").innerText(), /^step 4 of 8, from t = /);
  await page.keyboard.press("Escape");
  assert.deepEqual(complaints, []);
  await close();
});

test("runs are erased, one and all, for good; by keyboard the focus stays in the strip", async () => {
  const { page, complaints, close } = await openCalm(site);
  for (const seed of [1, 2, 3]) await generate(page, { ...SHORT, seed });
  const remove = page.getByRole("button", { name: "Erase the run of seed 2" });
  await remove.focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Erase the run of seed 1");
  await page.reload();
  await page.locator("#runs li").nth(1).waitFor();
  assert.deepEqual((await captions(page)).map((words) => words.slice(0, 6)), ["Seed 3", "Seed 1"]);
  await page.locator("#runs-erase").click();
  assert.equal(await page.locator("#runs li").count(), 0);
  await page.reload();
  await waitForText(page, "#status", "Ready");
  await waitForText(page, "#runs-line", "Runs that are finished are kept here");
  assert.equal(await page.locator("#runs li").count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test("where the browser keeps nothing, the strip lasts as long as the page, and says so", async () => {
  const prepare = (context) => context.addInitScript(() => {
    Object.defineProperty(window, "indexedDB", { get: () => ({ open: () => { throw new Error("storage is off"); } }) });
  });
  const { page, complaints, close } = await openCalm(site, { prepare });
  await generate(page, { ...SHORT, seed: 1 });
  await waitForText(page, "#runs-line", "gone when the page is closed, because the browser keeps nothing for it: storage is off.");
  assert.equal((await captions(page)).length, 1);
  assert.deepEqual(complaints, []);
  await close();
});
