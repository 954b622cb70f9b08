// The toy in two dimensions: particles that walk to the data, and what is said and drawn of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, openCalm, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const toy = (part) => `#toy-${part}`;

async function see(page, steps = 50) {
  await page.locator("#toy").scrollIntoViewIfNeeded();
  await waitForText(page, toy("line"), `240 particles in ${steps} steps, computed in`, 60_000);
}

/** What the canvas shows, in few letters. */
const shown = (page) => page.locator(toy("canvas")).evaluate((canvas) => canvas.toDataURL());

/** Pixels of the colour of a key of the legend: fine lines cover them in part. */
const pixelsOf = (page, key) => page.locator(toy("canvas")).evaluate((canvas, id) => {
  const wanted = getComputedStyle(document.getElementById(id)).color.match(/\d+/g).map(Number);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 60 && wanted.every((level, k) => Math.abs(data[at + k] - level) < 8)) count += 1;
  return count;
}, `toy-key-${key}`);

/** Does something, and waits until the canvas shows something else. */
async function changed(page, act) {
  const before = await shown(page);
  await act();
  for (let tries = 0; tries < 100; tries += 1) {
    const now = await shown(page);
    if (now !== before) return now;
    await page.waitForTimeout(50);
  }
  throw new Error("the canvas stays the same");
}

const choose = (page, keys, value) => page.locator(`${toy(keys)} input[value="${value}"]`).check({ force: true });

test("particles walk from noise to the data, and a path belongs to its seed, data set, sampler and eta", async () => {
  const { page, complaints, close } = await openCalm(site);
  assert.equal((await text(page, toy("line"))).trim(), "", "nothing is computed before it is seen");
  await see(page);
  assert.equal((await page.locator(`${toy("set")} label`).allInnerTexts()).join(), "two moons,a ring,a spiral,three blobs");
  await waitForText(page, toy("text"), /^step 30 of 50: t\s=\s79$/);
  await waitForText(page, toy("path"), "nothing is random after the start");
  const smooth = await pixelsOf(page, "paths");
  await changed(page, () => choose(page, "eta", "1"));
  await waitForText(page, toy("path"), "Paths wander");
  assert.ok(await pixelsOf(page, "paths") > 1.2 * smooth, "paths that wander are longer");
  await changed(page, () => choose(page, "eta", "0.5"));
  await waitForText(page, toy("path"), "Paths tremble");
  await changed(page, () => choose(page, "eta", "0"));
  await changed(page, () => choose(page, "set", "spiral"));
  await changed(page, () => page.locator(toy("dice")).click());
  assert.match(await text(page, toy("seed")), /^\d{1,4}$/);
  await changed(page, () => page.locator(toy("sampler")).selectOption("dpm-solver-pp"));
  await waitForText(page, toy("path"), "each step bends with the path");
  assert.ok(await page.locator(toy("eta-field")).isHidden());
  await changed(page, () => choose(page, "steps", "10"));
  await see(page, 10);
  await waitForText(page, toy("text"), "step 6 of 10");
  assert.deepEqual(complaints, []);
  await close();
});

test("the slider goes from noise to the data; arrows and paths can be left out", async () => {
  const { page, complaints, close } = await openCalm(site);
  await see(page);
  const arrows = await pixelsOf(page, "arrows");
  assert.ok(arrows > 100, "arrows are drawn");
  await changed(page, () => page.locator(toy("arrows")).uncheck());
  assert.ok(await pixelsOf(page, "arrows") < arrows / 10);
  await changed(page, () => page.locator(toy("paths")).uncheck());
  assert.match(await page.locator(toy("canvas")).getAttribute("aria-label"), /^The plane .*two moons, and 240 particles at step 30 of 50[^A]*$/);
  await page.locator(toy("arrows")).check();
  const early = await changed(page, () => page.locator(toy("back")).click());
  await waitForText(page, toy("text"), /^step 0 of 50: noise, t\s=\s199$/);
  await page.locator(toy("position")).focus();
  const late = await changed(page, () => page.keyboard.press("End"));
  await waitForText(page, toy("text"), "step 50 of 50: finished");
  assert.ok(await pixelsOf(page, "arrows") < arrows / 10, "where nothing is noised there is nothing to follow");
  assert.notEqual(late, early);
  assert.doesNotMatch(await page.locator(toy("canvas")).getAttribute("aria-label"), /Arrows/);
  assert.deepEqual(complaints, []);
  await close();
});

test("it plays once when it is seen, can be stopped, and is calm where motion is not wanted", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url, { reducedMotion: "no-preference" });
  await see(page);
  await waitForText(page, toy("play"), "Stop");
  await waitForText(page, toy("text"), /^step [1-9]\d? of 50/);
  await page.locator(toy("play")).click();
  await waitForText(page, toy("play"), "Play");
  const at = await text(page, toy("text"));
  await page.waitForTimeout(300);
  assert.equal(await text(page, toy("text")), at);
  await page.locator(toy("play")).click();
  await waitForText(page, toy("text"), "step 50 of 50");
  await waitForText(page, toy("play"), "Play");
  assert.deepEqual(complaints, []);
  await close();

  const calm = await openCalm(site);
  await see(calm.page);
  assert.equal(await text(calm.page, toy("play")), "Play");
  await calm.close();
});

test("it is drawn in the screen's own pixels, in the dark too, and fits a phone", async () => {
  const { page, complaints, close } = await openCalm(site, { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, colorScheme: "dark" });
  await see(page);
  const { drawn, seen } = await page.locator(toy("canvas")).evaluate((canvas) => ({ drawn: canvas.width, seen: canvas.clientWidth }));
  assert.equal(drawn, 2 * seen);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  assert.ok(await pixelsOf(page, "particles") > 50, "light particles on dark ground");
  await changed(page, () => page.emulateMedia({ colorScheme: "light" }));
  assert.ok(await pixelsOf(page, "particles") > 50, "and dark ones on light");
  assert.deepEqual(complaints, []);
  await close();
});
