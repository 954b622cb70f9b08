// Your picture: drawn, taken, chosen, dropped or pasted; noised and brought back; and a part of it filled in.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { colours, greys, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { COLOUR_32, UNET_RANDOM } from "./paths.mjs";
import { png } from "./png.mjs";
import { shapesIn, writeTensors } from "./safetensors.mjs";

const site = useSite();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIDE = 28;
const GETS = "#picture-gets";
const RESULTS = "#picture-results canvas";

/** Left half white, right half black, in four inks. */
const CMYK = Buffer.from("/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAQCwwODAoQDg0OEhEQExgoGhgWFhgxIyUdKDozPTw5Mzg3QEhcTkBEV0U3OFBtUVdfYmdoZz5NcXlwZHhcZWdj/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAcA/8QAGBABAAMBAAAAAAAAAAAAAAAAAAdFg8L/2gAOBEMATQBZAEsAAD8AQCAQFKlXrw//2Q==", "base64");

/** Two frames of 2 x 2 pixels: a white one and a black one. */
function animatedGif() {
  const frame = (colour) => {
    // Codes of three bits, the first one lowest: clear, two pixels, clear, two pixels, end.
    const codes = [4, colour, colour, 4, colour, colour, 5];
    const bits = codes.reduce((sum, code, at) => sum | (code << (3 * at)), 0);
    return [0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, 0];
  };
  return Buffer.from([...Buffer.from("GIF89a"), 2, 0, 2, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, ...frame(1), ...frame(0), 0x3b]);
}

/** Puts the section on the screen, and waits for its pictures. */
async function openPicture(options = {}) {
  const opened = await openCalm(site, options);
  await opened.page.locator("#picture").scrollIntoViewIfNeeded();
  await waitForText(opened.page, "#picture-line", /^10 pictures from t = 100 in 10 steps: \d/, 60_000);
  return opened;
}

/** Does something, and waits until other pictures have come back. */
async function changed(page, act, pattern = /: \d+(\.\d)?\u00a0m?s$/) {
  const line = page.locator("#picture-line");
  const before = await line.getAttribute("data-done");
  await act();
  await page.waitForFunction((seen) => document.getElementById("picture-line").dataset.done !== seen, before, { timeout: 60_000 });
  // What was asked for meanwhile comes after it.
  for (let done = null; done !== await line.getAttribute("data-done");) {
    done = await line.getAttribute("data-done");
    await page.waitForTimeout(400);
  }
  return waitForText(page, "#picture-line", pattern);
}

const slideTo = (page, t) => changed(page, () => page.locator("#picture-t").fill(String(t)), new RegExp(`from t = ${t} in`));
const give = (page, name, buffer) => page.locator("#picture-file").setInputFiles({ name, mimeType: "", buffer });
const distance = (a, b) => a.levels.reduce((sum, level, at) => sum + Math.abs(level - b.levels[at]), 0) / a.levels.length;
const press = async (page, key, times = 1) => {
  for (let i = 0; i < times; i += 1) await page.keyboard.press(key);
};

test("a picture comes back from ten noises: as it was from little noise, as others from much", async () => {
  const { page, complaints, close } = await openPicture();
  const picture = await greys(page, GETS);
  assert.equal(picture.width, SIDE);
  const [one, two] = [await greys(page, RESULTS, 0), await greys(page, RESULTS, 1)];
  assert.ok(distance(one, two) > 1, "each has noise of its own");
  await slideTo(page, 0);
  assert.equal(await text(page, "#picture-t-text"), "0");
  assert.ok(distance(await greys(page, RESULTS), picture) < 5, "from t = 0 the picture comes back");
  await slideTo(page, 199);
  assert.ok(distance(await greys(page, RESULTS), picture) > 20, "from t = 199 other pictures come");
  await waitForText(page, "#picture-survives", /^Hardly anything of it survives/);

  await page.locator("#picture-strip button:not(:disabled)").nth(5).waitFor();
  await changed(page, () => page.locator("#picture-strip button").nth(1).click(), /from t = 79 in/);
  assert.equal(await page.locator("#picture-t").inputValue(), "79");
  const boot = await greys(page, RESULTS);
  await changed(page, () => page.locator("#picture-seed").fill("7"));
  assert.notDeepEqual(await greys(page, RESULTS), boot);
  await changed(page, () => page.locator("#picture-seed").fill("42"));
  assert.deepEqual(await greys(page, RESULTS), boot, "a seed gives the same pictures again");
  await page.locator("#picture-seed").fill("1.5");
  await waitForText(page, "#picture-seed-error", /^The seed is a whole number/);
  await page.locator("#picture-seed").fill("42");
  assert.ok(await page.locator("#picture-seed-error").isHidden());

  await changed(page, () => page.locator("#picture-class label").last().click());
  assert.deepEqual(await page.locator("#picture-results button").first().innerText(), "T-shirt/top");
  await changed(page, () => page.locator("#picture-tests button").nth(8).click());
  assert.ok(distance(await greys(page, GETS), picture) > 10, "a bag is no boot");
  assert.deepEqual(complaints, []);
  await close();
});

