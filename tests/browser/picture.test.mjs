// Runs from a picture, with a mask and repeated visits, are the native program's; steps laid open; pictures of one's own; the
// schedule's curves and the toy: what the module gives, without the page around it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { open, SOFTWARE_WEBGPU, useSite, workersLeft } from "./browser.mjs";
import { sampleNatively, withFolder } from "./native.mjs";
import { DIST, ROOT } from "./paths.mjs";
import { png } from "./png.mjs";

const site = useSite("/", SOFTWARE_WEBGPU);

const SIDE = 28;
const BOOT = 36;
const STEPS = ["--steps", "6", "--sampler", "ddim"];

/** A page with nothing in it: all that runs is the module's. */
async function openBlank() {
  const blank = (context) => context.route("**/blank.html", (route) => route.fulfill({ body: "<!doctype html>", contentType: "text/html" }));
  return open(site.browser, `${site.server.url}blank.html`, {}, blank);
}

/** The picture that runs begin with: an ankle boot among the test images. */
const boot = readFileSync(join(DIST, "assets/test-classes.idx")).subarray(16 + BOOT * SIDE ** 2, 16 + (BOOT + 1) * SIDE ** 2);
/** Its upper half stays. */
const isKept = (y) => y < SIDE / 2;

/** What `ddpm sample` makes of it. */
function natively(...settings) {
  return withFolder((folder) => {
    const [picture, mask] = ["picture.png", "mask.png"].map((name) => join(folder, name));
    writeFileSync(picture, png(SIDE, 1, (x, y) => boot[y * SIDE + x]));
    writeFileSync(mask, png(SIDE, 1, (x, y) => (isKept(y) ? 255 : 0)));
    const files = settings.flatMap((word) => (word === "--mask" ? [word, mask] : [word]));
    return sampleNatively("--weights", join(ROOT, "assets/fashion-mnist.safetensors"), "--picture", picture, "--from-t", "120", "--count", "3", "--seed", "5", ...files);
  });
}

/** How far numbers are from others, in grey levels. */
const apart = (found, expected) => found.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]) * 127.5), 0);

