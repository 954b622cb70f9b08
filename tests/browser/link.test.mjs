// The view as a link: the address follows what is seen, and a page that is opened with it shows the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atStep, choose, enlarge, generate, greys, open, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { UNET_RANDOM } from "./paths.mjs";

const site = useSite("/some/where/");

const query = (page) => page.evaluate(() => location.search);
const becomes = (page, search) => page.waitForFunction((wanted) => location.search === wanted, search, { timeout: 10_000 });
const levels = (page, selector = "#live") => greys(page, selector).then((canvas) => canvas.levels);
const openAt = (search, options) => open(site.browser, site.server.url + search, options);

test("a link shows the same pictures at the same step, view and image, and the address stays as it is", async () => {
  const { page, complaints, close } = await openCalm(site);
  assert.equal(await query(page), "");
  await generate(page, { count: 16, seed: 7, class: "Bag", guidance: 2, sampler: "ddim", steps: 6, eta: 0.5, from: "pure", spacing: "halfway" });
  const whole = "?seed=7&class=Bag&guidance=2&guidance_from=140&sampler=ddim&steps=6&spacing=halfway&eta=0.5&start=pure";
  await becomes(page, whole);
  await page.locator("#first").click();
  await page.locator("#forth").click();
  await page.locator('#view input[value="x_0"]').check({ force: true });
  await enlarge(page, 3);
  const link = `${whole}&view=x_0&step=1&image=3`;
  await becomes(page, link);
  const [batch, large] = [await levels(page), await levels(page, "#zoom-image")];

  const other = await openAt(link);
  await waitForText(other.page, "#zoom-title", "Image 3 of 16: Bag");
  assert.equal(await atStep(other.page, "1"), await page.locator("#place").textContent());
  assert.deepEqual([await levels(other.page), await levels(other.page, "#zoom-image")], [batch, large]);
  await other.page.waitForTimeout(1000);
  assert.equal(await query(other.page), link);
  await other.page.keyboard.press("Escape");
  await other.page.locator("#last").click();
  await becomes(other.page, `${whole}&view=x_0`);
  await other.page.reload(); // what was typed and never run is forgotten with it
  await waitForText(other.page, "#status", "Done");
  assert.equal(await other.page.locator("#seed").inputValue(), "7");
  assert.deepEqual([complaints, other.complaints], [[], []]);
  await other.close();
  await close();
});

test("a link to one of the page's models opens it, with the steps that it takes", async () => {
  const { page, complaints, close } = await openAt("?model=few-steps&seed=3&steps=2&step=1");
  await waitForText(page, "#status", "Done");
  assert.equal(await page.locator("#few :checked").inputValue(), "2");
  assert.match(await atStep(page, "1"), /of 2, t = /);
  await becomes(page, "?model=few-steps&seed=3&steps=2&step=1");
  assert.deepEqual(complaints, []);
  await close();
});

test("Copy link copies the address of what is seen, and says what; without a clipboard it selects it", async () => {
  const { page, complaints, close } = await openCalm(site, { permissions: ["clipboard-read", "clipboard-write"] });
  assert.ok(await page.locator("#link").isDisabled());
  await generate(page, { count: 1, seed: 9, sampler: "ddim", steps: 3 });
  await page.locator("#back").click();
  await atStep(page, "2");
  await page.locator("#link").click();
  await waitForText(page, "#said", "Copied: a link to 1 picture of seed 9 at step 2.");
  const link = `${site.server.url}?seed=9&count=1&sampler=ddim&steps=3&step=2`;
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);

  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("denied")); });
  await page.locator("#link").click();
  await waitForText(page, "#said", "the link is selected");
  assert.equal(await page.evaluate(() => document.getSelection().toString() || document.activeElement.value), link);
  assert.deepEqual(complaints, []);
  await close();
});

test("nonsense in an address is told, each in a sentence, and the rest is used", async () => {
  const { page, complaints, close } = await openAt("?seed=-3&class=Hat&sampler=magic&steps=5000&eta=x&step=7&image=2&count=1&model=few&engine=quantum");
  const error = await waitForText(page, "#error", "engine");
  for (const sentence of [
    'There is no engine "quantum"', 'There is no model "few"', "seed=-3, which is not used: seed is a whole number", "class=Hat, which is not used: class is one of any, each, T-shirt/top",
    "sampler=magic, which is not used: sampler is one of ddpm", "steps=5000, which is not used: steps is a whole number from 1 to 200", "eta=x,", "image=2, which is not used: image is a whole number from 1 to 1.",
  ]) assert.ok(error.includes(sentence), `${sentence}\n${error}`);
  await waitForText(page, "#status", "Done: 1 picture");
  await atStep(page, "7");
  await becomes(page, "?engine=quantum&count=1&step=7");
  assert.deepEqual(complaints, []);
  await close();
});

test("a link to a file asks for it, keeps its settings until it is there, and tells another file from it", async () => {
  const { page, complaints, close } = await openCalm(site);
  await page.setInputFiles("#file", UNET_RANDOM);
  await waitForText(page, "#card", "unet_random.safetensors");
  await waitForText(page, "#status", "Ready");
  await generate(page, { count: 1, seed: 11, sampler: "ddim", steps: 4 });
  await page.waitForFunction(() => /model=sha256-[0-9a-f]{16}&file=unet_random.safetensors&seed=11/.test(location.search));
  const [link, picture] = [await query(page), await levels(page)];
  await close();

  const other = await openAt(link);
  const error = await waitForText(other.page, "#error", "needs a model");
  assert.match(error, /the weights file unet_random\.safetensors, whose SHA-256 begins with [0-9a-f]{16}\. Choose the file, and its pictures are made\. Choose the file$/);
  assert.equal(await text(other.page, "#status"), "Ready.");
  await other.page.setInputFiles("#file", `${UNET_RANDOM.replace(/tests\/.*/, "")}assets/tutorial.safetensors`);
  await waitForText(other.page, "#error", "This is not the file that the link asks for");
  assert.equal(await query(other.page), link);
  await other.page.setInputFiles("#file", UNET_RANDOM);
  await atStep(other.page, "4");
  await waitForText(other.page, "#status", "Done");
  assert.deepEqual(await levels(other.page), picture);
  assert.equal(await query(other.page), link);

  // Whoever goes on without the file has an address that follows again.
  await other.page.goto(site.server.url + link);
  await waitForText(other.page, "#error", "needs a model");
  await generate(other.page, { count: 1, seed: 12, sampler: "ddim", steps: 3 });
  await becomes(other.page, "?seed=12&count=1&sampler=ddim&steps=3");
  assert.deepEqual([complaints, other.complaints], [[], []]);
  await other.close();
});

test("the section on the screen is in the address, and a link leads to it", async () => {
  const { page, complaints, close } = await openCalm(site);
  const hash = (wanted) => page.waitForFunction((name) => location.hash === name, wanted, { timeout: 10_000 });
  await page.locator("#look").evaluate((section) => section.scrollIntoView());
  await hash("#look");
  await page.evaluate(() => scrollTo(0, 0));
  await hash("");
  await choose(page, { seed: 5 });
  await page.goto(`${site.server.url}?seed=4#between`);
  await waitForText(page, "#status", "Ready");
  await hash("#between");
  assert.equal(await page.locator("#seed").inputValue(), "4");
  assert.ok(await page.locator("#between-title").evaluate((title) => title.getBoundingClientRect().top < innerHeight / 2));
  assert.deepEqual(complaints, []);
  await close();
});
