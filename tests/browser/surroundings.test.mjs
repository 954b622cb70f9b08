// The page where the browser, the network or the address is not what one would wish: it says what is the matter, and
// whatever can go on does.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { SOFTWARE_WEBGPU, atStep, choose, generate, launch, open, openCalm, seeNoise, text, waitForText } from "./browser.mjs";
import { DIST, UNET_RANDOM } from "./paths.mjs";
import { serve } from "./server.mjs";

/** A name that is not the machine's own: without https its pages are no secure context. */
const LAN = "ddpm.example";

const site = {};
let gpu;
let folder;
before(async () => {
  site.server = await serve(DIST);
  site.browser = await launch([`--host-resolver-rules=MAP ${LAN} 127.0.0.1`]);
  gpu = { server: site.server, browser: await launch(SOFTWARE_WEBGPU) };
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
});
after(async () => {
  await Promise.all([site.browser?.close(), gpu?.browser.close()]);
  site.server?.close();
  rmSync(folder, { recursive: true });
});

/** A script that runs before any of the page. */
const first = (script) => (context) => context.addInitScript({ content: script });

/** Puts something behind one of the page's scripts. */
function spoil(file, change) {
  return (context) => context.route(`**/${file}`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: change(await response.text()) });
  });
}

/** Fails the first requests for a file, and lets the others pass. */
function failing(file, times, fail = (route) => route.abort()) {
  let left = times;
  return (context) => context.route(`**/${file}`, (route) => {
    left -= 1;
    return left >= 0 ? fail(route) : route.continue();
  });
}

async function shortRun(page) {
  await generate(page, { count: 1, steps: 3, seed: 3 });
  await atStep(page, "3");
}

/* WebGPU that does not answer, or answers nonsense */

const HANGS = "Object.defineProperty(Navigator.prototype, 'gpu', { get: () => ({ requestAdapter: () => new Promise(() => {}) }) });";

