// Train it yourself: pictures, drawings, a run that is paused, saved, gone on with, used and downloaded. Everything is
// as small as can be: 12 pixels a side and the small network.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { atStep, generate, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { png } from "./png.mjs";

const site = useSite();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Bright squares on a dark ground, each elsewhere: something that can be learned. */
const PICTURES = Array.from({ length: 64 }, (_, n) => {
  const [left, top] = [n % 8, Math.floor(n / 8)];
  const inside = (place, from) => place >= from && place < from + 5;
  return { name: `${String(n).padStart(2, "0")}.png`, mimeType: "image/png", buffer: png(12, 1, (x, y) => (inside(x, left) && inside(y, top) ? 230 : 20)) };
});

async function openPanel(options) {
  const opened = await openCalm(site, options);
  await opened.page.locator("#train-panel > summary").click();
  await opened.page.locator("#train-open").waitFor({ state: "visible" });
  return opened;
}

const choose = (page, name, value) => page.locator(`input[name="train-${name}"][value="${value}"]`).check({ force: true });

/** Takes pictures, small, and a recipe that takes a moment. */
async function prepare(page, { pictures = PICTURES, epochs = 12 } = {}) {
  await choose(page, "source", "files");
  await page.setInputFiles("#train-pick", pictures);
  await waitForText(page, "#train-taken-line", /^\d+ pictures?,/);
  await page.locator("#train-side").selectOption("12");
  await waitForText(page, "#train-taken-line", "12 × 12");
  await choose(page, "width", "small");
  await page.locator("#train-more").evaluate((fold) => { fold.open = true; });
  await page.locator("#train-batch").fill("16");
  await page.locator("#train-epochs").fill(String(epochs));
  await page.locator("#train-engine").selectOption("cpu");
  await page.locator("#train-workers").fill("2");
}

