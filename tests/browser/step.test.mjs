// How a step works: one picture's run, each step with its pictures, formulas and words.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { atStep, colours, generate, greys, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { furthest, sampleNatively } from "./native.mjs";
import { SCHEDULE } from "./paths.mjs";
import { readTensor } from "./safetensors.mjs";
import { alsoShips, FEW, writeFew } from "./shipped.mjs";

const site = useSite();

let folder;
let file;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  file = join(folder, "few.safetensors");
  writeFew(file);
});
after(() => rmSync(folder, { recursive: true }));

const one = (part) => `#one-step-${part}`;

/** Puts the section on the screen, and waits for its run. */
async function see(page, steps = 50) {
  await page.locator("#one-step").scrollIntoViewIfNeeded();
  await waitForText(page, one("line"), new RegExp(`in ${steps} steps?, computed in`), 60_000);
}

/** Takes a number of steps, and waits for that run. */
async function take(page, steps) {
  await page.locator(`${one("steps")} input[value="${steps}"]`).check({ force: true });
  await see(page, steps);
}

const pixels = async (page, term) => (await greys(page, one(term))).levels.join();
/** The formulas as one line of text, without the spaces in it. */
const formulas = async (page) => (await page.locator(one("formulas")).evaluate((list) => list.textContent)).replaceAll(/\s/g, "");

test("the tutorial's numbers stand in the formula of DDPM, and one step's result is the next one's start", async () => {
  const alphaBars = readTensor(SCHEDULE, "alpha_bars");
  const { page, complaints, close } = await openCalm(site, { query: "?model=tutorial" });
  assert.equal((await text(page, one("line"))).trim(), "", "nothing is computed before it is seen");
  await see(page);
  await take(page, 20);
  await page.locator(one("position")).fill("11");
  await waitForText(page, one("text"), /^step 11 of 20: from t\s=\s99 to t′\s=\s89$/);
  const [now, next] = [alphaBars[99], alphaBars[89]];
  const alpha = now / next;
  const [beta, noise] = [1 - alpha, 1 - now];
  const said = await formulas(page);
  assert.ok(said.includes(`xt′=1${alpha.toFixed(4)}(xt−${beta.toFixed(4)}1−${now.toFixed(4)}εθ)+${Math.sqrt(beta).toFixed(4)}z`), said);
  assert.ok(said.includes(`x^0=xt−1−${now.toFixed(4)}εθ${now.toFixed(4)}`), said);
  const [x, net] = [1 / Math.sqrt(alpha), beta / Math.sqrt(noise * alpha)];
  assert.ok(said.endsWith(`xt′=${x.toFixed(4)}xt−${net.toFixed(4)}εθ+${Math.sqrt(beta).toFixed(4)}z`), said);
  assert.ok(!said.includes("vθ"), "this model predicts the noise");
  const after = await pixels(page, "next");
  assert.equal(new Set(await Promise.all(["x_t", "eps", "x_0", "mean", "noise", "next"].map((term) => pixels(page, term)))).size, 6);
  await page.locator(one("forth")).click();
  await waitForText(page, one("text"), "step 12 of 20");
  assert.equal(await pixels(page, "x_t"), after);
  await page.locator(one("back")).click();
  await waitForText(page, one("text"), "step 11 of 20");
  assert.equal(await pixels(page, "next"), after);
  assert.deepEqual(complaints, []);
  await close();
});