test("files of any size and kind become the model's; what is none is told, and the picture stays", async () => {
  const { page, complaints, close } = await openPicture();
  const read = async (name, buffer) => {
    await give(page, name, buffer);
    await waitForText(page, "#picture-original-line", new RegExp(`^${name.replace(".", "\\.")}, `), 60_000);
    await waitForText(page, "#picture-reading", /^$/);
    await page.waitForTimeout(300);
    return { levels: (await greys(page, GETS)).levels, original: await text(page, "#picture-original-line"), notes: await page.locator("#picture-notes").textContent() };
  };
  const one = await read("one.png", png(1, 3, () => 180));
  assert.deepEqual([...new Set(one.levels)], [180]);
  assert.match(one.original, /1 × 1 pixels/);
  assert.match(one.notes, /smaller than the model’s pictures/);

  const large = await read("large.png", png(4500, 1, (x) => (x < 2250 ? 255 : 0)));
  assert.match(large.original, /4,500 × 4,500 pixels/);
  assert.deepEqual([large.levels[0], large.levels[SIDE - 1]], [255, 0]);

  const gif = await read("two.gif", animatedGif());
  assert.deepEqual([...new Set(gif.levels)], [255]);
  assert.match(gif.notes, /several frames, of which the first is taken/);

  const cmyk = await read("inks.jpg", CMYK);
  assert.ok(cmyk.levels[0] > 240 && cmyk.levels[SIDE - 1] < 15, `${cmyk.levels[0]}, ${cmyk.levels[SIDE - 1]}`);
  assert.ok(await page.locator("#picture-ground").isHidden());

  const clear = await read("clear.png", png(40, 4, (x, _, channel) => (channel === 3 ? 255 * Number(x < 20) : 128)));
  assert.equal(clear.levels[SIDE - 1], 0);
  await page.locator('#picture-ground input[value="white"]').check({ force: true });
  await page.waitForFunction(() => {
    const canvas = document.getElementById("picture-gets");
    return canvas.getContext("2d").getImageData(27, 0, 1, 1).data[0] === 255;
  });

  const before = await greys(page, GETS);
  assert.equal(await text(page, "#picture-notes"), "Its transparent parts become white.");
  await give(page, "broken.png", png(40, 1, () => 9).subarray(0, 60));
  await waitForText(page, "#picture-error", /^broken\.png cannot be used: it is cut short\. The picture before it is still there/);
  await give(page, "words.txt", Buffer.from("no picture"));
  await waitForText(page, "#picture-error", /^words\.txt cannot be used: it is text/);
  assert.deepEqual(await greys(page, GETS), before);
  assert.deepEqual(complaints, []);
  await close();
});

/** A square thing of one level on a ground of another, half as wide as the picture is high. */
const thing = (level, ground, width = SIDE, height = SIDE) => png(width, 1, (x, y) => (
  Math.abs(x + 0.5 - width / 2) < height / 4 && Math.abs(y + 0.5 - height / 2) < height / 4 ? level : ground), height);

