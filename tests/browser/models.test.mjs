// The models that came with the page: the menu, and where a run of each starts.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { atStep, colours, generate, greys, open, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { furthest, sampleNatively } from "./native.mjs";
import { DIST } from "./paths.mjs";

const site = useSite();
const { SHIPPED } = await import(pathToFileURL(join(DIST, "www/lib/shipped.js")).href);
const TUTORIAL = "tutorial.safetensors";

/** A page, and the addresses that it asked for so far. */
async function openWatched(options = {}) {
  const asked = [];
  const prepare = async (context) => context.on("request", (request) => asked.push(request.url()));
  const opened = await openCalm(site, { prepare, ...options });
  return { ...opened, askedFor: (file) => asked.filter((url) => url.endsWith(file)).length };
}

const chosen = (page) => page.locator("#model").inputValue();

/** A short run's picture. */
async function picture(page) {
  await generate(page, { count: 1, sampler: "ddim", steps: 2, seed: 1, from: "pure" });
  await atStep(page, "2");
  return (await greys(page, "#live")).levels.join();
}

test("the menu exchanges the model and goes back; each is downloaded once", async () => {
  const { page, complaints, askedFor, close } = await openWatched();
  const before = await picture(page);
  assert.match(await text(page, "#weights-line"), /^Fashion-MNIST, \d+ epochs$/);
  assert.equal(askedFor(TUTORIAL), 0, "not before it is chosen");

  const pictures = [];
  for (const [model, name] of [["tutorial", "the tutorial's model"], ["page", "this page's own model"], ["tutorial", "the tutorial's model"]]) {
    await page.locator("#model").focus();
    await page.locator("#model").selectOption(model);
    await waitForText(page, "#card", name);
    await waitForText(page, "#status", "Ready");
    assert.match(await text(page, "#weights-line"), /^Fashion-MNIST, \d+ epochs$/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "model", "the focus stays");
    assert.ok(await page.locator("#shipped").isHidden());
    pictures.push(await picture(page));
  }
  assert.match(await text(page, "#card"), /Schedule\s+linear, 200 steps, β from 0\.0001 to 0\.02\s+Predicts\s+ε, the noise\s+Trained on\s+Fashion-MNIST[^]*Trained for\s+30 epochs/);
  assert.ok(pictures[1] === before, "the page's own again");
  assert.ok(pictures[0] === pictures[2], "the tutorial's again");
  assert.deepEqual([askedFor(TUTORIAL), askedFor("fashion-mnist.safetensors")], [1, 1]);
  assert.deepEqual(complaints, []);
  await close();
});

test("each model's file came with the page, and is as large as the menu says before it is fetched", async () => {
  const { page, complaints, close } = await openCalm(site);
  const told = await page.locator("#model option").evaluateAll((options) => options.filter(({ hidden }) => !hidden).map(({ value, text }) => [value, text]));
  assert.deepEqual(told, Object.entries(SHIPPED).map(([model, { url, label }]) => {
    const { size } = statSync(fileURLToPath(url));
    return [model, `${label} (${(size / 1e6).toFixed(1)} MB)`];
  }));
  assert.deepEqual(complaints, []);
  await close();
});

test("the emoji model draws in colour, of nine classes, guided in every step, what the native program draws", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?model=emoji" });
  assert.equal(await text(page, "#subject"), SHIPPED.emoji.subject);
  const classes = await page.locator("#class label").allTextContents();
  assert.deepEqual(classes.map((name) => name.trim()).filter((name) => name !== "any" && name !== "one of each"), [
    "Activities", "Animals & Nature", "Flags", "Food & Drink", "Objects", "People & Body", "Smileys & Emotion", "Symbols", "Travel & Places"]);
  assert.equal(await page.locator("#class :checked").evaluate((key) => key.value), "each", "the page begins with one of each");
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#card", "this page's own model");
  assert.equal(await page.locator("#class :checked").evaluate((key) => key.value), "any");
  await page.locator("#model").selectOption("emoji");
  await waitForText(page, "#card", "the emoji model");
  await generate(page, { count: 1, seed: 5, class: "Flags", sampler: "dpm-solver-pp", steps: 4 });
  assert.match(await text(page, "#caption"), /guidance 3\.0 from t = 199 on/);
  const drawn = await colours(page, "#live");
  const native = sampleNatively("--weights", fileURLToPath(SHIPPED.emoji.url), "--seed", "5", "--count", "1", "--class", "Flags", "--guidance", "3",
    "--sampler", "dpm-solver-pp", "--steps", "4");
  const apart = furthest(drawn, native, { side: 32, channels: 3, columns: 1 });
  assert.ok(apart <= 1, `${apart} levels from the native run`);
  const { levels } = drawn;
  assert.ok(levels.some((level, at) => at % 3 === 0 && Math.abs(level - levels[at + 2]) > 80), "they have colours");
  assert.deepEqual(complaints, []);
  await close();
});

