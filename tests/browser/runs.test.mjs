// The strip of the last runs: kept over a reload, shown again, compared, erased.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, choose, generate, greys, openCalm, seeNoise, text, useSite, waitForText } from "./browser.mjs";
import { UNET_RANDOM } from "./paths.mjs";

const site = useSite();

const levels = (page, selector = "#live", at = 0) => greys(page, selector, at).then((canvas) => canvas.levels);
const captions = (page) => page.locator("#runs .made").allInnerTexts();
const SHORT = { count: 1, sampler: "ddim", steps: 3 };

/** Once what was said is drawn too: that comes with the screen's next frame. */
const drawn = (page) => page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));

/** Ticks runs by their places in the strip, and presses Compare. */
async function compare(page, places) {
  for (const at of places) await page.locator("#runs input").nth(at).check();
  await page.locator("#runs-compare").click();
  await page.locator("#compare").waitFor();
}

/** Once all runs that are compared are there. */
const compared = (page) => page.locator("#compare-share:enabled").waitFor({ timeout: 120_000 });

/** After this only what was kept is there: no run has its steps. */
async function reload(page) {
  await page.reload();
  await waitForText(page, "#status", "Ready");
  await page.locator("#runs li").first().waitFor();
}

/** All that a visitor left in the main view: what is shown, what is chosen, and the address. */
const mainView = async (page) => ({
  ...await page.evaluate(() => ({
    chosen: [...document.querySelectorAll("#controls input, #controls select, #class input, #model, #view input")].map(({ id, name, value, checked }) => [id || name, value, checked]),
    said: ["caption", "place", "status", "speed"].map((id) => document.getElementById(id).textContent),
    position: document.getElementById("position").value,
    replays: !document.getElementById("replay").hidden,
    address: location.href,
  })),
  pictures: await levels(page),
  frames: await levels(page, "#frames canvas", 1),
});

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
  const two = await levels(page, "#frames canvas", 1);
  await reload(page);
  await generate(page, { ...SHORT, seed: 1, steps: 8 });
  const [eight, middle] = [await levels(page), await levels(page, "#frames canvas", 4)];
  await compare(page, [0, 1]);
  await compared(page);
  const figures = page.locator("#compare figure:visible");
  assert.deepEqual(await figures.locator("figcaption").allInnerTexts(), ["Seed 1, DDIM, 8 steps, this page's own model.", "Seed 1, DDIM, 2 steps, this page's own model."]);
  assert.deepEqual(await levels(page, "#compare canvas", 0), eight);
  for (const [at, steps] of [[0, 8], [1, 2]]) {
    assert.equal(await figures.nth(at).locator(".place").innerText(), `step ${steps} of ${steps}, finished, ᾱ = 1.000`);
    assert.match(await figures.nth(at).locator(".pace").innerText(), new RegExp(`^${steps} steps, \\d+(\\.\\d)?\u00a0ms each: \\d+\\.\\d\u00a0s$`));
  }
  await page.locator("#compare-share").fill("500");
  assert.match(await figures.nth(0).locator(".place").innerText(), /^step 4 of 8, t = /);
  assert.match(await figures.nth(1).locator(".place").innerText(), /^step 1 of 2, t = /);
  assert.deepEqual(await levels(page, "#compare canvas", 0), middle);
  assert.deepEqual(await levels(page, "#compare canvas", 1), two);
  await page.locator('#compare-view input[value="x_0"]').check({ force: true });
  assert.match(await figures.nth(0).locator(".place").innerText(), /^step 4 of 8, from t = /);
  await page.keyboard.press("Escape");
  assert.deepEqual(complaints, []);
  await close();
});

