// The addresses of the sections below the first one: what makes their view is in the address, and comes back with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openCalm, text, useSite, waitForText } from "./browser.mjs";

const site = useSite();

const query = (page) => page.evaluate(() => location.search);
const becomes = (page, search) => page.waitForFunction((wanted) => location.search === wanted, search, { timeout: 10_000 });
const levels = (page, selector) => page.locator(selector).first().evaluate((canvas) => canvas.toDataURL());
const put = (page, id, value) => page.locator(id).evaluate((input, wanted) => {
  input.value = wanted;
  for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
}, value);
const press = (page, box, value) => page.locator(`${box} input[value="${value}"]`).check({ force: true });
const wrong = (page, section) => page.locator(`${section} > .address-wrong`);

/** The sections: how each is changed, what its address is then, when it is there, and what is to be seen again. */
const SECTIONS = {
  noise: {
    change: async (page) => {
      await put(page, "#noise-t", "121");
      await press(page, "#noise-classes", "33");
    },
    address: "?noise-t=120&noise-picture=34",
    there: (page) => waitForText(page, "#t", /^120$/),
    seen: ["#noised", "#noise-classes label:nth-of-type(2) canvas"],
    says: { "#noise-name": /^Bag, picture 2$/ },
    nonsense: "?noise-t=200&noise-picture=0",
    told: /^The address has noise-t=200, which is not used: noise-t is none, or a whole number from 0 to 199\. The address has noise-picture=0,/,
  },
  picture: {
    change: async (page) => {
      await page.locator("#picture-tests button").nth(5).click();
      await put(page, "#picture-t", "60");
      await put(page, "#picture-seed", "8");
      await press(page, "#picture-class", "5");
      await put(page, "#picture-guidance", "2.5");
      await press(page, "#picture-steps", "5");
    },
    address: "?picture-test=21&picture-t=60&picture-seed=8&picture-class=Sandal&picture-guidance=2.5&picture-steps=5",
    there: (page) => waitForText(page, "#picture-line", "10 pictures from t = 60 in 5 steps", 60_000),
    seen: ["#picture-gets", "#picture-noised", "#picture-results button:nth-child(3) canvas"],
    says: { "#picture-t-text": /^60$/, "#picture-guidance-text": /^2\.5$/ },
    nonsense: "?picture-steps=7&picture-seed=-1&picture-class=Hat",
    told: /picture-seed is a whole number from 0 .*picture-class is one of any, each, T-shirt.*picture-steps is one of 5, 10, 20, 50\./,
  },
  "one-step": {
    change: async (page) => {
      await press(page, "#one-step-class", "8");
      await page.locator("#one-step-sampler").selectOption("ddim");
      await press(page, "#one-step-eta", "0.5");
      await press(page, "#one-step-steps", "10");
      await put(page, "#one-step-seed", "9");
      await waitForText(page, "#one-step-line", "in 10 steps, computed in", 60_000);
      await put(page, "#one-step-position", "4");
    },
    address: "?one-step-class=Bag&one-step-sampler=ddim&one-step-eta=0.5&one-step-steps=10&one-step-seed=9&one-step-at=4",
    there: (page) => waitForText(page, "#one-step-text", /^step 4 of 10/, 60_000),
    seen: ["#one-step-x_t", "#one-step-next"],
    says: { "#one-step-words": /η above 0/ },
    left: "?one-step-steps=10",
    nonsense: "?one-step-steps=10&one-step-at=11&one-step-sampler=magic",
    told: /one-step-sampler is one of ddpm, .*one-step-at=11, which is not used: one-step-at is a whole number from 1 to 10\./,
  },
  toy: {
    change: async (page) => {
      await page.locator("#toy-set input").nth(1).check({ force: true });
      await press(page, "#toy-eta", "1");
      await press(page, "#toy-steps", "20");
      await waitForText(page, "#toy-line", "in 20 steps");
      await put(page, "#toy-position", "5");
      await page.locator("#toy-arrows").uncheck();
    },
    address: "?toy-set=ring&toy-eta=1&toy-steps=20&toy-at=5&toy-arrows=no",
    there: (page) => waitForText(page, "#toy-text", /^step 5 of 20/),
    seen: ["#toy-canvas"],
    says: { "#toy-path": /Paths wander/ },
    nonsense: "?toy-set=cube&toy-paths=perhaps&toy-seed=x",
    told: /toy-set is one of moons, .*toy-seed is a whole number.*toy-paths is one of yes, no\./,
  },
  fewer: {
    change: async (page) => {
      await press(page, "#fewer-class", "7");
      await put(page, "#fewer-eta", "0.5");
      await press(page, "#fewer-spacing", "halfway");
      await put(page, "#fewer-seed", "5");
    },
    address: "?fewer-class=Sneaker&fewer-spacing=halfway&fewer-eta=0.5&fewer-seed=5",
    there: async (page) => {
      await waitForText(page, "#fewer-line", "the time of its run", 60_000);
      await waitForText(page, "#fewer-caption", "DDIM, η = 0.5, timesteps halfway");
    },
    seen: ["#fewer-columns figure:nth-child(1) canvas", "#fewer-few-columns figure:nth-child(1) canvas"],
    says: { "#fewer-eta-text": /^0\.5$/ },
    nonsense: "?fewer-eta=2&fewer-spacing=odd",
    told: /fewer-spacing is one of even, halfway\. .*fewer-eta is a number from 0 to 1\./,
  },
  between: {
    change: async (page) => {
      await put(page, "#between-from", "3");
      await put(page, "#between-share", "250");
      await press(page, "#between-steps", "2");
      await press(page, "#between-class", "1");
    },
    address: "?between-from=3&between-at=0.25&between-class=Trouser&between-steps=2",
    there: (page) => waitForText(page, "#between-line", "16 pictures in 2 steps"),
    seen: ["#between-pictures"],
    says: { "#between-text": /^25 %$/ },
    nonsense: "?between-at=2&between-steps=3",
    told: /between-at is a number from 0 to 1\. .*between-steps is one of 1, 2, 4\./,
  },
  learn: {
    change: async (page) => {
      await press(page, "#epoch-model", "tutorial");
      await put(page, "#epoch", "2");
    },
    address: "?learn-model=tutorial&learn-epoch=5",
    there: (page) => waitForText(page, "#epoch-text", /^5 epochs, loss/),
    seen: ["#epoch-pictures"],
    says: { "#epoch-words": /Its loss counts/ },
    nonsense: "?learn-epoch=3",
    told: /learn-epoch is one of 0, 1, 2, 5, 10, 54\./,
  },
  look: {
    change: (page) => put(page, "#look-t", "60"),
    address: "?look-t=60",
    there: (page) => waitForText(page, "#look-text", /^60$/),
    seen: ["#look-trained", "#look-untrained"],
    says: { "#look-text": /^60$/ },
    nonsense: "?look-t=201",
    told: /look-t is a whole number from 0 to 200\./,
  },
};
/** When a section has been brought to the screen, what shows that it can be changed. */
const READY = {
  noise: ["#alpha-bar", /\d/], picture: ["#picture-line", /10 pictures/], "one-step": ["#one-step-line", /computed in/],
  toy: ["#toy-line", /computed in/], fewer: ["#fewer-line", /the time of its run/], between: ["#between-line", /16 pictures/],
  learn: ["#epoch-text", /^Untrained$/], look: ["#look-note", /\d/],
};

