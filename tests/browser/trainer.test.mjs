// www/lib/trainer.js in a page of one's own: training, going on, keeping, failing, and pictures out of files.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { useSite, workersLeft } from "./browser.mjs";
import { blankPage } from "./trainer.mjs";

const site = useSite("/deep/er/");
const blank = () => blankPage(site.server, site.browser);
test("nothing is fetched before it is called, and what trains is fetched alone", async () => {
  const { page, complaints, close, asked } = await blank();
  const heavy = () => asked.filter((path) => /wasm|workers\/|assets\//.test(path));
  assert.deepEqual(heavy(), []);
  await page.evaluate(async () => (await create()).close());
  const program = heavy().find((path) => path.endsWith(".wasm"));
  assert.match(program, /^ddpm-train(-relaxed)?_bg\.wasm$/);
  assert.ok(heavy().every((path) => path.includes("train")), heavy().join());
  assert.equal(await workersLeft(page), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test("64 pictures lower the loss, samples change, and the weights load", async () => {
  const { page, complaints, close } = await blank();
  const found = await page.evaluate(async () => {
    const seen = { steps: [], epochs: [], samples: [], states: [], saved: 0 };
    const trainer = await create({
      sampling: { count: 3, steps: 5 },
      onStep: (step) => seen.steps.push(step),
      onEpoch: (epoch) => seen.epochs.push(epoch),
      onSample: (sample) => seen.samples.push(sample),
      onSave: (bytes) => { seen.saved = bytes.length; },
      onChange: ({ state }) => seen.states.push(state),
    });
    const before = { ...trainer.info };
    const noise = await trainer.sample({ count: 3, steps: 5 });
    await trainer.start();
    const [after, done, state] = [trainer.info, trainer.done, trainer.state];
    const last = await trainer.sample({ count: 3, steps: 5 });
    const again = await trainer.sample({ count: 3, steps: 5 });
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    await engine.loadWeights(await trainer.weights());
    const { image, classes, metadata } = engine.info;
    await engine.loadWeights(await trainer.weights({ precision: "f32" })); // as the samples were drawn
    const { x_t } = await engine.generate({ count: 3, sampler: "ddim", steps: 5, classes: [0, 1, 0] });
    engine.close();
    trainer.close();
    return {
      seen: { ...seen, samples: seen.samples.map(({ bytes, ...rest }) => ({ ...rest, length: bytes.length })) },
      before, after, done, state, changed: !same(noise.bytes, last.bytes), again: same(last.bytes, again.bytes),
      loaded: { image, classes, losses: metadata.losses.length, data: metadata.dataset }, drawn: same(x_t, last.bytes),
      afterwards: trainer.state, refusal: await refused(trainer.start()),
    };
  });
  const { seen, before, after } = found;
  assert.deepEqual([before.images, before.batches, before.epochs, before.steps, before.losses.length], [64, 4, 100, 400, 0]);
  assert.deepEqual([before.engine, before.workers, before.why], ["cpu", 1, null]);
  assert.deepEqual(before.config, { image: { side: 16, channels: 1 }, widths: [4, 6, 8], classes: ["small", "large"] });
  assert.match(before.recipe, /batches of 16.*seed 3/);
  assert.ok(before.parameters > 10_000 && after.memory_bytes > 1_000_000);
  assert.deepEqual([found.done, found.state, found.afterwards], [400, "finished", "closed"]);
  assert.deepEqual(seen.states, ["running", "finished", "closed"]);
  assert.deepEqual(seen.steps.map(({ step }) => step), Array.from({ length: 400 }, (_, at) => at + 1));
  assert.deepEqual([seen.steps[5].epoch, seen.steps[5].batch], [2, 2]);
  assert.ok(seen.steps.at(-1).imagesPerSecond > 0 && seen.steps.at(-1).secondsLeft === 0);
  assert.deepEqual(after.losses, seen.epochs.map(({ loss }) => loss));
  const mean = (losses) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  assert.ok(mean(after.losses.slice(-5)) < 0.75 * mean(after.losses.slice(0, 5)), `${after.losses}`);
  assert.ok(seen.samples.length > 0 && seen.saved > 4 * 4 * before.parameters);
  const [{ length, side, channels, count, nearest }] = seen.samples;
  assert.deepEqual([length, side, channels, count, nearest.length], [3 * 256, 16, 1, 3, 3]);
  assert.ok(nearest.every(({ index, distance }) => index < 64 && distance <= 2));
  assert.deepEqual([found.changed, found.again, found.drawn], [true, true, true]);
  assert.deepEqual(found.loaded, { image: { side: 16, channels: 1 }, classes: ["small", "large"], losses: 100, data: "discs" });
  assert.match(found.refusal, /closed/);
  assert.equal(await workersLeft(page), 0);
  assert.deepEqual(complaints, []);
  await close();
});

for (const workers of [1, 2]) {
  test(`with ${workers} workers, a run that is stopped and taken up again equals one that was not, bit for bit`, async () => {
    const { page, complaints, close, begin } = await blank();
    await page.evaluate(async (count) => {
      const whole = await create({ workers: count });
      for (let step = 0; step < 7; step += 1) await whole.step();
      const first = await create({ workers: count });
      for (let step = 0; step < 3; step += 1) await first.step();
      const checkpoint = await first.checkpoint();
      // Saving changes nothing.
      for (let step = 0; step < 4; step += 1) await first.step();
      window.unbroken = await exact(whole);
      window.alike = (await exact(first)).every((bytes, at) => same(bytes, window.unbroken[at]));
      await saved.write({ checkpoint, data, about: { note: "three steps" } });
      whole.close();
      first.close();
    }, workers);
    assert.equal(await page.evaluate(() => window.alike), true);
    const kept = await page.evaluate(() => window.unbroken.map((bytes) => [...bytes]));
    await page.reload();
    await begin();
    const found = await page.evaluate(async ([count, kept]) => {
      const slot = await saved.read();
      const { checkpoint, data: pictures, about } = slot;
      const other = await create({ data: pictures, checkpoint, workers: 3 - count });
      const why = other.info.why;
      other.close();
      const trainer = await create({ data: pictures, checkpoint, workers: count });
      const begun = [trainer.done, trainer.info.why];
      for (let step = 0; step < 4; step += 1) await trainer.step();
      const equal = (await exact(trainer)).map((bytes, at) => same(bytes, kept[at]));
      trainer.close();
      await saved.erase();
      return { equal, why, begun, about, when: slot.when, gone: await saved.read(), labels: pictures.labels.length };
    }, [workers, kept]);
    assert.deepEqual(found.equal, [true, true]);
    assert.deepEqual(found.begun, [3, null]);
    assert.match(found.why, workers === 1 ? /CPU with 1 worker and goes on with the CPU with 2 workers/ : /CPU with 2 workers and/);
    assert.deepEqual([found.about, found.gone, found.labels], [{ note: "three steps" }, null, 64]);
    assert.ok(Math.abs(Date.now() - found.when) < 600_000);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("it is paused, goes on, and is a new training from weights", async () => {
  const { page, complaints, close } = await blank();
  const found = await page.evaluate(async () => {
    const states = [];
    let onStep;
    const stepped = new Promise((resolve) => { onStep = resolve; });
    const trainer = await create({ onStep, onChange: ({ state }) => states.push(state) });
    const running = trainer.start();
    await stepped;
    const busy = await refused(trainer.step());
    await trainer.pause();
    await running;
    const paused = trainer.done;
    const [{ step }, weights] = [await trainer.step(), await trainer.weights({ precision: "f32", average: false })];
    trainer.close();
    const tuned = await create({ weights, recipe: { steps: 8, batch_size: 32 } });
    const begun = [tuned.done, tuned.info.steps];
    const first = await tuned.weights({ precision: "f32", average: false });
    await tuned.start();
    const over = await refused(tuned.step());
    tuned.close();
    return { states, busy, paused, step, begun, same: first.length === weights.length, over };
  });
  assert.deepEqual(found.states, ["running", "paused", "closed"]);
  assert.match(found.busy, /pause it first/);
  assert.ok(found.paused > 0 && found.paused < 400 && found.step === found.paused + 1, JSON.stringify(found));
  assert.deepEqual(found.begun, [0, 8]);
  assert.match(found.over, /no step left/);
  assert.deepEqual(complaints, []);
  await close();
});

test("a training that diverges says what to do, and its last good state goes on", async () => {
  const { page, complaints, close } = await blank();
  const found = await page.evaluate(async () => {
    const states = [];
    const trainer = await create({ recipe: { ...recipe, learning_rate: 1e30, clip: 0, warmup: 0 }, onChange: ({ state }) => states.push(state) });
    const why = await refused(trainer.start());
    const [again, checkpoint] = [await refused(trainer.step()), await trainer.checkpoint()];
    trainer.close();
    const mended = await create({ checkpoint, recipe: { learning_rate: 1e-3 } });
    const { loss } = await mended.step();
    mended.close();
    return { why, again, states, loss };
  });
  assert.match(found.why, /no longer a number in epoch 1: .*lower learning rate/);
  assert.match(found.again, /has failed: go on from its checkpoint/);
  assert.deepEqual(found.states, ["running", "failed", "closed"]);
  assert.ok(Number.isFinite(found.loss));
  assert.deepEqual(complaints, []);
  await close();
});

test("a worker that ends is an error in words", async () => {
  const { page, close } = await blank();
  const found = await page.evaluate(async () => {
    const started = [];
    window.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        started.push(this);
      }
    };
    const trainer = await create({ workers: 2, recipe: { ...recipe, steps: 1_000_000 } });
    const running = refused(trainer.start());
    await trainer.sample({ count: 1, steps: 1 });
    started[1].dispatchEvent(new ErrorEvent("error", { message: "it ran out of breath" }));
    const why = await running;
    const kept = await trainer.checkpoint();
    trainer.close();
    return { why, state: trainer.state, kept: kept.length, started: started.length };
  });
  assert.match(found.why, /a worker that helps has stopped \(it ran out of breath\)/);
  assert.ok(found.kept > 0 && found.started === 2 && found.state === "closed");
  assert.equal(await workersLeft(page), 0);
  await close();
});

test("what does not fit is refused by name", async () => {
  const { page, complaints, close } = await blank();
  const refusals = await page.evaluate(async () => {
    const options = [
      { data: undefined }, { speed: 2 }, { data: { ...data, side: 18 } }, { data: { ...data, images: new Uint8Array(100) } },
      { data: { ...data, labels: null, classes: [] } }, { recipe: { rate: 1 } }, { recipe: { learning_rate: -1 } }, { engine: "abacus" },
      { recipe: { epochs: 1, steps: 1 } }, { config: { widths: [1, 2] } }, { checkpoint: new Uint8Array(3) }, { weights: new Uint8Array(3) },
      { sampling: { count: 0 } }, { workers: 0 }, { data: { ...data, images: new Uint8Array(0) } },
    ];
    const told = [];
    for (const option of options) told.push(await refused(create(option)));
    const trainer = await create();
    const checkpoint = await trainer.checkpoint();
    trainer.close();
    const other = { ...data, images: data.images.map((byte) => byte ^ 1) };
    return [...told, await refused(create({ checkpoint, data: other })), await refused(readPictures([{ name: "a.txt", bytes: new Uint8Array([104, 105]) }])),
      await refused(readPictures([])), await refused(readPictures(["a.png"])), await refused(readPictures([], { side: 18 }))];
  });
  const expected = [
    /needs data/, /speed is no option/, /not whole images of 18x18/, /100 bytes are not whole images of 16x16 grey/, /have no classes/,
    /rate is no setting of the recipe/, /learning rate -1/, /engine is "abacus"/, /give one of them/, /list of 3/, /checkpoint/, /safetensors/,
    /count is 0/, /workers is 0/, /no images/, /other|started on/, /a\.txt cannot be used: it is text/, /no files/, /Files, or as objects/, /divisible by 4/,
  ];
  refusals.forEach((refusal, at) => assert.match(String(refusal), expected[at]));
  assert.equal(refusals.length, expected.length);
  assert.deepEqual(complaints, []);
  await close();
});

test("arrays of pictures and labels are read as they are", async () => {
  const { page, complaints, close } = await blank();
  const sample = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    .map((name) => ({ name, base64: readFileSync(`/usr/share/datasets/fashion-mnist/${name}`).toString("base64") }));
  const found = await page.evaluate(async (files) => {
    const bytes = ({ base64 }) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const { data: read, notes, refused: left } = await readPictures(files.map((file) => ({ name: file.name, bytes: bytes(file) })));
    const digest = async (of) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", of))].slice(0, 4);
    const { side, channels, classes, name } = read;
    return { sha: await digest(read.images), labels: await digest(read.labels), length: read.images.length, side, channels, classes, name, notes, left };
  }, sample);
  assert.deepEqual([found.length, found.side, found.channels, found.name], [60_000 * 784, 28, 1, "Fashion-MNIST"]);
  assert.deepEqual([found.classes.length, found.classes[9]], [10, "Ankle boot"]);
  // The files' own bytes, without their headers.
  const digest = (at, header) => [...createHash("sha256").update(gunzipSync(Buffer.from(sample[at].base64, "base64")).subarray(header)).digest()].slice(0, 4);
  assert.deepEqual([found.sha, found.labels], [digest(0, 16), digest(1, 8)]);
  assert.deepEqual(found.left, []);
  assert.deepEqual(complaints, []);
  await close();
});
