// A whole run on the CPU engine, its workers sharing the batch, equal to the native one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, colours, generate, greys, openCalm, text, useSite } from "./browser.mjs";
import { furthest, sampleNatively } from "./native.mjs";

const GREY = { side: 28, channels: 1 };
const SIDE = GREY.side;

const site = useSite("/some/where/");

/** How much neighbours differ: large in noise, small in pictures. */
function roughness({ width, levels }) {
  const differences = levels.map((level, at) => Math.abs(level - levels[Math.max(0, at - 1)]));
  return differences.reduce((sum, one) => sum + one, 0) / (width * width);
}

test("16 images over all 200 steps, equal to the native run of the same seed", async () => {
  const { page, complaints, close } = await openCalm(site);
  assert.equal(await page.title(), "Diffusion, live: pictures out of noise, in your browser");
  await generate(page, { seed: 42 });

  assert.match(await atStep(page, "200"), /^step 200 of 200, finished, ᾱ = 1\.000$/);
  assert.match(await text(page, "#speed"), /^\d+(\.\d)?\u00a0ms a step$/);
  assert.match(await text(page, "#badge"), /^CPU \(\d+ workers?\)/);
  const titles = await page.locator("#frames span:first-child").allInnerTexts();
  const steps = [0, 13, 26, 40, 53, 66, 80, 93, 106, 120, 133, 146, 160, 173, 186, 200];
  assert.deepEqual(titles, steps.map((step) => `Step ${step}`));

  const frames = await Promise.all(steps.map((_, at) => greys(page, "#frames canvas", at)));
  const different = new Set(frames.map(({ levels }) => levels.join()));
  assert.equal(different.size, 16, "every frame shows another moment");
  const [first, last] = [frames[0], frames[15]];
  assert.deepEqual(await greys(page, "#live"), last);
  assert.ok(roughness(last) < roughness(first) / 2, `${roughness(last)} of ${roughness(first)}`);

  const values = sampleNatively("--seed", "42", "--count", "16");
  assert.equal(values.length, 16 * SIDE ** 2);
  const apart = furthest(await colours(page, "#live"), values, GREY);
  assert.ok(apart <= 1, `${apart} grey levels from the native run`);
  assert.deepEqual(complaints, []);
  await close();
});

for (const settings of [
  { sampler: "ddim", steps: 12, eta: 0.5, from: "matched" },
  { sampler: "ddpm-posterior", steps: 12, from: "pure" },
  { sampler: "dpm-solver-pp", steps: 20, spacing: "halfway", from: "matched" },
  { sampler: "dpm-solver-pp", steps: 10, spacing: "log-snr", from: "pure" },
]) {
  const { sampler, steps, spacing = "even", eta, from } = settings;
  test(`${sampler} in ${steps} steps from ${from} noise, ${spacing}, equal to the native run`, async () => {
    const { page, complaints, close } = await openCalm(site);
    await generate(page, { count: 16, seed: 7, ...settings });
    await atStep(page, String(steps));
    const run = ["--seed", "7", "--count", "16", "--sampler", sampler, "--steps", String(steps), "--spacing", spacing, "--start", from];
    const values = sampleNatively(...run, ...(eta === undefined ? [] : ["--eta", String(eta)]));
    assert.equal(values.length, 16 * SIDE ** 2);
    const apart = furthest(await colours(page, "#live"), values, GREY);
    assert.ok(apart <= 1, `${apart} grey levels from the native run`);
    assert.deepEqual(complaints, []);
    await close();
  });
}

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
