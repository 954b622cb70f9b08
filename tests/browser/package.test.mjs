// The npm package, as somebody uses it: installed from the packed file, built with Vite, and run in Chromium. The pages are
// the READMEs' own examples.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, createServer, preview } from "vite";
import { launch, workersLeft } from "./browser.mjs";
import { sampleNatively } from "./native.mjs";
import { DIST, ROOT } from "./paths.mjs";
import { png } from "./png.mjs";
import { serve } from "./server.mjs";

const CARGO = readFileSync(join(ROOT, "Cargo.toml"), "utf8");
const [, VERSION] = /^version = "(.*)"$/m.exec(CARGO);
const PACKED = join(DIST, `ddpm-web-${VERSION}.tgz`);

/** The code blocks of a README in this language. */
const blocks = (readme, language) =>
  [...readFileSync(join(ROOT, readme), "utf8").matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, code]) => code);
const [HTML] = blocks("npm/README.md", "html");
const [MAIN] = blocks("npm/README.md", "js");
const [[, TRAIN_HTML], [, TRAIN]] = ["html", "js"].map((language) => blocks("npm/README.md", language));
/** The same, for a moment. */
const SHORT = MAIN.replace("count: 16 }", 'count: 16, sampler: "ddim", steps: 5 }');

let browser;
/** Somebody's project, with the package in its node_modules. */
let project;
before(async () => {
  browser = await launch();
  project = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  write("package.json", '{ "private": true, "type": "module" }');
  write("index.html", HTML);
  write("main.js", SHORT);
  execFileSync("npm", ["install", "--offline", "--silent", "--no-audit", PACKED], { cwd: project, stdio: "inherit" });
});
after(async () => {
  await browser?.close();
  rmSync(project, { recursive: true });
});

/** @param {string} name @param {string} text */
function write(name, text) {
  writeFileSync(join(project, name), text);
}

/** Vite's settings for the project; those that are given beside the usual ones. */
const vite = (others = {}) => ({ root: project, configFile: /** @type {false} */ (false), logLevel: /** @type {"error"} */ ("error"), ...others });
const local = { port: 0, host: "127.0.0.1" };

/** A browser may hold a connection open that it never asks anything on. @param {import("vite").ViteDevServer | import("vite").PreviewServer} server */
async function end(server) {
  /** @type {import("node:http").Server} */ (server.httpServer).closeAllConnections();
  await server.close();
}

/** What the page at `url` shows in the end: its title, its text, and the canvas' grey levels. */
async function shown(url) {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(() => document.title !== "" || document.body.innerText.includes("ddpm-web"), null, { timeout: 60_000 });
    const found = await page.evaluate(() => {
      const canvas = document.querySelector("canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return { title: document.title, text: document.body.innerText, levels: [...data].filter((_, at) => at % 4 === 0) };
    });
    return { ...found, workers: await workersLeft(page) };
  } finally {
    await page.close();
  }
}

/** By their settings: several pages show the same. @type {Map<string, Float32Array>} */
const made = new Map();

/** @param {string[]} settings */
function natively(settings) {
  const key = settings.join(" ");
  if (!made.has(key)) made.set(key, sampleNatively("--seed", "42", "--count", "16", ...settings));
  return made.get(key);
}

/** The canvas shows the pictures that `ddpm sample` makes with these settings, within one grey level. */
function drewNatively({ title, text, levels, workers }, ...settings) {
  assert.match(title, /^16 pictures after \d+ steps$/, text);
  const values = natively(settings);
  const side = 28;
  const off = levels.map((level, at) => {
    const [x, y] = [at % (4 * side), Math.floor(at / (4 * side))];
    const image = 4 * Math.floor(y / side) + Math.floor(x / side);
    const value = values[(image * side + (y % side)) * side + (x % side)];
    return Math.abs(level - (Math.min(1, Math.max(-1, value)) + 1) * 127.5);
  });
  assert.equal(off.length, values.length);
  assert.ok(Math.max(...off) <= 1, `${Math.max(...off)} grey levels off`);
  assert.equal(workers, 0, "close() ended the workers");
}

