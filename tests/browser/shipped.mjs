// Pages that come with one more model than the built one.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { trainTiny } from "./native.mjs";
import { DIST } from "./paths.mjs";
import { withHeader } from "./safetensors.mjs";

/** The page's model that draws in a step. */
export const FEW = "few-steps";

/**
 * Makes a page come with a model; where it comes with it anyway, nothing is changed.
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} model its name
 * @param {string} file a weights file that stands in for the model's
 */
export async function alsoShips(context, model, file) {
  if (isShipped(model)) return;
  const about = `{ url: new URL("../../assets/${model}.safetensors", import.meta.url), megabytes: 0.1, label: "Another", name: "another model", subject: "pictures of discs" }`;
  await context.route(/\/www\/lib\/shipped\.js$/, async (route) => {
    const response = await route.fetch();
    const source = await response.text();
    await route.fulfill({ response, body: source.replace(/\n\}\);/, `\n  "${model}": ${about},\n});`) });
  });
  await context.route(`**/assets/${model}.safetensors`, (route) => route.fulfill({ path: file }));
}

/** The file that a page with this model has. @param {string} model @param {string} file the stand-in */
export const fileOf = (model, file) => (isShipped(model) ? asset(model) : file);

const asset = (model) => join(DIST, "assets", `${model}.safetensors`);
const isShipped = (model) => existsSync(asset(model));

/**
 * Writes a stand-in for the few-steps model. It was trained for a moment and never distilled, but it says that it was:
 * its pictures are bad, and the same everywhere.
 * @param {string} file
 */
export function writeFew(file) {
  trainTiny(file, { side: 28, classes: ["ball", "egg", "sun"] });
  const few = withHeader(readFileSync(file), ({ __metadata__: { ddpm_web: json }, ...tensors }) => ({
    __metadata__: { ddpm_web: JSON.stringify({ ...JSON.parse(json), distilled: { steps: [1, 2, 4], guidance: 1.5, teacher: "" } }) }, ...tensors,
  }));
  writeFileSync(file, few);
}

/** How the native program draws likewise. @param {string} file the stand-in @param {number} steps */
export function fewNatively(file, steps) {
  return ["--weights", fileOf(FEW, file), "--count", "16", "--sampler", "ddim", "--spacing", "distilled", "--steps", String(steps)];
}