test("requestAdapter never settles: the page runs meanwhile, and says so in the end", async () => {
  const { page, close } = await openCalm(site, { prepare: first(HANGS) });
  await waitForText(page, "#badge", "until WebGPU has started");
  await shortRun(page);
  await page.setInputFiles("#file", UNET_RANDOM);
  await waitForText(page, "#card", "unet_random.safetensors", 3000);
  await page.locator("#model").selectOption("tutorial");
  await waitForText(page, "#card", "the tutorial's model");
  await waitForText(page, "#badge", /^CPU .*: the browser's WebGPU failed \(it does not answer\)$/, 15_000);
  await shortRun(page);
  await page.locator("#engine").selectOption("webgpu");
  await waitForText(page, "#status", "Starting the engine");
  await waitForText(page, "#status", "Ready", 15_000);
  await shortRun(page);
  await close();
});

test("requestDevice never settles: the page runs meanwhile, and says so in the end", async () => {
  const hang = spoil("worker.js", (script) => `GPUAdapter.prototype.requestDevice = () => new Promise(() => {});\n${script}`);
  const { page, close } = await openCalm(gpu, { query: "?engine=webgpu", prepare: hang });
  await shortRun(page);
  await waitForText(page, "#badge", /^CPU .*: WebGPU did not work \(.*it does not answer/, 20_000);
  await close();
});

test("a browser that does not describe its adapter runs WebGPU without a name", async () => {
  const old = "if (self.GPUAdapter) delete GPUAdapter.prototype.info;";
  const prepare = async (context) => {
    await context.addInitScript({ content: old });
    await spoil("worker.js", (script) => `${old}\n${script}`)(context);
  };
  const { page, complaints, close } = await openCalm(gpu, { query: "?engine=webgpu", prepare });
  await waitForText(page, "#badge", /^WebGPU · unnamed adapter$/);
  await shortRun(page);
  assert.deepEqual(complaints, []);
  await close();
});

test("over plain http from another machine, the page says that WebGPU needs https, and runs", async () => {
  const url = site.server.url.replace("127.0.0.1", LAN);
  const { page, complaints, close } = await openCalm({ ...site, server: { url } }, { query: "?engine=webgpu" });
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await waitForText(page, "#badge", /^CPU .*: WebGPU needs https/);
  await shortRun(page);
  assert.deepEqual(complaints, []);
  await close();
});

/* Files that do not arrive */

test("weights fail at first: Try again starts the page in place", async () => {
  const { page, close } = await openCalmLater(failing("fashion-mnist.safetensors", 2));
  await waitForText(page, "#error", "The model could not be started: fashion-mnist.safetensors could not be fetched: check the connection");
  assert.ok(await page.locator(".still img").isVisible());
  await page.evaluate(() => { Object.assign(window, { same: true }); });
  await page.locator("#error button").click();
  await waitForText(page, "#status", "Ready");
  assert.ok(await page.locator("#error").isHidden());
  assert.ok(await page.locator(".run").isVisible());
  await shortRun(page);
  assert.ok(await page.evaluate(() => "same" in window), "the page was not loaded anew");
  await close();
});

test("one failure is overcome without a word", async () => {
  for (const file of ["fashion-mnist.safetensors", "ddpm-relaxed_bg.wasm", "test-images.idx"]) {
    const { page, close } = await openCalmLater(failing(file, 1));
    await waitForText(page, "#status", "Ready");
    await seeNoise(page);
    await close();
  }
});

test("test images fail: Try again brings the slider to life, and so does a connection that is back", async () => {
  for (const remedy of [
    (page) => page.locator("#noise-error button").click(),
    (page) => page.evaluate(() => dispatchEvent(new Event("online"))),
  ]) {
    const { page, close } = await openCalmLater(failing("test-images.idx", Infinity));
    await waitForText(page, "#status", "Ready");
    await page.locator("#noise-t").scrollIntoViewIfNeeded();
    await waitForText(page, "#noise-error", "test-images.idx could not be fetched");
    assert.ok(await page.locator("#noise-t").isDisabled());
    await page.context().unroute("**/test-images.idx");
    await remedy(page);
    await waitForText(page, "#alpha-bar", /\d/);
    assert.ok(await page.locator("#noise-t").isEnabled());
    assert.ok(await page.locator("#noise-error").isHidden());
    await close();
  }
});

test("an epoch and the loss curve fail: Try again shows them", async () => {
  for (const path of ["epochs/page/000.safetensors", "training-page/metrics.jsonl"]) {
    const { page, close } = await openCalmLater(failing(path, 2));
    await waitForText(page, "#status", "Ready");
    await page.locator("#learn").scrollIntoViewIfNeeded();
    await waitForText(page, "#epoch-error", `${path.split("/").at(-1)} could not be fetched`);
    await page.locator("#epoch-error button").click();
    await page.locator("#epoch-error").waitFor({ state: "hidden" });
    await waitForText(page, "#epoch-text", "Untrained");
    await close();
  }
});

const PAGE = { status: 200, contentType: "text/html", body: "<!doctype html><title>Log in</title>" };
for (const file of ["fashion-mnist.safetensors", "ddpm-relaxed_bg.wasm", "test-images.idx"]) {
  test(`a page comes instead of ${file}: the words say so`, async () => {
    const { page, close } = await openCalmLater((context) => context.route(`**/${file}`, (route) => route.fulfill(PAGE)));
    await page.locator("#noise-t").scrollIntoViewIfNeeded();
    await waitForText(page, file === "test-images.idx" ? "#noise-error" : "#error", `the server sent a page instead of ${file}`);
    await close();
  });
}

test("a page comes instead of the program's script: the words say so, and Try again starts the page", async () => {
  const { page, close } = await openCalmLater((context) => context.route("**/ddpm-relaxed.js", (route) => route.fulfill(PAGE)));
  await waitForText(page, "#error", "one of its scripts did not arrive, or the server sent a page instead");
  await page.context().unroute("**/ddpm-relaxed.js");
  await page.locator("#error button").click();
  await shortRun(page);
  await close();
});

test("the model comes when the visitor is at the number of steps: what is typed then is the number", async () => {
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  const { page, close } = await openCalmLater((context) => context.route("**/fashion-mnist.safetensors", async (route) => {
    await held;
    await route.continue();
  }));
  await page.locator("#steps").click();
  letGo();
  await waitForText(page, "#status", "Ready");
  await page.keyboard.type("3");
  assert.equal(await page.locator("#steps").inputValue(), "3");
  await close();
});

/** A program that wants what no script has: `(module (import "./other_bg.js" "new" (func)))`. */
const OTHER = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 21, 1, 13, ...Buffer.from("./other_bg.js"), 3, ...Buffer.from("new"), 0, 0]);

test("a program of another version than the scripts: the words say reload", async () => {
  assert.ok(WebAssembly.validate(OTHER));
  const { page, close } = await openCalmLater((context) => context.route("**/ddpm-relaxed_bg.wasm", (route) => route.fulfill({ body: OTHER })));
  await waitForText(page, "#error", "the page's scripts and its program are of different versions: reload the page");
  await close();
});

