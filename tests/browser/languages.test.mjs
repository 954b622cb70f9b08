// English and Korean: each text has both, the browser's language or the visitor chooses, and the page fits in Korean too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { violations } from "./axe.mjs";
import { open, useSite } from "./browser.mjs";
import { until } from "./drivers/driver.mjs";
import { driver as firefox } from "./drivers/firefox.mjs";
import { driver as webkit } from "./drivers/webkit.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const site = useSite();
const FILES = ["index.html", "teach.html"];
const korean = JSON.parse(readFileSync(join(DIST, "www/words/ko-page.json"), "utf8"));
const TITLE = { en: "Diffusion, live", ko: korean["header.diffusion-live"] };
const SIZES = [[360, 740], [390, 844], [768, 1024], [1024, 768], [1440, 900], [844, 390]];

/**
 * Runs in the page: the texts of a file by their keys, as words/page.js has them, and those that have none.
 * What is in no letters of ours needs none, nor do formulas, code and what is marked as not to be translated.
 */
function textsOf([html, names]) {
  const file = new DOMParser().parseFromString(html, "text/html");
  const letters = /[A-Za-z]/;
  const texts = {};
  const without = [];
  const isOurs = (element) => element.closest("math, code, script, style, noscript, [translate='no']") === null;
  const note = (name, text) => {
    const flat = text.replace(/\s+/g, " ").trim();
    texts[name] = [...new Set([...texts[name] ?? [], flat])];
  };
  /** A link in a sentence is translated with it. */
  const isWithin = (element) => names.some((name) => {
    const place = [...element.parentElement?.children ?? []].indexOf(element) + 1;
    return name[0] === element.parentElement?.dataset.words && name[1].includes(`<${place}>`);
  });
  for (const element of [...file.querySelectorAll("*")].filter(isOurs)) {
    const key = element.dataset?.words;
    const nodes = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    if (nodes.some((node) => letters.test(node.data))) {
      const children = [...element.children];
      const whole = [...element.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? node.data
        : node.nodeType === Node.ELEMENT_NODE ? `<${children.indexOf(node) + 1}>` : "")).join("");
      if (key !== undefined) note(key, whole);
      else if (!isWithin(element)) without.push(whole);
    }
    for (const attribute of ["title", "aria-label", "alt", "placeholder"]) {
      const text = element.getAttribute(attribute);
      if (text === null || !letters.test(text)) continue;
      if (key !== undefined) note(`${key}@${attribute}`, text);
      else without.push(text);
    }
    if (element.matches("meta[name='description']")) note(`${key}@content`, element.getAttribute("content"));
  }
  return { texts, without };
}

const placesOf = (text) => [...text.matchAll(/<(\d+)\/?>/g)].map(([, place]) => Number(place)).sort((a, b) => a - b);

test("each text of the page and its lesson has a key, each key its Korean, and no Korean is left over", async () => {
  const { page, close } = await open(site.browser, `${site.server.url}teach.html`);
  const names = Object.entries(korean);
  const all = {};
  for (const file of FILES) {
    const { texts, without } = await page.evaluate(textsOf, [readFileSync(join(DIST, file), "utf8"), names]);
    assert.deepEqual(without, [], `${file} has texts without a key`);
    for (const [key, found] of Object.entries(texts)) all[key] = [...new Set([...all[key] ?? [], ...found])];
  }
  await close();
  assert.ok(Object.keys(all).length > 500, `${Object.keys(all).length} texts`);
  assert.deepEqual(Object.entries(all).filter(([, found]) => found.length > 1), [], "a key has two texts");
  assert.deepEqual(Object.keys(all).filter((key) => korean[key] === undefined), [], "a text lacks its Korean");
  // The switch is named in the other language.
  const own = ["header.language", "header.language@title", "header.language@lang"];
  assert.deepEqual(Object.keys(korean).filter((key) => all[key] === undefined && !own.includes(key)), [], "Korean is left over");
  for (const [key, [english]] of Object.entries(all)) assert.deepEqual(placesOf(korean[key]), placesOf(english), key);
});

test("no English sentence is left in the Korean", () => {
  const own = ["header.language", "header.language@title", "header.language@lang"];
  /** Titles of papers. */
  const papers = "how.ho-jain-abbeel";
  for (const [key, text] of Object.entries(korean).filter(([name]) => !own.includes(name))) {
    assert.match(text, /[가-힣]/, key);
    if (key !== papers) assert.doesNotMatch(text, /[A-Za-z]+ [a-z]+ [a-z]+/, key);
  }
});

/** The language that a page is in, once it is. */
async function languageOf(page) {
  await page.waitForFunction(() => !document.getElementById("language").disabled);
  await page.waitForFunction(([en, ko]) => document.querySelector("h1").textContent === (document.documentElement.lang === "ko" ? ko : en), [TITLE.en, TITLE.ko]);
  return page.evaluate(() => document.documentElement.lang);
}

