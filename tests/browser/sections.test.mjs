// What is fetched when: the first pictures wait for no other section's scripts, and a section's scripts come when it comes near, by
// whatever way one goes there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { open, openCalm, SECTIONS, useSite, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";

const site = useSite();

const SCRIPTS = { "one-step": "step" };
const script = (id) => `page/panels/${SCRIPTS[id] ?? id}.js`;
const WWW = /^(www|page)\/|^index\.html$/;
/** Most bytes of the page itself, its scripts and its style, gzipped, up to the first pictures: a little more than there are. */
const MOST = 110_000;

/** The files that were asked for so far, by their paths. */
function watch(context) {
  const files = new Set();
  context.on("request", (request) => files.add(decodeURIComponent(new URL(request.url()).pathname.slice(1)) || "index.html"));
  return files;
}

/** A page, and the files that it has asked for. */
async function openWatched(openPage, options = {}) {
  let files;
  const opened = await openPage({ ...options, prepare: async (context) => { files = watch(context); await options.prepare?.(context); } });
  return { ...opened, files };
}
const openRunning = ({ query = "", prepare, ...options }) => open(site.browser, site.server.url + query, options, prepare);
const openStill = (options) => openCalm(site, options);

/** Waits until a section's script was asked for. */
async function isFetched(page, files, id) {
  for (let tries = 0; !files.has(script(id)) && tries < 100; tries += 1) await page.waitForTimeout(100);
  assert.ok(files.has(script(id)), `${id} came`);
}

/** Waits for a section's script, and that it shows the engine. */
async function comes(page, files, id) {
  await isFetched(page, files, id);
  await page.locator(SECTIONS[id]).first().waitFor({ state: "attached" });
}

const gzipped = (path) => gzipSync(readFileSync(join(DIST, path)), { level: 9 }).length;

