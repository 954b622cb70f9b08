// The page at every width: nothing to scroll sideways, nothing that jumps as parts arrive, nothing
// that axe finds, everything in reach of the keyboard; and the policy it runs under.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { atStep, generate, open, openCalm, seeNoise, seeSections, styled, useSite, waitForText } from "./browser.mjs";

const site = useSite();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const boxes = (page, where = "main") => page.locator(`${where} .box`).evaluateAll((all) => all.map((box) => {
  const { x, y, width, height } = box.getBoundingClientRect();
  return [x, y + scrollY, width, height].map(Math.round).join(" ");
}));

for (const [width, height] of [[320, 640], [360, 740], [390, 844], [667, 375], [844, 390], [800, 1000], [1280, 800], [1440, 900], [1600, 900]]) {
  test(`at ${width} x ${height}`, async () => {
    const { page, complaints, close } = await open(site.browser, site.server.url, { viewport: { width, height } });
    const bare = await boxes(page, ".generate");
    // The style of what is below the first screen, which comes when the page is moved.
    await page.evaluate(() => document.querySelectorAll("link[rel='later']").forEach((link) => { /** @type {any} */ (link).rel = "stylesheet"; }));
    await styled(page);
    const empty = await boxes(page);
    assert.deepEqual(await boxes(page, ".generate"), bare, "nothing of the first section moves when it comes");
    await atStep(page, "[1-9]\\d*");
    await seeNoise(page);
    await page.evaluate(() => scrollTo(0, 0));
    assert.deepEqual(await boxes(page), empty, "a picture moved or changed its size");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} pixels wide`);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("on a phone held sideways the whole batch is seen at once, above the scrubber", async () => {
  const { page, close } = await open(site.browser, site.server.url, { viewport: { width: 844, height: 390 }, deviceScaleFactor: 3 });
  await atStep(page, "[1-9]\\d*");
  const [live, transport] = await Promise.all(["#live", ".transport"].map((part) => page.locator(part).boundingBox()));
  assert.ok(live.y >= 0 && live.y + live.height <= transport.y, `to ${live.y + live.height}, of ${transport.y}`);
  assert.ok(live.height > 390 / 2, `${live.height} of 390 pixels`);
  const slider = await page.locator("#position").boundingBox();
  assert.ok(slider.width > 844 / 2, `a scrubber of ${slider.width} pixels`);
  await close();
});

test("pictures are drawn in whole multiples of the screen's pixels", async () => {
  for (const deviceScaleFactor of [1, 1.5, 3]) {
    const { page, close } = await openCalm(site, { viewport: { width: 390, height: 844 }, deviceScaleFactor });
    await generate(page, { steps: 1 });
    await atStep(page, "1");
    const multiple = await page.locator("#live").evaluate(
      (canvas) => (canvas.getBoundingClientRect().width * devicePixelRatio) / canvas.width);
    assert.ok(multiple >= 2 && Math.abs(multiple - Math.round(multiple)) < 0.01, `${multiple} at ${deviceScaleFactor}`);
    await close();
  }
});

async function violations(page) {
  // The policy keeps a script's text out of the page; the browser's own hands may put it there.
  const found = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`);
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

for (const [colorScheme, viewport] of [
  ["light", { width: 1440, height: 900 }], ["dark", { width: 1440, height: 900 }],
  ["light", { width: 390, height: 844 }], ["dark", { width: 390, height: 844 }],
]) {
  test(`axe finds nothing: ${colorScheme}, ${viewport.width} wide`, async () => {
    const { page, close } = await openCalm(site, { colorScheme, viewport });
    assert.deepEqual(await violations(page), []);
    await generate(page, { steps: 2 });
    await generate(page, { steps: 3 });
    for (const at of [0, 1]) await page.locator("#runs input").nth(at).check();
    for (const dialog of ["enlarge", "save-open", "runs-compare"]) {
      await page.locator(`#${dialog}`).click();
      await page.locator("dialog[open]").waitFor();
      assert.deepEqual(await violations(page), [], dialog);
      await page.keyboard.press("Escape");
    }
    await page.setInputFiles("#file", { name: "none.safetensors", mimeType: "", buffer: Buffer.from("none") });
    await waitForText(page, "#weights-error", "still loaded");
    await seeNoise(page);
    await page.locator("#game").scrollIntoViewIfNeeded();
    await page.locator("#game-guesses button:enabled").first().click();
    await waitForText(page, "#game-classifier", /\d/);
    for (const [section, line] of [["#one-step", "#one-step-text"], ["#toy", "#toy-text"], ["#fewer-line", "#fewer-line"], ["#fewer-measured", "#fewer-table"], ["#look-t", "#look-note"]]) {
      await page.locator(section).scrollIntoViewIfNeeded();
      await waitForText(page, line, /\d/);
    }
    assert.deepEqual(await violations(page), []);
    await close();
  });
}

test("the keyboard reaches every control", async () => {
  const { page, close } = await openCalm(site);
  await generate(page, { sampler: "ddim", steps: 3 });
  await atStep(page, "3");
  await page.locator("#position").focus();
  await page.keyboard.press("ArrowLeft"); // so that all of the transport is of use
  await atStep(page, "2");
  await seeSections(page);
  // A group of radio buttons is one stop, at the one that is chosen.
  const wanted = await page.evaluate(() => [...document.querySelectorAll("main button, main input, main select, main pre")]
    .filter((control) => !control.disabled && control.checkVisibility() && !(control.type === "radio" && !control.checked))
    .map((control, at) => { control.dataset.stop = String(at); return control.dataset.stop; }));
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  const reached = new Set();
  for (let i = 0; i < 2 * wanted.length; i += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => document.activeElement.dataset.stop);
    if (stop !== undefined) reached.add(stop);
  }
  const missed = wanted.filter((stop) => !reached.has(stop));
  // What a section has put others in the place of meanwhile is no control any more.
  const names = await page.evaluate((stops) => stops.flatMap((stop) => document.querySelector(`[data-stop="${stop}"]`)?.outerHTML ?? []), missed);
  assert.deepEqual(names, []);
  assert.ok(wanted.length > 80, `${wanted.length} controls`);
  await close();
});

