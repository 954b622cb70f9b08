// Add noise: golden numbers, pictures of all classes that follow the slider, the schedule's curves, and the game.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { atStep, greys, openCalm, seeNoise, text, useSite, waitForText } from "./browser.mjs";
import { ROOT, SCHEDULE } from "./paths.mjs";
import { readTensor } from "./safetensors.mjs";

const site = useSite();

/** With the tutorial's schedule. The slider's worker starts beside the engine's. */
async function openNoise(query = "?model=tutorial", options = {}) {
  const opened = await openCalm(site, { query, ...options });
  await seeNoise(opened.page);
  return opened;
}

const number = (page, id) => page.locator(id).evaluate((element) => Number(element.value));

test("t, alpha_bar, SNR and beta at the four marks are the tutorial's, on the curves too", async () => {
  const alphaBars = readTensor(SCHEDULE, "alpha_bars");
  const { page, complaints, close } = await openNoise();
  const pictures = new Set();
  for (const [percent, t] of [[25, 49], [50, 99], [75, 149], [100, 199]]) {
    const mark = page.locator(`#marks button[value="${percent}"]`);
    assert.equal(await mark.innerText(), String(t));
    await mark.click();
    await waitForText(page, "#t", new RegExp(`^${t}$`));
    const [alphaBar, snr, beta] = [await number(page, "#alpha-bar"), await number(page, "#snr"), await number(page, "#beta")];
    const golden = alphaBars[t];
    assert.ok(Math.abs(alphaBar - golden) < 1e-6, `${percent} %: ${alphaBar}, not ${golden}`);
    const ratio = snr / (golden / (1 - golden));
    assert.ok(Math.abs(ratio - 1) < 1e-5, `${percent} %: SNR ${snr}`);
    assert.ok(Math.abs(beta - (1 - golden / alphaBars[t - 1])) < 1e-5, `${percent} %: beta ${beta}`);
    assert.match(await text(page, "#noise-text"), new RegExp(`^t\\s=\\s${t}, ${percent}\\s%$`));
    assert.equal(await text(page, "#alpha-bar"), golden.toFixed(4));
    for (const name of ["alpha_bar", "snr", "beta"]) {
      const [cursor, points] = await page.locator(`#curve-${name}`).evaluate((svg) => [
        svg.querySelector(".cursor").getAttribute("x1"), svg.querySelector("polyline").getAttribute("points").split(" "),
      ]);
      assert.equal(points.length, 200);
      assert.equal(points[t].split(",")[0], cursor, name);
    }
    pictures.add((await greys(page, "#noised")).levels.join());
  }
  assert.equal(pictures.size, 4);
  assert.deepEqual(complaints, []);
  await close();
});

test("without noise it is the original, and arrow keys move from there, a step each", async () => {
  const { page, complaints, close } = await openNoise();
  await page.locator("#noise-t").press("Home");
  await waitForText(page, "#t", "none");
  assert.equal(await text(page, "#snr"), "∞");
  const original = await greys(page, "#original");
  assert.deepEqual(await greys(page, "#noised"), original);
  assert.ok(new Set(original.levels).size > 100, "real pictures have many greys");

  await page.locator("#noise-t").press("ArrowRight");
  await waitForText(page, "#t", /^0$/);
  const noised = await greys(page, "#noised");
  assert.notDeepEqual(noised, original);

  await page.locator("#noise-t").press("ArrowRight");
  await waitForText(page, "#t", /^1$/);
  await page.locator("#noise-t").press("ArrowLeft");
  await waitForText(page, "#t", /^0$/);
  assert.deepEqual(await greys(page, "#noised"), noised, "the noise of an image is fixed");
  assert.deepEqual(complaints, []);
  await close();
});

test("there are four pictures of each class, and the chosen one is shown large, by mouse and by keyboard", async () => {
  const { page, complaints, close } = await openNoise();
  const names = await page.locator("#noise-classes > div > span:first-child").allInnerTexts();
  assert.equal(names.length, 10);
  const all = await Promise.all(Array.from({ length: 40 }, (_, at) => greys(page, "#noise-classes canvas", at)));
  assert.equal(new Set(all.map(({ levels }) => levels.join())).size, 40);
  assert.deepEqual(await greys(page, "#noised"), all[0]);
  await page.locator("#noise-classes label").nth(33).click();
  assert.equal(await text(page, "#noise-name"), "Bag, picture 2");
  assert.deepEqual(await greys(page, "#noised"), all[33]);
  await page.keyboard.press("ArrowRight");
  assert.equal(await text(page, "#noise-name"), "Bag, picture 3");
  assert.deepEqual(await greys(page, "#noised"), all[34]);
  assert.deepEqual(complaints, []);
  await close();
});

test("a press on a curve moves the slider there", async () => {
  const { page, complaints, close } = await openNoise();
  const curve = page.locator("#curve-snr");
  await curve.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await curve.boundingBox();
  await page.mouse.move(x + width * 0.6, y + height / 2);
  await page.mouse.down();
  await page.waitForFunction(() => Number(document.getElementById("noise-t").value) > 100);
  await page.mouse.move(x + width, y + height / 2, { steps: 3 });
  await page.mouse.up();
  await waitForText(page, "#t", /^199$/);
  assert.equal(await page.locator("#noise-t").inputValue(), "200");
  assert.deepEqual(complaints, []);
  await close();
});