/** Once nothing in a section is computed any more: a line may be of the view before. @param {import("playwright-core").Page} page @param {string} id */
const settled = (page, id) => page.waitForFunction((section) => document.querySelector(`#${section} [aria-busy="true"]`) === null, id);

/** What canvases show, once it changes no more. @param {import("playwright-core").Page} page @param {string[]} canvases */
async function still(page, canvases) {
  const now = () => Promise.all(canvases.map((canvas) => levels(page, canvas)));
  for (let [before, after] = [[], await now()]; ; [before, after] = [after, await now()]) {
    if (after.every((one, at) => one === before[at])) return after;
    await page.waitForTimeout(500);
  }
}

/** A page that is left while it downloads ends that. */
const own = (complaint) => !complaint.startsWith("failed: ") || !complaint.endsWith("/few-steps.safetensors");

for (const [id, { change, address, there, seen, says, nonsense, left = "", told }] of Object.entries(SECTIONS)) {
  test(`${id}: the address follows the view and shows it again, and what it says wrongly is told in the section`, async () => {
    const { page, complaints, close } = await openCalm(site, { query: `${nonsense}#${id}` });
    await waitForText(page, `#${id} > .address-wrong`, told, 60_000);
    await waitForText(page, ...READY[id], 60_000);
    assert.ok(await page.locator("#error").isHidden());
    assert.ok(await wrong(page, `#${id}`).isVisible(), "it stands until the view is another");
    await becomes(page, left); // what is as at first is left out
    await change(page);
    await there(page);
    await settled(page, id);
    await becomes(page, address);
    assert.ok(await wrong(page, `#${id}`).isHidden());
    const before = await still(page, seen);
    await page.goto(`${site.server.url}${address}&seed=4#${id}`);
    await waitForText(page, "#status", "Ready", 60_000);
    await there(page);
    await settled(page, id);
    for (const [line, words] of Object.entries(says)) assert.match((await text(page, line)).trim(), words);
    assert.deepEqual(await still(page, seen), before, "the same pictures");
    assert.equal(await wrong(page, `#${id}`).count(), 0);
    assert.equal(await page.locator("#seed").inputValue(), "4", "the first section's part is its own");
    assert.equal(await query(page), `${address}&seed=4`);
    assert.deepEqual(complaints.filter(own), []);
    await close();
  });
}