test("the runs stand in the strip's order, in whichever order they were ticked, and it is said how many can be", async () => {
  const { page, complaints, close } = await openCalm(site);
  assert.equal(await text(page, "#runs-hint"), "Tick two or three runs to compare them.");
  for (const seed of [1, 2, 3, 4]) await generate(page, { ...SHORT, seed });
  const hints = [];
  for (const at of [3, 0, 1]) {
    await page.locator("#runs input").nth(at).check();
    hints.push([await text(page, "#runs-hint"), await page.locator("#runs-compare").isEnabled(), await page.locator("#runs input:enabled").count()]);
  }
  assert.deepEqual(hints, [
    ["Tick two or three runs to compare them.", false, 4],
    ["Two runs are ticked. You may tick a third.", true, 4],
    ["Three runs at most can be compared.", true, 3],
  ]);
  await page.locator("#runs-compare").click();
  await page.locator("#compare").waitFor();
  const strip = await captions(page);
  assert.deepEqual(await page.locator("#compare figure:visible figcaption").allInnerTexts(), [0, 1, 3].map((at) => strip[at]));
  await compared(page);
  assert.equal(await text(page, "#compare-line"), "Drag the slider to move through these runs together.");
  await page.keyboard.press("Escape");

  // The button is beside the heading and above the checkboxes; what erases is elsewhere.
  const [title, button, first, erase] = await Promise.all(["#runs-title", "#runs-compare", "#runs li", "#runs-erase"].map((id) => page.locator(id).first().boundingBox()));
  assert.ok(button.x - title.x - title.width < 30 && button.y + button.height <= first.y, JSON.stringify({ title, button, first }));
  assert.ok(erase.y >= first.y + first.height, JSON.stringify({ first, erase }));
  assert.deepEqual(complaints, []);
  await close();
});

test("while runs are computed again the window says how far that is, and the main view, its settings and the address stay as they are", async () => {
  const { page, complaints, close } = await openCalm(site);
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  await generate(page, { count: 16, seed: 1, steps: 60 });
  const other = await levels(page);
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#card", "this page's own model");
  await generate(page, { count: 16, seed: 2, steps: 40 });
  await reload(page);
  await generate(page, { ...SHORT, seed: 3, steps: 12, class: "Sneaker" });
  await choose(page, { seed: 4, steps: 13 }); // not what is shown was made with
  await page.locator("#position").fill("7");
  await atStep(page, "7");
  await page.waitForFunction(() => new URLSearchParams(location.search).get("step") === "7");
  const before = await mainView(page);

  await compare(page, [1, 2]);
  assert.equal(await text(page, "#compare-line"), "These runs are computed again, so that all of their steps can be shown.");
  assert.equal(await page.locator("#compare-line").getAttribute("role"), "status");
  assert.deepEqual(await levels(page, "#compare canvas", 1), other, "the finished pictures are there at once");
  await waitForText(page, "#compare-at", /^Run 1 of 2, step [1-9]\d? of 40\.$/);
  assert.ok(await page.locator("#compare-progress").evaluate((bar) => bar.checkVisibility({ visibilityProperty: true }) && bar.max === 40 && bar.value > 0));
  assert.ok(await page.locator("#compare-share").isDisabled());
  assert.deepEqual(await mainView(page), before);
  await waitForText(page, "#compare-at", /^Run 2 of 2, step [1-9]\d? of 60\.$/, 60_000);
  await compared(page);
  assert.equal(await text(page, "#compare-line"), "Drag the slider to move through these runs together.");
  assert.ok(await page.locator("#compare-progress").evaluate((bar) => !bar.checkVisibility({ visibilityProperty: true })));
  await page.locator("#compare-share").fill("500");
  assert.deepEqual(await page.locator("#compare figure:visible .place").allInnerTexts().then((all) => all.map((words) => words.split(",")[0])), ["step 20 of 40", "step 30 of 60"]);
  await page.locator("#compare-title").click();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Home");
  await page.locator("#compare-close").click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "runs-compare");
  await drawn(page);
  assert.deepEqual(await mainView(page), before);

  // It is the same run still.
  await page.locator("#last").click();
  await atStep(page, "12");
  await page.locator("#save-open").click();
  await waitForText(page, "#save-of", /./);
  await page.keyboard.press("Escape");
  assert.deepEqual((await captions(page)).map((words) => words.slice(0, 6)), ["Seed 3", "Seed 2", "Seed 1"]);

  // What was computed again is there: it is compared and shown at once.
  await page.locator("#runs-compare").click();
  await page.locator("#compare").waitFor();
  assert.equal(await text(page, "#compare-line"), "Drag the slider to move through these runs together.");
  await page.locator("#compare-close").click();
  await page.locator("#runs li").nth(2).locator("button").first().click();
  await waitForText(page, "#status", "The run of seed 1, as it was made.");
  await drawn(page);
  assert.deepEqual(await levels(page), other);
  assert.ok(await page.locator("#replay").isVisible());
  await page.waitForFunction(() => location.search === "?model=tutorial&seed=1&steps=60");
  assert.deepEqual(complaints, []);
  await close();
});

