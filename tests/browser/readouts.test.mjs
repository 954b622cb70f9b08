// What the page says of what is seen: the step and its noise level, what made the pictures, and what the buttons do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, choose, generate, greys, openCalm, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const shown = (page) => page.locator(".bar .buttons button:visible").allInnerTexts();
/** The buttons that are seen first. */
const first = (page) => page.locator(".bar .buttons button.first:visible").allInnerTexts();

test("each view tells the noise level of its own picture; the frames are the steps there are", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?model=tutorial" });
  await generate(page, { count: 1, sampler: "ddim", steps: 4, seed: 1 });
  const titles = page.locator("#frames button:visible span:first-child");
  assert.deepEqual(await titles.allInnerTexts(), ["Step 0", "Step 1", "Step 2", "Step 3", "Step 4"]);
  const see = async (view, step) => {
    await page.locator(`#view input[value="${view}"]`).check({ force: true });
    await page.locator("#frames button").nth(step).click();
    await page.locator(`#frames button:nth-child(${step + 1})[aria-current]`).waitFor();
    assert.deepEqual((await greys(page, "#live")).levels, (await greys(page, "#frames canvas", step)).levels);
    return text(page, "#place");
  };
  const batches = [];
  for (const step of [0, 1, 2, 3]) batches.push(/^step \d of 4, (t = .*)$/.exec(await see("x_t", step))[1]);
  assert.equal(new Set(batches).size, 4);
  assert.equal(batches[0], "t = 199, ᾱ = 0.132");
  assert.equal(await see("x_t", 4), "step 4 of 4, finished, ᾱ = 1.000");
  for (const view of ["x_0", "eps"]) {
    assert.equal(await see(view, 0), "step 0 of 4, nothing predicted yet");
    for (const step of [1, 2, 3, 4]) assert.equal(await see(view, step), `step ${step} of 4, from ${batches[step - 1]}`);
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("pictures keep the words for what made them, and say when the settings are others", async () => {
  const { page, complaints, close } = await openCalm(site);
  assert.deepEqual(await shown(page), ["New pictures", "Start"]);
  await generate(page, { count: 1, sampler: "ddim", steps: 2, seed: 5, class: "Sneaker" });
  const made = "seed 5, Sneaker, guidance 4.0 from t = 140 on, DDIM, 2 steps, this page's own model.";
  assert.equal(await text(page, "#caption"), `S${made.slice(1)}`);
  assert.deepEqual(await shown(page), ["New pictures", "Replay"]);

  await choose(page, { steps: 3 });
  assert.equal(await text(page, "#caption"), `These pictures were made with other settings: ${made}`);
  assert.deepEqual(await shown(page), ["New pictures", "Start"]);
  assert.equal(await text(page, "#status"), "The settings have changed. Start makes these pictures anew with them.");
  assert.deepEqual(await first(page), ["Start"]);
  await choose(page, { steps: 2 });
  assert.equal(await text(page, "#status"), "The settings are those of these pictures.");
  assert.deepEqual(await first(page), ["New pictures"]);
  assert.equal(await text(page, "#caption"), `S${made.slice(1)}`);

  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#status", "Ready: press Start.");
  assert.equal(await text(page, "#caption"), `These pictures were made with other settings: ${made}`);
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#card", "this page's own model");
  await waitForText(page, "#status", "Ready");
  await choose(page, { class: "Sneaker" });
  assert.equal(await text(page, "#caption"), `S${made.slice(1)}`);
  assert.deepEqual(complaints, []);
  await close();
});

test("Replay shows the run again without making it; the buttons of a run are there while it goes on", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { count: 1, sampler: "ddim", steps: 6, seed: 5 });
  await page.locator("#status").evaluate((line) => { line.textContent = ""; });
  await page.locator("#first").click();
  await page.locator("#replay").focus();
  await page.keyboard.press("Enter");
  await waitForText(page, "#replay", "Stop");
  await atStep(page, "6");
  await waitForText(page, "#replay", "Replay");
  assert.equal(await text(page, "#status"), "The replay is over.", "nothing was made");

  await choose(page, { count: 128, sampler: "ddpm", steps: 200 });
  await page.locator("#first").click();
  await page.evaluate(() => document.activeElement.blur()); // the space bar is the button's
  await page.keyboard.press(" ");
  await waitForText(page, "#status", "Replaying");
  await page.locator("#start").focus();
  await page.keyboard.press("Enter");
  await atStep(page, "[1-9]\\d*");
  assert.match(await text(page, "#status"), /^Generating/, "a run that takes a replay's place is what is told");
  assert.deepEqual(await shown(page), ["New pictures", "Pause", "Step", "Cancel"]);
  assert.equal(await page.evaluate(() => document.activeElement.id), "pause", "a button that goes leaves the focus to another");
  await choose(page, { steps: 50 });
  assert.deepEqual(await shown(page), ["New pictures", "Start", "Pause", "Cancel"]);
  await page.locator("#cancel").click();
  await waitForText(page, "#status", "Cancelled");
  assert.deepEqual(await shown(page), ["New pictures", "Start"]);
  assert.deepEqual(complaints, []);
  await close();
});
