// Models of other sizes, in colour, and with classes: dropped on the page, each runs, is drawn as it is, and gives
// what the native program gives.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { atStep, classKey, colours, enlarge, generate, openCalm, seeNoise, text, useSite, waitForText } from "./browser.mjs";
import { furthest, sampleNatively, trainTiny } from "./native.mjs";

const site = useSite();

const NAMES = ["ball", "egg", "sun"];
const MODELS = {
  colour: { side: 32, channels: 3, classes: [] },
  small: { side: 16, channels: 1, classes: [] },
  classed: { side: 16, channels: 3, classes: NAMES },
};

let folder;
const file = (name) => join(folder, `${name}.safetensors`);
before(() => {
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  for (const [name, { side, channels, classes }] of Object.entries(MODELS)) {
    trainTiny(file(name), { side, colour: channels === 3, classes });
  }
});
after(() => rmSync(folder, { recursive: true }));

async function openWith(name, options) {
  const opened = await openCalm(site, options);
  await opened.page.setInputFiles("#file", file(name));
  await waitForText(opened.page, "#card", `${name}.safetensors`);
  await waitForText(opened.page, "#status", "Ready");
  return opened;
}

/** Pixels along a row of images with one between them. */
const row = (images, side) => images * (side + 1) - 1;
/** Does any pixel have a colour? */
const isColoured = ({ levels }) => levels.some((level, at) => at % 3 === 0 && (level !== levels[at + 1] || level !== levels[at + 2]));

const SHORT = { count: 16, seed: 7, sampler: "ddim", steps: 10 };
const NATIVELY = ["--count", "16", "--seed", "7", "--sampler", "ddim", "--steps", "10"];

for (const name of ["colour", "small"]) test(`${name}: its pictures have its size and colours, and are the native run's`, async () => {
  const { side, channels } = MODELS[name];
  const { page, complaints, close } = await openWith(name);
  assert.match(await text(page, "#card"), new RegExp(`Pictures\\s+${side} × ${side}, ${channels === 3 ? "colour" : "grey"}\\s+Widths\\s+4, 6, 8\\s+Classes\\s+none`));
  assert.ok(await page.locator("#class").isHidden());
  assert.ok(await page.locator("#guidance").isHidden());
  await generate(page, SHORT);
  await atStep(page, "10");
  const live = await colours(page, "#live");
  assert.deepEqual([live.width, live.height], [row(4, side), row(4, side)]);
  assert.equal(isColoured(live), channels === 3);
  const values = sampleNatively("--weights", file(name), ...NATIVELY);
  assert.equal(values.length, 16 * channels * side ** 2);
  const apart = furthest(live, values, { side, channels });
  assert.ok(apart <= 1, `${apart} levels from the native run`);
  assert.deepEqual(await colours(page, "#frames canvas", 10), live);

  // The way through the run, and the views.
  await page.locator("#first").click();
  await atStep(page, "0");
  assert.notDeepEqual(await colours(page, "#live"), live);
  for (const view of ["x_0", "eps"]) {
    await page.locator(`#view input[value="${view}"]`).check({ force: true });
    await page.waitForTimeout(200);
    assert.equal((await colours(page, "#live")).width, row(4, side));
  }
  await page.locator('#view input[value="x_t"]').check({ force: true });
  await page.locator("#last").click();
  await atStep(page, "10");

  // One image, large: the second of the third row.
  const box = await page.locator("#live").boundingBox();
  await page.mouse.click(box.x + box.width * 0.4, box.y + box.height * 0.6);
  await waitForText(page, "#zoom-title", "Image 10 of 16");
  const large = await colours(page, "#zoom-image");
  assert.deepEqual([large.width, large.height], [side, side]);
  const start = 3 * ((2 * (side + 1) + 5) * live.width + side + 1);
  assert.deepEqual(large.levels.slice(3 * 5 * side, 3 * 6 * side), live.levels.slice(start, start + 3 * side));
  for (const key of ["x_t", "x_0", "eps"]) {
    const strip = await colours(page, `#strip-${key}`);
    assert.deepEqual([strip.width, strip.height], [row(11, side), side]);
  }
  const strip = await page.locator("#strip-x_t").boundingBox();
  await page.mouse.click(strip.x + strip.width * 0.4, strip.y + strip.height / 2);
  await atStep(page, "\\d"); // of one digit, so not the last
  await page.keyboard.press("Escape");
  assert.deepEqual(complaints, []);
  await close();
});