/** The page in another language: the switch changes the address of the page that is there, and then loads it anew. */
async function becomes(page, language) {
  await page.waitForFunction((expected) => document.documentElement.lang === expected, language);
  assert.equal(await languageOf(page), language);
}

const CALM = { reducedMotion: "reduce" };

test("the browser's language is the page's, and English where it is neither", async () => {
  for (const [locale, language] of [["ko-KR", "ko"], ["en-GB", "en"], ["fr-FR", "en"]]) {
    const asked = [];
    const { page, complaints, close } = await open(site.browser, site.server.url, { ...CALM, locale },
      async (context) => { context.on("request", (request) => asked.push(request.url())); });
    if (language === "ko") await page.waitForFunction(() => document.documentElement.lang === "ko");
    await page.locator("#start:enabled").waitFor();
    assert.equal(await languageOf(page), language, locale);
    assert.equal(asked.some((url) => /\/ko[^/]*$/.test(url)), language === "ko", "Korean costs an English visitor nothing");
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("the switch changes the language at the same view, for good, and an address that names one wins", async () => {
  const { page, complaints, close } = await open(site.browser, `${site.server.url}?seed=7&steps=20`, { ...CALM, locale: "en-US" });
  assert.equal(await languageOf(page), "en");
  const before = page.url();
  const button = page.locator("#language");
  assert.equal(await button.innerText(), "한국어");
  await button.click();
  await becomes(page, "ko");
  await page.locator("#start:enabled").waitFor();
  assert.equal(page.url(), before);
  assert.deepEqual([await page.locator("#seed").inputValue(), await page.locator("#steps").inputValue()], ["7", "20"]);
  assert.deepEqual([await button.innerText(), await button.getAttribute("lang")], ["English", "en"]);

  await page.goto(`${site.server.url}teach.html`);
  assert.equal(await page.locator("h1").innerText().then(async (first) => {
    await page.waitForFunction(() => document.documentElement.lang === "ko");
    return page.locator("h1").innerText();
  }), korean["teach.header.lesson-45-minutes"]);

  await page.goto(`${site.server.url}?lang=en&seed=7`);
  assert.equal(await languageOf(page), "en");
  const link = (selector) => page.locator(selector).first().getAttribute("href").then((href) => new URL(href, page.url()).searchParams.get("lang"));
  assert.deepEqual([await link("a[href*='teach.html']"), await link("a[href*='seed=7']")], ["en", "en"]);
  await button.click();
  await page.waitForURL(/lang=ko/);
  await becomes(page, "ko");
  assert.match(page.url(), /[?&]seed=7(&|$)/);
  // Whoever leaves a page leaves what it was loading.
  assert.deepEqual(complaints.filter((one) => !one.startsWith("failed: ")), []);
  await close();
});

test("where the browser keeps nothing, the switch writes the language into the address", async () => {
  const { page, close } = await open(site.browser, site.server.url, { ...CALM, locale: "ko-KR" }, (context) => context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("kept from it", "SecurityError"); } });
  }));
  await page.waitForFunction(() => document.documentElement.lang === "ko");
  await page.locator("#language:enabled").click();
  await page.waitForURL(/\?lang=en$/);
  await becomes(page, "en");
  await close();
});

test("where the Korean does not arrive, the page stays in English and runs", async () => {
  const { page, close } = await open(site.browser, site.server.url, { ...CALM, locale: "ko-KR" },
    (context) => context.route("**/ko-page.json", (route) => route.abort()));
  await page.locator("#start:enabled").waitFor();
  assert.equal(await page.locator("h1").innerText(), TITLE.en);
  await close();
});

