// node tests/browser/screens.mjs FOLDER: what the built page looks like in all three browsers, on a desktop, a tablet
// and a phone held either way, in light and in dark, at its first view, in a run and after it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { driver as chromium } from "./drivers/chromium.mjs";
import { untilText } from "./drivers/driver.mjs";
import { driver as firefox } from "./drivers/firefox.mjs";
import { driver as webkit } from "./drivers/webkit.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const SIZES = [[1440, 900], [820, 1180], [390, 844], [844, 390]];
const MOMENTS = [
  ["first", "#status", /\S/],
  ["during", "#place", /^step\s+[1-9]\d+ of/],
  ["after", "#status", /^Done/],
];

const folder = process.argv[2];
if (folder === undefined) throw new Error("say where the pictures go: node tests/browser/screens.mjs FOLDER");
mkdirSync(folder, { recursive: true });
const server = await serve(DIST);
for (const { name, launch } of [chromium, firefox, webkit]) {
  for (const dark of [false, true]) {
    const browser = await launch({ dark });
    for (const [width, height] of SIZES) {
      const page = await browser.open(server.url, { width, height });
      for (const [moment, selector, pattern] of MOMENTS) {
        await untilText(page, selector, pattern, 120_000);
        const file = `${name.toLowerCase()}-${width}x${height}-${dark ? "dark" : "light"}-${moment}.png`;
        await page.screenshot(join(folder, file));
      }
      for (const complaint of page.complaints) console.error(`${name}, ${width} x ${height}: ${complaint}`);
      await page.close();
    }
    await browser.close();
  }
}
server.close();
