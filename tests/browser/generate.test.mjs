// A whole run on the CPU engine, in the worker, equal to the native one of the same seed.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { greys, open, text, useSite, waitForText } from "./browser.mjs";
import { ROOT } from "./paths.mjs";
import { floats } from "./safetensors.mjs";

const SIDE = 28;
const COLUMNS = 4;
/** An image and the gap before it. */
const CELL = SIDE + 2;

const site = useSite("/some/where/");

/** The final x_t of `ddpm sample`, 16 images of 784 values. */
function sampleNatively(seed) {
  const folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  try {
    const raw = join(folder, "x.f32");
    const options = ["--device", "cpu", "--seed", seed, "--count", "16", "--raw", raw];
    const command = ["run", "--quiet", "--", "sample", ...options, "--out", folder];
    execFileSync("cargo", command, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
    return floats(readFileSync(raw));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Values in [-1, 1] of `count * 784` pixels, as the grid on the canvas should show them. */
function furthestGrey({ width, levels }, values) {
  let furthest = 0;
  values.forEach((value, at) => {
    const image = Math.floor(at / SIDE ** 2);
    const x = (image % COLUMNS) * CELL + 2 + (at % SIDE);
    const y = Math.floor(image / COLUMNS) * CELL + 2 + (Math.floor(at / SIDE) % SIDE);
    const grey = (Math.min(1, Math.max(-1, value)) + 1) * 127.5;
    furthest = Math.max(furthest, Math.abs(levels[y * width + x] - grey));
  });
  return furthest;
}

/** How much neighbours differ: large in noise, small in pictures. */
function roughness({ width, levels }) {
  const differences = levels.map((level, at) => Math.abs(level - levels[Math.max(0, at - 1)]));
  return differences.reduce((sum, one) => sum + one, 0) / (width * width);
}

test("16 images over all 200 steps, equal to the native run of the same seed", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url);
  assert.equal(await page.title(), "Diffusion, live: pictures out of noise, in your browser");
  await waitForText(page, "#status", "Generating");
  await waitForText(page, "#status", "Done", 150_000);

  assert.match(await text(page, "#step"), /^step 200 of 200, t = 0$/);
  assert.match(await text(page, "#speed"), /^\d+ ms a step$/);
  assert.match(await text(page, "#engine"), /burn-cpu.*506,852 parameters, 200 steps/);
  const titles = await page.locator("#frames figcaption").allInnerTexts();
  const steps = [0, 13, 26, 40, 53, 66, 80, 93, 106, 120, 133, 146, 160, 173, 186, 200];
  assert.deepEqual(titles, steps.map((step) => `Step : ${step}`));

  const frames = await Promise.all(steps.map((_, at) => greys(page, "#frames canvas", at)));
  const different = new Set(frames.map(({ levels }) => levels.join()));
  assert.equal(different.size, 16, "every frame shows another moment");
  const [first, last] = [frames[0], frames[15]];
  assert.deepEqual(await greys(page, "#live"), last);
  assert.ok(roughness(last) < roughness(first) / 2, `${roughness(last)} of ${roughness(first)}`);

  const values = sampleNatively("42");
  assert.equal(values.length, 16 * SIDE ** 2);
  const furthest = furthestGrey(last, values);
  assert.ok(furthest <= 1, `${furthest} grey levels from the native run`);
  assert.deepEqual(complaints, []);
  await close();
});