test("the package holds what it says, and Cargo.toml's version and licence", () => {
  const inside = join(project, "node_modules/ddpm-web");
  const { version, license, exports } = JSON.parse(readFileSync(join(inside, "package.json"), "utf8"));
  assert.equal(version, VERSION);
  assert.ok(CARGO.includes(`license = "${license}"`));
  for (const { types, default: script } of [exports["."], exports["./burn"], exports["./pictures"], exports["./trainer"]]) {
    assert.ok(readFileSync(join(inside, types)).length > 0 && readFileSync(join(inside, script)).length > 0);
  }
  const files = readdirSync(inside);
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "ddpm-web_bg.wasm", "ddpm-relaxed_bg.wasm", "ddpm-train_bg.wasm", "ddpm-train-relaxed_bg.wasm", "ddpm-burn_bg.wasm"]) {
    assert.ok(files.includes(name), `${name} is inside`);
  }
});

test("its types let through what works and nothing else", () => {
  write("consumer.ts", `
    import "ddpm-web/burn";
    import "ddpm-web/pictures";
    import { createEngine, DdpmError, Engine, MODELS, toImageData, type Info, type Settings, type Step } from "ddpm-web";
    import { createTrainer, readPictures, saved, type Sample, type Trainer, type TrainingData } from "ddpm-web/trainer";
    export async function train(files: File[]): Promise<Uint8Array> {
      const { data }: { data: TrainingData } = await readPictures(files, { side: 32, channels: 3 });
      const trainer: Trainer = await createTrainer({
        data, config: { widths: [8, 12, 16] }, recipe: { steps: 10, predict: "v", shift: 1 }, onSave: (checkpoint) => saved.write({ checkpoint, data, about: null }),
        onStep: ({ loss }) => loss?.toFixed(), onSample: ({ bytes, copying }: Sample) => [bytes.at(0), copying?.length],
      });
      // @ts-expect-error there is no such setting
      await createTrainer({ data, recipe: { rate: 1 } });
      await trainer.start();
      return trainer.weights({ average: false });
    }
    export async function draw(signal: AbortSignal): Promise<ImageData> {
      const engine: Engine = await createEngine({ engine: "burn-cpu", workers: 2, onProgress: (loaded: number, total) => total ?? loaded });
      const settings: Partial<Settings> = { seed: 1, steps: null, start: "pure", classes: ["Bag", 1, null] };
      const last: Step = await engine.generate(settings, { signal, onStep: async ({ x_t }) => { x_t.at(0); } });
      const { image, max_images }: Info = engine.info;
      const t: number | null = (await engine.noise(max_images / MODELS.length)).t;
      const { bytes, facts } = await engine.readPicture(new Uint8Array(8), "boot.png", { background: "white", crop: true });
      await engine.generate({ picture: { bytes, t: 99 }, mask: null, visits: 2 });
      const [{ coefficients, mean }] = await (await engine.openBeside(engine.weights)).trace({ steps: 5 });
      const { xs } = await (await engine.toy()).paths({ set: "ring", count: mean.length * coefficients.x });
      const seen: number = facts.length + xs.length + (engine.info.curves.snr.at(-1) ?? 0);
      await engine.loadWeights(new Blob([]));
      return toImageData(last.x_t, image, t ?? seen);
    }
    export async function refused(engine: Engine, error: DdpmError) {
      // @ts-expect-error there is no such engine
      await createEngine({ engine: "abacus" });
      // @ts-expect-error there is no such option
      await createEngine({ speed: 2 });
      // @ts-expect-error a seed is a number
      await engine.generate({ seed: "42" });
      // @ts-expect-error there is no such setting
      await engine.generate({ images: 16 });
      // @ts-expect-error weights are bytes
      await engine.loadWeights("weights.safetensors");
      // @ts-expect-error t may be null
      const t: number = (await engine.noise(50)).t;
      return [t, error.message];
    }
  `);
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  for (const [module, resolution] of [["esnext", "bundler"], ["nodenext", "nodenext"]]) {
    const options = ["--noEmit", "--strict", "--skipDefaultLibCheck", "--target", "es2022", "--lib", "es2023,dom,esnext.disposable", "--module", module, "--moduleResolution", resolution];
    let found = "";
    try {
      execFileSync(process.execPath, [tsc, ...options, "consumer.ts"], { cwd: project });
    } catch ({ stdout }) {
      found = String(stdout);
    }
    assert.equal(found, "", `under ${resolution}`);
  }
});

