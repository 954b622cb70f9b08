// www/ddpm.js in a page of one's own: engine, weights, pictures with a callback per step, noise.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openCalm, useSite } from "./browser.mjs";
import { UNET_RANDOM } from "./paths.mjs";

const site = useSite("/deep/er/");

test("a page of one's own makes, noises and exchanges", async () => {
  const { page, complaints, close } = await openCalm(site);
  const random = readFileSync(UNET_RANDOM).toString("base64");
  const found = await page.evaluate(async (base64) => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", model: "tutorial", workers: 2 });
    const refused = async (promise) => promise.then(() => null, (error) => error.message);
    const seen = [];
    const settings = { seed: 1, count: 3, sampler: "ddim", steps: 4 };
    const last = await engine.generate(settings, {
      onStep: ({ done, t, x_t, x_0, eps }) => seen.push([done, t, x_t.length, x_0.length, eps.length]),
    });
    const again = await engine.generate(settings);
    const alone = await engine.generate({ ...settings, count: 1 });
    const ending = new AbortController();
    const aborted = engine.generate({ seed: 1 }, { signal: ending.signal, onStep: () => ending.abort() });
    const busy = await refused(engine.generate({ seed: 1 }));
    const abortion = await aborted.catch(({ name }) => name);
    const half = await engine.noise(50);
    const refusals = [
      await refused(engine.noise(101)),
      await refused(engine.generate({ seed: -1 })),
      await refused(engine.generate({ sampler: "euler" })),
      await refused(engine.generate({ sampler: "ddpm", eta: 1 })),
      await refused(engine.generate({ count: 0 })),
      await refused(engine.generate({ speed: 2 })),
      await refused(engine.generate({ spacing: "odd" })),
      await refused(engine.generate({ classes: "Sneaker" })),
      await refused(engine.generate({ guidance: 2 })),
      await refused(engine.compare(new Uint8Array(3), { speed: 2 })),
      await refused(engine.use("abacus")),
      await refused(engine.look(1000, true)),
      await refused(engine.loadWeights(new Uint8Array(3))),
      await refused(engine.loadShipped("mine")),
    ];
    await engine.loadWeights(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
    const other = await engine.generate(settings);
    engine.close();
    const same = (a, b) => a.x.every((value, at) => value === b.x[at]);
    return {
      seen, lengths: [last.x.length, last.memory.length], busy, abortion, refusals, half: [half.t, half.alphaBar, half.bytes.length],
      same: same(last, again), prefix: alone.x.every((value, at) => value === last.x[at]), other: same(last, other),
    };
  }, random);

  const size = 3 * 784;
  const ts = [null, 199, 149, 99, 49];
  assert.deepEqual(found.seen, ts.map((t, done) => [done, t, size, size, size]));
  assert.deepEqual(found.lengths, [size, size]);
  assert.deepEqual([found.same, found.prefix, found.other], [true, true, false]);
  assert.equal(found.abortion, "AbortError");
  assert.match(found.busy, /a run is under way/);
  assert.equal(found.half[0], 99);
  assert.ok(Math.abs(found.half[1] - 0.6025) < 1e-4);
  assert.equal(found.half[2], 16 * 784);
  const expected = [
    /percentage from 0 to 100/, /whole number from 0/, /euler/, /eta is a setting of DDIM/, /number from 1/,
    /speed is no setting/, /odd/, /classes: this model has none/, /no guidance/, /speed is no setting/, /There is no engine "abacus"/, /from 0 to 999/, /not a whole safetensors file/,
    /There is no model "mine": choose page or tutorial/,
  ];
  found.refusals.forEach((refusal, at) => assert.match(refusal, expected[at]));
  assert.deepEqual(complaints, []);
  await close();
});

test("comparisons take turns, whatever runs, until the engine is closed", async () => {
  const { page, complaints, close } = await openCalm(site);
  const found = await page.evaluate(async () => {
    const { MODELS, createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    const settings = { seed: 1, count: 2, sampler: "ddim", steps: 3, start: "pure" };
    const files = await Promise.all(MODELS.map((model) => engine.shippedBytes(model)));
    const runs = files.flatMap((file) => [1, 2].map((seed) => engine.compare(file, { ...settings, seed })));
    const beside = engine.generate(settings);
    const compared = await Promise.all(runs);
    const shipped = [engine.shipped];
    const own = [await beside];
    await engine.loadShipped("tutorial");
    shipped.push(engine.shipped);
    own.push(await engine.generate(settings));
    const late = [1, 2].map(() => engine.compare(files[0], settings));
    engine.close();
    const same = (a, b) => a.x.every((value, at) => value === b.x[at]);
    return {
      MODELS, shipped,
      same: own.map((run, at) => same(run, compared[2 * at].last)),
      other: same(compared[0].last, compared[1].last),
      late: (await Promise.allSettled(late)).map(({ reason }) => reason?.message),
    };
  });
  assert.deepEqual(found.MODELS, ["page", "tutorial"]);
  assert.deepEqual(found.shipped, found.MODELS);
  assert.deepEqual([found.same, found.other], [[true, true], false]);
  assert.deepEqual(found.late, ["ddpm-web: the engine was closed", "ddpm-web: the engine was closed"]);
  assert.deepEqual(complaints, []);
  await close();
});
