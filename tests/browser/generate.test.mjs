// A whole run on the CPU engine, its workers sharing the batch, equal to the native one.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { atStep, generate, greys, openCalm, text, useSite } from "./browser.mjs";
import { ROOT } from "./paths.mjs";
import { floats } from "./safetensors.mjs";

const SIDE = 28;
const COLUMNS = 4;
/** An image and the gap after it. */
const CELL = SIDE + 1;

const site = useSite("/some/where/");

/** The final x_t of `ddpm sample`, 784 values for each image. */
function sampleNatively(...settings) {
  const folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  try {
    const raw = join(folder, "x.f32");
    const options = ["--device", "cpu", ...settings, "--raw", raw];
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
    const x = (image % COLUMNS) * CELL + (at % SIDE);
    const y = Math.floor(image / COLUMNS) * CELL + (Math.floor(at / SIDE) % SIDE);
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
  const { page, complaints, close } = await openCalm(site);
  assert.equal(await page.title(), "Diffusion, live: pictures out of noise, in your browser");
  await generate(page, { seed: 42 });

  assert.match(await atStep(page, "200"), /^step 200 of 200, t =\s+0, ᾱ = 1\.000$/);
  assert.match(await text(page, "#speed"), /^\d+(\.\d)? ms a step$/);
  assert.match(await text(page, "#badge"), /^CPU \(\d+ workers?\)/);
  const titles = await page.locator("#frames span:first-child").allInnerTexts();
  const steps = [0, 13, 26, 40, 53, 66, 80, 93, 106, 120, 133, 146, 160, 173, 186, 200];
  assert.deepEqual(titles, steps.map((step) => `Step : ${step}`));

  const frames = await Promise.all(steps.map((_, at) => greys(page, "#frames canvas", at)));
  const different = new Set(frames.map(({ levels }) => levels.join()));
  assert.equal(different.size, 16, "every frame shows another moment");
  const [first, last] = [frames[0], frames[15]];
  assert.deepEqual(await greys(page, "#live"), last);
  assert.ok(roughness(last) < roughness(first) / 2, `${roughness(last)} of ${roughness(first)}`);

  const values = sampleNatively("--seed", "42", "--count", "16");
  assert.equal(values.length, 16 * SIDE ** 2);
  const furthest = furthestGrey(last, values);
  assert.ok(furthest <= 1, `${furthest} grey levels from the native run`);
  assert.deepEqual(complaints, []);
  await close();
});

test("DDIM with eta, and the posterior's variance from pure noise, equal to the native runs", async () => {
  const { page, complaints, close } = await openCalm(site);
  for (const [sampler, eta, from] of [["ddim", "0.5", "matched"], ["ddpm-posterior", "0", "pure"]]) {
    const set = sampler === "ddim" ? { eta } : {};
    await generate(page, { count: 16, sampler, from, steps: 12, seed: 7, ...set });
    await atStep(page, "12");
    const run = ["--seed", "7", "--count", "16", "--sampler", sampler, "--steps", "12", "--eta", eta, "--start", from];
    const values = sampleNatively(...run);
    const furthest = furthestGrey(await greys(page, "#live"), values);
    assert.ok(furthest <= 1, `${sampler}: ${furthest} grey levels from the native run`);
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("image k of a seed is the same in batches of 1, 16, 64 and 128", async () => {
  const { page, complaints, close } = await openCalm(site);
  const corners = [];
  for (const count of [1, 16, 64, 128]) {
    await generate(page, { count, steps: 2, seed: 5 });
    await atStep(page, "2");
    const { width, levels } = await greys(page, "#live");
    corners.push(Array.from({ length: SIDE }, (_, y) => levels.slice(y * width, y * width + SIDE)).flat());
  }
  for (const corner of corners) assert.deepEqual(corner, corners[0]);
  assert.deepEqual(complaints, []);
  await close();
});