test("by keyboard alone: choose, start, pause, enlarge", async () => {
  const { page, close } = await openCalm(site);
  await page.locator("#count input:checked").focus();
  await page.keyboard.press("ArrowRight");
  // So many that no machine is done before the pause.
  assert.equal(await page.locator("#count input:checked").getAttribute("value"), "64");
  await page.locator("#seed").focus();
  await page.keyboard.press("Enter");
  await waitForText(page, "#status", "Generating 64 pictures");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press(" ");
  await waitForText(page, "#status", "Paused");
  await page.locator("#enlarge").focus();
  await page.keyboard.press("Enter");
  await waitForText(page, "#zoom-title", "Image 1 of 64");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "enlarge");
  await close();
});

test("on paper are figures, captions and readouts, on white, and no controls", async () => {
  const { page, complaints, close } = await openCalm(site, { colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator(".run").isHidden(), "nothing was made yet");
  await page.emulateMedia({ media: "screen" });
  await generate(page, { count: 16, steps: 3 });
  await seeNoise(page);
  await page.emulateMedia({ media: "print" });
  const seen = (selector) => page.locator(selector).evaluateAll((all) => all.filter((one) => one.checkVisibility({ visibilityProperty: true })).map((one) => one.id || one.outerHTML.slice(0, 60)));
  for (const part of ["#live", "#caption", "#place", "#frames button:nth-child(4) canvas", "#noised", "#noise-text", "#alpha-bar", "#curve-beta", ".how math", "#exercise-2 label"]) {
    assert.notDeepEqual(await seen(part), [], part);
  }
  for (const part of ["button:not(:has(canvas))", "select", "input:not(.exercise *)", "progress", "summary", "#frames canvas[width='1']", "#toy-canvas", "#runs", ".machine", "#status"]) {
    assert.deepEqual(await seen(part), [], part);
  }
  const [ground, wide] = await page.evaluate(() => [getComputedStyle(document.documentElement).backgroundColor, document.documentElement.scrollWidth]);
  assert.equal(ground, "rgb(255, 255, 255)");
  assert.ok(wide <= 1440, `${wide} pixels wide`);
  await page.emulateMedia({ media: "screen" });
  await page.locator("#enlarge").click();
  await page.emulateMedia({ media: "print" });
  assert.deepEqual([await seen("#zoom-image"), await seen("#live")], [["zoom-image"], []], "an enlarged picture is printed alone");
  assert.deepEqual(complaints, []);
  await close();
});

test("the policy stops inline scripts and other origins", async () => {
  const { page, close } = await openCalm(site);
  const outcome = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.inline = true";
    document.head.append(script);
    const fetched = await fetch("http://127.0.0.2/").then(() => true, () => false);
    return { inline: "inline" in window, fetched };
  });
  assert.deepEqual(outcome, { inline: false, fetched: false });
  const violation = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    fetch("http://127.0.0.2/").catch(() => {});
  }));
  assert.equal(violation, "connect-src");
  await close();
});