test("closing the window ends what is computed; what fails is told in it, and can be tried again", async () => {
  const { page, close } = await openCalm(site);
  await generate(page, { ...SHORT, seed: 1 });
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  await generate(page, { count: 64, seed: 2, steps: 200 });
  await reload(page);
  await seeNoise(page); // the next section has a worker of its own
  const workers = page.workers().length;
  await compare(page, [0, 1]);
  await waitForText(page, "#compare-at", /^Run 1 of 2, step [1-9]\d* of 200\.$/);
  await page.locator("#compare-close").click();
  await page.locator("#compare").waitFor({ state: "hidden" });
  for (let tries = 100; page.workers().length > workers && tries > 0; tries -= 1) await page.waitForTimeout(100);
  assert.equal(page.workers().length, workers, "its workers have ended");
  assert.ok(await page.locator("#compare-share").isDisabled());
  assert.equal(await page.locator("#error").isVisible(), false);

  await page.locator("#runs li").first().locator("button").last().click();
  await generate(page, { ...SHORT, seed: 3 });
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#card", "this page's own model");
  await generate(page, { ...SHORT, seed: 3 });
  await page.waitForFunction(() => !new URLSearchParams(location.search).has("model")); // the address follows the run
  await reload(page);
  await page.route("**/tutorial.safetensors", (route) => route.abort());
  await compare(page, [0, 1]);
  await waitForText(page, "#compare-error", "A run could not be computed again: tutorial.safetensors could not be fetched", 60_000);
  assert.equal(await text(page, "#compare-line"), "");
  await page.unroute("**/tutorial.safetensors");
  await page.locator("#compare-error button").click();
  await compared(page);
  assert.equal(await page.locator("#compare-error").isVisible(), false);
  await page.keyboard.press("Escape");
  await close();
});

test("a run whose weights are a visitor's, and not loaded, asks for their file", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { ...SHORT, seed: 1 });
  await page.setInputFiles("#file", UNET_RANDOM);
  await waitForText(page, "#card", "unet_random.safetensors");
  await generate(page, { ...SHORT, seed: 1 });
  await reload(page);
  await compare(page, [0, 1]);
  await waitForText(page, "#compare-error", "One of these runs was made with unet_random.safetensors, which is not loaded. Close this window, load that file under “Your own weights”, and compare again.");
  await page.locator("#compare-close").click();
  await page.setInputFiles("#file", UNET_RANDOM);
  await waitForText(page, "#card", "unet_random.safetensors");
  await page.locator("#runs-compare").click();
  await compared(page);
  assert.equal(await page.locator("#compare-error").isVisible(), false);
  await page.keyboard.press("Escape");
  assert.deepEqual(complaints, []);
  await close();
});

test("a card's text that is too long ends in an ellipsis, and is its title whole", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { count: 1, seed: 123456789, steps: 3, class: "Ankle boot", spacing: "log-snr", from: "pure" });
  const card = await page.locator("#runs .made").evaluate((words) => {
    const { webkitLineClamp, lineHeight } = getComputedStyle(words);
    return { clamp: webkitLineClamp, lines: words.clientHeight / parseFloat(lineHeight), title: words.title, text: words.textContent, cut: words.scrollHeight > words.clientHeight };
  });
  assert.deepEqual([card.clamp, Math.round(100 * card.lines) / 100, card.cut], ["5", 5, true], "five whole lines, of more");
  assert.equal(card.title, card.text);
  assert.match(card.text, /this page's own model\.$/);
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
