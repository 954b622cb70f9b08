// The visitor's own weights: picked, dropped, described, refused.

import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, atStep, generate, greys, launch, open, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { DIST, UNET_RANDOM } from "./paths.mjs";
import { writeTensors } from "./safetensors.mjs";

const site = useSite();
const SHIPPED = join(DIST, "assets/fashion-mnist.safetensors");

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), "ddpm-web-")); });
after(() => rmSync(folder, { recursive: true }));

function file(name, bytes) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function oneStep(page) {
  await generate(page, { count: 1, steps: 1, seed: 1 });
  await atStep(page, "1");
  return (await greys(page, "#live")).levels.join();
}

test("a PyTorch user's file runs, is described, and the way back is a button", async () => {
  const { page, complaints, close } = await openCalm(site);
  const shipped = await oneStep(page);
  assert.match(await text(page, "#card"), /File\s+this page's own model[^]*Schedule\s+[a-z]+, \d+ steps[^]*Trained for\s+\d+ epochs?[^]*Loss\s+0\.\d+/);
  assert.ok(await page.locator("#shipped").isHidden());
  assert.ok(await page.locator("#model option[value='own']").evaluate((option) => option.disabled), "no file yet");

  await page.setInputFiles("#file", UNET_RANDOM);
  await waitForText(page, "#card", "unet_random.safetensors");
  assert.match(await text(page, "#card"), /the tutorial's schedule is assumed/);
  assert.match(await text(page, "#card"), /Schedule\s+linear, 200 steps/);
  assert.equal(await text(page, "#weights-line"), "unet_random.safetensors");
  assert.equal(await page.locator("#model").inputValue(), "own");
  assert.equal(await page.locator("#from").inputValue(), "pure");
  const own = await oneStep(page);
  assert.ok(own !== shipped, "another network");

  await page.locator("#shipped").click();
  await waitForText(page, "#card", "this page's own model");
  assert.equal(await page.locator("#model").inputValue(), "page");
  assert.equal(await page.locator("#from").inputValue(), "matched");
  assert.ok((await oneStep(page)) === shipped, "the shipped network again");
  assert.ok(await page.locator("#shipped").isHidden());

  await page.locator("#model").selectOption("own");
  await waitForText(page, "#card", "unet_random.safetensors");
  assert.ok((await oneStep(page)) === own, "the menu comes back to the file");
  assert.deepEqual(complaints, []);
  await close();
});

test("a file dropped in mid-run takes the model's place and the run begins anew", async () => {
  const { page, complaints, close } = await open(site.browser, site.server.url);
  await atStep(page, "[1-9]\\d*");
  const bytes = readFileSync(UNET_RANDOM).toString("base64");
  await page.evaluate((base64) => {
    const array = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([array], "mine.safetensors"));
    for (const type of ["dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, bytes);
  await waitForText(page, "#card", "mine.safetensors");
  await waitForText(page, "#status", "Generating");
  await atStep(page, "[1-9]\\d*");
  assert.deepEqual(complaints, []);
  await close();
});

test("every misfit is refused with what to do, and the model stays", async () => {
  const { page, complaints, close } = await openCalm(site);
  const shipped = await oneStep(page);
  const whole = readFileSync(SHIPPED);
  const huge = join(folder, "huge.safetensors");
  const descriptor = openSync(huge, "w");
  ftruncateSync(descriptor, 2 ** 31);
  closeSync(descriptor);
  const misfits = [
    [file("truncated.safetensors", whole.subarray(0, 500_000)), /not a whole safetensors file.*download or export it again/],
    [file("empty.safetensors", ""), /not a whole safetensors file/],
    [file("unet.pt", "PK\x03\x04 not a safetensors file at all"), /a \.pt file is converted by `ddpm import`/],
    [file("other.safetensors", writeTensors({ "conv_out.weight": [1, 10, 3, 3] })), /tensors of the UNet are missing/],
    [file("shape.safetensors", changedShape(whole)), /has shape .*: this file is of another network/],
    [file("damaged.safetensors", damaged(whole)), /SHA-256 differs/],
    [huge, /a file of 2147\.5 MB is too large .* choose the \.safetensors file/],
  ];
  for (const [path, sentence] of misfits) {
    await page.setInputFiles("#file", path);
    const name = path.split("/").at(-1);
    const refusal = await waitForText(page, "#weights-error", `${name} was not loaded`);
    assert.match(refusal, sentence);
    assert.match(refusal, /The previous model is still loaded\.$/);
  }
  assert.match(await text(page, "#card"), /this page's own model/);
  assert.ok((await oneStep(page)) === shipped, "the model stays");
  assert.deepEqual(complaints, []);
  await close();
});

/** The same numbers under another shape, without the description, whose hash would speak first. */
function changedShape(whole) {
  const size = Number(whole.readBigUInt64LE(0));
  const { __metadata__: _, ...header } = JSON.parse(whole.toString("utf8", 8, 8 + size));
  header["conv_out.weight"].shape = [10, 1, 3, 3];
  const json = Buffer.from(JSON.stringify(header).padEnd(size, " "));
  return Buffer.concat([whole.subarray(0, 8), json, whole.subarray(8 + size)]);
}

function damaged(whole) {
  const copy = Buffer.from(whole);
  copy[copy.length - 1000] ^= 1;
  return copy;
}

for (const engine of ["webgpu", "burn-webgpu"]) test(`on ${engine} too: a misfit is refused, another file runs`, async () => {
  const browser = await launch(SOFTWARE_WEBGPU);
  try {
    const { page, complaints, close } = await openCalm({ ...site, browser }, { query: `?engine=${engine}` });
    await page.setInputFiles("#file", file("none.safetensors", "none"));
    await waitForText(page, "#weights-error", "The previous model is still loaded.");
    await page.setInputFiles("#file", UNET_RANDOM);
    await waitForText(page, "#card", "unet_random.safetensors", 60_000);
    await oneStep(page);
    assert.match(await text(page, "#badge"), /WebGPU/);
    assert.deepEqual(complaints, []);
    await close();
  } finally {
    await browser.close();
  }
});