test("a riddle that was guessed at, and the next one, can be sent to others, who guess for themselves", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?noise-t=40#game" });
  await page.locator("#game-guesses button:enabled").first().waitFor();
  assert.equal(await query(page), "?noise-t=40");
  await page.locator("#game-guesses button").first().click();
  await page.locator("#game-next:enabled").click();
  await page.waitForFunction(() => /^\?noise-t=40&noise-game=\d+\.\d+$/.test(location.search));
  const [riddle, address] = [await still(page, ["#game-picture"]), await query(page)];
  await page.reload();
  await page.locator("#game-guesses button:enabled").first().waitFor();
  assert.deepEqual(await still(page, ["#game-picture"]), riddle);
  assert.equal(await query(page), address);
  assert.equal((await text(page, "#game-answer")).trim(), "");
  assert.deepEqual(complaints, []);
  await close();
});

test("a picture that was drawn or marked is not in the address, and that is said", async () => {
  const { page, complaints, close } = await openCalm(site, { query: "?picture-t=120#picture" });
  await waitForText(page, "#picture-line", "from t = 120", 60_000);
  assert.ok(await page.locator("#picture-unheld").isHidden());
  await page.locator("#picture-clear").click();
  await page.locator("#picture-unheld").waitFor();
  await page.locator("#picture-tests button").first().click();
  await page.locator("#picture-unheld").waitFor({ state: "hidden" });
  await press(page, "#picture-layer", "mask");
  await page.locator("#picture-half").click();
  await page.locator("#picture-unheld").waitFor();
  assert.equal(await page.locator("#picture-t").inputValue(), "199", "what is filled in comes from pure noise");
  await becomes(page, "?picture-test=1&picture-t=120&picture-layer=mask");
  assert.deepEqual(complaints, []);
  await close();
});

test("what lies below the first screen is named above it, and a click leads there", async () => {
  const { page, complaints, close } = await openCalm(site, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const links = await page.locator(".contents a").all();
  for (const link of links) {
    const id = (await link.getAttribute("href")).slice(1);
    assert.equal(await text(page, `#${id} h2 >> nth=0`), await link.innerText(), "it is called as its heading is");
  }
  await links[1].tap();
  await page.waitForFunction(() => {
    const { top } = document.getElementById("picture-title").getBoundingClientRect();
    return location.hash === "#picture" && top > -1 && top < innerHeight / 2;
  });
  await waitForText(page, "#picture-line", "10 pictures", 60_000);
  assert.deepEqual(complaints, []);
  await close();
});
