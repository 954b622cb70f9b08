// The tour, the exercises, and the page for teachers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { open, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";

const site = useSite();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const COUNT = 13;

async function violations(page) {
  const found = await page.evaluate(`${AXE}; axe.run(document, { resultTypes: ["violations"] })`);
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const query = (page) => new URL(page.url()).searchParams;
const hasAddress = (page, k) => page.waitForFunction((wanted) => new URLSearchParams(location.search).get("tour") === wanted, k === null ? null : String(k));
const focused = (page) => page.evaluate(() => document.activeElement.id);

/** A step is shown: its control is there, on the screen, and nothing of the card lies over it. */
async function meet(page, k) {
  await waitForText(page, "#tour-place", `step ${k} of ${COUNT}`);
  const look = () => page.evaluate(() => {
    const [marked, ...others] = document.querySelectorAll(".toured");
    if (marked === undefined || others.length > 0) return `${others.length} others are marked`;
    const [own, card] = [marked, document.getElementById("tour")].map((element) => element.getBoundingClientRect());
    const isApart = own.right <= card.left || own.left >= card.right || own.bottom <= card.top || own.top >= card.bottom;
    if (!isApart) return `${marked.id} is covered`;
    if (own.height === 0 || own.top < 0 || own.bottom > innerHeight) return `${marked.id} is not on the screen`;
    if (card.top < 0 || card.left < 0 || card.right > innerWidth || card.bottom > innerHeight) return "the card is not on the screen";
    return document.getElementById("tour-lack").hidden ? "good" : "its control is not there";
  });
  // A section that is seen for the first time moves once more.
  for (let tries = 0; tries < 30 && (await look()) !== "good"; tries += 1) await page.waitForTimeout(100);
  assert.equal(await look(), "good", `step ${k}`);
}

test("by keyboard alone from the first step to the last", async () => {
  const { page, complaints, close } = await openCalm(site);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "tour-open");
  await page.keyboard.press("Enter");
  for (let k = 1; k <= COUNT; k += 1) {
    await meet(page, k);
    assert.equal(await focused(page), "tour-title");
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "tour-go");
    for (let presses = 0; presses < 4 && (await focused(page)) !== "tour-next"; presses += 1) await page.keyboard.press("Tab");
    await hasAddress(page, k);
    if (k === 4) {
      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      await meet(page, 3);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.closest("#view") !== null), true, "the control has the focus");
      for (let presses = 0; presses < 40 && (await focused(page)) !== "tour-next"; presses += 1) await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      await meet(page, 4);
      await page.locator("#tour-next").focus();
    }
    assert.equal(await text(page, "#tour-next"), k < COUNT ? "Next" : "Finish");
    await page.keyboard.press("Enter");
  }
  assert.ok(await page.locator("#tour").isHidden());
  assert.equal(await page.locator(".toured").count(), 0);
  await hasAddress(page, null);
  assert.deepEqual(complaints, []);
  await close();
});

