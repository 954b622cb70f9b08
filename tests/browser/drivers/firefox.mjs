// Firefox as its makers ship it, through WebDriver BiDi.

import puppeteer from "puppeteer-core";
import { dropByScript, onPath } from "./driver.mjs";
import { resident } from "./processes.mjs";

const NAMES = ["firefox-esr", "firefox"];

/** Where Firefox is: $FIREFOX, else the first of the usual names on PATH. */
function findFirefox() {
  const found = process.env.FIREFOX || onPath(NAMES);
  if (found === undefined) throw new Error("no Firefox: apt install firefox-esr, or set $FIREFOX");
  return found;
}

/** @type {import("./driver.mjs").Driver} */
export const driver = {
  name: "Firefox",

  async launch({ dark = false, calm = false, webgpu = false } = {}) {
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: findFirefox(),
      extraPrefsFirefox: {
        "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1,
        "ui.prefersReducedMotion": calm ? 1 : 0,
        "dom.webgpu.enabled": webgpu,
        "dom.webgpu.workers.enabled": webgpu,
        // A software adapter is on a list of those that are not to be used.
        "gfx.webgpu.ignore-blocklist": webgpu,
        "dom.testing.testutils.enabled": true, // for its garbage collector
      },
    });
    return {
      async open(url, viewport) {
        const page = await browser.newPage();
        const complaints = [];
        const { origin } = new URL(url);
        page.on("console", (message) => {
          if (["error", "warn"].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
        });
        page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
        page.on("request", (request) => {
          const foreign = new URL(request.url()).origin !== origin;
          if (foreign && !request.url().startsWith("data:")) complaints.push(`request to ${request.url()}`);
        });
        page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
        page.on("response", (response) => {
          if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
        });
        await page.setViewport(viewport);
        await page.goto(url);
        const evaluate = (what, ...args) => page.evaluate(what, ...args);
        return {
          complaints,
          evaluate,
          click: (selector) => page.click(selector),
          choose: async (selector, path) => (await page.$(selector)).uploadFile(path),
          drop: (path) => dropByScript(evaluate, path),
          async memory() {
            await evaluate(() => TestUtils.gc().then(() => null));
            return resident("-contentproc");
          },
          screenshot: async (path) => { await page.screenshot({ path }); },
          close: () => page.close(),
        };
      },
      close: () => browser.close(),
    };
  },
};