/** Runs in the page: what does not fit where it stands. */
function cutOff() {
  const wrong = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) wrong.push(`the page is ${wide} pixels wide`);
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest("[aria-hidden='true']") === null;
  /** What scrolls sideways by design, and what only screen readers find. */
  const scrolls = (element) => element !== null && (["auto", "scroll"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
  const isClipped = (element) => element !== null && (getComputedStyle(element).clipPath !== "none" || isClipped(element.parentElement));
  for (const element of document.querySelectorAll("button, label, legend, summary, h1, h2, h3, th, td, dt, dd, figcaption, .choices span, .chips span")) {
    if (!isShown(element) || isClipped(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(element);
    const [own, text] = [element.getBoundingClientRect(), range.getBoundingClientRect()];
    if (text.width === 0) continue;
    const name = `${element.localName} “${element.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}”`;
    if (text.width > own.width + 1.5) wrong.push(`${name}: ${text.width} in ${own.width}`);
    if (element.matches("button, .choices span, .chips span") && text.height > own.height + 1.5) wrong.push(`${name}: ${text.height} high in ${own.height}`);
    if (!scrolls(element) && (own.right > innerWidth + 1 || own.left < -1)) wrong.push(`${name} leaves the screen`);
  }
  return wrong;
}

/** A page in Korean with two runs that are kept, and all that folds opened. */
async function openKorean(options = {}) {
  const opened = await open(site.browser, site.server.url, { ...CALM, locale: "ko-KR", ...options });
  const { page } = opened;
  await page.locator("#start:enabled").waitFor();
  await page.evaluate(() => { document.getElementById("settings").open = true; });
  for (const [at, steps] of ["2", "3"].entries()) {
    await page.locator("#steps").fill(steps);
    await page.locator("#start").click();
    await page.locator("#runs li").nth(at).waitFor({ timeout: 60_000 });
  }
  for (const at of [0, 1]) await page.locator("#runs input").nth(at).check();
  await page.locator("#train-summary").click();
  await page.locator("#train-open").waitFor({ timeout: 60_000 });
  await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
  return opened;
}

/** Brings each section to the screen, one after the other, until its words are there. */
async function seeAll(page) {
  for (const [section, line] of [["#noise-t", "#alpha-bar"], ["#game", "#game-guesses"], ["#picture", "#picture-line"], ["#one-step", "#one-step-text"], ["#toy", "#toy-text"],
    ["#fewer-line", "#fewer-line"], ["#fewer-measured", "#fewer-table"], ["#between", "#between-line"], ["#look-t", "#look-note"], ["#learn", "#epoch-text"], ["#starts", "#starts-numbers"]]) {
    await page.locator(section).scrollIntoViewIfNeeded();
    await page.locator(line, { hasText: /\S/ }).first().waitFor({ timeout: 60_000 });
  }
}

/** Opens each dialog from its button, and calls `look` in it. */
async function inDialogs(page, look) {
  for (const button of ["#enlarge", "#save-open", "#runs-compare", "#picture-results button"]) {
    await page.locator(button).first().click();
    await page.locator("dialog[open]").waitFor();
    await look(button);
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "hidden" });
  }
  await page.evaluate(() => { /** @type {any} */ (document.getElementById("train-replace")).showModal(); });
  await look("#train-replace");
  await page.keyboard.press("Escape");
  await page.locator("#tour-open").click();
  await page.locator("#tour").waitFor();
  await look("#tour");
  await page.locator("#tour-end").click();
}

test("there is a Korean font here, without which nothing below means anything", async () => {
  const { page, close } = await open(site.browser, `${site.server.url}teach.html`);
  const drawn = await page.evaluate(() => ["가", "힣", "\u{10FFFE}"].map((letter) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 });
    const context = canvas.getContext("2d");
    context.font = "32px sans-serif";
    context.fillText(letter, 2, 34);
    return canvas.toDataURL();
  }));
  assert.equal(new Set(drawn).size, 3, "install one, as `make hangul` does: fonts-nanum on Debian");
  await close();
});

test("nothing overflows in Korean, in any section or dialog, at any width", async () => {
  const { page, complaints, close } = await openKorean();
  await seeAll(page);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(300); // pictures are drawn anew
    assert.deepEqual(await page.evaluate(cutOff), [], `${width} x ${height}`);
    await inDialogs(page, async (name) => assert.deepEqual(await page.evaluate(cutOff), [], `${name} at ${width} x ${height}`));
  }
  await page.goto(`${site.server.url}teach.html`);
  await page.waitForFunction(() => document.documentElement.lang === "ko");
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    assert.deepEqual(await page.evaluate(cutOff), [], `the lesson at ${width} x ${height}`);
  }
  assert.deepEqual(complaints, []);
  await close();
});

for (const [colorScheme, viewport] of [["light", { width: 1440, height: 900 }], ["dark", { width: 390, height: 844 }]]) {
  test(`axe finds nothing in Korean: ${colorScheme}, ${viewport.width} wide`, async () => {
    const { page, close } = await openKorean({ colorScheme, viewport });
    await seeAll(page);
    assert.deepEqual(await violations(page), []);
    await inDialogs(page, async (name) => assert.deepEqual(await violations(page), [], name));
    await page.goto(`${site.server.url}teach.html`);
    await page.waitForFunction(() => document.documentElement.lang === "ko");
    assert.deepEqual(await violations(page), [], "the lesson");
    await close();
  });
}

for (const { name, launch } of [firefox, webkit]) {
  test(`${name} shows the page in the language that the address names`, async () => {
    const server = await serve(DIST);
    const browser = await launch({ calm: true });
    try {
      for (const language of ["ko", "en"]) {
        const page = await browser.open(`${server.url}?lang=${language}`, { width: 1440, height: 900 });
        await until(page, () => document.getElementById("start").disabled === false, [], 120_000);
        const seen = await page.evaluate(() => [document.documentElement.lang, document.querySelector("h1").textContent, document.getElementById("start").title]);
        const start = { ko: korean["generate.start@title"], en: "Makes the pictures of the seed and the settings as they are now." };
        assert.deepEqual(seen, [language, TITLE[language], start[language]]);
        assert.deepEqual(page.complaints, []);
        await page.close();
      }
    } finally {
      await browser.close();
      server.close();
    }
  });
}