for (const [width, height] of [[360, 740], [390, 844], [844, 390], [1024, 768]]) {
  test(`at ${width} x ${height} no control is covered, and nothing scrolls sideways`, async () => {
    const { page, complaints, close } = await openCalm(site, { query: "?tour=1", viewport: { width, height } });
    for (let k = 1; k <= COUNT; k += 1) {
      await meet(page, k);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} pixels wide at step ${k}`);
      if (k < COUNT) await page.locator("#tour-next").click();
    }
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("on a phone the control is not covered either when the tour has done it", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?tour=2&steps=4&count=1", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const covered = () => page.evaluate(() => {
    const [own, card] = [".toured", "#tour"].map((selector) => document.querySelector(selector).getBoundingClientRect());
    return own.bottom > card.top && own.top < card.bottom && own.right > card.left && own.left < card.right;
  });
  for (const k of [2, 4, 6, 8]) { // what these change is far from the control, or moves the page
    await page.goto(`${site.server.url}?tour=${k}&steps=4&count=1`);
    await waitForText(page, "#status", "Ready");
    await waitForText(page, "#tour-place", `step ${k} of`);
    const { height } = await page.locator("#tour").boundingBox();
    await page.locator("#tour-do").click();
    await waitForText(page, "#tour-said", /^(?!It is being done).+/, 60_000);
    for (let tries = 0; tries < 20 && await covered(); tries += 1) await page.waitForTimeout(100);
    assert.equal(await covered(), false, `step ${k}`);
    assert.ok((await page.locator("#tour").boundingBox()).height < height, "what was to be tried makes room");
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("every step can be done by the tour, on the page's own controls", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?tour=1&steps=4&count=1" });
  const value = (id) => page.locator(id).inputValue();
  const then = {
    1: () => waitForText(page, "#place", /^step\s+0 of 4/),
    2: () => waitForText(page, "#place", /^step\s+4 of 4/),
    3: async () => assert.ok(await page.locator('#view input[value="x_0"]').isChecked()),
    4: () => waitForText(page, "#caption", /^Seed 7,/),
    5: () => waitForText(page, "#caption", /Sneaker/),
    6: async () => assert.equal(await value("#guidance"), "8"),
    7: () => waitForText(page, "#noise-text", /^t\s=\s119/),
    8: () => waitForText(page, "#game-answer", /^(Right: Ankle boot|No: you said Ankle boot)/),
    9: async () => assert.equal(await value("#picture-t"), "139"),
    10: () => waitForText(page, "#one-step-text", /^step 50 of 50/),
    11: () => waitForText(page, "#toy-path", /Paths wander/),
    12: () => waitForText(page, "#fewer-caption", /DPM-Solver\+\+\(2M\), timesteps halfway/),
    13: async () => assert.ok(await page.locator("#train-panel").evaluate((fold) => fold.open)),
  };
  for (let k = 1; k <= COUNT; k += 1) {
    await waitForText(page, "#tour-place", `step ${k} of`);
    await page.locator("#tour-do").click();
    const said = await waitForText(page, "#tour-said", /^(?!It is being done).+/, 60_000);
    assert.doesNotMatch(said, /cannot be used/, `step ${k}`);
    await page.waitForTimeout(100);
    await then[k]();
    if (k < COUNT) await page.locator("#tour-next").click();
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("a link to a step restores it, a run leaves it in the address, and Escape ends it", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?tour=5&steps=3&count=1" });
  await meet(page, 5);
  assert.equal(await text(page, "#tour-title"), "A class on purpose");
  const pictures = await page.locator(".now .box").boundingBox();
  assert.ok(pictures.y >= 0 && pictures.y + pictures.height <= 900, "what the control changes is on the screen");
  assert.equal(await focused(page), "tour-title");
  await page.locator("#seed").fill("9");
  await page.locator("#seed").press("Enter");
  await waitForText(page, "#status", "Done");
  await page.waitForFunction(() => location.search.includes("seed=9"));
  assert.equal(query(page).get("tour"), "5");
  await page.reload();
  await waitForText(page, "#status", "Ready");
  await meet(page, 5);
  // Arrow keys stay the run's, and a dialog has Escape first.
  await page.locator("#start").click();
  await waitForText(page, "#status", "Done");
  await page.locator("#tour-title").focus();
  await page.keyboard.press("ArrowLeft");
  await waitForText(page, "#place", /^step\s+2 of 3/);
  await page.locator("#enlarge").click();
  await page.keyboard.press("Escape");
  await page.locator("#zoom").waitFor({ state: "hidden" });
  assert.ok(await page.locator("#tour").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#tour").isHidden());
  await hasAddress(page, null);
  assert.equal(query(page).get("seed"), "9");
  assert.deepEqual(complaints, []);
  await close();
});

test("a model without classes: the card says how to get them, and a step that is not there is told", async () => {
  const { page, close } = await openCalm(site, { query: "?tour=5&model=tutorial" });
  await waitForText(page, "#tour-lack", "Choose this page’s own model");
  assert.equal(await page.locator(".toured").getAttribute("id"), "model");
  await page.locator("#model").selectOption("page");
  await waitForText(page, "#card", "this page's own model");
  await meet(page, 5);
  await close();
  const wrong = await openCalm(site, { query: "?tour=14" });
  await waitForText(wrong.page, "#error", "The address has tour=14, which is not used: tour is a whole number from 1 to 13.");
  assert.ok(await wrong.page.locator("#tour").isHidden());
  await wrong.close();
});

/** Answers an exercise. @param {import("playwright-core").Locator} form @param {boolean} right */
async function answer(form, right) {
  const number = form.locator("input[type=number]");
  if (await number.count() > 0) await number.fill(right ? "50" : "10");
  else await form.locator(`input${right ? "[data-right]" : ":not([data-right])"}`).first().check();
  await form.locator("button").press("Enter");
}

test("each exercise asks first, and says why after a right answer and a wrong one", async () => {
  const { page, complaints, close } = await openCalm(site);
  const forms = page.locator("#exercises form");
  assert.equal(await forms.count(), 6);
  await page.locator("#exercises").scrollIntoViewIfNeeded();
  for (const form of await forms.all()) {
    assert.ok(await form.locator(".reason").isHidden());
    await form.locator("button").click();
    assert.match(await form.locator(".exercise-error").innerText(), / first\.$/);
    for (const right of [false, true]) {
      await answer(form, right);
      assert.equal(await form.locator(".verdict").innerText(), right ? "Right." : "Not so.");
      assert.ok(await form.locator(".reason").isVisible() && await form.locator(".exercise-error").isHidden());
      assert.equal(await form.locator("input[data-right]").count() === 0 || await form.locator(".is-right").count() === 1, true);
      if (right) continue;
      await form.locator("button").press("Enter");
      assert.ok(await form.locator(".reason").isHidden());
      assert.ok(await form.locator("input").first().isEnabled());
    }
  }
  // What the first one calls right is what was measured.
  const { recognition: { noised } } = JSON.parse(readFileSync(join(DIST, "assets/evaluation/classes-10.json"), "utf8"));
  const below = noised.findIndex(({ accuracy }) => accuracy < 0.5);
  const { from, to } = await page.locator("#exercise-1-number").evaluate(({ dataset }) => ({ ...dataset }));
  assert.deepEqual([Number(from), Number(to)], [noised[below - 1].t + 1, noised[below].t]);
  const reason = await page.locator("#exercise-1 .reason").textContent();
  for (const { accuracy, images } of noised.slice(below - 1, below + 1)) {
    assert.ok(reason.includes(`${Math.round(100 * accuracy)} %`) && reason.includes(images.toLocaleString("en")), reason);
  }
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(complaints, []);
  await close();
});

/** The addresses of a page's links, to the page itself. */
const links = (page, selector) => page.locator(selector).evaluateAll((all) => all.map(({ href }) => href));

test("the links of the exercises and of the page for teachers open states without a complaint", async () => {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}teach.html`);
  const taught = await links(page, "main a");
  assert.ok(taught.length > 12);
  await page.goto(site.server.url);
  const all = new Set([...taught, ...await links(page, "#exercises .see a")].map((href) => href.replace(site.server.url, "")));
  const opened = new Map();
  for (const link of all) {
    const [search, id] = link.split("#");
    opened.set(search, [...opened.get(search) ?? [], ...(id === undefined ? [] : [id])]);
  }
  for (const [search, ids] of opened) {
    const state = await openCalm(site, { query: search });
    assert.ok(await state.page.locator("#error").isHidden(), `${search}: ${await text(state.page, "#error")}`);
    for (const id of ids) assert.equal(await state.page.locator(`[id="${id}"]`).count(), 1, `#${id}`);
    assert.deepEqual(state.complaints, []);
    await state.close();
  }
  assert.deepEqual(complaints, []);
  await close();
});

