// The system's Chromium, and pages in it that remember everything a test should fail on.

import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { onPath } from "./drivers/driver.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Without these, Chromium calls home; the tests are to see the page's own requests alone. */
const QUIET = [
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-quic", "--no-first-run",
];
/** WebGPU on the CPU: slow, and the same everywhere. Without them there is no WebGPU at all. */
export const SOFTWARE_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Where Chromium is: $CHROMIUM, else the first of the usual names on PATH. */
function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = onPath(NAMES);
  if (found === undefined) throw new Error("no Chromium: apt install chromium, or set $CHROMIUM");
  return found;
}

/**
 * What Chromium says of itself: advice to whoever reads a canvas often, as these tests do and the
 * page does not, and that there is no WebGPU, which the page says too.
 */
const CHROMIUMS_OWN = ["Canvas2D: Multiple readback operations", "No available adapters."];

/** @param {string[]} [flags] @param {import("playwright-core").LaunchOptions} [options] */
export function launch(flags = [], options = {}) {
  return chromium.launch({ executablePath: findChromium(), args: ["--no-sandbox", ...QUIET, ...flags], ...options });
}

/** A test file's browser and server of dist/, below the path `under`: there while its tests run. */
export function useSite(under = "/", flags = []) {
  const site = {};
  before(async () => {
    site.browser = await launch(flags);
    site.server = await serve(DIST, under);
  });
  after(async () => {
    await site.browser?.close();
    site.server?.close();
  });
  return site;
}

/**
 * A new page at `url`. `complaints` collects console errors and warnings, uncaught errors, failed
 * requests and requests to another origin: a good page leaves it empty. `prepare` gets the context
 * before the page exists, to put something in the page's way; with the option `kept` the page is kept for times without a
 * network.
 */