test("each sampler has its formula, and its last step ends at the native run's picture", async () => {
  const { page, complaints, close } = await openCalm(site);
  await see(page);
  await take(page, 10);
  assert.match(await formulas(page), /εθ=1−ᾱ?/u, "this model predicts v");
  for (const [sampler, eta, formula, words, last] of [
    ["ddpm", null, /\+0\.\d+z/, /adds fresh noise z/, /μ is the finished picture/],
    ["ddim", "0", /^(?!.*z)/, /Nothing is random/, /finished picture/],
    ["ddim", "0.5", /−σ2εθ\+σz/, /rest is fresh/, /finished picture/],
    ["dpm-solver-pp", null, /D=x\^0\+h2h−\(x\^0−m\)/, /remembers/, /finished picture/],
  ]) {
    await page.locator(one("sampler")).selectOption(sampler);
    assert.equal(await page.locator(one("eta-field")).isVisible(), eta !== null);
    if (eta !== null) await page.locator(`${one("eta")} input[value="${eta}"]`).check({ force: true });
    await waitForText(page, one("words"), words);
    assert.match(await formulas(page), formula);
    const isFresh = /adds|rest is/.test(String(words));
    assert.equal(await page.locator(one("fresh")).evaluate((box) => box.classList.contains("unused")), !isFresh);
    if (!isFresh) assert.equal(await pixels(page, "next"), await pixels(page, "mean"));
    await page.locator(one("last")).click();
    await waitForText(page, one("text"), /^step 10 of 10: from t\s=\s19 to the finished picture$/);
    assert.match(await text(page, one("words")), last);
    const settings = ["--seed", "42", "--count", "1", "--sampler", sampler, "--steps", "10"];
    const values = sampleNatively(...settings, ...(eta === null ? [] : ["--eta", eta]));
    const apart = furthest(await colours(page, one("next")), values, { side: 28, channels: 1, columns: 1 });
    assert.ok(apart <= 1, `${sampler}: ${apart} levels from the native run`);
    await page.locator(one("position")).fill("6");
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("arrow keys walk through it, and leave the run above where it is", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { count: 1, sampler: "ddim", steps: 4 });
  await atStep(page, "4");
  await see(page);
  await take(page, 5);
  await page.locator(one("position")).fill("3");
  await page.locator(one("forth")).focus();
  await page.keyboard.press("ArrowRight");
  await waitForText(page, one("text"), "step 4 of 5");
  await page.keyboard.press("End");
  await waitForText(page, one("text"), "step 5 of 5");
  assert.ok(await page.locator(one("forth")).isDisabled());
  await page.keyboard.press("ArrowLeft"); // the focus is not lost with the button
  await waitForText(page, one("text"), "step 4 of 5");
  await page.keyboard.press("Home");
  await waitForText(page, one("text"), "step 1 of 5");
  assert.match(await page.locator(one("position")).getAttribute("aria-valuetext"), /^step 1 of 5/);
  await atStep(page, "4");
  assert.deepEqual(complaints, []);
  await close();
});

test("a class and a seed are its own; a seed that is none is said in place", async () => {
  const { page, complaints, close } = await openCalm(site);
  await see(page);
  await take(page, 5);
  const seen = [await pixels(page, "next")];
  const changed = async (act) => {
    await act();
    for (let tries = 0; tries < 100 && seen.includes(await pixels(page, "next")); tries += 1) await page.waitForTimeout(50);
    seen.push(await pixels(page, "next"));
  };
  await changed(() => page.locator(`${one("class")} label`, { has: page.getByText("Bag", { exact: true }) }).click());
  await changed(() => page.locator(one("seed")).fill("7"));
  await page.locator(one("seed")).fill("");
  await waitForText(page, one("error"), /could not be computed: seed is/);
  await changed(() => page.locator(one("dice")).click());
  assert.equal(new Set(seen).size, 4);
  assert.ok(await page.locator(one("error")).isHidden());
  assert.equal(await page.locator(`${one("class")} label`).filter({ hasText: "one of each" }).count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test("it follows the model above: one with few steps has these alone, without a sampler", async () => {
  const { page, complaints, close } = await openCalm(site, { prepare: (context) => alsoShips(context, FEW, file) });
  await see(page);
  await page.locator("#model").selectOption(FEW);
  await page.locator("#one-step").scrollIntoViewIfNeeded();
  await see(page, 4);
  assert.equal((await page.locator(`${one("steps")} label`).allInnerTexts()).join(), "1,2,4");
  assert.ok(await page.locator(one("sampler")).isHidden());
  await take(page, 1);
  await waitForText(page, one("text"), /^step 1 of 1: from t\s=\s199 to the finished picture$/);
  assert.deepEqual(complaints, []);
  await close();
});

test("on a phone nothing sticks out, and the slider is as wide as the pictures", async () => {
  const { page, complaints, close } = await openCalm(site, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await see(page);
  for (const sampler of ["dpm-solver-pp", "ddim", "ddpm-posterior"]) {
    await page.locator(one("sampler")).selectOption(sampler);
    await waitForText(page, one("words"), /DPM-Solver|DDIM|DDPM/);
    await page.waitForTimeout(500);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} pixels wide with ${sampler}`);
  }
  const [terms, walk] = await Promise.all([one("terms"), ".walk"].map((part) => page.locator(part).first().boundingBox()));
  assert.equal(terms.width, walk.width);
  await page.locator(one("back")).tap();
  await waitForText(page, one("text"), "step 29 of 50");
  assert.deepEqual(complaints, []);
  await close();
});
