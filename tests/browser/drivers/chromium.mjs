// Chromium, through Playwright. What complaints are is browser.mjs' matter.

import * as chromium from "../browser.mjs";
import { resident } from "./processes.mjs";

/** @type {import("./driver.mjs").Driver} */
export const driver = {
  name: "Chromium",

  async launch({ dark = false, calm = false } = {}) {
    const browser = await chromium.launch();
    return {
      async open(url, viewport) {
        const options = { viewport, colorScheme: dark ? "dark" : "light", reducedMotion: calm ? "reduce" : "no-preference" };
        const { page, complaints, close } = await chromium.open(browser, url, options);
        const events = await page.context().newCDPSession(page);
        return {
          complaints,
          evaluate: (what, ...args) => page.evaluate(`(${what})(...${JSON.stringify(args)})`),
          click: (selector) => page.locator(selector).click(),
          choose: (selector, path) => page.setInputFiles(selector, path),
          // As if it came from the desktop.
          async drop(path) {
            const data = { items: [], files: [path], dragOperationsMask: 1 };
            for (const type of ["dragEnter", "dragOver", "drop"]) {
              await events.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
            }
          },
          async memory() {
            await events.send("HeapProfiler.collectGarbage");
            return resident("--type=renderer");
          },
          screenshot: (path) => page.screenshot({ path }),
          close,
        };
      },
      close: () => browser.close(),
    };
  },
};