for (const name of Object.keys(MODELS)) test(`${name}: the test images follow its size`, async () => {
  const { side } = MODELS[name];
  const { page, complaints, close } = await openWith(name);
  await seeNoise(page);
  await page.waitForFunction((width) => document.getElementById("noised").width === width, side);
  const at = async (percent) => {
    await page.locator(`#marks button[value="${percent}"]`).click();
    await waitForText(page, "#t", percent === 0 ? /none/ : new RegExp(`^${2 * percent - 1}$`));
    return colours(page, "#noised");
  };
  const clean = await at(0);
  assert.deepEqual(clean, await colours(page, "#original"));
  assert.deepEqual(clean, await colours(page, "#noise-classes canvas"));
  assert.ok(new Set(clean.levels).size > 50, "real pictures have many levels");
  assert.notDeepEqual(await at(75), clean);
  await page.locator("#look-t").scrollIntoViewIfNeeded();
  await waitForText(page, "#look-note", /predicts/);
  for (const id of ["#look-batch", "#look-trained", "#look-untrained"]) assert.equal((await colours(page, id)).width, row(4, side));
  assert.deepEqual(complaints, []);
  await close();
});

test("a run keeps its size and titles when the model is exchanged, and models are compared at their own", async () => {
  const { page, complaints, close } = await openWith("colour");
  await generate(page, SHORT);
  await atStep(page, "10");
  const [live, frame] = [await colours(page, "#live"), await colours(page, "#frames canvas", 10)];
  const titles = await page.locator("#frames span:first-child").allInnerTexts();
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#status", "Ready");
  await page.locator("#first").click();
  await atStep(page, "0");
  await page.locator("#last").click();
  await atStep(page, "10");
  assert.deepEqual(await colours(page, "#live"), live);
  assert.deepEqual(await colours(page, "#frames canvas", 10), frame);
  assert.deepEqual(await page.locator("#frames span:first-child").allInnerTexts(), titles);
  await page.locator("#enlarge").click();
  assert.equal((await colours(page, "#zoom-image")).width, 32);
  await page.keyboard.press("Escape");
  await generate(page, SHORT);
  await atStep(page, "10");
  assert.equal((await colours(page, "#live")).width, row(4, 28));

  await page.setInputFiles("#file", file("small"));
  await waitForText(page, "#card", "small.safetensors");
  await page.locator("#learn").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.getElementById("epoch-pictures").width > 1, null, { timeout: 120_000 });
  assert.equal((await colours(page, "#epoch-pictures")).width, row(4, 28));
  assert.deepEqual(complaints, []);
  await close();
});

test("a class and guidance: equal to the native run, and the settings go with the model", async () => {
  const { page, complaints, close } = await openWith("classed");
  const spec = MODELS.classed;
  assert.match(await text(page, "#card"), /Classes\s+ball, egg, sun/);
  assert.deepEqual(await page.locator("#class label").allInnerTexts(), ["any", ...NAMES, "one of each"]);
  assert.ok(await page.locator("#guidance").isDisabled(), "without a class there is nothing to follow");
  await generate(page, SHORT);
  await atStep(page, "10");
  const pictures = [await colours(page, "#live")];
  const any = furthest(pictures[0], sampleNatively("--weights", file("classed"), ...NATIVELY), spec);
  assert.ok(any <= 1, `of any class: ${any} levels from the native run`);
  const natively = NAMES.map((name) => sampleNatively("--weights", file("classed"), ...NATIVELY, "--class", name, "--guidance", "2"));
  const numbers = spec.channels * spec.side ** 2;
  const classOf = { egg: () => 1, "one of each": (image) => image % NAMES.length };
  for (const [kind, which] of Object.entries(classOf)) {
    await generate(page, { ...SHORT, class: kind, guidance: 2 });
    await atStep(page, "10");
    const live = await colours(page, "#live");
    // An image's noise goes by its number, so the native batch of its class has it at the same place.
    const values = natively[0].map((_, at) => natively[which(Math.floor(at / numbers))][at]);
    const apart = furthest(live, values, spec);
    assert.ok(apart <= 1, `${kind}: ${apart} levels from the native run`);
    pictures.push(live);
  }
  await generate(page, { ...SHORT, class: "egg", guidance: 1 });
  await atStep(page, "10");
  pictures.push(await colours(page, "#live"));
  assert.equal(new Set(pictures.map(({ levels }) => levels.join())).size, 4, "class and guidance each make a difference");

  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#status", "Ready");
  assert.ok(await page.locator("#class").isHidden());
  await generate(page, SHORT); // what the other model could be told does not stay behind
  await page.locator("#model").selectOption("own");
  await waitForText(page, "#card", "classed.safetensors");
  assert.equal(await page.locator("#class :checked").inputValue(), "any");
  assert.deepEqual(complaints, []);
  await close();
});