for (const [width, height] of [[1440, 900], [390, 844]]) {
  test(`at ${width} x ${height} the first pictures wait for no other section`, async () => {
    // The moment of the first pictures, in the page's own time.
    const prepare = (context) => context.addInitScript(() => {
      addEventListener("DOMContentLoaded", () => {
        const status = document.getElementById("status");
        new MutationObserver(() => {
          if (status.textContent.startsWith("Done")) window.doneAt ??= performance.now();
        }).observe(status, { childList: true });
      });
    });
    const { page, files, complaints, close } = await openWatched(openRunning, { viewport: { width, height }, prepare });
    await page.waitForFunction(() => window.doneAt !== undefined, null, { timeout: 120_000 });
    // What is still on its way is in no list.
    const asked = [...files];
    await page.waitForFunction((names) => names.every((name) => performance.getEntriesByName(new URL(name, document.baseURI).href).length > 0),
      asked.filter((path) => /^page\/(panels|updates|words)|^www\/[^/]*\.css/.test(path)));
    const later = await page.evaluate(() => performance.getEntriesByType("resource")
      .filter(({ startTime }) => startTime > window.doneAt).map(({ name }) => decodeURIComponent(new URL(name).pathname.slice(1))));
    const first = asked.filter((path) => !later.includes(path));
    for (const id of [...Object.keys(SECTIONS), "tour"]) assert.ok(!first.includes(script(id)), `${script(id)} came before the first pictures`);
    assert.ok(!first.some((path) => /test-.*\.idx|ddpm-train|trainer|epochs/.test(path)), first.join());
    const bytes = first.filter((path) => WWW.test(path)).reduce((sum, path) => sum + gzipped(path), 0);
    console.log(`${width} x ${height}: ${bytes} bytes in ${first.length} files, ${first.reduce((sum, path) => sum + gzipped(path), 0)} with model and program`);
    assert.ok(bytes > 50_000 && bytes <= MOST, `${bytes} bytes`);
    assert.ok(first.filter((path) => path.startsWith("page/")).length <= 2, `each script costs time: ${first.join()}`);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("each section comes when the page is scrolled to it, and those far below stay away", async () => {
  const { page, files, complaints, close } = await openWatched(openStill);
  assert.ok(!files.has(script("exercises")) && !files.has(script("toy")), "they are far below");
  for (const id of Object.keys(SECTIONS)) {
    await page.locator(`#${id}`).evaluate((section) => section.scrollIntoView());
    await comes(page, files, id);
  }
  assert.ok(!files.has("page/panels/tour.js"), "nobody has asked for the tour");
  assert.ok(![...files].some((path) => path.includes("ddpm-train")), "nobody has asked for the training");
  assert.deepEqual(complaints, []);
  await close();
});

test("a link to a section brings it there, beside the first run", async () => {
  for (const id of ["between", "exercises"]) {
    const { page, files, complaints, close } = await openWatched(openRunning, { query: `?steps=200&count=64#${id}` });
    await comes(page, files, id);
    assert.ok(!files.has(script("noise")), "what lies between stays away");
    await page.evaluate(() => { location.hash = "#noise"; });
    await comes(page, files, "noise");
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("the keyboard goes into all sections, from the first on and back from the last", async () => {
  for (const [key, start, last] of [["Tab", "#runs-title", "#exercise-6 button"], ["Shift+Tab", ".how a", "#noise-t"]]) {
    const { page, files, complaints, close } = await openWatched(openStill, { viewport: { width: 390, height: 844 } });
    await page.locator(start).first().focus();
    const met = new Set();
    for (let presses = 0; presses < 400 && !(await page.locator(last).evaluate((end) => end === document.activeElement)); presses += 1) {
      await page.keyboard.press(key);
      const [id, isWhole] = await page.evaluate(() => {
        const section = document.activeElement.closest("main > section");
        return [section?.id, section === document.activeElement];
      });
      if (isWhole) await page.locator(SECTIONS[id]).first().waitFor(); // whoever comes here waits for it
      else if (id) met.add(id);
    }
    assert.deepEqual(Object.keys(SECTIONS).filter((id) => !met.has(id)), [], `${key} met ${[...met].join()}`);
    for (const id of met) await comes(page, files, id);
    assert.equal(await page.locator("main > section[tabindex]").count(), 0, "a section that was there is no stop of its own");
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("the keyboard does not pass a section that is in view and whose script is on its way", async () => {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  const prepare = (context) => context.route("**/panels/learn.js", async (route) => {
    await held;
    await route.continue();
  });
  const { page, complaints, close } = await openWatched(openStill, { viewport: { width: 390, height: 844 }, prepare });
  const place = () => page.evaluate(() => {
    const { id } = document.activeElement;
    return id === "learn" ? "learn itself" : document.activeElement.closest("main > section")?.id ?? "";
  });
  const pressWhileIn = async (id) => {
    for (let presses = 0; presses < 20 && (await place()) === id; presses += 1) await page.keyboard.press("Tab");
    return place();
  };
  await page.locator("#look").scrollIntoViewIfNeeded();
  await page.locator(SECTIONS.look).focus();
  await page.locator("#learn h2").scrollIntoViewIfNeeded();
  await page.waitForTimeout(300); // it was seen
  assert.equal(await pressWhileIn("look"), "learn itself");
  release();
  await page.locator(SECTIONS.learn).waitFor();
  assert.equal(await pressWhileIn("learn itself"), "learn");
  assert.equal(await pressWhileIn("learn"), "train");
  assert.equal(await page.locator("#learn[tabindex]").count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test("a section that is in view at the start comes with the first pictures, and at once where a pointer or the focus goes to it", async () => {
  const tall = { viewport: { width: 1440, height: 2400 }, query: "?steps=200&count=64" };
  for (const go of [(page) => page.locator("#noise h2").hover(), (page) => page.locator("#picture-pad").focus()]) {
    const { page, files, complaints, close } = await openWatched(openRunning, tall);
    await waitForText(page, "#place", /^step\s+[1-9]/);
    assert.ok(!files.has(script("noise")) && !files.has(script("picture")));
    await go(page);
    await comes(page, files, "noise");
    assert.match(await page.locator("#status").innerText(), /^Generating/);
    await page.locator("#cancel").click();
    await isFetched(page, files, "picture");
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("a script that does not come is told in its section, and comes on another try", async () => {
  for (const [path, remedy] of [
    ["panels/noise.js", (page) => page.locator("#noise [role=alert] button").first().click()],
    ["panels/shared/curve.js", (page) => page.locator("#noise [role=alert] button").first().press("Enter")],
    ["words/below.js", (page) => page.evaluate(() => dispatchEvent(new Event("online")))],
  ]) {
    const { page, close } = await openWatched(openStill, { prepare: (context) => context.route(`**/${path}`, (route) => route.abort()) });
    await page.locator("#noise").scrollIntoViewIfNeeded();
    await waitForText(page, "#noise h2 + [role=alert]", "could not be loaded: check the connection and try again");
    assert.ok(await page.locator("#noise-t").isDisabled());
    await page.context().unroute(`**/${path}`);
    await remedy(page);
    await page.locator("#noise-t:enabled").waitFor();
    assert.ok(await page.locator("#noise h2 + [role=alert]").isHidden());
    await close();
  }
});

test("the tour's button works before its script is there, and says so where that does not come", async () => {
  const { page, files, complaints, close } = await openWatched(openStill);
  assert.ok(!files.has("page/panels/tour.js"));
  await page.locator("#tour-open").evaluate((button) => button.click());
  await waitForText(page, "#tour-place", "step 1 of");
  await page.locator("#tour-end").click();
  assert.ok(await page.locator("#tour").isHidden());
  assert.deepEqual(complaints, []);
  await close();
  const without = await openWatched(openStill, { prepare: (context) => context.route("**/panels/tour.js", (route) => route.abort()) });
  await without.page.locator("#tour-open").click();
  await waitForText(without.page, "header [role=alert]", "could not be loaded");
  await without.page.context().unroute("**/panels/tour.js");
  await without.page.locator("header [role=alert] button").click();
  await without.page.locator("header [role=alert]").waitFor({ state: "hidden" });
  await without.page.locator("#tour-open").click();
  await waitForText(without.page, "#tour-place", "step 1 of");
  await without.close();
});
