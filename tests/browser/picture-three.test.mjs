// Your picture in Chromium, Firefox and WebKit: a picture comes back, is drawn on, is read from a file, and a part of it is filled in.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { driver as chromium } from "./drivers/chromium.mjs";
import { until, untilText } from "./drivers/driver.mjs";
import { driver as firefox } from "./drivers/firefox.mjs";
import { driver as webkit } from "./drivers/webkit.mjs";
import { DIST } from "./paths.mjs";
import { png } from "./png.mjs";
import { serve } from "./server.mjs";

/** WebKit computes slowly on machines without a just-in-time compiler for WebAssembly. */
const PATIENCE_MS = 240_000;

let server;
let folder;
before(async () => {
  server = await serve(DIST);
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A canvas' grey levels. */
const levels = (page, selector, index = 0) => page.evaluate((where, at) => {
  const canvas = document.querySelectorAll(where)[at];
  return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((_, place) => place % 4 === 0);
}, selector, index);

/** Presses keys where the focus is put. */
const press = (page, selector, keys) => page.evaluate((where, all) => {
  const target = document.querySelector(where);
  target.focus();
  for (const key of all) target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}, selector, keys);

/** Waits until a picture is another one. */
const untilOther = (page, selector, before) => until(page, (where, old) => {
  const canvas = document.querySelector(where);
  const now = [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((_, place) => place % 4 === 0);
  return now.join() === old ? null : now;
}, [selector, before.join()], PATIENCE_MS);

for (const { name, launch } of [chromium, firefox, webkit]) {
  describe(name, () => {
    test("a picture comes back, is drawn on, is read from a file, and is filled in where it is marked", async (context) => {
      const browser = await launch({ calm: true });
      context.after(() => browser.close());
      const page = await browser.open(server.url, { width: 1440, height: 900 });
      // WebKit cannot be told to be calm, so there a run has started.
      await untilText(page, "#status", /^(Ready|Done)/, PATIENCE_MS);
      await page.evaluate(() => document.getElementById("picture").scrollIntoView());
      await untilText(page, "#picture-line", /^10 pictures from t = 100 in 10 steps/, PATIENCE_MS);
      const boot = await levels(page, "#picture-gets");
      assert.notDeepEqual(await levels(page, "#picture-results canvas"), boot);

      await press(page, "#picture-pad", [" ", "ArrowUp", "ArrowUp", "ArrowUp", " "]);
      const drawn = await untilOther(page, "#picture-gets", boot);
      const touched = drawn.filter((level, at) => level !== boot[at]).length;
      assert.ok(touched > 4 && touched < 60, `${touched} pixels are drawn on`);

      const file = join(folder, "slope.png");
      writeFileSync(file, png(56, 1, (x, y) => 2 * (x + y)));
      await page.choose("#picture-file", file);
      const slope = await untilOther(page, "#picture-gets", drawn);
      assert.ok(slope[0] < 20 && slope.at(-1) > 200, `${slope[0]} to ${slope.at(-1)}`);
      await untilText(page, "#picture-original-line", /^slope\.png, 56 × 56 pixels/, PATIENCE_MS);

      await page.evaluate(() => document.querySelector('#picture-layer input[value="mask"]').click());
      await page.evaluate(() => document.getElementById("picture-half").click());
      await untilText(page, "#picture-line", /^10 fillings from t = 199/, PATIENCE_MS);
      const filled = await levels(page, "#picture-results canvas");
      const half = slope.length / 2;
      assert.deepEqual(filled.slice(0, half), slope.slice(0, half));
      assert.notDeepEqual(filled.slice(half), slope.slice(half));
      assert.deepEqual(page.complaints, []);
    });
  });
}