const fact = async (page, name) => {
  const row = page.locator("#train-facts div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) });
  return row.locator("dd").innerText();
};
const samples = (page) => page.locator("#train-samples").evaluate((canvas) => canvas.toDataURL());

/** Waits for at least so many steps. */
const steps = (page, least) => page.waitForFunction((wanted) => {
  const shown = document.querySelector("#train-facts dd")?.textContent ?? "0";
  return Number(shown.split(" of ")[0].replaceAll(",", "")) >= wanted;
}, least, { timeout: 60_000 });

/** The file that a button downloads. */
async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

test("nothing of it is fetched before the panel is opened", async () => {
  const asked = [];
  const prepareContext = async (context) => { context.on("request", (request) => { asked.push(request.url()); }); };
  const { page, complaints, close } = await openCalm(site, { prepare: prepareContext });
  await page.locator("#train").scrollIntoViewIfNeeded();
  const isTraining = (url) => /trainer|ddpm-train|assets\/sample|train\/opened/.test(url);
  assert.deepEqual(asked.filter(isTraining), []);
  await page.locator("#train-panel > summary").click();
  await page.locator("#train-open").waitFor({ state: "visible" });
  assert.ok(asked.some(isTraining));
  assert.deepEqual(asked.filter((url) => url.includes("assets/sample")), [], "the sample is fetched when it is asked for");
  assert.deepEqual(complaints, []);
  await close();
});

test("64 pictures: the loss falls, samples change, and the rest of the page works meanwhile", async () => {
  const { page, complaints, close } = await openPanel();
  await page.locator("#train-start").click();
  await waitForText(page, "#train-data-error", "Load the sample first");
  await prepare(page, { epochs: 4000 });
  assert.match(await text(page, "#train-width-note"), /parameters/);
  await page.locator("#train-start").click();
  await steps(page, 4);
  await page.waitForFunction(() => document.getElementById("train-samples").width > 1);
  const early = await samples(page);
  await generate(page, { count: 1, steps: 2 });
  await atStep(page, "2");
  await steps(page, 400);
  await page.waitForFunction((before) => /** @type {any} */ (document.getElementById("train-samples")).toDataURL() !== before, early, { timeout: 60_000 });
  // The curve falls: in an SVG, further down is more.
  const heights = (await page.locator("#train-curve polyline").getAttribute("points")).split(" ").map((point) => Number(point.split(",")[1]));
  const mean = (some) => some.reduce((sum, one) => sum + one) / some.length;
  const quarter = Math.floor(heights.length / 4);
  assert.ok(mean(heights.slice(-quarter)) > mean(heights.slice(0, quarter)) + 10, heights.join());

  await page.locator("#train-pause").click();
  await waitForText(page, "#train-status", /^Paused after/);
  await waitForText(page, "#train-keeping", "Saved in this browser");
  const before = await fact(page, "Step");
  await page.locator("#train-step").click();
  await waitForText(page, "#train-status", /The last one’s loss is \d/);
  assert.notEqual(await fact(page, "Step"), before);

  await page.locator("#train-use").click();
  await waitForText(page, "#weights-line", "pictures");
  assert.equal(await text(page, "#subject"), "pictures");
  await generate(page, { count: 1, steps: 3 });
  assert.equal(await page.locator("#live").evaluate((canvas) => canvas.width), 12);
  await page.locator("#train-stop").click();
  await waitForText(page, "#train-status", /^Stopped after/);
  assert.ok(await page.locator("#train-use").isEnabled(), "the weights stay");
  assert.deepEqual(complaints, []);
  await close();
});

test("a run that went on after a reload ends with the bytes of an unbroken one; its file loads in the page", async () => {
  const { page, complaints, close } = await openPanel();
  await prepare(page);
  await page.locator("#train-start").click();
  await waitForText(page, "#train-status", "Done: 48 steps", 60_000);
  const whole = await downloaded(page, "#train-download");
  assert.match(whole.name, /^[\w-]+-48-steps\.safetensors$/);
  const card = await waitForText(page, "#train-card", "Fingerprint");
  assert.match(card, /Pictures\s+12 × 12, grey[^]*Trained on\s+.*64 images[^]*Trained for\s+12 epochs/);

  await page.locator("#train-start").click();
  await waitForText(page, "#train-replace-line", /48 steps.*takes its place/);
  await page.locator("#train-replace-yes").click();
  await steps(page, 3);
  await page.locator("#train-pause").click();
  await waitForText(page, "#train-status", /^Paused after/);
  await waitForText(page, "#train-keeping", "Saved in this browser");
  await page.reload();
  await page.locator("#train").scrollIntoViewIfNeeded();
  await waitForText(page, "#train-kept-line", "is kept in this browser");
  await waitForText(page, "#status", "Ready", 60_000);
  await page.locator("#train-panel > summary").click();
  await page.locator("#train-resume").waitFor({ state: "visible" });
  await page.locator("#train-workers").evaluate((input) => { input.value = "2"; });
  await page.locator("#train-engine").evaluate((menu) => { menu.value = "cpu"; });
  await page.locator("#train-resume").click();
  await waitForText(page, "#train-status", "Done: 48 steps", 60_000);
  const broken = await downloaded(page, "#train-download");
  assert.ok(readFileSync(broken.path).equals(readFileSync(whole.path)), "other weights than without a break");

  await page.setInputFiles("#file", whole.path);
  await waitForText(page, "#card", "12 × 12");
  assert.deepEqual(complaints, []);
  await close();
});

test("a kept run is offered, downloaded, and erased", async () => {
  const { page, complaints, close } = await openPanel();
  await prepare(page, { epochs: 2 });
  await page.locator("#train-start").click();
  await waitForText(page, "#train-status", "Done: 8 steps", 60_000);
  await waitForText(page, "#train-keeping", "Saved in this browser");
  await page.locator("#train-stop").click();
  await waitForText(page, "#train-kept-line", /A run of .*8 steps, from .* is kept in this browser\./);
  const kept = await downloaded(page, "#train-kept-download");
  assert.match(kept.name, /-8-steps\.safetensors$/);
  await page.locator("#train-erase").click();
  await page.locator("#train-kept").waitFor({ state: "hidden" });
  await page.reload();
  await waitForText(page, "#status", "Ready", 60_000);
  await page.locator("#train-panel > summary").click();
  await page.locator("#train-open").waitFor({ state: "visible" });
  assert.ok(await page.locator("#train-kept").isHidden());
  assert.deepEqual(complaints, []);
  await close();
});

test("pictures of odd kinds are taken, a broken one and a text are refused by name", async () => {
  const { page, complaints, close } = await openPanel();
  await choose(page, "source", "files");
  const colour = png(40, 3, (x, y, channel) => (channel === 0 ? 200 : (x * 6) % 256));
  const odd = [
    { name: "colour.png", mimeType: "", buffer: colour },
    PICTURES[0],
    { name: "broken.png", mimeType: "", buffer: colour.subarray(0, 60) },
    { name: "notes.txt", mimeType: "", buffer: Buffer.from("no picture at all") },
  ];
  // Dropped, as from a folder: the names of files are those that the reader tells.
  await page.evaluate((files) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of files) transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    for (const type of ["dragover", "drop"]) {
      document.getElementById("train-drop").dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, odd.map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") })));
  await waitForText(page, "#train-taken-line", /^2 pictures, 28 × 28/);
  assert.equal(await text(page, "#train-refused-line"), "2 files were not taken");
  await page.locator("#train-refused summary").click();
  assert.match(await text(page, "#train-refused-list"), /broken\.png: .+[^]*notes\.txt: .+/);
  assert.match(await text(page, "#card"), /this page's own model/, "the drop was not for the weights");
  await choose(page, "channels", "3");
  await waitForText(page, "#train-taken-line", "colour");

  await page.setInputFiles("#train-pick", [odd[3]]);
  await waitForText(page, "#train-data-error", "notes.txt");
  await page.locator("#train-start").click();
  await waitForText(page, "#train-data-error", "Drop or choose pictures first.");
  assert.deepEqual(complaints, []);
  await close();
});

test("a folder's own folders are classes, of which the network can be told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  PICTURES.slice(0, 6).forEach(({ name, buffer }, at) => {
    const place = join(folder, at % 2 === 0 ? "cats" : "dogs");
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, name), buffer);
  });
  const { page, complaints, close } = await openPanel();
  await choose(page, "source", "files");
  await page.setInputFiles("#train-folder", folder);
  await waitForText(page, "#train-taken-line", "6 pictures, 28 × 28, grey");
  assert.equal(await text(page, "#train-classes-line"), "Classes: cats 3, dogs 3.");
  await page.locator("#train-more").evaluate((fold) => { fold.open = true; });
  await page.locator("#train-classed").check();
  await page.locator("#train-epochs").fill("1");
  await page.locator("#train-start").click();
  await waitForText(page, "#train-status", "Done: 1 step", 60_000);
  await page.locator("#train-use").click();
  await waitForText(page, "#card", /Classes\s*cats, dogs/);
  assert.deepEqual(complaints, []);
  await close();
  rmSync(folder, { recursive: true });
});

