// The training pictures that are nearest to an image, among those that come with the page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { colours, generate, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { ROOT } from "./paths.mjs";

const site = useSite();
const [SIDE, HEADER] = [28, 16];
const sample = gunzipSync(readFileSync(join(ROOT, "assets/sample/train-images-idx3-ubyte.gz"))).subarray(HEADER);

/** The images on a canvas, in a row. */
async function imagesOf(page, canvas) {
  const { width, levels } = await colours(page, canvas);
  const count = (width + 1) / (SIDE + 1);
  const red = (image, k) => levels[3 * (Math.floor(k / SIDE) * width + image * (SIDE + 1) + (k % SIDE))];
  return Array.from({ length: count }, (_, image) => Array.from({ length: SIDE * SIDE }, (_, k) => red(image, k)));
}

/** The sample's pictures that are nearest to one, and their distances. */
function nearestTo(picture, count) {
  const squares = (at) => picture.reduce((sum, value, k) => sum + (value - sample[at * SIDE * SIDE + k]) ** 2, 0);
  const all = Array.from({ length: sample.length / SIDE / SIDE }, (_, at) => ({ at, squares: squares(at) })).sort((a, b) => a.squares - b.squares);
  const one = ({ at }) => [...sample.subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE)];
  return { pictures: all.slice(0, count).map(one), distance: Math.sqrt(all[0].squares / SIDE / SIDE) / 127.5 };
}

/** Once they are those of the image that is large. */
async function shown(page) {
  const [picture] = await imagesOf(page, "#zoom-x_0");
  const { pictures, distance } = nearestTo(picture, 6);
  await waitForText(page, "#nearest-line", `differs by ${distance.toFixed(2)} `);
  await page.waitForFunction(() => document.querySelector(".nearest-box").getAttribute("aria-busy") === "false");
  assert.deepEqual(await imagesOf(page, "#nearest-pictures"), pictures);
}

test("the nearest training pictures of an image are found, and follow the image", async () => {
  const { page, complaints, close } = await openCalm(site);
  await generate(page, { seed: 7, sampler: "ddim", steps: 4 });
  await page.locator("#enlarge").click();
  await page.locator("#nearest-find").click();
  await shown(page);
  assert.match(await text(page, "#nearest-line"), /^The 6 nearest to the predicted x_0 among 5,000 of the 60,000 training pictures\./);
  await page.locator("#zoom-after").click();
  await waitForText(page, "#zoom-title", "Image 2");
  await shown(page);
  assert.deepEqual(complaints, []);
  await close();
});

test("a sample that does not come is told in place, and can be asked for again", async () => {
  const { page, close } = await openCalm(site);
  await generate(page, { count: 1, seed: 7, sampler: "ddim", steps: 2 });
  await page.route("**/assets/sample/**", (route) => route.abort());
  await page.locator("#enlarge").click();
  await page.locator("#nearest-find").click();
  await waitForText(page, "#nearest-error", "The nearest training pictures could not be found");
  await page.unroute("**/assets/sample/**");
  await page.locator("#nearest-error button").click();
  await shown(page);
  assert.ok(await page.locator("#nearest-error").isHidden());
  await close();
});
