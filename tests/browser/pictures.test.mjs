// Files of all kinds become the pictures that the native program makes of them, byte for byte.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open, useSite } from "./browser.mjs";
import { ddpm, withFolder } from "./native.mjs";
import { png } from "./png.mjs";

const site = useSite();

/** Runs in the page: the pictures that a browser's canvas writes, by their names. */
async function drawn() {
  const files = {};
  for (const [name, type, width, height, clear] of [["photo.jpg", "image/jpeg", 45, 31, false], ["wide.webp", "image/webp", 61, 20, false], ["logo.png", "image/png", 33, 40, true]]) {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const slope = context.createLinearGradient(0, 0, width, height);
    slope.addColorStop(0, "#e04020");
    slope.addColorStop(1, clear ? "rgba(20, 60, 220, 0.2)" : "#1830c0");
    context.fillStyle = slope;
    context.fillRect(clear ? 6 : 0, 4, width - 8, height - 8);
    const blob = await canvas.convertToBlob({ type });
    files[name] = [...new Uint8Array(await blob.arrayBuffer())];
  }
  return files;
}

/** Little-endian numbers of 2 and 4 bytes. */
const short = (number) => [number & 255, number >> 8];
const long = (number) => [...short(number & 0xffff), ...short(number >>> 16)];

/** An uncompressed BMP of 24 bits. */
function bmp(width, height) {
  const row = (y) => Array.from({ length: Math.ceil((3 * width) / 4) * 4 }, (_, at) => (at < 3 * width ? (at * 5 + y * 11) % 256 : 0));
  const pixels = Array.from({ length: height }, (_, y) => row(y)).flat();
  const header = [...long(40), ...long(width), ...long(height), ...short(1), ...short(24), ...long(0), ...long(pixels.length), ...long(0), ...long(0), ...long(0), ...long(0)];
  return Buffer.from([0x42, 0x4d, ...long(54 + pixels.length), ...long(0), ...long(54), ...header, ...pixels]);
}

/** An uncompressed TIFF, grey. */
function tiff(width, height) {
  const pixels = Array.from({ length: width * height }, (_, at) => (at * 7) % 256);
  const entry = (tag, type, value) => [...short(tag), ...short(type), ...long(1), ...long(value)];
  const entries = [
    entry(256, 4, width), entry(257, 4, height), entry(258, 3, 8), entry(259, 3, 1), entry(262, 3, 1), entry(273, 4, 8),
    entry(277, 3, 1), entry(278, 4, height), entry(279, 4, pixels.length),
  ];
  return Buffer.from([0x49, 0x49, ...short(42), ...long(8 + pixels.length), ...pixels, ...short(entries.length), ...entries.flat(), ...long(0)]);
}

/** A GIF of 2 x 2 pixels and two colours. */
const GIF = Buffer.from([
  ...Buffer.from("GIF89a"), 2, 0, 2, 0, 0x80, 0, 0, 250, 40, 40, 20, 90, 240,
  0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 0x02, 0x05, 0, 0x3b,
]);

/** Runs in the page. */
async function readInPage([files, wanted]) {
  const { readPictures } = await import(new URL("www/lib/trainer.js", document.baseURI).href);
  const given = Object.entries(files).map(([name, bytes]) => ({ name, bytes: Uint8Array.from(bytes) }));
  const { data, notes, refused } = await readPictures(given, wanted);
  return { ...data, images: [...data.images], labels: data.labels && [...data.labels], notes, refused };
}

/** The images that `ddpm data` makes of these files, [N, C, H, W]: as images to test on, which it writes. */
function natively(files, { side, channels }) {
  return withFolder((folder) => {
    for (const part of ["train", "test"]) mkdirSync(join(folder, "data", part), { recursive: true });
    for (const [name, bytes] of Object.entries(files)) for (const part of ["train", "test"]) writeFileSync(join(folder, "data", part, name), Buffer.from(bytes));
    const out = join(folder, "out.idx");
    const count = Object.keys(files).length;
    ddpm("data", "--data", join(folder, "data"), "--size", String(side), ...(channels === 3 ? ["--colour"] : []), "--write", out, "--count", String(count));
    const numbers = readFileSync(out).subarray(channels === 3 ? 20 : 16);
    if (channels === 1) return [...numbers];
    // From pixels to planes.
    const plane = side * side;
    return Array.from({ length: numbers.length }, (_, at) => {
      const [image, channel, pixel] = [Math.floor(at / (3 * plane)), Math.floor(at / plane) % 3, at % plane];
      return numbers[image * 3 * plane + 3 * pixel + channel];
    });
  });
}

test("pictures of six formats, wide and tall, grey, in colour and partly transparent", async () => {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}bench.html?steps=1&batch=1`);
  const files = {
    ...await page.evaluate(drawn),
    "a.bmp": [...bmp(37, 29)], "b.tif": [...tiff(24, 30)], "c.gif": [...GIF],
    "d.png": [...png(30, 1, (x, y) => (x * y) % 256)], "e.png": [...png(64, 3, (x, y, channel) => (x * (channel + 1) + y) % 256)],
  };
  for (const wanted of [{ side: 32, channels: 3 }, { side: 28, channels: 1 }]) {
    const found = await page.evaluate(readInPage, [files, wanted]);
    assert.deepEqual(found.refused, []);
    assert.deepEqual([found.side, found.channels], [wanted.side, wanted.channels]);
    assert.deepEqual(found.images, natively(files, wanted));
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("folders tell classes, what is no picture is left out with its reason, and odd files spoil nothing", async () => {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}bench.html?steps=1&batch=1`);
  const picture = (level) => [...png(20, 3, (_, __, channel) => (channel === 0 ? level : 30))];
  const whole = picture(200);
  const files = {
    "set/cats/2.png": picture(10), "set/cats/1.png": picture(90), "set/dogs/1.png": picture(240), "set/.DS_Store": [1, 2],
    "set/dogs/notes.txt": [...Buffer.from("some words")], "set/dogs/cut.png": whole.slice(0, whole.length - 30),
    "set/dogs/empty.png": [], "set/cats/shot.heic": [0, 0, 0, 24, ...Buffer.from("ftypheic"), 0, 0],
  };
  const found = await page.evaluate(readInPage, [files, { side: 12 }]);
  assert.deepEqual([found.name, found.classes, found.labels], ["set", ["cats", "dogs"], [0, 0, 1]]);
  assert.deepEqual([found.images.length, found.side, found.channels], [3 * 144, 12, 1]);
  const first = (at) => found.images[at * 144];
  assert.ok(first(1) < first(0) && first(0) < first(2), "in the order of their names");
  const why = Object.fromEntries(found.refused.map((one) => [one.name, one.why]));
  assert.deepEqual(Object.keys(why).sort(), ["set/cats/shot.heic", "set/dogs/cut.png", "set/dogs/empty.png", "set/dogs/notes.txt"]);
  assert.match(why["set/cats/shot.heic"], /HEIC photo: convert it to JPEG/);
  assert.match(why["set/dogs/empty.png"], /empty/);
  assert.match(why["set/dogs/notes.txt"], /text/);
  assert.ok(found.notes.some((note) => /have colours and are made grey/.test(note)), found.notes.join());
  assert.deepEqual(complaints, []);
  await close();
});
