// Pause, step, scrub, cancel; the views, the close look and the keys; settings that cannot be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, choose, enlarge, generate, greys, open, openCalm, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const press = (page, id) => page.locator(`#${id}`).click();
const level = (page, selector = "#live", at = 0) => greys(page, selector, at).then(({ levels }) => levels);

/** A run that takes its time. */
const SLOW = { count: 128 };

/** Any step but the noise before the first. */
const STARTED = "[1-9]\\d*";

/** The shown step's number. */
const shownStep = async (page) => Number(/\d+/.exec(await text(page, "#place")));

test("pause stops, step takes one, resume goes on, cancel ends", async () => {
  const { page, complaints, close } = await openCalm(site);
  await choose(page, SLOW);
  await press(page, "start");
  await atStep(page, STARTED);
  await press(page, "pause");
  await waitForText(page, "#status", "Paused");
  await sleep(1000); // the step under way ends
  const held = await shownStep(page);
  await sleep(1000);
  assert.equal(await shownStep(page), held);

  await press(page, "step");
  await atStep(page, String(held + 1));
  await sleep(500);
  assert.equal(await shownStep(page), held + 1);

  assert.equal(await text(page, "#pause"), "Resume");
  await press(page, "pause");
  await waitForText(page, "#speed", /left$/);
  await page.waitForFunction((n) => Number(/\d+/.exec(document.getElementById("place").textContent)) > n + 2, held);

  await press(page, "cancel");
  await waitForText(page, "#status", "Cancelled");
  const cancelled = await shownStep(page);
  await sleep(1000);
  assert.equal(await shownStep(page), cancelled);
  assert.ok(await page.locator("#pause").isHidden());
  assert.ok(await page.locator("#replay").isHidden(), "there is no whole run to replay");
  assert.ok(await page.locator("#start").isEnabled());
  assert.deepEqual(complaints, []);
  await close();
});

test("the same seed is the same run, another one another; New pictures draws a short one and starts", async () => {
  const { page, complaints, close } = await openCalm(site);
  const runs = [];
  for (const seed of [7, 42, 7]) {
    await generate(page, { seed, steps: 2 });
    runs.push((await level(page)).join());
  }
  assert.ok(runs[0] === runs[2], "the same seed");
  assert.ok(runs[0] !== runs[1], "another seed");

  await page.locator("#status").evaluate((line) => { line.textContent = ""; });
  await press(page, "fresh");
  await waitForText(page, "#status", "Done");
  const drawn = await page.locator("#seed").inputValue();
  assert.ok(/^\d{1,4}$/.test(drawn) && drawn !== "7", drawn);
  assert.ok((await level(page)).join() !== runs[0], "a seed of chance");

  // Enter in the seed is a beginning; a second one at once takes the first one's place.
  await choose(page, { ...SLOW, seed: 7, steps: 200 });
  await page.locator("#seed").press("Enter");
  await choose(page, { count: 16, seed: 42, steps: 2 });
  await page.locator("#status").evaluate((line) => { line.textContent = ""; });
  await page.locator("#seed").press("Enter");
  await waitForText(page, "#status", "Done");
  await atStep(page, "2");
  assert.ok((await level(page)).join() === runs[1], "the second beginning's run");
  assert.deepEqual(complaints, []);
  await close();
});

test("a finished run is scrubbed: slider, keys, frames and their views", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?model=tutorial" });
  await generate(page, { steps: 20 });
  await atStep(page, "20");
  const last = await level(page);

  await page.locator("h1").click();
  await page.keyboard.press("ArrowLeft");
  await atStep(page, "19");
  assert.notDeepEqual(await level(page), last);
  await page.keyboard.press("Home");
  assert.match(await atStep(page, "0"), /^step\s+0 of 20, t = 199, ᾱ = 0\.132$/);
  const noise = await level(page);
  assert.ok(await page.locator("#back").isDisabled());
  await page.keyboard.press("ArrowRight");
  await atStep(page, "1");
  await page.keyboard.press("End");
  await atStep(page, "20");
  assert.deepEqual(await level(page), last);

  await page.locator("#position").focus();
  await page.keyboard.press("ArrowLeft");
  await atStep(page, "19");
  await page.locator("#position").fill("0");
  await atStep(page, "0");
  assert.deepEqual(await level(page), noise);

  // A frame shows the step in its title, and leads there.
  assert.equal(await text(page, "#frames button:nth-child(5) span:first-child"), "Step 5");
  await page.locator("#frames button").nth(4).click();
  await atStep(page, "5");
  assert.equal(await page.locator("#frames button").nth(4).getAttribute("aria-current"), "step");
  assert.deepEqual(await level(page, "#frames canvas", 4), await level(page));

  const views = {};
  for (const view of ["x_t", "x_0", "eps"]) {
    await page.locator(`#view input[value="${view}"]`).check({ force: true });
    await sleep(200);
    views[view] = await level(page);
    assert.deepEqual(await level(page, "#frames canvas", 4), views[view]);
  }
  assert.equal(new Set(Object.values(views).map((levels) => levels.join())).size, 3);

  // Space plays it again, from its beginning to its end.
  await press(page, "last");
  await page.locator("h1").click();
  await page.keyboard.press(" ");
  await atStep(page, STARTED);
  await atStep(page, "20");
  await waitForText(page, "#replay", "Replay");
  assert.deepEqual(complaints, []);
  await close();
});

