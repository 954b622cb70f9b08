// node tests/browser/opening.mjs [TIMES]: what the time from opening the page to its first pictures goes into, with 1, 2 and 4 workers on
// the CPU and with the model of few steps in Chromium, and the whole of it in Chromium, Firefox and WebKitGTK. Milliseconds
// since the navigation began, medians. The server is local and sends nothing compressed.

import { launch, open } from "./browser.mjs";
import { driver as chromium } from "./drivers/chromium.mjs";
import { untilText } from "./drivers/driver.mjs";
import { driver as firefox } from "./drivers/firefox.mjs";
import { driver as webkit } from "./drivers/webkit.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const TIMES = Number(process.argv[2] ?? 5);
const server = await serve(DIST);

const median = (numbers) => Math.round([...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]);

/** Notes the moments at which the page says something new. @param {import("playwright-core").BrowserContext} context @param {number} workers */
const watch = (context, workers) => context.addInitScript((cores) => {
  Object.defineProperty(navigator, "hardwareConcurrency", { value: cores });
  const moments = (window.moments = {});
  const note = (name) => { moments[name] ??= performance.now(); };
  addEventListener("DOMContentLoaded", () => {
    note("page read");
    const status = document.getElementById("status");
    new MutationObserver(() => {
      note("scripts run");
      if (status.textContent.startsWith("Generating")) note("engine ready");
      if (!status.textContent.startsWith("Done") || "run done" in moments) return;
      note("run done");
      requestAnimationFrame(() => setTimeout(() => note("pictures drawn")));
    }).observe(status, { childList: true });
    new MutationObserver(() => {
      note("noise drawn");
      if (/^step\s+[1-9]/.test(document.getElementById("place").textContent)) note("first step drawn");
    }).observe(document.getElementById("place"), { childList: true, subtree: true, characterData: true });
  });
}, workers);

/** The moments of one opening. @param {import("playwright-core").Browser} browser @param {number} workers @param {string} query */
async function opening(browser, workers, query) {
  const { page, close } = await open(browser, server.url + query, {}, (context) => watch(context, workers));
  await page.waitForFunction(() => window.moments["pictures drawn"] !== undefined, null, { timeout: 120_000 });
  const moments = await page.evaluate(() => {
    const ends = (pattern) => Math.max(...performance.getEntriesByType("resource").filter(({ name }) => pattern.test(name)).map(({ responseEnd }) => responseEnd));
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return {
      "first paint": paint.startTime, "model there": ends(/\.safetensors$/), "program there": ends(/(web|relaxed)_bg\.wasm$/), ...window.moments,
    };
  });
  await close();
  return moments;
}

const browser = await launch();
for (const [workers, query] of [[1, ""], [2, ""], [4, ""], [2, "?model=few-steps"]]) {
  const all = [];
  for (let k = 0; k < TIMES; k += 1) all.push(await opening(browser, workers, query));
  const names = Object.keys(all[0]).sort((a, b) => all[0][a] - all[0][b]);
  console.log(JSON.stringify({ workers, query, ...Object.fromEntries(names.map((name) => [name, median(all.map((one) => one[name]))])) }));
}
await browser.close();

/** In the page: notes the moment at which the run is done, which whoever asks from time to time would find out later. */
const noteDone = () => {
  const status = document.getElementById("status");
  const note = () => {
    if (status.textContent.startsWith("Done")) window.doneAt ??= performance.now();
  };
  new MutationObserver(note).observe(status, { childList: true });
  note();
};

for (const { name, launch: start } of [chromium, firefox, webkit]) {
  for (const query of ["", "?model=few-steps"]) {
    const all = [];
    for (let k = 0; k < TIMES; k += 1) {
      const theirs = await start();
      const page = await theirs.open(server.url + query, { width: 1440, height: 900 });
      await page.evaluate(noteDone);
      await untilText(page, "#status", /^Done/, 120_000);
      all.push(await page.evaluate(() => window.doneAt));
      await theirs.close();
    }
    console.log(JSON.stringify({ browser: name, query, "run done": median(all) }));
  }
}
server.close();
