// The same page, from its first run to its twentieth, in Chromium, Firefox and WebKit; and WebGPU in Firefox.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { driver as chromium } from "./drivers/chromium.mjs";
import { until, untilText } from "./drivers/driver.mjs";
import { driver as firefox } from "./drivers/firefox.mjs";
import { driver as webkit } from "./drivers/webkit.mjs";
import { furthest, sampleNatively } from "./native.mjs";
import { DIST, UNET_RANDOM } from "./paths.mjs";
import { serve } from "./server.mjs";

const GREY = { side: 28, channels: 1 };
const DESKTOP = { width: 1440, height: 900 };
const SHORT = { count: 16, seed: 7, sampler: "ddim", steps: 5 };

/** So many runs, of so many pictures. */
const RUNS = 20;
const PICTURES = 64;
/** What a run of SHORT's steps keeps: three views, a byte a pixel, of each state from the noise on. */
const KEPT = PICTURES * GREY.side ** 2 * 3 * (SHORT.steps + 1);
/** The least of a few measurements counts: garbage comes and goes. */
const COMPARED = 3;
/** What a browser's processes may grow by in ten runs, in bytes: their heaps breathe more than a run keeps. */
const BREATH = 80e6;

let server;
let folder;
before(async () => {
  server = await serve(DIST);
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** @type {Map<string, Float32Array>} */
const sampled = new Map();

/** The native pictures, made once for all browsers. */
function natively({ from, ...others }) {
  const settings = { ...others, start: from };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const key = flags.join(" ");
  if (!sampled.has(key)) sampled.set(key, sampleNatively(...flags));
  return sampled.get(key);
}

/** The settings as they stand on the page. */
const settings = (page) => page.evaluate(() => ({
  ...Object.fromEntries(["seed", "sampler", "steps", "from"].map((id) => [id, document.getElementById(id).value])),
  count: document.querySelector("#count input:checked").value,
}));

/** Chooses them, by the ids of their inputs. */
const choose = (page, chosen) => page.evaluate(({ count, ...others }) => {
  document.querySelector(`#count input[value="${count}"]`).click();
  for (const [id, value] of Object.entries(others)) {
    const control = document.getElementById(id);
    control.value = String(value);
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
}, chosen);

/** Starts a run and waits for its end, and for the picture of its last step. */
async function run(page, steps) {
  await page.evaluate(() => { document.getElementById("status").textContent = ""; });
  await page.evaluate(() => document.getElementById("controls").requestSubmit()); // as Enter in the seed does
  await untilText(page, "#status", /^Done/);
  await atStep(page, steps);
}

const atStep = (page, step) => untilText(page, "#place", new RegExp(`^step\\s+${step} of`));

/** A canvas' size and its pixels: red, green and blue of each. What was said of a picture is drawn by then. */
const colours = (page, selector) => page.evaluate(async (where) => {
  await new Promise((resolve) => { setTimeout(() => requestAnimationFrame(() => setTimeout(resolve)), 40); });
  const canvas = document.querySelector(where);
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return { width, height, levels: [...data].filter((_, at) => at % 4 !== 3) };
}, selector);

/** What a canvas shows, in few letters: short to compare and to print. */
const shown = async (page, selector = "#live") => (
  createHash("sha256").update(Buffer.from((await colours(page, selector)).levels)).digest("hex"));

/** Waits until a canvas no longer shows this, and returns what it shows. */
async function changed(page, selector, from) {
  for (const end = Date.now() + 20_000; ;) {
    const now = await shown(page, selector);
    if (now !== from) return now;
    if (Date.now() > end) throw new Error(`${selector} shows the same`);
  }
}

/** Runs in the page. From now on, `window.alive` counts the bytes of the arrays that it fills or is sent. */
function countArrays() {
  window.alive = 0;
  const known = new WeakSet();
  const gone = new FinalizationRegistry((bytes) => { window.alive -= bytes; });
  const count = (buffer) => {
    if (known.has(buffer)) return;
    known.add(buffer);
    window.alive += buffer.byteLength;
    gone.register(buffer, buffer.byteLength);
  };
  const arrays = Object.getPrototypeOf(Uint8Array.prototype);
  const { set } = arrays;
  arrays.set = function (...args) {
    count(this.buffer);
    return set.apply(this, args);
  };
  const search = (value) => {
    if (ArrayBuffer.isView(value)) count(value.buffer);
    else if (value instanceof ArrayBuffer) count(value);
    else if (value !== null && typeof value === "object") Object.values(value).forEach(search);
  };
  const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "data");
  Object.defineProperty(MessageEvent.prototype, "data", {
    get() {
      const data = get.call(this);
      search(data);
      return data;
    },
  });
}

/** Runs in the page: two workers and discs; the run is stopped on the way, kept, and taken up again. */
async function trainForAMoment() {
  const { createTrainer, saved } = await import(new URL("www/lib/trainer.js", document.baseURI).href);
  const disc = (n, x, y) => (Math.hypot(x - 8 - (n % 3), y - 8 + (n % 5)) < 3 + 2 * (n % 2) ? 230 : 20);
  const images = Uint8Array.from({ length: 64 * 256 }, (_, i) => disc(i >> 8, i % 16, (i >> 4) % 16));
  const data = { images, side: 16, channels: 1, labels: null, classes: [], name: "discs" };
  const losses = [];
  const setup = { data, engine: "cpu", workers: 2, sampling: null, config: { widths: [4, 6, 8] }, recipe: { batch_size: 16, steps: 200 } };
  const trainer = await createTrainer({ ...setup, onStep: ({ loss }) => losses.push(loss) });
  for (let step = 0; step < 20; step += 1) await trainer.step();
  await saved.write({ checkpoint: await trainer.checkpoint(), data, about: null });
  await trainer.start();
  const slot = await saved.read();
  await saved.erase();
  const other = await createTrainer({ ...setup, data: slot.data, checkpoint: slot.checkpoint });
  await other.start();
  const [ours, theirs] = await Promise.all([trainer, other].map((one) => one.weights({ precision: "f32" })));
  const { why } = other.info;
  trainer.close();
  other.close();
  return { losses, why, equal: ours.every((byte, at) => byte === theirs[at]), kept: slot.data.images.length === images.length };
}

async function equalsNative(page, chosen) {
  const values = natively(chosen);
  assert.equal(values.length, chosen.count * GREY.side ** 2);
  const apart = furthest(await colours(page, "#live"), values, GREY);
  assert.ok(apart <= 1, `${apart} grey levels from the native run of ${JSON.stringify(chosen)}`);
}

for (const { name, launch } of [chromium, firefox, webkit]) describe(name, () => {
  /** One browser and one page, for one check after the other. */
  const opened = {};
  before(async () => {
    opened.browser = await launch();
    opened.page = await opened.browser.open(server.url, DESKTOP);
  });
  after(() => opened.browser?.close());

  /** A check that leaves no complaint. */
  const check = (sentence, body) => test(sentence, async () => {
    const { page } = opened;
    await body(page);
    assert.deepEqual(page.complaints.splice(0), []);
  });

  check("the first run begins by itself, ends, and equals the native run", async (page) => {
    const said = await untilText(page, "#status", /^Done: 16 pictures/, 120_000);
    const first = await settings(page);
    // A slow machine takes fewer steps, and says so.
    assert.equal(said.includes(`in ${first.steps} steps of DDIM`), first.sampler === "ddim", said);
    await atStep(page, first.steps);
    await equalsNative(page, { ...first, count: Number(first.count) });
  });

  check("the run is scrubbed by frames and slider, in every view", async (page) => {
    const last = await shown(page);
    const frame = 5;
    await page.click(`#frames button:nth-child(${frame})`);
    const seen = [last, await changed(page, "#live", last)];
    for (const view of ["eps", "x_0", "x_t"]) {
      await page.click(`#view label:has(input[value="${view}"])`);
      seen.push(await changed(page, "#live", seen.at(-1)));
      assert.equal(await shown(page, `#frames button:nth-child(${frame}) canvas`), seen.at(-1), view);
    }
    assert.equal(seen.at(-1), seen[1]);
    assert.equal(new Set(seen).size, 4, "every view is another picture");

    const drag = (to) => page.evaluate((value) => {
      const slider = document.getElementById("position");
      slider.value = value ?? slider.max;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }, to);
    await drag("0"); // the noise, which is what the first frame shows
    await atStep(page, 0);
    const early = await changed(page, "#live", seen.at(-1));
    assert.equal(early, await shown(page, "#frames button:first-child canvas"));
    await drag(null);
    await atStep(page, (await settings(page)).steps);
    assert.equal(await changed(page, "#live", early), last);
  });

  check("the noise slider answers, from the picture itself to the schedule's end", async (page) => {
    await page.evaluate(() => document.getElementById("noise").scrollIntoView());
    await untilText(page, "#alpha-bar", /\d/);
    const t = async (percent, pattern) => {
      await page.click(`#marks button[value="${percent}"]`);
      await untilText(page, "#t", pattern);
      return shown(page, "#noised");
    };
    const seen = [await t(0, /^none/), await t(25, /^49$/), await t(100, /^199$/)];
    assert.equal(seen[0], await shown(page, "#original"));
    assert.equal(new Set(seen).size, 3);
  });

  check("a second model beside the engine makes pictures between two seeds, equal to the native run", async (page) => {
    const bytes = await page.evaluate(async () => {
      const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
      const engine = await createEngine({ engine: "cpu", workers: 2 });
      const beside = await engine.openBeside(await engine.shippedBytes("page"));
      const pictures = await beside.pictures({ seed: 7, towards: { seed: 8, share: 0.25 }, sampler: "ddim", steps: 5 });
      engine.close();
      return [...pictures];
    });
    const values = natively({ ...SHORT, from: "matched", towards: 8, share: 0.25 });
    assert.equal(bytes.length, values.length);
    const apart = bytes.map((byte, at) => Math.abs(byte - (Math.min(1, Math.max(-1, values[at])) + 1) * 127.5));
    assert.ok(Math.max(...apart) <= 1, `${Math.max(...apart)} grey levels from the native run`);
  });

  check("weights that are dropped run, weights that are picked are refused or run, and the page's own come back", async (page) => {
    const dropped = join(folder, `${name}.safetensors`);
    copyFileSync(UNET_RANDOM, dropped);
    await choose(page, SHORT);
    await page.drop(dropped);
    await untilText(page, "#card", new RegExp(`${name}\\.safetensors`));
    await untilText(page, "#status", /^Ready/);
    assert.equal(await page.evaluate(() => document.getElementById("from").value), "pure");
    await run(page, SHORT.steps);
    await equalsNative(page, { ...SHORT, from: "pure", weights: UNET_RANDOM });

    await page.choose("#file", join(DIST, "index.html"));
    await untilText(page, "#weights-error", /index\.html was not loaded.* The previous model is still loaded\.$/);
    await page.choose("#file", join(DIST, "assets/fashion-mnist.safetensors"));
    await untilText(page, "#card", /fashion-mnist\.safetensors/);
    await page.click("#shipped");
    await untilText(page, "#card", /this page's own model/);
    await untilText(page, "#status", /^Ready/);
    await run(page, SHORT.steps);
    await equalsNative(page, { ...SHORT, from: "matched" });
  });

  check("it trains on the CPU, and a run that is taken up again equals one that was not", async (page) => {
    const { losses, equal, why, kept } = await page.evaluate(trainForAMoment);
    assert.deepEqual([equal, why, kept], [true, null, true]);
    const mean = (some) => some.reduce((sum, loss) => sum + loss, 0) / some.length;
    assert.ok(mean(losses.slice(-10)) < 0.9 * mean(losses.slice(0, 10)), losses.join());
  });

  check(`${RUNS} runs do not pile up in memory`, async (page) => {
    await choose(page, { ...SHORT, count: PICTURES });
    await page.evaluate(countArrays);
    /** Bytes of the processes after each run. */
    const held = [];
    for (let at = 0; at < RUNS; at += 1) {
      await run(page, SHORT.steps);
      held.push(await page.memory());
    }
    const least = (end) => Math.min(...held.slice(end - COMPARED, end));
    const more = least(RUNS) - least(RUNS / 2);
    assert.ok(more < BREATH, `${more / 1e6} MB more: ${held.map((bytes) => Math.round(bytes / 1e6)).join(" ")}`);

    // The last run's arrays are alive; most of the others are not, once there was a reason to collect them.
    for (let tries = 20; ; tries -= 1) {
      const alive = await page.evaluate(() => {
        Array.from({ length: 1e6 }, (_, at) => ({ at })); // a reason to collect
        return window.alive;
      });
      assert.ok(alive >= KEPT, `${alive} bytes alive: a run keeps ${KEPT}`);
      if (alive < (RUNS / 2) * KEPT) break;
      assert.ok(tries > 0, `${alive / 1e6} MB of arrays alive, where a run keeps ${KEPT / 1e6} MB`);
      await page.memory();
      await new Promise((resolve) => { setTimeout(resolve, 250); });
    }
  });
});

test("Firefox: a run on WebGPU equals the native run", async () => {
  const browser = await firefox.launch({ webgpu: true, calm: true });
  try {
    const page = await browser.open(`${server.url}?engine=webgpu`, DESKTOP);
    await untilText(page, "#badge", /^WebGPU/, 120_000);
    await untilText(page, "#status", /^Ready/);
    const few = { ...SHORT, count: 1, steps: 3 };
    await choose(page, few);
    await run(page, few.steps);
    assert.match(await page.evaluate(() => document.getElementById("badge").textContent), /^WebGPU/);
    await equalsNative(page, { ...few, from: "matched" });
    assert.deepEqual(page.complaints, []);
  } finally {
    await browser.close();
  }
});