test("a dark thing on a light ground is swapped by itself, and as it is where that is chosen; a light thing on black stays", async () => {
  const { page, complaints, close } = await openPicture();
  const key = (name, value) => page.locator(`#picture-${name} input[value="${value}"]`);
  const choose = (name, value) => changed(page, () => key(name, value).check({ force: true }));
  const bring = (buffer) => changed(page, () => give(page, "thing.png", buffer));
  /** Levels of the model's picture: in a corner, at the middle of its left edge, and in its middle; and what is said. */
  const seen = async () => {
    const { levels } = await greys(page, GETS);
    const at = (x, y) => levels[y * SIDE + x];
    return [at(0, 0), at(0, SIDE / 2), at(SIDE / 2, SIDE / 2), await page.locator("#picture-notes").textContent()];
  };
  assert.ok(await page.locator("#picture-brought").isHidden(), "a test picture has no choices");

  await bring(thing(40, 230));
  assert.deepEqual(await seen(), [25, 25, 215, "Light and dark are swapped: this model’s pictures are light on black."]);
  assert.ok(await key("swap", "swapped").isChecked());
  assert.ok(await page.locator("#picture-ground").isHidden());
  const swapped = await greys(page, RESULTS);
  await choose("swap", "kept");
  assert.deepEqual(await seen(), [230, 230, 40, "Light and dark are as they are, but this model’s pictures are light on black: what comes back may be poor."]);
  assert.ok(distance(await greys(page, RESULTS), swapped) > 10, "other pictures come back");

  await bring(thing(215, 25));
  assert.deepEqual(await seen(), [25, 25, 215, ""]);
  assert.ok(await key("swap", "kept").isChecked());
  await choose("swap", "swapped");
  assert.deepEqual(await seen(), [230, 230, 40, "Light and dark are swapped."]);

  // What was chosen for one picture is not for the next. Bars are black in the end, whether they are swapped or not.
  await bring(thing(40, 230, 2 * SIDE, SIDE));
  await choose("crop", "bars");
  await bring(thing(40, 230, 2 * SIDE, SIDE));
  assert.deepEqual((await seen()).slice(0, 2), [0, 25]);
  assert.ok((await seen())[2] > 200);
  assert.ok(await key("ground", "black").isChecked() && await key("swap", "swapped").isChecked());
  await choose("ground", "white");
  assert.deepEqual((await seen()).slice(0, 2), [255, 25]);
  await choose("ground", "black");
  await choose("swap", "kept");
  assert.deepEqual((await seen()).slice(0, 2), [0, 230]);
  await choose("crop", "crop");

  // A dark drawing on nothing is a light one on black.
  await bring(png(SIDE, 4, (x, y, channel) => (channel === 3 ? 255 * Number(x > 8 && x < 20 && y > 8 && y < 20) : 10)));
  assert.deepEqual(await seen(), [0, 0, 245, "Its transparent parts become black. Light and dark are swapped: this model’s pictures are light on black."]);
  await choose("swap", "kept");
  assert.deepEqual((await seen()).slice(0, 3), [255, 255, 10]);
  assert.ok(await key("ground", "white").isChecked());

  // A model that does not say how its pictures are.
  await bring(thing(40, 230));
  await changed(page, () => page.setInputFiles("#file", UNET_RANDOM));
  assert.deepEqual(await seen(), [230, 230, 40, ""]);
  // One in colour.
  await changed(page, () => page.locator("#model").selectOption("emoji"));
  assert.ok(await page.locator("#picture-swap").isHidden());
  await changed(page, () => page.locator("#model").selectOption("page"));
  assert.deepEqual((await seen()).slice(0, 3), [25, 25, 215]);
  assert.deepEqual(complaints, []);
  await close();
});