test("looking back while the run goes on does not stop it", async () => {
  const { page, complaints, close } = await openCalm(site);
  await choose(page, { ...SLOW, steps: 60 });
  await press(page, "start");
  await atStep(page, STARTED);
  await press(page, "first");
  await atStep(page, "0");
  await page.waitForFunction(() => document.getElementById("progress").value > 5);
  await atStep(page, "0");
  await press(page, "last");
  await waitForText(page, "#status", "Done");
  await atStep(page, "60");
  assert.deepEqual(complaints, []);
  await close();
});

test("a click on an image opens it, with its filmstrip", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { steps: 16 });
  await atStep(page, "16");
  const box = await page.locator("#live").boundingBox();
  await page.mouse.click(box.x + box.width * 0.4, box.y + box.height * 0.6); // second column, third row
  await waitForText(page, "#zoom-title", "Image 10 of 16");
  const large = await greys(page, "#zoom-image");
  assert.equal(large.width, 28);
  const batch = await greys(page, "#live");
  const row = batch.levels.slice((2 * 29 + 5) * batch.width + 29, (2 * 29 + 5) * batch.width + 57);
  assert.deepEqual(large.levels.slice(5 * 28, 6 * 28), row);
  for (const key of ["x_t", "x_0", "eps"]) assert.equal((await greys(page, `#strip-${key}`)).width, 16 * 29 - 1);

  await page.keyboard.press("ArrowLeft"); // the focus is on a button
  await atStep(page, "15");
  assert.match(await text(page, "#zoom-text"), /^15, from t = \d+ to t = \d+$/);
  await press(page, "zoom-after");
  await waitForText(page, "#zoom-title", "Image 11 of 16");
  const strip = await page.locator("#strip-x_t").boundingBox();
  await page.mouse.click(strip.x + 2, strip.y + 5);
  await atStep(page, "0");
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#zoom").isHidden());
  await atStep(page, "16"); // the batch is seen as it was before

  await enlarge(page, 16);
  await waitForText(page, "#zoom-title", "Image 16 of 16");
  assert.ok(await page.locator("#zoom-after").isDisabled());
  assert.deepEqual(complaints, []);
  await close();
});

test("the menus offer the program's samplers and spacings, and eta goes with DDIM", async () => {
  const { page, complaints, close } = await openCalm(site);
  const offered = (id) => page.locator(`#${id} option`).evaluateAll((all) => all.map(({ value }) => value));
  assert.deepEqual(await offered("sampler"), ["ddpm", "ddpm-posterior", "ddim", "dpm-solver-pp"]);
  assert.deepEqual(await offered("spacing"), ["even", "log-snr", "halfway"]);
  for (const sampler of await offered("sampler")) {
    await page.locator("#sampler").selectOption(sampler);
    assert.equal(await page.locator("#eta").isEnabled(), sampler === "ddim");
  }
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  assert.equal(await page.locator("#sampler").inputValue(), "dpm-solver-pp", "another model changes no setting");
  assert.deepEqual(complaints, []);
  await close();
});

for (const [setting, value, sentence] of [
  ["seed", "-1", "whole number from 0 to 9,007,199,254,740,991"],
  ["seed", "1.5", "whole number from 0 to 9,007,199,254,740,991"],
  ["seed", "", "whole number from 0 to 9,007,199,254,740,991"],
  ["steps", "201", "whole number from 1 to 200"],
  ["steps", "0", "whole number from 1 to 200"],
  ["eta", "2", "from 0 to 1"],
]) {
  test(`${setting} "${value}" is refused in place`, async () => {
    const { page, close } = await openCalm(site);
    await choose(page, { sampler: "ddim", [setting]: value });
    await press(page, "start");
    await waitForText(page, "#error", sentence);
    assert.ok(await page.locator("#pause").isHidden());
    assert.equal(await page.evaluate(() => document.activeElement.id), setting);
    await close();
  });
}

test("the first run starts by itself", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url);
  await waitForText(page, "#status", "Generating 16 pictures");
  await atStep(page, STARTED);
  assert.ok(await page.locator("#pause").isVisible());
  assert.deepEqual(complaints, []);
  await close();
});

test("on a slow machine the first run takes fewer steps, and says so", async () => {
  // A clock fifty times as fast makes any machine slow.
  const hasten = (context) => context.addInitScript(() => {
    const now = performance.now.bind(performance);
    performance.now = () => 50 * now();
  });
  const { page, complaints, close } = await open(site.browser, site.server.url, {}, hasten);
  await waitForText(page, "#status", /^(Generating|Done:) 16 pictures in \d+ steps of DDIM \(200 take \d+\s(s|min)\)/);
  const steps = await page.locator("#steps").inputValue();
  assert.ok(["10", "20", "50", "100"].includes(steps), steps);
  assert.equal(await page.locator("#sampler").inputValue(), "ddim");
  await waitForText(page, "#status", /^Done: 16 pictures in/);
  assert.deepEqual(complaints, []);
  await close();
});

test("in a hidden tab the run waits for Start", async () => {
  const hide = (context) => context.addInitScript(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
  });
  const { page, close } = await open(site.browser, site.server.url, {}, hide);
  await waitForText(page, "#status", "Ready: press Start.");
  assert.equal((await text(page, "#place")).trim(), "");
  await close();
});