for (const [colorScheme, viewport] of [["light", { width: 1440, height: 900 }], ["dark", { width: 390, height: 844 }]]) {
  test(`axe finds nothing on the card and on the page for teachers: ${colorScheme}, ${viewport.width} wide`, async () => {
    const { page, close } = await openCalm(site, { query: "?tour=3", colorScheme, viewport });
    await meet(page, 3);
    assert.deepEqual(await violations(page), []);
    await page.goto(`${site.server.url}teach.html`);
    assert.deepEqual(await violations(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `${wide} pixels wide`);
    await close();
  });
}

test("the lesson takes 45 minutes, leads back, and is printed on white with its links written out", async () => {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}teach.html`, { colorScheme: "dark" });
  const minutes = await page.locator("tbody td:first-child").allInnerTexts();
  const spans = minutes.map((span) => span.split(" to ").map(Number));
  spans.reduce((end, [from, to]) => {
    assert.ok(from === end && to > from, minutes.join());
    return to;
  }, 0);
  assert.equal(spans.at(-1)[1], 45);
  await page.emulateMedia({ media: "print" });
  const [ground, written] = await page.evaluate(() => [
    getComputedStyle(document.documentElement).backgroundColor,
    getComputedStyle(document.querySelector(".links a"), "::after").content,
  ]);
  assert.equal(ground, "rgb(255, 255, 255)");
  assert.ok(written.includes(`${site.server.url}?seed=7`), written);
  await page.emulateMedia({ media: "screen" });
  await page.locator(".back a").click();
  await page.locator('a[href="teach.html"]').last().waitFor();
  assert.deepEqual(complaints, []);
  await close();
});