/** The zoom's title of an image. */
async function titled(page, image) {
  await enlarge(page, image);
  const title = await text(page, "#zoom-title");
  await page.keyboard.press("Escape");
  return title;
}

test("classes are chosen by keyboard and finger, and pictures tell which they are", async () => {
  const { page, complaints, close } = await openWith("classed", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const kind = () => page.locator("#class :checked").evaluate((input) => input.labels[0].textContent);
  await generate(page, { ...SHORT, steps: 2 });
  assert.equal(await titled(page, 2), "Image 2 of 16");
  assert.equal(await page.locator("#guidance-text").textContent(), "none");

  await page.locator("#class :checked").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await kind(), "ball");
  assert.equal(await page.locator("#guidance-text").textContent(), "1.3");
  await page.locator("#start").click();
  await waitForText(page, "#status", "Done: 16 pictures (ball).");
  assert.equal(await titled(page, 2), "Image 2 of 16: ball");
  assert.equal(await page.locator("#live").getAttribute("aria-label"), "The batch of images at the chosen step: ball");

  await classKey(page, "one of each").tap();
  assert.equal(await titled(page, 2), "Image 2 of 16: ball", "the run that is there is what it was");
  await page.locator("#start").click();
  await waitForText(page, "#status", "Done: 16 pictures (one of each).");
  assert.deepEqual([await titled(page, 2), await titled(page, 4)], ["Image 2 of 16: egg", "Image 4 of 16: ball"]);
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#status", "Ready");
  assert.ok(await page.locator("#classes").isHidden(), "this one has none");
  assert.deepEqual(complaints, []);
  await close();
});

test("the module takes classes by number and name, for all images or for each", async () => {
  const { page, complaints, close } = await openCalm(site);
  const base64 = readFileSync(file("classed")).toString("base64");
  const found = await page.evaluate(async (weights) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 2 });
    await engine.loadWeights(Uint8Array.from(atob(weights), (c) => c.charCodeAt(0)));
    const { image, widths, classes } = engine.info;
    const settings = { seed: 1, count: 3, sampler: "ddim", steps: 4, guidance: 2 };
    const run = async (wanted) => [...(await engine.generate({ ...settings, ...wanted })).x];
    const refused = async (wanted) => engine.generate({ ...settings, ...wanted }).then(() => null, ({ message }) => message);
    const found = {
      info: { image, widths, classes },
      egg: await run({ classes: "egg" }),
      one: await run({ classes: 1 }),
      each: await run({ classes: ["ball", 1, null] }),
      none: await run({ classes: [null, null, null], guidance: 1 }),
      any: await run({}),
      of: [await run({ classes: 0 }), await run({ classes: 1 }), await run({ classes: 2 })],
      refusals: [
        await refused({ classes: "moon" }), await refused({ classes: 3 }), await refused({ classes: ["egg"] }),
      ],
    };
    engine.close();
    return found;
  }, base64);
  assert.deepEqual(found.info, { image: { side: 16, channels: 3 }, widths: [4, 6, 8], classes: NAMES });
  assert.deepEqual(found.one, found.egg);
  const image = (numbers, k) => numbers.slice(k * 768, (k + 1) * 768);
  assert.deepEqual(image(found.each, 1), image(found.egg, 1), "the class is the image's own, whichever worker has it");
  assert.notDeepEqual(image(found.each, 0), image(found.egg, 0));
  assert.deepEqual(image(found.each, 2), image(found.none, 2), "without a class there is no guidance");
  [0, 1, 2].forEach((k) => {
    const same = found.of.filter((numbers) => isDeepStrictEqual(image(numbers, k), image(found.any, k)));
    assert.equal(same.length, 1, `where none is asked for, image ${k} is of one class`);
  });
  const expected = [/there is no class "moon": choose 0 \(ball\), 1 \(egg\), 2 \(sun\)/, /there is no class 3: choose/, /1 for 3 images/];
  found.refusals.forEach((refusal, at) => assert.match(refusal, expected[at]));
  assert.deepEqual(complaints, []);
  await close();
});
