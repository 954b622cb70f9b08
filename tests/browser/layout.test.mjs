// The page on a phone: nothing to scroll sideways, and nothing that jumps as parts arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const boxes = (page) => page.locator(".run canvas").evaluateAll((canvases) => canvases.map((canvas) => {
  const { x, y, width, height } = canvas.getBoundingClientRect();
  return [x, y, width, height].map(Math.round).join(" ");
}));

for (const [width, height] of [[360, 740], [390, 844], [1440, 900]]) {
  test(`at ${width} x ${height}`, async () => {
    const { page, complaints, close } = await open(site.browser, site.server.url, { viewport: { width, height } });
    const empty = await boxes(page);
    await waitForText(page, "#step", /^step [1-9]/);
    await waitForText(page, "#alpha-bar", /\d/);
    assert.deepEqual(await boxes(page), empty, "a canvas moved or changed its size");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels wide`);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("the policy stops inline scripts and other origins", async () => {
  const { page, close } = await open(site.browser, site.server.url);
  const outcome = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.inline = true";
    document.head.append(script);
    const fetched = await fetch("http://127.0.0.2/").then(() => true, () => false);
    return { inline: "inline" in window, fetched };
  });
  assert.deepEqual(outcome, { inline: false, fetched: false });
  const violations = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    fetch("http://127.0.0.2/").catch(() => {});
  }));
  assert.equal(violations, "connect-src");
  await close();
});
