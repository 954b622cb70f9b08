// What is saved of a run, read back: pictures, the figure, and all numbers.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { atStep, colours, enlarge, generate, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { readAll } from "./safetensors.mjs";

const site = useSite();
const SIDE = 28;

/** Presses a button of the dialog: the file that comes. */
async function fileOf(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
  const name = download.suggestedFilename();
  await waitForText(page, "#save-line", `Saved ${name}`);
  const path = await download.path();
  return { name, path, bytes: readFileSync(path) };
}

/** A PNG file's size and pixels, as the browser reads them: red, green and blue of each. */
async function decoded(page, bytes) {
  const { base64, ...size } = await page.evaluate(async (file) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0))], { type: "image/png" }));
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: bitmap.height });
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const url = await new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(new Blob([data]));
    });
    return { width: canvas.width, height: canvas.height, base64: url.slice(url.indexOf(",") + 1) };
  }, bytes.toString("base64"));
  return { ...size, levels: Array.from(Buffer.from(base64, "base64").filter((_, at) => at % 4 !== 3)) };
}

/** Each pixel as a square. */
function enlarged({ width, levels }, left, top, side, scale) {
  const all = [];
  for (let y = 0; y < side * scale; y += 1) {
    for (let x = 0; x < side * scale; x += 1) {
      const at = 3 * ((top + Math.floor(y / scale)) * width + left + Math.floor(x / scale));
      all.push(levels[at], levels[at + 1], levels[at + 2]);
    }
  }
  return all;
}

async function openRun(settings = {}) {
  const opened = await openCalm(site);
  await generate(opened.page, { seed: 7, sampler: "ddim", steps: 4, ...settings });
  await enlarge(opened.page, Math.min(settings.count ?? 16, 6));
  await opened.page.keyboard.press("Escape");
  return opened;
}

/** What saves a run comes with the first press. */
async function openDialog(page) {
  await page.locator("#save-open").click();
  await page.locator("#save[open]").waitFor();
}

test("one picture and the batch are PNG files of what is shown, in whole multiples", async () => {
  const { page, complaints, close } = await openRun();
  await page.locator('#view input[value="x_0"]').check({ force: true });
  await page.locator("#back").click();
  await atStep(page, "3");
  const live = await colours(page, "#live");
  await openDialog(page);
  assert.equal(await text(page, "#save-of"), "PNG files of what is shown: step 3, x_0 as predicted. Each pixel becomes a square.");
  const one = await fileOf(page, "#save-one");
  assert.equal(one.name, "ddpm-seed-7-image-6-step-3-x_0.png");
  const picture = await decoded(page, one.bytes);
  assert.deepEqual([picture.width, picture.height], [8 * SIDE, 8 * SIDE]);
  assert.deepEqual(picture.levels, enlarged(live, SIDE + 1, SIDE + 1, SIDE, 8), "the second of the second row");
  await page.locator("#save-scale").selectOption("1");
  const batch = await fileOf(page, "#save-batch");
  assert.equal(batch.name, "ddpm-seed-7-step-3-x_0.png");
  assert.deepEqual(await decoded(page, batch.bytes), live);
  assert.deepEqual(complaints, []);
  await close();
});

test("the figure has the frames and room for its caption, dark on white", async () => {
  const { page, complaints, close } = await openRun({ count: 1 });
  const last = await colours(page, "#live");
  await openDialog(page);
  const { name, bytes } = await fileOf(page, "#save-figure");
  assert.equal(name, "ddpm-seed-7-figure-x_t.png");
  const { width, height, levels } = await decoded(page, bytes);
  assert.equal(width, 2008);
  const at = (x, y) => levels[3 * (y * width + x)];
  assert.deepEqual([at(0, 0), at(width - 1, height - 1)], [255, 255]);
  const dark = (from, to) => Array.from({ length: (to - from) * width }, (_, k) => levels[3 * (from * width + k)]).filter((level) => level < 60).length;
  assert.ok(dark(height - 150, height - 40) > 1000, "there is a caption");
  // The fifth frame stands first in the second row, each pixel sixteen pixels wide.
  const scale = Math.floor((width - 80 - 3 * 28) / 4 / SIDE);
  const [left, top] = [40, 40 + 46 + scale * SIDE + 28 + 46];
  const frame = Array.from({ length: SIDE * SIDE }, (_, k) => at(left + scale * (k % SIDE) + 2, top + scale * Math.floor(k / SIDE) + 2));
  assert.deepEqual(frame, last.levels.filter((_, k) => k % 3 === 0));
  assert.deepEqual(complaints, []);
  await close();
});

/** A GIF file's frames, as the browser reads them: the red of each pixel, and how long it is shown in ms. */
function filmed(page, bytes) {
  return page.evaluate(async (file) => {
    const data = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
    const decoder = new ImageDecoder({ data, type: "image/gif" });
    await decoder.tracks.ready;
    const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
    const frames = [];
    for (let frameIndex = 0; frameIndex < frameCount; frameIndex += 1) {
      const { image } = await decoder.decode({ frameIndex });
      const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
      frames.push({ width: canvas.width, ms: image.duration / 1000, reds: Array.from(pixels.filter((_, at) => at % 4 === 0)) });
      image.close();
    }
    return { forever: repetitionCount === Infinity, frames };
  }, bytes.toString("base64"));
}