test("in mid-run the model is exchanged and the run begins anew", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url);
  await atStep(page, "[1-9]\\d*");
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  await waitForText(page, "#status", "Generating 16 pictures");
  assert.ok(await page.locator("#pause").isVisible());
  assert.deepEqual(complaints, []);
  await close();
});

test("a model that is missing is said in place; the previous one stays, and the next try may do", async () => {
  const { page, close } = await openWatched();
  const before = await picture(page);
  await page.route(`**/${TUTORIAL}`, (route) => route.fulfill({ status: 404 }));
  await page.locator("#model").selectOption("tutorial");
  const sentence = await waitForText(page, "#error", "was not loaded");
  assert.equal(sentence, "The tutorial's model was not loaded: tutorial.safetensors is missing on the server (status 404). The previous model is still loaded.");
  assert.equal(await chosen(page), "page");
  assert.match(await text(page, "#card"), /this page's own model/);
  assert.ok(await picture(page) === before, "the model stays");
  assert.ok(await page.locator("#error").isHidden(), "the next run has nothing to complain of");

  await page.unroute(`**/${TUTORIAL}`);
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  await close();
});

test("?model= chooses it from the start, without the other", async () => {
  const { page, complaints, askedFor, close } = await openWatched({ query: "?model=tutorial" });
  assert.equal(await chosen(page), "tutorial");
  assert.match(await text(page, "#card"), /the tutorial's model/);
  assert.deepEqual([askedFor(TUTORIAL), askedFor("fashion-mnist.safetensors")], [1, 0]);
  assert.deepEqual(complaints, []);
  await close();
});

test("an unknown model is named, and those there are", async () => {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}?model=mine`);
  await waitForText(page, "#error", 'There is no model "mine": choose page, tutorial, few-steps, wide, emoji');
  assert.deepEqual(complaints, []);
  await close();
});

/** Both figures of "Where a run starts", once they show this start. */
async function figures(page, start) {
  await page.locator(`#starts-from input[value="${start}"]`).check({ force: true });
  const drawn = ["tutorial", "page"].map((model) => `#starts-${model}-box[aria-busy="false"] canvas[style]`);
  for (const canvas of drawn) await page.locator(canvas).waitFor({ timeout: 120_000 });
  return Promise.all(drawn.map((canvas) => greys(page, canvas).then(({ levels }) => levels)));
}

const mean = (levels) => levels.reduce((sum, level) => sum + level) / levels.length;

test("from pure noise the tutorial's pictures are lighter than from matched noise", async () => {
  const { page, complaints, askedFor, close } = await openWatched();
  assert.equal(askedFor(TUTORIAL), 0, "nothing is made before it is seen");
  await page.locator("#starts").scrollIntoViewIfNeeded();
  const pure = await figures(page, "pure");
  const matched = await figures(page, "matched");
  pure.forEach((levels, at) => assert.notDeepEqual(levels, matched[at]));
  const [tutorial, own] = pure.map((levels, at) => mean(levels) - mean(matched[at]));
  assert.ok(tutorial > 20, `${tutorial} grey levels lighter`);
  assert.ok(Math.abs(own) <= tutorial, `the page's own: ${own} grey levels lighter`);
  assert.deepEqual(await figures(page, "pure"), pure);
  assert.deepEqual([askedFor(TUTORIAL), askedFor("fashion-mnist.safetensors")], [1, 1]);
  assert.deepEqual(complaints, []);
  await close();
});

test("a figure that cannot be made is said in place, and made at the next try", async () => {
  const { page, close } = await openWatched();
  await page.route(`**/${TUTORIAL}`, (route) => route.abort());
  await page.locator("#starts").scrollIntoViewIfNeeded();
  await waitForText(page, "#starts-error", /could not be made: tutorial\.safetensors could not be fetched: check the connection and try again\./);
  await page.unroute(`**/${TUTORIAL}`);
  await figures(page, "matched");
  assert.ok(await page.locator("#starts-error").isHidden());
  await close();
});