export async function open(browser, url, options = {}, prepare = async () => {}) {
  const { kept = false, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...rest });
  // A service worker would fetch the page's files a second time, past what a test puts in their way.
  if (!kept) await context.addInitScript(() => { delete Navigator.prototype.serviceWorker; });
  const complaints = [];
  const { origin } = new URL(url);
  context.on("request", (request) => {
    const foreign = new URL(request.url()).origin !== origin;
    if (foreign && !request.url().startsWith("data:")) complaints.push(`request to ${request.url()}`);
  });
  context.on("requestfailed", (request) => {
    // A page that is left takes back what it was still fetching.
    if (request.failure()?.errorText !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  context.on("console", (message) => {
    const bad = ["error", "warning"].includes(message.type());
    const own = CHROMIUMS_OWN.some((words) => message.text().includes(words));
    if (bad && !own) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (web) => complaints.push(`uncaught: ${web.error()}`));
  await prepare(context);
  const page = await context.newPage();
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Once the sections below have their style: by links that begin.js made the browser's own, or adopted from what later.js fetched, while
 * its links are "coming". @param {import("playwright-core").Page} page */
export async function styled(page) {
  await page.waitForFunction(() => {
    const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll("link[rel='later'], link[rel='stylesheet']")]);
    const coming = document.querySelectorAll("link[rel='coming']").length;
    return links.every((link) => link.sheet !== null) && document.adoptedStyleSheets.length >= coming;
  });
}

/** A page whose engine is there and where no run starts by itself. */
export async function openCalm({ browser, server }, { query = "", prepare, ...options } = {}) {
  const opened = await open(browser, server.url + query, { reducedMotion: "reduce", ...options }, prepare);
  await waitForText(opened.page, "#status", "Ready", 120_000);
  await styled(opened.page);
  return opened;
}

/** Brings the noise section to the screen, and waits for its pictures: what is not seen computes nothing. */
export async function seeNoise(page) {
  await page.locator("#noise-t").scrollIntoViewIfNeeded();
  await waitForText(page, "#alpha-bar", /\d/);
}

/** The sections whose scripts come when one goes there, in the order of the page, and what is there then. */
export const SECTIONS = Object.freeze({
  noise: "#noise-t:enabled", picture: "#picture-t:enabled", "one-step": "#one-step-sampler:enabled", toy: "#toy-position:enabled", fewer: "#fewer-seed:enabled",
  between: "#between-share:enabled", look: "#look-t:enabled", learn: "#epoch:enabled", train: "#train-panel", starts: "#starts", exercises: "#exercise-1 button:enabled",
});

/** Goes to all sections, and waits for their controls. */
export async function seeSections(page) {
  for (const [id, control] of Object.entries(SECTIONS)) {
    await page.locator(`#${id}`).evaluate((section) => section.scrollIntoView());
    await page.locator(control).first().waitFor({ state: "attached" });
  }
}

/** The settings that are menus, by their ids. */
const MENUS = ["sampler", "from", "spacing"];

/** The key of a class, or `any` or `one of each`. */
export const classKey = (page, name) => page.locator("#class label", { has: page.getByText(name, { exact: true }) });

/** Chooses settings, by the ids of their inputs; `count` is a radio button's value, `class` a key's text, a menu's is a value or a text. */
export async function choose(page, { count, class: kind, ...others }) {
  if (!(await page.locator("#settings").getAttribute("open").then((open) => open !== null))) {
    await page.locator("#settings summary").click();
  }
  if (count !== undefined) await page.locator(`#count input[value="${count}"]`).check({ force: true });
  if (kind !== undefined) await classKey(page, kind).click();
  const isMenu = ([id]) => MENUS.includes(id);
  const all = Object.entries(others);
  for (const [id, value] of all.filter(isMenu)) await page.locator(`#${id}`).selectOption(value);
  for (const [id, value] of all.filter((one) => !isMenu(one))) await page.locator(`#${id}`).fill(String(value));
}

/** Starts a run with these settings, also where one of the same settings is shown, and waits for its end. */
export async function generate(page, settings) {
  await choose(page, settings);
  // A short run is over before anyone could look twice: what it says at its end is told from the
  // last one's by an empty line.
  await page.locator("#status").evaluate((line) => { line.textContent = ""; });
  await page.locator("#fresh:enabled").waitFor(); // the engine is there
  await page.locator("#seed").press("Enter");
  await waitForText(page, "#status", "Done", 180_000);
}

/** The step that is shown, when it satisfies `pattern`. */
export function atStep(page, pattern, timeout) {
  return waitForText(page, "#place", new RegExp(`^step\\s+(${pattern}) of`), timeout);
}

/** The text of one element. */
export function text(page, selector) {
  return page.locator(selector).innerText();
}

/** Waits until the text of an element satisfies `pattern`, and returns it. */
export async function waitForText(page, selector, pattern, timeout = 30_000) {
  const matching = page.locator(selector).filter({ hasText: pattern });
  await matching.waitFor({ state: "attached", timeout }).catch(async (error) => {
    const all = await page.locator("main").innerText();
    const found = await page.locator(selector).allInnerTexts();
    // What matters most comes last: of a long log the end is read.
    throw new Error(`The page says:\n${all}\nwaiting for ${selector} ~ ${pattern}: ${error.message}\nIt says: ${found.join(" / ")}`);
  });
  return matching.innerText();
}

/** How many workers a page has left: the browser takes a moment to end them. */
export async function workersLeft(page) {
  for (let tries = 0; page.workers().length > 0 && tries < 50; tries += 1) await page.waitForTimeout(100);
  return page.workers().length;
}

/** Pictures are drawn with a frame of the screen, a run's thirty times a second: what was said of a picture is in it then. */
async function drawn(page) {
  await page.waitForTimeout(40);
  await page.evaluate(() => new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve));
  }));
}

/** A canvas' size and its pixels: red, green and blue of each. */
export async function colours(page, selector, index = 0) {
  await drawn(page);
  return page.locator(selector).nth(index).evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return { width, height, levels: [...data].filter((_, at) => at % 4 !== 3) };
  });
}

/** A grey canvas' width and its grey levels, one number a pixel. */
export async function greys(page, selector, index = 0) {
  await drawn(page);
  return page.locator(selector).nth(index).evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const [red, green, blue] = [0, 1, 2].map((channel) => [...data].filter((_, at) => at % 4 === channel));
    if (red.some((level, at) => level !== green[at] || level !== blue[at])) throw new Error("this canvas is coloured");
    return { width: canvas.width, levels: red };
  });
}

/** Opens an image of the batch large, as whoever has no mouse does. @param {import("playwright-core").Page} page @param {number} wanted its number */
export async function enlarge(page, wanted) {
  const number = async () => Number(/\d+/.exec(await page.locator("#zoom-title").textContent())[0]);
  await page.locator("#enlarge").click();
  for (let at = await number(); at !== wanted; at = await number()) await page.locator(at < wanted ? "#zoom-after" : "#zoom-before").click();
}
