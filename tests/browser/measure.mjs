// node tests/browser/measure.mjs: what the tests do not assert, because it is a matter of the machine.
// Memory over 50 times generate and cancel; the main thread's longest task; the slider's rate.

import { atStep, choose, generate, launch, openCalm, seeNoise, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const TIMES = 50;
const megabytes = (bytes) => Number((bytes / 1e6).toFixed(1));

const server = await serve(DIST);
const browser = await launch(["--enable-precise-memory-info", "--js-flags=--expose-gc"]);

/** The wasm memories of all workers and the page's heap, after a collection. */
async function memory(page) {
  const workers = await Promise.all(page.workers().map((worker) => worker.evaluate(() => {
    self.gc();
    return self.wasmMemory.buffer.byteLength;
  })));
  const heap = await page.evaluate(() => {
    gc();
    return performance.memory.usedJSHeapSize;
  });
  return { workers: workers.map(megabytes), page: megabytes(heap) };
}

/** Lets the workers' memories be seen from outside. */
const reveal = (context) => context.route("**/ddpm-{web,relaxed}.js", async (route) => {
  const response = await route.fetch();
  const script = (await response.text()).replace("wasm = instance.exports;", "$& self.wasmMemory = wasm.memory;");
  await route.fulfill({ response, body: script });
});

const { page, close } = await openCalm({ browser, server }, { prepare: reveal });
await seeNoise(page);
await generate(page, { steps: 2 });
await choose(page, { count: 128, steps: 200 });
for (let i = 0; i <= TIMES; i += 1) {
  if (i % 10 === 0) console.log(JSON.stringify({ cancelled: i, megabytes: await memory(page) }));
  await page.locator("#seed").press("Enter");
  await atStep(page, "[1-9]\\d*");
  await page.locator("#cancel").click();
  await waitForText(page, "#status", "Cancelled");
}

await page.evaluate(() => {
  window.longest = [];
  new PerformanceObserver((list) => window.longest.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
});
await generate(page, { steps: 100 });
console.log(JSON.stringify({ tasks_over_50_ms: await page.evaluate(() => window.longest) }));

/** Answers a second while the slider is dragged as fast as the screen goes. */
const rate = () => page.evaluate(() => new Promise((resolve) => {
  const slider = document.getElementById("noise-t");
  let answers = 0;
  const observer = new MutationObserver(() => { answers += 1; });
  observer.observe(document.getElementById("alpha-bar"), { childList: true });
  const began = performance.now();
  const drag = (now) => {
    const gone = (now - began) / 1000;
    if (gone > 3) {
      observer.disconnect();
      resolve(Math.round(answers / gone));
      return;
    }
    slider.value = String(Math.floor(gone * 60) % 201);
    slider.dispatchEvent(new Event("input"));
    requestAnimationFrame(drag);
  };
  requestAnimationFrame(drag);
}));
const idle = await rate();
await page.locator("#seed").press("Enter");
await atStep(page, "[1-9]\\d*");
console.log(JSON.stringify({ slider_answers_a_second: { idle, during_a_run: await rate() } }));

await close();
await browser.close();
server.close();
