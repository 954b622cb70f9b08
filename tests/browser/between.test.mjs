// Between two seeds: a slider that pictures follow, beside the engine.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { atStep, colours, generate, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { furthest, sampleNatively } from "./native.mjs";
import { alsoShips, FEW, fewNatively, writeFew } from "./shipped.mjs";

const site = useSite("/some/where/");

let folder;
let file;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  file = join(folder, "few.safetensors");
  writeFew(file);
});
after(() => rmSync(folder, { recursive: true }));

/** A page that comes with the model, and what it asked for. */
async function openBetween(options = {}) {
  const asked = [];
  const prepare = async (context) => {
    await alsoShips(context, FEW, file);
    context.on("request", (request) => asked.push(request.url()));
  };
  const opened = await openCalm(site, { prepare, ...options });
  return { ...opened, fetched: () => asked.filter((url) => url.endsWith(`${FEW}.safetensors`)).length };
}

const canvas = "#between-pictures";

/** Puts the section on the screen, and waits for its pictures. */
async function see(page) {
  await page.locator("#between").scrollIntoViewIfNeeded();
  await waitForText(page, "#between-line", /^16 pictures in 1 step: \d/, 60_000);
}

/** Does something, and waits for the next pictures. */
async function changed(page, act) {
  const before = (await colours(page, canvas)).levels.join();
  await act();
  for (let tries = 0; tries < 100; tries += 1) {
    const now = await colours(page, canvas);
    if (now.levels.join() !== before) return now;
    await page.waitForTimeout(50);
  }
  throw new Error("the pictures stay the same");
}

const slideTo = (page, share) => changed(page, () => page.locator("#between-share").fill(String(1000 * share)));

test("both ends and the way between are the native run's, of each class", async () => {
  const { page, complaints, fetched, close } = await openBetween();
  assert.equal(fetched(), 0, "nothing is fetched before the section is seen");
  await see(page);
  assert.equal(fetched(), 1);
  assert.equal((await page.locator("#between-steps label").allInnerTexts()).join(), "1,2,4");
  const [, name] = await page.locator("#between-class label").allInnerTexts();
  const natively = (share, ...more) => (
    sampleNatively(...fewNatively(file, 1), "--seed", "42", "--towards", "7", "--share", String(share), ...more));
  const apart = (shown, values) => furthest(shown, values, { side: 28, channels: 1 });

  const seen = [await colours(page, canvas)];
  assert.ok(apart(seen[0], natively(0.5)) <= 1);
  for (const share of [0, 0.25, 1]) {
    seen.push(await slideTo(page, share));
    assert.ok(apart(seen.at(-1), natively(share)) <= 1, `at ${share}`);
  }
  assert.equal(new Set(seen.map(({ levels }) => levels.join())).size, 4);
  const classed = await changed(page, () => page.locator("#between-class label").nth(1).click());
  assert.ok(apart(classed, natively(1, "--class", name)) <= 1, name);
  assert.equal(fetched(), 1);
  assert.deepEqual(complaints, []);
  await close();
});

test("it leaves the run above alone, and a run above leaves it alone", async () => {
  const { page, complaints, close } = await openBetween();
  await generate(page, { seed: 3, sampler: "ddim", steps: 20 });
  await atStep(page, "20");
  const alone = (await colours(page, "#live")).levels.join();
  await see(page);
  const before = await slideTo(page, 0.3);
  await page.locator("#status").evaluate((line) => { line.textContent = ""; });
  await page.locator("#start").evaluate((button) => button.click());
  for (const share of [0.6, 0.1, 0.9]) await slideTo(page, share);
  await waitForText(page, "#status", "Done", 60_000);
  await atStep(page, "20");
  assert.ok((await colours(page, "#live")).levels.join() === alone, "the run is another");
  assert.deepEqual((await slideTo(page, 0.3)).levels, before.levels);
  assert.deepEqual(complaints, []);
  await close();
});

test("the slider moves by itself until it is stopped, and pictures follow", async (t) => {
  const { page, complaints, close } = await openBetween();
  await see(page);
  await changed(page, () => page.locator("#between-play").click());
  const seconds = 2;
  const drawn = await page.evaluate(async (ms) => {
    let count = 0;
    const line = document.getElementById("between-line");
    const watch = new MutationObserver((changes) => { count += changes.filter(({ attributeName }) => attributeName === "data-ms").length; });
    watch.observe(line, { attributes: true });
    await new Promise((resolve) => { setTimeout(resolve, ms); });
    watch.disconnect();
    return count;
  }, 1000 * seconds);
  t.diagnostic(`${drawn / seconds} batches of 16 pictures a second; ${await text(page, "#between-line")}`);
  assert.ok(drawn > 2, `${drawn} batches in ${seconds} seconds`);
  await page.locator("#between-play").click();
  await page.waitForTimeout(300);
  const stopped = await page.locator("#between-share").inputValue();
  await page.waitForTimeout(200);
  assert.equal(await page.locator("#between-share").inputValue(), stopped);
  assert.deepEqual(complaints, []);
  await close();
});

test("seeds can be typed and drawn; what is no seed is said in place", async () => {
  const { page, complaints, close } = await openBetween();
  await see(page);
  await changed(page, () => page.locator("#between-from").fill("11"));
  await page.locator("#between-from").fill("");
  await waitForText(page, "#between-error", /could not be made: seed is/);
  await changed(page, () => page.locator("#between-dice").click());
  assert.ok(await page.locator("#between-error").isHidden());
  assert.notEqual(await page.locator("#between-from").inputValue(), "");
  assert.deepEqual(complaints, []);
  await close();
});

test("a model that does not come is said in place, and comes at the next try", async () => {
  const { page, close } = await openBetween();
  await page.route(`**/${FEW}.safetensors`, (route) => route.abort());
  await page.locator("#between").scrollIntoViewIfNeeded();
  await waitForText(page, "#between-error", /could not be made: few-steps\.safetensors could not be fetched/);
  await page.unroute(`**/${FEW}.safetensors`);
  await page.locator("#between-error button").click();
  await waitForText(page, "#between-line", /^16 pictures/);
  assert.ok(await page.locator("#between-error").isHidden());
  await close();
});

test("by keyboard and on a phone", async () => {
  const { page, complaints, close } = await openBetween({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await see(page);
  await page.locator("#between-share").focus();
  await changed(page, () => page.keyboard.press("Home"));
  await changed(page, () => page.locator("#between-class label").nth(2).tap());
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} pixels wide`);
  const [pictures, slider] = await Promise.all([canvas, "#between-share"].map((one) => page.locator(one).boundingBox()));
  assert.ok(slider.width >= pictures.width - 2, `${slider.width} for ${pictures.width}`);
  assert.deepEqual(complaints, []);
  await close();
});