test("a page that Vite builds draws the native pictures, and carries no 13 MB that it did not ask for", async () => {
  assert.notEqual(SHORT, MAIN);
  write("main.js", MAIN);
  await build(vite());
  write("main.js", SHORT);
  assert.deepEqual(readdirSync(join(project, "dist/assets")).filter((name) => /burn|train/.test(name)), []);
  const server = await preview(vite({ preview: local }));
  drewNatively(await shown(server.resolvedUrls.local[0]));
  await end(server);
});

test("so does one whose scripts Vite puts on another origin, and Burn's program is there for who asks", async () => {
  const assets = await serve(join(project, "elsewhere"), "/", () => ({ "access-control-allow-origin": "*" }));
  write("main.js", `import "ddpm-web/burn";\n${SHORT}`);
  await build(vite({ base: assets.url, build: { outDir: "elsewhere" } }));
  write("main.js", SHORT);
  assert.equal(readdirSync(join(project, "elsewhere/assets")).filter((name) => /burn.*wasm$/.test(name)).length, 1);
  const site = await serve(join(project, "elsewhere"));
  drewNatively(await shown(site.url), "--sampler", "ddim", "--steps", "5");
  [assets, site].forEach((server) => server.close());
});

test("Vite's dev server runs it where the package stays in its place, and else the page says so", async () => {
  for (const exclude of [[], ["ddpm-web"]]) {
    const server = await createServer(vite({ server: { ...local, watch: null }, optimizeDeps: { exclude } }));
    await server.listen();
    const found = await shown(server.resolvedUrls.local[0]);
    await end(server);
    if (exclude.length > 0) drewNatively(found, "--sampler", "ddim", "--steps", "5");
    else assert.match(found.text.trim(), /^ddpm-web: Vite's dev server .* optimizeDeps: \{ exclude: \["ddpm-web"\] \}$/);
  }
});

test("the training example trains on files that are chosen, and what it needs comes when they are", async () => {
  write("index.html", TRAIN_HTML);
  write("train.js", TRAIN.replace("steps: 2000", "steps: 6, batch_size: 4"));
  await build(vite({ build: { outDir: "training" } }));
  write("index.html", HTML);
  const server = await serve(join(project, "training"));
  const page = await browser.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(server.url);
  assert.deepEqual(asked.filter((url) => /wasm|worker|safetensors/.test(url)), []);
  const disc = (n) => png(30, 3, (x, y) => (Math.hypot(x - 15, y - 15) < 5 + n ? 240 : 10));
  const files = Array.from({ length: 8 }, (_, n) => ({ name: `${n}.png`, mimeType: "image/png", buffer: disc(n) }));
  await page.setInputFiles("input", [...files, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") }]);
  await page.waitForFunction(() => document.title !== "" || document.body.innerText.includes("ddpm-web"), null, { timeout: 60_000 });
  const found = await page.evaluate(() => ({ title: document.title, said: document.body.innerText, width: document.querySelector("canvas").width }));
  assert.match(found.title, /^own pictures: \d{7} bytes after 6 steps; 1 files left out$/, found.said);
  assert.match(found.said, /step 6: loss \d/);
  assert.equal(found.width, 8 * 28);
  assert.ok(asked.some((url) => /train.*wasm/.test(url)));
  assert.equal(await workersLeft(page), 0);
  await page.close();
  server.close();
});

test("README's example draws the native pictures", async () => {
  const [example] = blocks("README.md", "html");
  const server = await serve(DIST);
  const page = await browser.newPage();
  await page.route("**/example.html", (route) => route.fulfill({ body: example, contentType: "text/html" }));
  await page.goto(`${server.url}example.html`);
  await page.waitForFunction(() => document.title !== "", null, { timeout: 60_000 });
  const levels = await page.locator("canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, at) => at % 4 === 0);
  });
  drewNatively({ title: await page.title(), text: "", levels, workers: await workersLeft(page) });
  await page.close();
  server.close();
});
