// The forward-noise slider: golden numbers, and pictures that follow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, greys, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { SCHEDULE } from "./paths.mjs";
import { readTensor } from "./safetensors.mjs";

const site = useSite();

/** With the tutorial's schedule. The slider's worker starts beside the engine's. */
async function openNoise() {
  const opened = await openCalm(site, { query: "?model=tutorial" });
  await waitForText(opened.page, "#alpha-bar", /\d/);
  return opened;
}

const number = (page, id) => page.locator(id).evaluate((element) => Number(element.value));

test("t, alpha_bar and SNR at the four marks are the tutorial's", async () => {
  const alphaBars = readTensor(SCHEDULE, "alpha_bars");
  const { page, complaints, close } = await openNoise();
  const pictures = new Set();
  for (const [percent, t] of [[25, 49], [50, 99], [75, 149], [100, 199]]) {
    await page.locator(`#marks button[value="${percent}"]`).click();
    await waitForText(page, "#t", new RegExp(`^${t}$`));
    const [alphaBar, snr] = [await number(page, "#alpha-bar"), await number(page, "#snr")];
    const golden = alphaBars[t];
    assert.ok(Math.abs(alphaBar - golden) < 1e-6, `${percent} %: ${alphaBar}, not ${golden}`);
    const ratio = snr / (golden / (1 - golden));
    assert.ok(Math.abs(ratio - 1) < 1e-5, `${percent} %: SNR ${snr}`);
    assert.equal(await text(page, "#percent-text"), `${percent} %`);
    assert.equal(await text(page, "#alpha-bar"), golden.toFixed(4));
    pictures.add((await greys(page, "#noised")).levels.join());
  }
  assert.equal(pictures.size, 4);
  assert.deepEqual(complaints, []);
  await close();
});

test("0 % is the original, and arrow keys move from there", async () => {
  const { page, complaints, close } = await openNoise();
  await page.locator("#percent").press("Home");
  await waitForText(page, "#t", "none");
  assert.equal(await text(page, "#snr"), "∞");
  const original = await greys(page, "#original");
  assert.deepEqual(await greys(page, "#noised"), original);
  assert.ok(new Set(original.levels).size > 100, "real pictures have many greys");

  await page.locator("#percent").press("ArrowRight");
  await waitForText(page, "#t", /^1$/);
  const noised = await greys(page, "#noised");
  assert.notDeepEqual(noised, original);

  await page.locator("#percent").press("ArrowRight");
  await waitForText(page, "#t", /^3$/);
  await page.locator("#percent").press("ArrowLeft");
  await waitForText(page, "#t", /^1$/);
  assert.deepEqual(await greys(page, "#noised"), noised, "the noise of an image is fixed");
  assert.deepEqual(complaints, []);
  await close();
});

test("the four panels are the slider's pictures at their marks", async () => {
  const { page, complaints, close } = await openNoise();
  for (const percent of [25, 50, 75, 100]) {
    await page.locator(`#marks button[value="${percent}"]`).click();
    await waitForText(page, "#percent-text", `${percent} %`);
    await page.waitForFunction(() => document.getElementById("t").textContent !== "");
    await page.waitForTimeout(200);
    assert.deepEqual(await greys(page, "#noised"), await greys(page, `#panel-${percent}`));
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("the slider answers while a run is under way", async () => {
  const { page, complaints, close } = await openNoise();
  await page.locator("#start").click();
  await atStep(page, "[1-9]\\d*");
  await page.locator('#marks button[value="100"]').click();
  await waitForText(page, "#t", /^199$/);
  assert.ok(await page.locator("#pause").isVisible());
  assert.deepEqual(complaints, []);
  await close();
});

test("one look at clean pictures: trained beside untrained, and past the schedule", async () => {
  const { page, complaints, close } = await openNoise();
  await page.locator("#look-t").scrollIntoViewIfNeeded();
  await waitForText(page, "#look-note", /predicts the noise\. 200 is one past the steps/);
  const at = async () => [await greys(page, "#look-trained"), await greys(page, "#look-untrained")];
  const [trained, untrained] = await at();
  const different = ({ levels }) => new Set(levels).size;
  assert.ok(different(trained) > 50, "a trained network sees something");
  assert.ok(different(untrained) < different(trained), "an untrained one next to nothing");
  await page.locator("#look-t").fill("0");
  await waitForText(page, "#look-note", /predicts the noise\. It knows the steps 0 to 199/);
  assert.notDeepEqual((await at())[0], trained);
  assert.deepEqual((await greys(page, "#look-batch")), await greys(page, "#original"));
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#look-note", /predicts v: at low steps the noise/);
  assert.deepEqual(complaints, []);
  await close();
});