test("a program that was cut short: the words say that it cannot be compiled", async () => {
  const half = readFileSync(join(DIST, "ddpm-relaxed_bg.wasm")).subarray(0, 200_000);
  const { page, close } = await openCalmLater((context) => context.route("**/ddpm-relaxed_bg.wasm", (route) => route.fulfill({ body: half })));
  await waitForText(page, "#error", "ddpm-relaxed_bg.wasm could not be compiled");
  await close();
});

/** A calm page, whatever it says. */
function openCalmLater(prepare, query = "") {
  return open(site.browser, site.server.url + query, { reducedMotion: "reduce" }, prepare);
}

/* Where its scripts do not run */

for (const [name, prepare, words] of [
  ["without modules", first("delete HTMLScriptElement.prototype.noModule;"), "it lacks JavaScript modules"],
  ["without WebAssembly", first("delete self.WebAssembly;"), "it lacks WebAssembly"],
  ["without SIMD", first("WebAssembly.validate = () => false;"), "it lacks SIMD in WebAssembly"],
  ["from 2021", first("delete Array.prototype.at;"), "it lacks JavaScript of 2022"],
  ["that does not understand a script", spoil("page.js", (script) => `${script}\nlet 1 = 2;`), "does not understand the page's scripts"],
  ["that lost a script", (context) => context.route("**/page.js", (route) => route.abort()), "A script of this page did not arrive"],
  ["that got a page for a script", (context) => context.route("**/page/lib/shipped.js", (route) => route.fulfill(PAGE)), "A script of this page did not arrive"],
]) {
  test(`a browser ${name}: a sentence and the still picture`, async () => {
    const { page, close } = await openCalmLater(prepare);
    await waitForText(page, "#error", words);
    await waitForText(page, "#status", "not running");
    await page.locator(".still img").waitFor();
    assert.ok(await page.locator(".run").isHidden());
    await close();
  });
}

test("opened as a file, the page says what to do and shows the still picture", async () => {
  const page = await site.browser.newPage();
  await page.goto(pathToFileURL(join(DIST, "index.html")).href);
  await waitForText(page, "#error", "Opened as a file, this page can be read, but browsers run its scripts only from a web server");
  await waitForText(page, "#status", "not running");
  await page.locator(".still img").waitFor();
  assert.ok(await page.locator(".still img").evaluate((image) => image.complete && image.naturalWidth > 0), "the picture is there");
  assert.ok(await page.locator(".run").isHidden());
  await page.close();
});

/* The address */

test("what others put into the address is ignored", async () => {
  const query = "?utm_source=letter&fbclid=abc&engine=cpu&gclid=1";
  const { page, complaints, close } = await openCalm(site, { query });
  await waitForText(page, "#badge", /^CPU \(\d+ workers?\)$/);
  assert.ok(await page.locator("#error").isHidden());
  assert.equal(new URL(page.url()).search, query);
  assert.deepEqual(complaints, []);
  await close();
});

for (const [query, words] of [
  ["?model=mine", 'There is no model "mine": choose page, tutorial, few-steps'],
  ["?engine=", 'There is no engine "": choose auto, cpu, webgpu, burn-cpu, burn-webgpu.'],
  ["?engine=CPU&model=tutorial", 'There is no engine "CPU"'],
]) {
  test(`${query} is told, and the page runs without it`, async () => {
    const { page, complaints, close } = await openCalm(site, { query });
    await waitForText(page, "#error", words);
    if (query.includes("tutorial")) await waitForText(page, "#card", "the tutorial's model");
    assert.deepEqual(complaints, []);
    await close();
  });
}

/* Things that are dropped */

/** Drops things from the disk, as a file manager does. */
async function drop(page, paths, point = { x: 300, y: 300 }) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, ...point, data });
  await session.detach();
}