test("files are chosen by buttons of the page's own, by keyboard and by finger; a phone sees the pad then", async () => {
  const { page, complaints, close } = await openPicture({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  page.on("filechooser", () => {}); // Chromium is told at once that choosers are waited for, which it may hear too late otherwise
  const inputs = page.locator("input[type=file]");
  for (let at = 0; at < await inputs.count(); at += 1) {
    // The browser's own words, that no file is chosen, are not seen.
    const { opacity, label } = await inputs.nth(at).evaluate((input) => ({ opacity: getComputedStyle(input).opacity, label: input.labels[0].textContent.trim() }));
    assert.match(label, /^Choose .*…$/);
    assert.equal(opacity, "0", label);
  }
  const button = page.getByLabel("Choose a picture…");
  await button.focus();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press(" ")]);
  await chooser.setFiles({ name: "tall.png", mimeType: "", buffer: thing(40, 230, SIDE, 2 * SIDE) });
  await waitForText(page, "#picture-original-line", /^tall\.png, 28 × 56/);
  await page.waitForFunction(() => {
    const { top, bottom } = document.getElementById("picture-pad").getBoundingClientRect();
    return top > 0 && bottom < innerHeight;
  });
  const tops = await page.evaluate(() => ["file", "tests", "original", "notes", "crop", "swap", "pad", "undo", "fold", "t", "results", "seed"]
    .map((id) => document.getElementById(`picture-${id}`).getBoundingClientRect().top));
  assert.deepEqual(tops, tops.toSorted((a, b) => a - b), "in the order in which the keyboard goes through them");
  const [other] = await Promise.all([page.waitForEvent("filechooser"), button.tap()]);
  assert.ok(!other.isMultiple());
  assert.deepEqual(complaints, []);
  await close();
});

test("a picture can be dropped and pasted", async () => {
  const { page, complaints, close } = await openPicture();
  const bytes = [...png(30, 1, () => 77)];
  for (const [kind, name] of [["drop", "dropped.png"], ["paste", "pasted.png"]]) {
    await page.evaluate(([what, called, numbers]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(numbers)], called, { type: "image/png" }));
      const event = what === "drop" ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
      document.getElementById("picture-pad").dispatchEvent(event);
    }, [kind, name, bytes]);
    await waitForText(page, "#picture-original-line", kind === "drop" ? /^dropped\.png, 30 × 30/ : /^The pasted picture, 30 × 30/);
  }
  assert.ok(await page.locator("#weights-error").isHidden(), "no one takes it for weights");
  assert.deepEqual(complaints, []);
  await close();
});

