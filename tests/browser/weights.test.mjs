// The visitor's own weights: picked, dropped, described, refused.

import assert from "node:assert/strict";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SOFTWARE_WEBGPU, atStep, generate, greys, launch, open, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { DIST, UNET_RANDOM } from "./paths.mjs";
import { withHeader, writeTensors } from "./safetensors.mjs";

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
    [file("zipped.zip", `PK\x03\x04${"\0".repeat(26)}unet/data.pkl`), /PyTorch file.*`ddpm import FILE --out weights.safetensors`/],
    [file("checkpoint.safetensors", checkpoint()), /checkpoint of a training run: `ddpm export RUN`/],
    [file("pointer.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1"), /`git lfs pull`/],
    [file("page.safetensors", "<!doctype html><title>Sign in</title>"), /a web page \(HTML\)/],
    [file("two.safetensors", twoSets()), /2 sets of weights that differ, under "ema\." and "model\.".*`ddpm import FILE --prefix ema\.`/],
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

/** The network's tensors under other names, without the description. @param {(name: string) => string} rename */
const renamed = (header, rename) => Object.fromEntries(Object.entries(header)
  .filter(([name]) => name !== "__metadata__").map(([name, entry]) => [rename(name), entry]));

const checkpoint = () => withHeader(writeTensors({ weights: [3], ema: [3] }), (header) => (
  { __metadata__: { ddpm_web_checkpoint: "{}" }, ...header }));

/** One set of weights twice, but for one number. */
function twoSets() {
  const whole = readFileSync(UNET_RANDOM);
  const numbers = whole.subarray(8 + Number(whole.readBigUInt64LE(0)));
  const others = Buffer.from(numbers);
  others.writeFloatLE(0.5, 4 * 100_100);
  return withHeader(whole, (header) => {
    const moved = ({ data_offsets: [from, to], ...entry }) => ({ ...entry, data_offsets: [from + numbers.length, to + numbers.length] });
    const ema = Object.entries(renamed(header, (name) => `ema.${name}`)).map(([name, entry]) => [name, moved(entry)]);
    return { ...renamed(header, (name) => `model.${name}`), ...Object.fromEntries(ema) };
  }, others);
}

test("weights in another wrapping run as the plain ones do, and the card says what was found", async () => {
  const { page, complaints, close } = await openCalm(site);
  const plain = readFileSync(UNET_RANDOM);
  await page.setInputFiles("#file", UNET_RANDOM);
  await waitForText(page, "#card", "unet_random.safetensors");
  const expected = await oneStep(page);

  await page.setInputFiles("#file", file("parallel.safetensors", withHeader(plain, (header) => renamed(header, (name) => `module._orig_mod.${name}`))));
  const card = await waitForText(page, "#card", "parallel.safetensors");
  assert.match(card, /found under "module\._orig_mod\."/);
  assert.match(card, /the tutorial's schedule is assumed.*`ddpm import FILE --timesteps T`/);
  assert.ok((await oneStep(page)) === expected, "the same network");

  // A whole DDPM module, whose betas stand before T = 40 steps.
  const betas = Buffer.alloc(4 * 40);
  for (let t = 0; t < 40; t++) betas.writeFloatLE(0.001 + t * 0.0005, 4 * t);
  const end = plain.length - 8 - Number(plain.readBigUInt64LE(0));
  const entry = { dtype: "F32", shape: [40], data_offsets: [end, end + betas.length] };
  await page.setInputFiles("#file", file("ddpm.safetensors", withHeader(plain, (header) => (
    { ...renamed(header, (name) => `network.${name}`), betas: entry }), betas)));
  const ddpm = await waitForText(page, "#card", "ddpm.safetensors");
  assert.match(ddpm, /Schedule\s+linear, 40 steps, β from 0\.001 to 0\.0205/);
  assert.match(ddpm, /read from the file's betas/);
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