test("a folder, several files, an empty file and a link are dropped: the weights file is taken, the rest is told", async () => {
  const { page, complaints, close } = await openCalm(site);
  const [readme, notes, empty, mine] = ["README.md", "notes.txt", "empty.safetensors", "mine.safetensors"].map((name) => join(folder, name));
  const inside = join(folder, "my-run");
  mkdirSync(inside);
  writeFileSync(readme, "# Mine");
  writeFileSync(notes, "none");
  writeFileSync(empty, "");
  writeFileSync(mine, readFileSync(UNET_RANDOM));

  await drop(page, [inside]);
  await waitForText(page, "#weights-error", "my-run is a folder: drop the .safetensors file that is inside.");
  await drop(page, [readme, notes]);
  await waitForText(page, "#weights-error", /^None of these is a weights file: README\.md and notes\.txt\. Drop a \.safetensors file\.$/);
  await drop(page, [empty]);
  await waitForText(page, "#weights-error", "empty.safetensors was not loaded: it is empty");
  assert.match(await text(page, "#card"), /this page's own model/);

  await drop(page, [readme, inside, mine]);
  await waitForText(page, "#card", "mine.safetensors");
  await waitForText(page, "#weights-note", "mine.safetensors was taken. README.md and my-run were left alone.");
  assert.ok(await page.locator("#weights-error").isHidden());
  await shortRun(page);

  // The file changes on the disk; the menu leads back to it.
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#card", "this page's own model");
  rmSync(mine);
  await page.locator("#model").selectOption("own");
  await waitForText(page, "#error", "mine.safetensors was not loaded: it could not be read: it was moved, changed or deleted");
  assert.equal(await page.locator("#model").inputValue(), "page");

  for (const [type, value] of [["text/uri-list", "https://example.org/model.safetensors"], ["text/plain", "weights"]]) {
    await page.locator("#drop").evaluate((zone, [kind, data]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData(kind, data);
      zone.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    }, [type, value]);
    await waitForText(page, "#weights-error", "There was no file in it");
    await page.locator("#weights-error").evaluate((line) => { line.textContent = ""; });
  }
  assert.deepEqual(complaints, []);
  await close();
});

/* Keys */

test("arrow keys belong to what has the focus", async () => {
  const { page, complaints, close } = await openCalm(site, { viewport: { width: 400, height: 800 } });
  await generate(page, { count: 1, steps: 8 });
  await atStep(page, "8");
  const commands = page.locator("main .commands");
  await commands.focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft"]) await page.keyboard.press(key);
  await page.waitForFunction(() => document.querySelector(".commands").scrollLeft > 0);
  for (const key of ["Home", "End", "Space"]) await page.keyboard.press(key);
  assert.equal(await text(page, "#replay"), "Replay", "nothing plays");
  await atStep(page, "8");

  for (const focus of ["#seed", "#sampler", "#noise-t", "#count input[value='1']"]) {
    await page.locator(focus).focus();
    await page.keyboard.press("ArrowLeft");
    await atStep(page, "8");
  }
  await page.evaluate(() => {
    document.querySelector("h1").tabIndex = -1;
    document.querySelector("h1").focus();
  });
  for (const key of ["Shift+ArrowLeft", "Control+ArrowLeft", "Meta+ArrowLeft", "ArrowUp"]) await page.keyboard.press(key);
  await atStep(page, "8");
  await page.keyboard.press("ArrowLeft");
  await atStep(page, "7");
  await page.locator("#fresh").focus();
  await page.keyboard.press("ArrowLeft");
  await atStep(page, "6");
  assert.deepEqual(complaints, []);
  await close();
});

test("a box with nothing to scroll leaves its keys to the run", async () => {
  const { page, close } = await openCalm(site, { viewport: { width: 1440, height: 900 } });
  await generate(page, { count: 1, steps: 4 });
  await atStep(page, "4");
  await page.locator("main .commands").evaluate((box) => { box.style.maxWidth = "none"; });
  await page.locator("main .commands").focus();
  await page.keyboard.press("ArrowLeft");
  await atStep(page, "3");
  await close();
});

/* Much to keep */

test("a run that there is no room for keeps some of its steps, and the scrubber goes from one to the next", async () => {
  const prepare = spoil("page.js", (script) => script.replace("128 * 2 ** 20", "120_000"));
  const { page, complaints, close } = await openCalm(site, { prepare });
  await generate(page, { count: 1, steps: 118 }); // 2352 bytes a step
  await atStep(page, "118");
  await waitForText(page, "#kept", "one step in 4 is kept");
  const at = async () => Number(/\d+/.exec(await text(page, "#place")));
  const stops = [];
  await page.locator("#position").focus();
  for (let press = 0; press < 6; press += 1) {
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((before) => Number(/\d+/.exec(document.getElementById("place").textContent)) < before, stops.at(-1) ?? 118);
    stops.push(await at());
  }
  assert.deepEqual(stops, [116, 112, 110, 108, 104, 102], "each fourth step, and those of the frames");
  await page.keyboard.press("ArrowRight");
  await atStep(page, String(stops.at(-2)));
  await page.locator("#back").click();
  await atStep(page, String(stops.at(-1)));
  for (const frame of [3, 10]) {
    await page.locator("#frames button").nth(frame).click();
    await page.locator(`#frames button:nth-child(${frame + 1})[aria-current]`).waitFor();
  }
  await page.locator("#replay").click();
  await atStep(page, "118");
  assert.deepEqual(complaints, []);
  await close();
});

/* Coming back */

test("Back shows the page as it was, and a reload in mid-run begins anew", async () => {
  const cached = await launch([], { ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    const { page, close } = await openCalm({ ...site, browser: cached });
    await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => { document.body.dataset.persisted = String(persisted); }));
    await choose(page, { count: 64, steps: 200 });
    await page.locator("#start").click();
    await atStep(page, "[1-9]\\d*");
    await page.goto(`${site.server.url}bench.html?steps=0`);
    await waitForText(page, "#status", "Done.");
    await page.goBack({ waitUntil: "commit" }); // a page from the cache has been loaded long ago
    await page.waitForFunction(() => document.body.dataset.persisted === "true");
    const step = Number(/\d+/.exec(await text(page, "#place")));
    assert.ok(step > 0);
    await page.waitForFunction((before) => Number(/\d+/.exec(document.getElementById("place").textContent)) > before, step);
    await seeNoise(page);
    await page.locator("#noise-t").fill("80");
    await page.reload();
    await waitForText(page, "#status", "Ready");
    await seeNoise(page);
    const taken = Number(await page.locator("#noise-t").inputValue());
    assert.match(await text(page, "#noise-text"), new RegExp(`^t\\s=\\s${taken - 1}, ${Math.round(taken / 2)}\\s%$`));
    await shortRun(page);
    await close();
  } finally {
    await cached.close();
  }
});