/** Puts the game on the screen, and guesses. @returns {Promise<string>} what it is */
async function guess(page, place) {
  await page.locator("#game").scrollIntoViewIfNeeded();
  await page.locator("#game-guesses button:enabled").nth(place).click();
  await waitForText(page, "#game-answer", /\.$/);
  return page.locator("#game-guesses button.first").innerText();
}

test("what is it: a guess, the answer, a tally, and how often the classifier is right at this t", async () => {
  const { recognition: { noised: measured } } = JSON.parse(readFileSync(join(ROOT, "assets/evaluation/classes-10.json"), "utf8"));
  const { page, complaints, close } = await openNoise("");
  await page.locator("#noise-t").fill("51");
  const names = await page.locator("#noise-classes > div > span:first-child").allInnerTexts();
  let right = 0;
  for (let round = 1; round <= 3; round += 1) {
    await page.locator("#game").scrollIntoViewIfNeeded();
    await page.locator("#game-guesses button:enabled").first().waitFor();
    assert.equal(await page.locator("#game-clean").evaluate((canvas) => getComputedStyle(canvas).opacity), "0");
    const is = await guess(page, round);
    if (is === names[round]) right += 1;
    assert.equal(await text(page, "#game-answer"), is === names[round] ? `Right: ${is}.` : `No: you said ${names[round]}, it is ${is}.`);
    assert.equal(await text(page, "#game-tally"), `${right} of ${round} right so far.`);
    const share = Math.round(100 * measured.find(({ t }) => t === 50).accuracy);
    await waitForText(page, "#game-classifier", new RegExp(`^At t\\s=\\s50 the project’s classifier is right in ${share}\\s% of 2,500`));
    const clean = (await greys(page, "#game-clean")).levels.join();
    await page.locator("#noise-t").evaluate((slider) => { slider.value = "0"; slider.dispatchEvent(new Event("input")); });
    await waitForText(page, "#game-classifier", /^Without noise the project’s classifier is right in 94\s% of 10,000/);
    assert.equal((await greys(page, "#game-picture")).levels.join(), clean, "without noise it is the clean picture");
    await page.locator("#noise-t").evaluate((slider) => { slider.value = "41"; slider.dispatchEvent(new Event("input")); });
    await waitForText(page, "#game-classifier", /^At t\s=\s30 .* in 74\s% of the test pictures, and at t\s=\s50 in 39\s%/);
    await page.locator("#noise-t").evaluate((slider) => { slider.value = "51"; slider.dispatchEvent(new Event("input")); });
    await waitForText(page, "#game-classifier", /^At t\s=\s50/);
    assert.ok(await page.locator("#game-next").evaluate((button) => button === document.activeElement), "the keyboard goes on from there");
    await page.keyboard.press("Enter");
    assert.equal(await text(page, "#game-answer"), "");
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("what is it: with another schedule it goes by the share of the picture that is left, and says so", async () => {
  const { recognition: { noised: measured } } = JSON.parse(readFileSync(join(ROOT, "assets/evaluation/classes-10.json"), "utf8"));
  const { page, complaints, close } = await openNoise();
  await page.locator("#noise-t").fill("151");
  await guess(page, 0);
  const said = await waitForText(page, "#game-classifier", /^This model has another schedule than the one with which/);
  const here = readTensor(SCHEDULE, "alpha_bars")[150];
  const [, own, ...rates] = /here ᾱ\s=\s(0\.\d\d)\. .* right in (\d+)\s% at ᾱ\s=\s(0\.\d\d) and (\d+)\s% at ᾱ\s=\s(0\.\d\d)\./.exec(said);
  const [better, below, worse, above] = rates.map(Number);
  assert.equal(own, here.toFixed(2));
  assert.ok(below >= here && here >= above, said);
  // The cosine schedule, Nichol and Dhariwal 2021.
  const cosine = (t) => Math.cos((((t + 1) / 200 + 0.008) / 1.008) * (Math.PI / 2)) ** 2 / Math.cos((0.008 / 1.008) * (Math.PI / 2)) ** 2;
  const last = measured.findLastIndex(({ t }) => cosine(t) >= here);
  assert.deepEqual([better, worse], measured.slice(last, last + 2).map(({ accuracy }) => Math.round(100 * accuracy)));
  assert.deepEqual([below, above], measured.slice(last, last + 2).map(({ t }) => Number(cosine(t).toFixed(2))));
  await page.locator("#noise-t").evaluate((slider) => { slider.value = "0"; slider.dispatchEvent(new Event("input")); });
  await waitForText(page, "#game-classifier", /^Without noise .* in 94\s% of 10,000/);
  assert.deepEqual(complaints, []);
  await close();
});

test("on a phone the slider stays in sight over all that it moves", async () => {
  const { page, complaints, close } = await openNoise("", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
  for (const part of ["#noise-classes", "#curve-beta", "#game-guesses"]) {
    await page.locator(part).evaluate((element) => element.scrollIntoView({ block: "center" }));
    const { y, height } = await page.locator("#noise-t").boundingBox();
    assert.ok(y >= 0 && y + height < 200, `${part}: the slider is at ${y}`);
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
  const batch = await greys(page, "#look-batch");
  assert.equal(batch.width, 4 * 28 + 3);
  assert.ok(different(batch) > 100, "clean pictures");
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#look-note", /predicts v: at low steps the noise/);
  assert.deepEqual(complaints, []);
  await close();
});