test("the animation is a GIF file that has every step and plays for ever", async () => {
  const { page, complaints, close } = await openRun();
  // Between the images there is white.
  const isGap = (at, width) => (at % width) % (SIDE + 1) === SIDE || Math.floor(at / width) % (SIDE + 1) === SIDE;
  const reds = async () => {
    const { width, levels } = await colours(page, "#live");
    return levels.filter((_, at) => at % 3 === 0).map((level, at) => (isGap(at, width) ? 255 : level));
  };
  const last = await reds();
  await page.locator("#first").click();
  await atStep(page, "0");
  const first = await reds();
  await openDialog(page);
  await page.locator("#save-scale").selectOption("1");
  const { name, bytes } = await fileOf(page, "#save-gif");
  assert.equal(name, "ddpm-seed-7-x_t.gif");
  const { forever, frames } = await filmed(page, bytes);
  assert.ok(forever);
  assert.deepEqual(frames.map(({ width, ms }) => [width, ms]), [[115, 400], [115, 400], [115, 400], [115, 400], [115, 2000]]);
  assert.deepEqual([frames[0].reds, frames[4].reds], [first, last]);
  assert.equal(await page.locator("#save-gif").isDisabled(), false);
  assert.deepEqual(complaints, []);
  await close();
});

test("the run as safetensors holds every step and says what made it; three lines of Python read it", async (context) => {
  const { page, complaints, close } = await openRun({ class: "Bag", guidance: 2 });
  await openDialog(page);
  const { name, path, bytes } = await fileOf(page, "#save-run");
  assert.equal(name, "ddpm-seed-7-bag-run.safetensors");
  const { metadata, tensors } = readAll(bytes);
  const { link, kind, values, ...told } = metadata;
  assert.deepEqual(told, { model: "page", seed: "7", count: "16", class: "Bag", guidance: "2", guidance_from: "140", sampler: "ddim", steps: "4", spacing: "even", eta: "0", start: "matched" });
  assert.equal(link, `${site.server.url}?seed=7&class=Bag&guidance=2&guidance_from=140&sampler=ddim&steps=4`);
  const shape = [5, 16, 1, SIDE, SIDE];
  assert.deepEqual(Object.values(tensors).map((tensor) => [tensor.dtype, tensor.shape]), [["F64", [5]], ["I32", [5]], ["I32", [5]], ["U8", shape], ["U8", shape], ["U8", shape]]);
  for (const { dtype, at } of Object.values(tensors)) assert.equal(at % { F64: 8, I32: 4, U8: 1 }[dtype], 0);
  const ints = (tensor) => [0, 1, 2, 3, 4].map((k) => tensor.bytes.readInt32LE(4 * k));
  assert.deepEqual(ints(tensors.step), [0, 1, 2, 3, 4]);
  const ts = ints(tensors.t);
  assert.ok(ts[0] === 199 && ts[4] === -1 && ts.every((t, k) => k === 0 || t < ts[k - 1]), ts.join());
  assert.equal(tensors.alpha_bar.bytes.readDoubleLE(32), 1);

  await page.keyboard.press("Escape");
  const size = 16 * SIDE ** 2;
  for (const view of ["x_t", "x_0", "eps"]) {
    await page.locator(`#view input[value="${view}"]`).check({ force: true });
    for (const step of [1, 4]) {
      await page.locator("#frames button").nth(step).click();
      await page.locator(`#frames button:nth-child(${step + 1})[aria-current]`).waitFor();
      const live = await colours(page, "#live");
      const first = live.levels.filter((_, at) => at % 3 === 0 && Math.floor(at / 3) % live.width < SIDE && at / 3 < SIDE * live.width);
      assert.deepEqual([...tensors[view].bytes.subarray(step * size, step * size + SIDE ** 2)], first);
    }
  }
  assert.deepEqual(complaints, []);
  const lines = await page.locator("#save-python").textContent();
  assert.equal(lines.split("\n").length, 3);
  if (spawnSync("python3", ["-c", "import safetensors.numpy"]).status === 0) {
    const script = `${lines.replace(`"${name}"`, JSON.stringify(path))}\nprint(x_t.shape, x_t.min() >= -1, x_0.max() <= 1, eps.dtype)`;
    assert.equal(execFileSync("python3", ["-c", script], { encoding: "utf8" }).trim(), "(5, 16, 1, 28, 28) True True float64");
  } else {
    context.diagnostic("no safetensors for Python here: its lines were not run");
  }
  await close();
});

test("the lines of Python are copied, and named where nothing may be copied", async () => {
  const { page, close } = await openCalm(site, { permissions: ["clipboard-read", "clipboard-write"] });
  await generate(page, { count: 1, seed: 7, sampler: "ddim", steps: 2 });
  await openDialog(page);
  await page.locator("#save-copy").click();
  await waitForText(page, "#save-line", "Copied: three lines of Python.");
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /load_file\("ddpm-seed-7-run\.safetensors"\)/);
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("denied")); });
  await page.locator("#save-copy").click();
  await waitForText(page, "#save-line", "the lines are selected");
  await close();
});