/* Screens */

for (const deviceScaleFactor of [1.25, 1.5, 3]) {
  test(`at ${deviceScaleFactor} device pixels a pixel, pictures are drawn in whole ones`, async () => {
    const { page, close } = await openCalm(site, { viewport: { width: 800, height: 900 }, deviceScaleFactor });
    await shortRun(page);
    const box = await page.locator("#live").boundingBox();
    const [multiple, whole] = await page.locator("#live").evaluate((canvas) => {
      const scale = (canvas.getBoundingClientRect().width * devicePixelRatio) / canvas.width;
      return [scale, Math.abs(scale - Math.round(scale)) < 0.01];
    });
    assert.ok(whole && multiple >= 2, `${multiple}`);
    const shot = await page.screenshot({ clip: box, scale: "device" });
    const runs = await page.evaluate(runsOfShot, shot.toString("base64"));
    const [inner, size] = [runs.slice(1, -1), Math.round(multiple)];
    // A browser's layout knows 1/64 of a pixel, so that one in some may be a device pixel off.
    const off = inner.map((length) => Math.abs(length - size * Math.round(length / size)));
    assert.ok(inner.length > 10 && Math.max(...off) <= 1 && off.filter((one) => one > 0).length <= 4, `${runs} at ${multiple}`);
    await close();
  });
}

/** Lengths of the runs of equal pixels in the middle row of a picture. */
async function runsOfShot(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, 1);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, -Math.floor(bitmap.height / 2));
  const { data } = context.getImageData(0, 0, bitmap.width, 1);
  const runs = [0];
  let last = data[0];
  for (let at = 0; at < bitmap.width; at += 1) {
    if (data[4 * at] === last) runs[runs.length - 1] += 1;
    else runs.push(1);
    last = data[4 * at];
  }
  return runs;
}

test("a page that is zoomed keeps whole pixels", async () => {
  const { page, close } = await openCalm(site);
  await shortRun(page);
  const session = await page.context().newCDPSession(page);
  for (const deviceScaleFactor of [1.25, 2, 1]) {
    await session.send("Emulation.setDeviceMetricsOverride", { width: 1440, height: 900, deviceScaleFactor, mobile: false });
    await page.waitForFunction((ratio) => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("live"));
      const multiple = (canvas.getBoundingClientRect().width * devicePixelRatio) / canvas.width;
      return devicePixelRatio === ratio && Math.abs(multiple - Math.round(multiple)) < 0.01 && multiple >= 2;
    }, deviceScaleFactor);
  }
  await close();
});

/* Isolation, and what the tests themselves hear */

test("under cross-origin isolation the page and its module run", async () => {
  const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
  const server = await serve(DIST, "/", () => headers);
  try {
    const { page, complaints, close } = await openCalm({ ...site, server });
    assert.ok(await page.evaluate(() => crossOriginIsolated));
    await shortRun(page);
    await seeNoise(page);
    assert.deepEqual(complaints, []);
    await close();
  } finally {
    server.close();
  }
});

test("an uncaught error in the page is listed among its complaints, and ends nothing", async () => {
  const { page, complaints, close } = await openCalm(site);
  await page.evaluate(() => { setTimeout(() => { throw new Error("a fault"); }); });
  await page.waitForTimeout(200);
  assert.ok(complaints.some((one) => /uncaught: .*a fault/.test(one)), `${complaints}`);
  await close();
});