test("runs from a picture, masked and with visits, are the native program's, and what is kept is kept", async () => {
  const { page, complaints, close } = await openBlank();
  const found = await page.evaluate(async ({ bytes, side, boot: index }) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 2 });
    const all = await engine.testPictures();
    const size = side * side;
    const picture = { bytes: all.slice(index * size, (index + 1) * size), t: 120 };
    const mask = Uint8Array.from({ length: size }, (_, at) => (at < size / 2 ? 255 : 0));
    const settings = { seed: 5, count: 3, sampler: "ddim", steps: 6, picture };
    const seen = [];
    const onStep = ({ done, total, t, alphaBar, x_t }) => { seen.push({ done, total, t, alphaBar, x_t: [...x_t.subarray(0, size)] }); };
    const plain = await engine.generate(settings, { onStep });
    const { curves } = engine.info;
    const noised = await engine.noised(picture.bytes, 120, 5);
    const clean = await engine.noised(picture.bytes, null);
    const repeated = [];
    const masked = await engine.generate({ ...settings, mask, visits: 3 }, { onStep: ({ done, total, t, alphaBar }) => { repeated.push([done, total, t, alphaBar]); } });
    const one = await createEngine({ engine: "cpu", workers: 1 });
    const alone = await one.generate({ ...settings, mask, visits: 3 });
    one.close();
    // All steps from t on, where their number is not given.
    const few = await engine.generate({ seed: 5, count: 1, picture: { ...picture, t: 3 } });
    const refused = (more) => engine.generate({ ...settings, ...more }).then(() => "accepted", (error) => error.message);
    const refusals = [];
    for (const more of [
      { picture: null, mask }, { visits: 2 }, { mask, visits: 21 }, { mask: mask.slice(1) }, { picture: { ...picture, bytes: mask.slice(1) } },
      { picture: { ...picture, t: 200 } }, { steps: 122 }, { picture: bytes },
    ]) refusals.push(await refused(more));
    const test = all.length;
    engine.close();
    return {
      seen, repeated, refusals, test, few: few.total, noised: { ...noised, bytes: [...noised.bytes] }, same: clean.bytes.every((byte, at) => byte === picture.bytes[at]),
      snr: clean.snr, plain: [...plain.x], masked: [...masked.x], alike: alone.x.every((value, at) => value === masked.x[at]),
      kept: [...masked.x_t.subarray(0, size)], curves: [curves.beta.length, curves.alpha_bar[120], curves.snr[120]],
    };
  }, { bytes: [...boot], side: SIDE, boot: BOOT });
  assert.equal(found.test, 40 * SIDE ** 2);
  assert.ok(apart(found.plain, natively(...STEPS)) < 1, "as natively");
  assert.ok(apart(found.masked, natively(...STEPS, "--mask", "--visits", "3")) < 1, "masked as natively");
  assert.ok(found.alike, "however many workers");
  assert.deepEqual(found.kept.slice(0, SIDE ** 2 / 2), [...boot.subarray(0, SIDE ** 2 / 2)]);
  assert.notDeepEqual(found.kept.slice(SIDE ** 2 / 2), [...boot.subarray(SIDE ** 2 / 2)]);
  // The picture with noise is what the run begins with.
  assert.deepEqual([found.noised.t, found.noised.bytes], [120, found.seen[0].x_t]);
  assert.ok(found.same && found.snr === Infinity);
  assert.deepEqual(found.curves, [200, found.noised.alphaBar, found.noised.snr]);
  assert.equal(found.seen[0].alphaBar, found.noised.alphaBar);
  assert.deepEqual(found.seen.map(({ done, total, t }) => [done, total, t]), [null, 120, 99, 79, 59, 39, 19].map((t, done) => [done, 6, t]));
  // Three visits of each step but the last; in between the batch is as noisy as before.
  assert.deepEqual(found.repeated.map(([done, total]) => [done, total]), Array.from({ length: 17 }, (_, done) => [done, 16]));
  assert.deepEqual([found.repeated[1], found.repeated[2]].map(([, , t, alphaBar]) => [t, alphaBar]), [[120, found.noised.alphaBar], [120, found.noised.alphaBar]]);
  assert.ok(found.repeated[3][3] > found.noised.alphaBar && found.repeated[16][3] === 1);
  assert.equal(found.few, 4);
  const expected = [
    /give the picture too/, /visits are for runs with a mask/, /visits is 21: give a whole number from 1 to 20/, /mask of 783 bytes.* has 784/, /picture of 783 bytes.* has 784/,
    /t = 200: give a timestep from 0 to 199/, /122 steps from t = 120 on: give a number from 1 to 121/, /picture is of type object: give \{ bytes, t \}/,
  ];
  found.refusals.forEach((refusal, at) => assert.match(refusal, expected[at]));
  assert.deepEqual(complaints, []);
  await close();
});

test("a trace's steps are the run's, with all that goes into them", async () => {
  const { page, complaints, close } = await openBlank();
  const found = await page.evaluate(async () => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    const beside = await engine.openBeside(engine.weights);
    const settings = { seed: 5, steps: 5, classes: 7, guidance: 1.3 };
    const run = [];
    await engine.generate({ ...settings, count: 1 }, { onStep: (step) => { run.push(step); } });
    const trace = await beside.trace(settings);
    const second = await beside.trace({ ...settings, sampler: "dpm-solver-pp" });
    const many = await beside.trace({ ...settings, count: 2 }).then(() => "", (error) => error.message);
    const { curves } = engine.info;
    beside.close();
    engine.close();
    const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
    return {
      many, curves, places: trace.map(({ done, total, t, t_prev }) => [done, total, t, t_prev]),
      same: trace.map((step, at) => [same(step.x_t, run[at].x_t), same(step.next, run[at + 1].x_t), same(step.x_0, run[at + 1].x_0), same(step.eps, run[at + 1].eps)]),
      ends: [same(trace[4].mean, trace[4].next), trace[4].noise.every((byte) => byte === 128), same(trace[0].mean, trace[0].next)],
      numbers: trace.map(({ alpha, beta, alphaBar, alphaBarPrev, sigma, coefficients, ranges }) => ({ alpha, beta, alphaBar, alphaBarPrev, sigma, coefficients, ranges })),
      memory: second.map(({ coefficients }) => coefficients.memory !== 0),
    };
  });
  assert.deepEqual(found.places, [[1, 5, 199, 159], [2, 5, 159, 119], [3, 5, 119, 79], [4, 5, 79, 39], [5, 5, 39, null]]);
  assert.deepEqual(found.same.flat(), new Array(20).fill(true));
  assert.deepEqual(found.ends, [true, true, false]);
  assert.deepEqual(found.memory, [false, true, true, true, false]);
  assert.match(found.many, /trace of 2 images/);
  for (const { alpha, beta, alphaBar, alphaBarPrev, sigma, coefficients, ranges } of found.numbers) {
    assert.ok(Math.abs(alpha * alphaBarPrev - alphaBar) < 1e-12 && Math.abs(alpha + beta - 1) < 1e-12);
    assert.equal(coefficients.z, sigma);
    assert.ok(Object.values(ranges).every(({ min, max }) => min <= max) && ranges.x_t.min < -1);
  }
  assert.equal(found.numbers[0].alphaBar, found.curves.alpha_bar[199]);
  assert.equal(found.numbers[4].alphaBarPrev, 1);
  assert.deepEqual(complaints, []);
  await close();
});