test("where the browser keeps nothing, that is said, and the training goes on", async () => {
  const nothing = (context) => context.addInitScript(() => {
    if (!("StorageManager" in globalThis)) return; // a blank page has none
    StorageManager.prototype.getDirectory = () => Promise.reject(new Error("no room"));
    IDBFactory.prototype.open = () => { throw new Error("no room"); };
  });
  const { page, complaints, close } = await openPanel({ prepare: nothing });
  await prepare(page, { epochs: 2 });
  await page.locator("#train-start").click();
  await waitForText(page, "#train-status", "Done: 8 steps", 60_000);
  await waitForText(page, "#train-keeping-error", /could not be saved \(.*no room.*download its weights/);
  assert.deepEqual(complaints, []);
  await close();
});

test("the sample is Fashion-MNIST with its classes", async () => {
  const { page, complaints, close } = await openPanel();
  await page.locator("#train-load").click();
  await waitForText(page, "#train-taken-line", "5,000 pictures, 28 × 28, grey");
  assert.match(await text(page, "#train-classes-line"), /T-shirt\/top 500.*Ankle boot 500/);
  assert.deepEqual(complaints, []);
  await close();
});

test("drawings: by mouse and by keyboard, undone, added, removed, and learned from", async () => {
  const { page, complaints, close } = await openPanel();
  await choose(page, "source", "drawings");
  const pad = page.locator("#train-pad");
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width } = await pad.boundingBox();
  const bright = () => pad.evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    .filter((level, at) => at % 4 === 0 && level > 200).length);
  await page.mouse.move(x + width / 4, y + width / 2);
  await page.mouse.down();
  await page.mouse.move(x + (3 * width) / 4, y + width / 2, { steps: 4 });
  await page.mouse.up();
  assert.ok(await bright() > 500);
  await page.locator("#train-undo").click();
  assert.equal(await bright(), 0);
  assert.ok(await page.locator("#train-add").isDisabled());

  await pad.focus();
  await page.keyboard.press(" ");
  for (let i = 0; i < 8; i += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.press(" ");
  await page.locator("#train-add").click();
  await waitForText(page, "#train-drawn-line", "1 drawing in the set.");
  await pad.focus();
  await page.keyboard.press(" ");
  await page.keyboard.press("ArrowDown");
  await page.locator("#train-add").click();
  await waitForText(page, "#train-taken-line", "2 pictures, 28 × 28, grey");
  await page.locator("#train-drawn button").first().click();
  await waitForText(page, "#train-taken-line", "1 picture, 28 × 28, grey");

  await choose(page, "begin", "loaded");
  await waitForText(page, "#train-begin-note", "They have no classes and the model 10, so it goes on without classes.");
  await page.locator("#train-more").evaluate((fold) => { fold.open = true; });
  await page.locator("#train-epochs").fill("2");
  await page.locator("#train-start").click();
  await waitForText(page, "#train-status", "Done: 2 steps", 60_000);
  assert.match(await fact(page, "Network"), /506,852|498,349/, "the loaded model goes on");
  assert.deepEqual(complaints, []);
  await close();
});

