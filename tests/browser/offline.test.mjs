// After one visit the page works without a network, and builds of it are never mixed.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generate, launch, openCalm, seeNoise, text, waitForText } from "./browser.mjs";
import { DIST } from "./paths.mjs";
import { serve } from "./server.mjs";

const site = {};
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  cpSync(DIST, folder, { recursive: true });
  site.browser = await launch();
  site.server = await serve(folder, "/some/where/");
});
after(async () => {
  await site.browser?.close();
  site.server?.close();
  rmSync(folder, { recursive: true });
});

const openKept = () => openCalm(site, { kept: true });

/** Waits until the page's files are kept. */
const kept = (page) => page.evaluate(async () => {
  await navigator.serviceWorker.ready;
});

/** The server has another build from now on, in which this file ends otherwise. */
function build(file, more) {
  appendFileSync(join(folder, file), more);
  const hash = createHash("sha256").update(readFileSync(join(folder, file))).digest("hex");
  const list = join(folder, "offline-files.js");
  const line = new RegExp(`"${file}": "[0-9a-f]{64}"`);
  const before = readFileSync(list, "utf8");
  assert.match(before, line);
  writeFileSync(list, before.replace(line, `"${file}": "${hash}"`));
}

test("a page that was open once makes pictures without a network", async () => {
  const { page, complaints, close } = await openKept();
  await kept(page);
  await page.context().setOffline(true);
  await page.reload();
  await waitForText(page, "#status", "Ready", 60_000);
  await generate(page, { seed: 3, steps: 2, count: 1 });
  await seeNoise(page);
  assert.deepEqual(complaints, []);
  await close();
});

test("another build is told, waits until it is wanted, and replaces the page as a whole", async () => {
  const { page, complaints, close } = await openKept();
  await kept(page);
  await page.reload();
  await waitForText(page, "#status", "Ready", 60_000);
  assert.equal(await page.locator("#update").isVisible(), false);
  build("www/favicon.svg", "<!-- later -->");
  build("www/still.css", "/* later */");
  const still = () => page.evaluate(async () => (await fetch("www/still.css")).text());
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await page.locator("#update").waitFor({ timeout: 30_000 });
  assert.equal(await text(page, "#update"), "A new version of this page is there. Load it");
  assert.doesNotMatch(await still(), /later/, "the page that is open keeps its build");
  await Promise.all([page.waitForEvent("load"), page.locator("#update-now").click()]);
  await waitForText(page, "#status", "Ready", 60_000);
  assert.match(await still(), /later/);
  assert.equal(await page.evaluate(async () => (await caches.keys()).length), 1, "the files of the build before are gone");
  assert.deepEqual(complaints, []);
  await close();
});

test("a file of another build never reaches the page", async () => {
  const { page, close } = await openKept();
  await kept(page);
  await page.reload();
  await waitForText(page, "#status", "Ready", 60_000);
  const fetched = (path) => page.evaluate((path) => fetch(path).then(({ status }) => status, () => "failed"), path);
  assert.equal(await fetched("assets/training/metrics.jsonl"), 200, "kept once it is asked for");
  appendFileSync(join(folder, "assets/epochs/tutorial/001.safetensors"), "more");
  assert.equal(await fetched("assets/epochs/tutorial/001.safetensors"), "failed");
  await close();
});