/** A JPEG of four inks, 16 x 16 pixels: black on the left and bare paper on the right. */
const CMYK = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZMTlJTUjI+WmFaUGBKUVJP/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD06vTq9OrzCiiivp2iiivmKiiivp2v/9k=";
/** A GIF of two frames of one pixel, a red and a blue one. */
const FRAME = (colour) => [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, colour === 0 ? 0x44 : 0x4c, 1, 0];
const ANIMATED = [...Buffer.from("GIF89a"), 1, 0, 1, 0, 0x80, 0, 0, 250, 40, 40, 20, 90, 240, ...FRAME(0), ...FRAME(1), 0x3b];

test("pictures of one's own become the model's, whatever they are, or the reason is told", async () => {
  const { page, complaints, close } = await openBlank();
  const files = { "boot.png": [...png(SIDE, 1, (x, y) => boot[y * SIDE + x])], "ink.jpg": [...Buffer.from(CMYK, "base64")], "two.gif": ANIMATED };
  const found = await page.evaluate(async (given) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    const told = ({ bytes, ...rest }) => ({ bytes: [...bytes], ...rest });
    const refused = (promise) => promise.then(() => "accepted", (error) => error.message);
    const read = async (name, options) => told(await engine.readPicture(Uint8Array.from(given[name]), name, options));
    /** A drawing in the page, of a dark disc on nothing. */
    const canvas = new OffscreenCanvas(60, 40);
    const pen = canvas.getContext("2d");
    pen.arc(30, 20, 12, 0, 7);
    pen.fill();
    const pixels = { width: 60, height: 40, rgba: pen.getImageData(0, 0, 60, 40).data };
    const file = async (drawn, type) => new Uint8Array(await (await drawn.convertToBlob({ type })).arrayBuffer());
    const drawing = await file(canvas, "image/png");
    const large = new OffscreenCanvas(5000, 4000);
    large.getContext("2d").fillStyle = "white";
    large.getContext("2d").fillRect(0, 0, 2500, 4000);
    const wide = await file(large, "image/jpeg");
    const results = {
      boot: await read("boot.png"), ink: await read("ink.jpg"), two: await read("two.gif"),
      drawing: told(await engine.readPicture(drawing, "drawing.png")), pixels: told(await engine.fitPicture(pixels)),
      black: told(await engine.fitPicture(pixels, { background: "black", crop: false })),
      large: told(await engine.readPicture(wide, "large.jpg")), webp: told(await engine.readPicture(await file(canvas, "image/webp"), "drawing.webp")),
    };
    const refusals = [
      await refused(engine.readPicture(wide.slice(0, wide.length / 2), "half.jpg")),
      await refused(engine.readPicture(new Uint8Array(0), "empty.png")),
      await refused(engine.readPicture(new TextEncoder().encode("<html>"), "page.png")),
      await refused(engine.readPicture(drawing, "a.png", { background: "red" })),
      await refused(engine.fitPicture({ ...pixels, width: 61 })),
      await refused(engine.readPicture("a.png", "a.png")),
    ];
    engine.close();
    refusals.push(await refused(engine.fitPicture(pixels)));
    return { results, refusals };
  }, files);
  const { boot: same, ink, two, drawing, pixels, black, large, webp } = found.results;
  assert.deepEqual([same.bytes, same.original, same.notes], [[...boot], { width: SIDE, height: SIDE }, []]);
  assert.ok(ink.bytes[3] < 30 && ink.bytes[24] > 225, `ink is dark and paper bright: ${ink.bytes.slice(0, SIDE)}`);
  assert.deepEqual(two.facts, ["animated", "enlarged", "grey"]);
  assert.match(two.notes[0], /only the first is read/);
  assert.deepEqual([two.original, new Set(two.bytes).size], [{ width: 1, height: 1 }, 1]);
  assert.deepEqual(drawing.bytes, pixels.bytes);
  assert.deepEqual([pixels.facts, pixels.transparent, pixels.background], [["cropped", "transparent"], true, "white"]);
  assert.ok(pixels.bytes[0] === 255 && pixels.bytes[14 * SIDE + 14] === 0);
  assert.deepEqual(black.facts, ["barred", "transparent", "dark"]);
  assert.deepEqual([large.original, large.facts], [{ width: 5000, height: 4000 }, ["cropped"]]);
  assert.ok(large.bytes[14 * SIDE + 2] > 250 && large.bytes[14 * SIDE + 25] < 5);
  assert.deepEqual(webp.original, { width: 60, height: 40 });
  const expected = [/half\.jpg cannot be used: it is cut short/, /empty\.png cannot be used: the file is empty/, /page\.png cannot be used: it is a web page/, /background is "red": give "black", "white", null/, /four bytes for each/, /bytes is "a\.png": give a Uint8Array/, /the engine was closed/];
  found.refusals.forEach((refusal, at) => assert.match(refusal, expected[at]));
  assert.equal(await workersLeft(page), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test("the toy has points, arrows and paths, which end at the points", async () => {
  const { page, complaints, close } = await openBlank();
  const found = await page.evaluate(async () => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    const toy = await engine.toy();
    const points = await toy.points("ring");
    const field = await toy.field("ring", 100, 8);
    const paths = await toy.paths({ set: "ring", sampler: "ddim", steps: 20, seed: 3, count: 5 });
    const again = await (await engine.toy()).paths({ set: "ring", sampler: "ddim", steps: 20, eta: 1, seed: 3, count: 2 });
    const refused = (promise) => promise.then(() => "accepted", (error) => error.message);
    const refusals = [await refused(toy.points("star")), await refused(toy.field("ring", 200, 8)), await refused(toy.paths({ set: "ring", eta: 0.5 }))];
    const list = (array) => [...array];
    const result = { sets: toy.sets, points: list(points), at: list(field.at), arrows: list(field.arrows), total: paths.total, t: paths.t, xs: paths.xs.map(list), again: again.xs.map(list), refusals };
    engine.close();
    return result;
  });
  assert.deepEqual(found.sets, ["moons", "ring", "spiral", "blobs"]);
  assert.deepEqual([found.at.length, found.arrows.length, found.total, found.xs.length], [128, 128, 20, 21]);
  assert.deepEqual([found.t[0], found.t[1], found.t[20]], [199, 189, null]);
  for (let k = 0; k < 5; k += 1) {
    const [x, y] = found.xs[20].slice(2 * k);
    const nearest = found.points.reduce((least, _, at) => (at % 2 ? least : Math.min(least, Math.hypot(x - found.points[at], y - found.points[at + 1]))), Infinity);
    assert.ok(nearest < 0.2, `${x}, ${y} is ${nearest} from the data`);
  }
  // The same beginning, and with noise another end.
  assert.deepEqual(found.again[0], found.xs[0].slice(0, 4));
  assert.notDeepEqual(found.again[20], found.xs[20].slice(0, 4));
  [/choose moons, ring, spiral, blobs/, /t = 200: give a timestep from 0 to 199/, /eta is a setting of DDIM/].forEach((words, at) => assert.match(found.refusals[at], words));
  assert.deepEqual(complaints, []);
  await close();
});

test("a masked run on a graphics adapter is the CPU's", async () => {
  const { page, complaints, close } = await openBlank();
  const most = await page.evaluate(async (bytes) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const picture = { bytes: Uint8Array.from(bytes), t: 60 };
    const mask = Uint8Array.from(bytes, (_, at) => (at % 28 < 14 ? 255 : 0));
    const ends = [];
    for (const kind of ["webgpu", "cpu"]) {
      const engine = await createEngine({ engine: kind, workers: 1 });
      while (engine.isStarting) await new Promise((resolve) => { setTimeout(resolve, 100); });
      if (engine.info.engine !== kind) throw new Error(`${kind}: ${engine.why}`);
      const settings = { seed: 2, count: 2, steps: 3, classes: 9, guidance: 1.5, picture };
      ends.push([await engine.generate({ ...settings, mask, visits: 2 }), await engine.generate(settings)].map(({ x }) => x));
      engine.close();
    }
    return [0, 1].map((at) => ends[0][at].reduce((far, value, k) => Math.max(far, Math.abs(value - ends[1][at][k])), 0));
  }, [...boot]);
  assert.ok(most.every((far) => far < 1e-3), `furthest: ${most}`);
  assert.deepEqual(complaints, []);
  await close();
});
