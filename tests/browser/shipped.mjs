// Pages that come with one more model than the built one.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { DIST } from "./paths.mjs";

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