async function violations(page) {
  const found = await page.evaluate(`${AXE}; axe.run(document.getElementById("train"), { resultTypes: ["violations"] })`);
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

for (const [colorScheme, viewport] of [["light", { width: 1440, height: 900 }], ["dark", { width: 390, height: 844 }]]) {
  test(`axe finds nothing in the open panel, and nothing scrolls sideways: ${colorScheme}, ${viewport.width} wide`, async () => {
    const { page, close } = await openPanel({ colorScheme, viewport });
    for (const source of ["drawings", "files"]) {
      await choose(page, "source", source);
      assert.deepEqual(await violations(page), []);
    }
    await prepare(page, { epochs: 2 });
    await page.locator("#train-start").click();
    await waitForText(page, "#train-status", "Done: 8 steps", 60_000);
    await downloaded(page, "#train-download");
    await waitForText(page, "#train-card", "Fingerprint");
    assert.deepEqual(await violations(page), []);
    await page.locator("#train-start").click();
    await page.locator("#train-replace").waitFor({ state: "visible" });
    assert.deepEqual(await violations(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= viewport.width);
    await close();
  });
}

test("two tabs: the second trains too, but does not write over the first's run", async () => {
  const { page, close } = await openPanel();
  await prepare(page, { epochs: 4000 });
  await page.locator("#train-start").click();
  await steps(page, 1);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await waitForText(second, "#status", "Ready", 60_000);
  await second.locator("#train-panel > summary").click();
  await second.locator("#train-open").waitFor({ state: "visible" });
  await prepare(second, { epochs: 2 });
  await second.locator("#train-start").click();
  if (await second.locator("#train-replace").isVisible()) await second.locator("#train-replace-yes").click();
  await waitForText(second, "#train-status", "Done: 8 steps", 60_000);
  assert.match(await text(second, "#train-keeping"), /Another tab .* This run is not/);
  await close();
});

/**
 * Milliseconds of the processor that the page's longest task took while `deed` was done. Time on the wall would be the
 * machine's, and what else it does.
 */
async function longestTask(page, deed) {
  await site.browser.startTracing(page, { categories: ["toplevel"] });
  await deed();
  const { traceEvents } = JSON.parse((await site.browser.stopTracing()).toString());
  const threads = traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const isMain = ({ pid, tid }) => threads.some((thread) => thread.pid === pid && thread.tid === tid);
  const tasks = traceEvents.filter((event) => isMain(event) && event.tdur !== undefined && /RunTask/.test(event.name));
  assert.ok(tasks.length > 100, `${tasks.length} tasks`);
  return Math.max(...tasks.map(({ tdur }) => tdur)) / 1000;
}

test("no task of the main thread takes long while a training runs and its numbers are shown", async () => {
  const { page, close } = await openPanel();
  await prepare(page, { epochs: 4000 });
  const longest = await longestTask(page, async () => {
    await page.locator("#train-start").click();
    await steps(page, 300);
    await page.locator("#train-pause").click();
    await waitForText(page, "#train-status", /^Paused after/);
  });
  assert.ok(longest < 50, `${longest} ms`);
  await close();
});
