// Watch it learn: the slider over epochs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { greys, openCalm, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

async function openLearn() {
  const opened = await openCalm(site);
  await opened.page.locator("#learn").scrollIntoViewIfNeeded();
  await waitForText(opened.page, "#epoch-text", /^Untrained$/);
  return opened;
}

const settled = (page) => page.waitForFunction(() => {
  const slider = /** @type {any} */ (document.getElementById("epoch"));
  const box = document.getElementById("epoch-box");
  return slider.disabled === false && box.getAttribute("aria-busy") === "false" && box.querySelector("canvas").width > 1;
});

/** The epochs that the page has. */
const epochsOf = async (page) => (await page.locator("#epoch-marks button").allInnerTexts()).map(Number);

test("each moment of training gives another picture of one seed, and the same one again", async () => {
  const { page, complaints, close } = await openLearn();
  const pictures = [];
  const epochs = await epochsOf(page);
  assert.ok(epochs.length >= 5 && epochs[0] === 0, epochs.join());
  for (const [place, epoch] of epochs.entries()) {
    await page.locator("#epoch-marks button").nth(place).click();
    await waitForText(page, "#epoch-text", epoch === 0 ? /^Untrained$/ : new RegExp(`^${epoch} epoch`));
    await settled(page);
    pictures.push((await greys(page, "#epoch-pictures")).levels.join());
  }
  assert.equal(new Set(pictures).size, epochs.length);
  assert.match(await text(page, "#epoch-text"), /^\d+ epochs, loss 0\.\d{3}$/);
  await page.locator("#epoch").press("Home");
  await waitForText(page, "#epoch-text", /^Untrained$/);
  await settled(page);
  assert.equal((await greys(page, "#epoch-pictures")).levels.join(), pictures[0]);
  assert.deepEqual(complaints, []);
  await close();
});

test("the loss curve has a point for each epoch, and its cursor follows the slider", async () => {
  const { page, close } = await openLearn();
  const points = () => page.locator("#epoch-curve polyline").getAttribute("points");
  const last = (await epochsOf(page)).at(-1);
  assert.equal((await points()).split(" ").length, last);
  const cursor = async () => Number(await page.locator("#epoch-curve .cursor").getAttribute("x1"));
  const before = await cursor();
  await page.locator("#epoch").press("End");
  await waitForText(page, "#epoch-text", new RegExp(`^${last} epochs`));
  assert.ok(await cursor() > before + 200);
  await close();
});

test("the tutorial's training is one click away, with its own moments and its own curve", async () => {
  const { page, complaints, close } = await openLearn();
  await page.locator("#epoch").press("End");
  await waitForText(page, "#epoch-text", /^54 epochs/);
  await settled(page);
  const [own, points] = [(await greys(page, "#epoch-pictures")).levels, await page.locator("#epoch-curve polyline").getAttribute("points")];
  await page.locator("#epoch-model label", { hasText: "The tutorial's" }).click();
  await waitForText(page, "#epoch-text", /^30 epochs, loss 0\.09\d$/);
  await settled(page);
  assert.deepEqual(await epochsOf(page), [0, 1, 5, 30]);
  assert.notDeepEqual((await greys(page, "#epoch-pictures")).levels, own);
  assert.notEqual(await page.locator("#epoch-curve polyline").getAttribute("points"), points);
  await page.locator("#epoch-model label", { hasText: "This page's own" }).click();
  await waitForText(page, "#epoch-text", /^54 epochs/);
  await settled(page);
  assert.deepEqual((await greys(page, "#epoch-pictures")).levels, own);
  assert.equal(await page.locator("#epoch-curve polyline").getAttribute("points"), points);
  assert.deepEqual(complaints, []);
  await close();
});

/** The file of the third epoch after the untrained one, and what is said of the one after it. */
async function thirdEpoch(page) {
  const [, , , epoch, after] = await epochsOf(page);
  return { file: `**/epochs/page/${String(epoch).padStart(3, "0")}.safetensors`, next: new RegExp(`^${after} epochs`) };
}

test("an epoch that fails when the slider has left it is not complained of, and the next one is shown", async () => {
  const { page, close } = await openLearn();
  await settled(page);
  const { file, next } = await thirdEpoch(page);
  let fail;
  const asked = new Promise((resolve) => {
    page.route(file, (route) => {
      fail = () => route.abort();
      resolve();
    });
  });
  await page.locator("#epoch-marks button").nth(3).click();
  await asked;
  await page.locator("#epoch-marks button").nth(4).click();
  await fail();
  await waitForText(page, "#epoch-text", next);
  await settled(page);
  assert.ok(await page.locator("#epoch-error").isHidden());
  await close();
});

test("an epoch that is missing is said, and the next one is shown", async () => {
  const { page, close } = await openLearn();
  await settled(page);
  const { file, next } = await thirdEpoch(page);
  await page.route(file, (route) => route.abort());
  await page.locator("#epoch-marks button").nth(3).click();
  await waitForText(page, "#epoch-error", /could not be shown/);
  await page.locator("#epoch-marks button").nth(4).click();
  await waitForText(page, "#epoch-text", next);
  await page.waitForFunction(() => document.getElementById("epoch-error").hidden);
  await close();
});