test("drawn by a finger on a phone: it is noised and comes back while it is drawn, and is undone", async () => {
  const { page, complaints, close } = await openPicture({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const boot = await greys(page, GETS);
  await changed(page, () => page.locator("#picture-clear").tap());
  assert.deepEqual([...new Set((await greys(page, GETS)).levels)], [0]);
  await page.locator("#picture-pad").scrollIntoViewIfNeeded();
  const { x, y, width } = await page.locator("#picture-pad").boundingBox();
  const scrolled = await page.evaluate(() => scrollY);
  const touch = await page.context().newCDPSession(page);
  const send = (type, ...points) => touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([left, top]) => ({ x: x + left * width, y: y + top * width })) });
  await changed(page, async () => {
    await send("touchStart", [0.2, 0.5]);
    for (const at of [0.3, 0.4, 0.5, 0.6]) await send("touchMove", [at, 0.5 + at / 5]);
    await page.waitForTimeout(100);
  });
  const half = await greys(page, GETS);
  assert.ok(half.levels.filter((level) => level > 200).length > 15, "it is there before the finger is lifted");
  await send("touchMove", [0.9, 0.6]);
  await send("touchEnd");
  assert.equal(await page.evaluate(() => scrollY), scrolled, "the page stays where it is");
  await changed(page, () => page.locator("#picture-undo").tap());
  assert.deepEqual([...new Set((await greys(page, GETS)).levels)], [0]);
  await changed(page, () => page.locator("#picture-undo").tap());
  assert.deepEqual(await greys(page, GETS), boot, "and what the pad showed before it was emptied");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} pixels wide`);
  assert.deepEqual(complaints, []);
  await close();
});

test("by keyboard: a stroke, then a part that is filled in; all other pixels stay as they are", async () => {
  const { page, complaints, close } = await openPicture();
  const boot = await greys(page, GETS);
  await page.locator("#picture-pad").focus();
  await press(page, "ArrowLeft", 10);
  await press(page, " ");
  await changed(page, () => press(page, "ArrowRight", 6));
  await press(page, " ");
  const drawn = await greys(page, GETS);
  const touched = drawn.levels.filter((level, at) => level !== boot.levels[at]).length;
  assert.ok(touched > 10 && touched < 60, `${touched} pixels are drawn on, and all others stay as they are`);

  await page.locator("#picture-layer input").first().focus();
  await press(page, "ArrowRight");
  await page.locator("#picture-brush input:checked").focus();
  await press(page, "ArrowRight");
  await page.locator("#picture-pad").focus();
  await press(page, " ");
  const said = await changed(page, () => press(page, "ArrowDown", 6), /^10 fillings from t = 199 in 10 steps, all but the last taken 5 times/);
  await press(page, " ");
  assert.match(said, /fillings/);
  const line = await text(page, "#picture-survives");
  const marked = Number(/^(\d+) of 784 pixels are marked/.exec(line)[1]);
  assert.ok(marked > 30 && marked < 400, line);
  const picture = await greys(page, GETS);
  assert.deepEqual(picture, drawn, "marks are no part of the picture");
  const results = await Promise.all([0, 1, 9].map((at) => greys(page, RESULTS, at)));
  const differing = picture.levels.map((level, at) => results.some(({ levels }) => levels[at] !== level));
  const others = differing.filter(Boolean).length;
  assert.ok(others > 0 && others <= marked, `${others} pixels differ, ${marked} were marked`);

  // All of it, and nothing.
  await page.locator("#picture-clear").click();
  await changed(page, () => page.locator("#picture-invert").click(), /^10 fillings/);
  await waitForText(page, "#picture-survives", /^All of it is marked/);
  assert.ok(distance(await greys(page, RESULTS), picture) > 10);
  await changed(page, () => page.locator("#picture-clear").click(), /^10 pictures from t = 100/);
  assert.ok(await page.locator("#picture-visited").isHidden());
  assert.deepEqual(complaints, []);
  await close();
});

test("what takes long can be stopped in place: what was there stays, until it or something else is asked for", async () => {
  const { page, complaints, close } = await openPicture();
  const stop = page.locator("#picture-stop");
  assert.ok(await stop.isHidden());
  await page.locator('#picture-layer input[value="mask"]').check({ force: true });
  await changed(page, () => page.locator("#picture-half").click(), /^10 fillings/);
  // Nothing else is being made now that could come between.
  const before = (await greys(page, RESULTS, 3)).levels.join();
  await page.locator('#picture-visits input[value="10"]').check({ force: true });
  await page.locator('#picture-steps input[value="50"]').check({ force: true });
  const halt = async () => {
    await page.locator("#picture-line").filter({ hasText: "Making" }).waitFor({ timeout: 60_000 });
    assert.equal(await text(page, "#picture-stop"), "Stop");
    await stop.focus();
    await page.keyboard.press("Enter");
    await waitForText(page, "#picture-line", "Stopped: what was there stays.", 10_000);
  };
  await halt();
  await page.waitForTimeout(1000);
  assert.equal(await text(page, "#picture-line"), "Stopped: what was there stays.");
  assert.equal((await greys(page, RESULTS, 3)).levels.join(), before);
  assert.equal(await page.locator("#picture-results").getAttribute("aria-busy"), "false");
  assert.equal(await text(page, "#picture-stop"), "Make them after all");
  await page.keyboard.press("Enter"); // the focus has stayed
  await halt();
  await page.locator('#picture-visits input[value="1"]').check({ force: true });
  await page.locator('#picture-steps input[value="5"]').check({ force: true });
  await waitForText(page, "#picture-line", "10 fillings from t = 199 in 5 steps", 60_000);
  assert.ok(await stop.isHidden());
  assert.notEqual((await greys(page, RESULTS, 3)).levels.join(), before);
  assert.ok(await page.locator("#picture-back-error").isHidden());
  assert.deepEqual(complaints, []);
  await close();
});

test("a result is enlarged, saved as it is, and goes on as the picture", async () => {
  const { page, complaints, close } = await openPicture();
  await page.locator("#picture-results button").nth(2).focus();
  await press(page, "Enter");
  await waitForText(page, "#picture-zoom-title", /^Result 3$/);
  await page.locator("#picture-zoom-after").click();
  await waitForText(page, "#picture-zoom-title", /^Result 4$/);
  const wanted = await greys(page, RESULTS, 3);
  assert.deepEqual(await greys(page, "#picture-zoom-result"), wanted);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#picture-zoom-save").click()]);
  assert.equal(download.suggestedFilename(), "picture-t100-seed42-4.png");
  await waitForText(page, "#picture-zoom-line", /was saved: 532 × 532 pixels/);
  const saved = readFileSync(await download.path());
  await changed(page, () => page.locator("#picture-zoom-use").click());
  assert.deepEqual(await greys(page, GETS), wanted);
  assert.ok(await page.locator("#picture-zoom").isHidden());
  const read = await page.evaluate(async ([file, side]) => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(file)]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const times = bitmap.width / side;
    const level = (at) => context.getImageData((at % side) * times + times / 2, Math.floor(at / side) * times + times / 2, 1, 1).data[0];
    return Array.from({ length: side * side }, (_, at) => level(at));
  }, [[...saved], SIDE]);
  assert.deepEqual(read, wanted.levels, "the file, read back, is the picture");
  await give(page, "saved.png", saved);
  await waitForText(page, "#picture-original-line", /^saved\.png, 532 × 532 pixels/);
  assert.deepEqual(complaints, []);
  await close();
});

test("another model at the top makes the pictures; axe finds nothing", async () => {
  const { page, complaints, close } = await openPicture();
  await changed(page, () => page.locator("#model").selectOption("tutorial"));
  assert.ok(await page.locator("#picture-classes").isHidden());
  const violations = async () => {
    const found = await page.evaluate(`${AXE}; axe.run(document.getElementById("picture"), { resultTypes: ["violations"] })`);
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  };
  assert.deepEqual(await violations(), []);
  await page.locator('#picture-layer input[value="mask"]').check({ force: true });
  await changed(page, () => page.locator("#picture-half").click(), /^10 fillings/);
  await page.locator("#picture-results button").first().click();
  assert.deepEqual(await violations(), []);
  assert.deepEqual(complaints, []);
  await close();
});

test("a model of another size in colour: what was drawn stays, and colours are drawn", async () => {
  const { page, complaints, close } = await openPicture();
  const draw = async (height) => {
    const { x, y, width } = await page.locator("#picture-pad").boundingBox();
    await page.mouse.move(x + width / 4, y + height * width);
    await page.mouse.down();
    await page.mouse.move(x + (3 * width) / 4, y + height * width, { steps: 3 });
    await page.mouse.up();
  };
  await page.locator("#picture-clear").click();
  await page.locator("#picture-pad").scrollIntoViewIfNeeded();
  await changed(page, () => draw(0.25));
  assert.ok(await page.locator("#picture-own-colour").isHidden());
  const model = writeTensors({ ...shapesIn(COLOUR_32, "state."), "time_embed.weight": [1000, 100] });
  await changed(page, () => page.setInputFiles("#file", { name: "colour.safetensors", mimeType: "", buffer: model }));
  const at = ({ width, levels }, x, y) => levels.slice(3 * (y * width + x), 3 * (y * width + x) + 3);
  await waitForText(page, "#picture-gets-line", /32 × 32/);
  const before = await colours(page, GETS);
  assert.deepEqual([before.width, at(before, 16, 8)], [32, [255, 255, 255]]);
  await page.locator("#picture-colour").fill("#ff0000");
  await page.locator("#picture-pad").scrollIntoViewIfNeeded();
  await changed(page, () => draw(0.75));
  const after = await colours(page, GETS);
  assert.deepEqual([at(after, 16, 8), at(after, 16, 24), at(after, 1, 1)], [[255, 255, 255], [255, 0, 0], [0, 0, 0]]);
  assert.deepEqual(complaints, []);
  await close();
});
