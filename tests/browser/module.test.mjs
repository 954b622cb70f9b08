// www/ddpm.js in a page of one's own: engine, weights, pictures with a callback per step, noise.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { open, openCalm, useSite, workersLeft } from "./browser.mjs";
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
    /There is no model "mine": choose page, tutorial, [\w-]+/,
  ];
  found.refusals.forEach((refusal, at) => assert.match(refusal, expected[at]));
  assert.deepEqual(complaints, []);
  await close();
});

test("a second model beside the engine makes the engine's run, step by step, until it is told to stop", async () => {
  const { page, complaints, close } = await openCalm(site);
  const found = await page.evaluate(async () => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 2 });
    const beside = await engine.openBeside(engine.weights);
    const settings = { seed: 1, count: 3, sampler: "ddim", steps: 4 };
    const refused = (promise) => promise.then(() => null, ({ name, message }) => `${name}: ${message}`);
    const stepsOf = async (model, steps = []) => {
      const last = await model.generate(settings, { onStep: ({ done, x_t, x_0 }) => { steps.push(JSON.stringify([done, [...x_t], [...x_0]])); } });
      return { last: JSON.stringify([...last.x_t]), steps };
    };
    const [own, its] = await Promise.all([stepsOf(engine), stepsOf(beside)]); // they do not wait for each other
    const ending = new AbortController();
    let seen = 0;
    const aborted = refused(beside.generate(settings, { signal: ending.signal, onStep: ({ done }) => { seen = done; if (done === 2) ending.abort(); } }));
    const busy = await refused(beside.generate(settings));
    const abortion = await aborted;
    const again = await stepsOf(beside);
    const wrong = [await refused(beside.generate({ speed: 2 })), await refused(beside.generate({}, { onstep: () => {} }))];
    const closed = refused(beside.generate(settings));
    beside.close();
    const found = { own, its, again, seen, busy, abortion, wrong, closed: await closed };
    engine.close();
    return found;
  });
  assert.equal(found.own.steps.length, 5);
  assert.deepEqual(found.its, found.own);
  assert.deepEqual(found.again, found.own);
  assert.equal(found.seen, 2);
  assert.match(found.busy, /a run is under way/);
  assert.match(found.abortion, /^AbortError/);
  assert.match(found.wrong[0], /speed is no setting/);
  assert.match(found.wrong[1], /onstep is no option/);
  assert.match(found.closed, /the engine was closed/);
  assert.deepEqual(complaints, []);
  await close();
});

test("comparisons take turns, whatever runs, until the engine is closed", async () => {
  const { page, complaints, close } = await openCalm(site);
  const found = await page.evaluate(async () => {
    const { MODELS, createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", workers: 1 });
    const settings = { seed: 1, count: 2, sampler: "ddim", steps: 3, start: "pure" };
    const files = await Promise.all(["page", "tutorial"].map((model) => engine.shippedBytes(model)));
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
  assert.equal(found.MODELS[0], "page");
  assert.ok(found.MODELS.includes("tutorial"));
  assert.deepEqual(found.shipped, ["page", "tutorial"]);
  assert.deepEqual([found.same, found.other], [[true, true], false]);
  assert.deepEqual(found.late, ["ddpm-web: the engine was closed", "ddpm-web: the engine was closed"]);
  assert.deepEqual(complaints, []);
  await close();
});

test("what is given wrongly is refused by name, before anything is done with it", async () => {
  const { page, complaints, close } = await openCalm(site);
  const found = await page.evaluate(async () => {
    const { DdpmError, createEngine } = await import(new URL("www/lib/ddpm.js", document.baseURI).href);
    const engine = await createEngine({ engine: "cpu", model: undefined, workers: 2 });
    const refused = async (ask) => {
      try {
        await ask();
        return "accepted";
      } catch (error) {
        return error instanceof DdpmError ? error.message : `not ours: ${error}`;
      }
    };
    const settings = [
      { count: NaN }, { count: 1.5 }, { count: "16" }, { count: 1025 }, { seed: "42" }, { seed: 2 ** 53 }, { seed: 0.5 }, { seed: null }, { seed: 42n },
      { steps: 0 }, { steps: 201 }, { steps: "all" }, { eta: NaN }, { eta: 2, sampler: "ddim" }, { guidance: Infinity }, { guidance: "2" },
      { sampler: null }, { sampler: "DDPM" }, { spacing: 3 }, { start: "random" }, { classes: {} }, { classes: [0.5] }, { classes: true }, { toString: 1 },
    ];
    const refusals = [];
    for (const one of settings) refusals.push([Object.keys(one)[0], await refused(() => engine.generate(one))]);
    for (const [name, ask] of Object.entries({
      settings: () => engine.generate(42),
      onstep: () => engine.generate({}, { onstep: () => {} }),
      onStep: () => engine.generate({}, { onStep: "show" }),
      signal: () => engine.generate({}, { signal: true }),
      percent: () => engine.noise("50"),
      t: () => engine.look(1.5, true),
      trained: () => engine.look(1, 1),
      weights: () => engine.loadWeights("weights.safetensors"),
      File: () => engine.compare([1, 2, 3]),
      model: () => createEngine({ model: "toString" }),
      engine: () => createEngine({ engine: 1 }),
      workers: () => createEngine({ workers: 0 }),
      seeds: () => createEngine({ seeds: 1 }),
      options: () => createEngine(null),
      onProgress: () => createEngine({ onProgress: true }),
    })) refusals.push([name, await refused(ask)]);
    // undefined is what is not given; what a caller's own code throws is the caller's.
    const usual = await engine.generate({ seed: undefined, count: 1, steps: 2, sampler: "ddim" }, { onStep: undefined, signal: undefined });
    const own = new Error("mine");
    const thrown = await engine.generate({ count: 1 }, { onStep: () => { throw own; } }).catch((error) => error === own);
    const reason = await engine.generate({ count: 1 }, { signal: AbortSignal.abort("enough") }).catch((error) => error);
    engine.close();
    return { refusals, usual: usual.done, thrown, reason };
  });
  for (const [name, words] of found.refusals) {
    assert.ok(words.startsWith("ddpm-web: ") && !/Error/.test(words) && words.includes(name), `${name}: ${words}`);
  }
  assert.deepEqual([found.usual, found.thrown, found.reason], [2, true, "enough"]);
  assert.deepEqual(complaints, []);
  await close();
});

test("an engine that was closed stays closed, whatever it was doing", async () => {
  // A page with nothing else in it: all of its workers are the module's.
  const blank = (context) => context.route("**/blank.html", (route) => route.fulfill({ body: "<!doctype html>", contentType: "text/html" }));
  const { page, complaints, close } = await open(site.browser, `${site.server.url}blank.html`, {}, blank);
  const found = await page.evaluate(async () => {
    const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
    const refused = (promise) => promise.then(() => "done", (error) => error.message);
    const weights = new Uint8Array(await (await fetch(new URL("assets/fashion-mnist.safetensors", document.baseURI))).arrayBuffer());
    const heard = [];
    const engine = await createEngine({ engine: "cpu", workers: 2, onChange: () => heard.push("change") });
    await engine.noise(10);
    const under = [
      engine.generate({ count: 4 }, { onStep: ({ done }) => { if (done === 2) engine.close(); } }),
      engine.compare(weights), engine.compare(weights),
    ];
    const messages = await Promise.all(under.map(refused));
    engine.close();
    const calls = [
      engine.generate(), engine.noise(50), engine.originals(), engine.look(3, true), engine.compare(weights),
      engine.loadWeights(weights), engine.loadShipped("page"), engine.shippedBytes("page"), engine.use("cpu"),
      engine.testPictures(), engine.noised(weights, 3), engine.readPicture(weights, "a.png"), engine.fitPicture({ width: 1, height: 1, rgba: weights.subarray(0, 4) }), engine.toy(),
    ];
    messages.push(...await Promise.all(calls.map(refused)));
    // While a model is loaded, and while the engine starts.
    const loading = await createEngine({ engine: "cpu", workers: 1 });
    const exchange = loading.loadWeights(weights);
    loading.close();
    messages.push(await refused(exchange));
    const changing = await createEngine({ engine: "cpu", workers: 1 });
    const change = changing.use("burn-cpu");
    changing.close();
    messages.push(await refused(change));
    messages.push(await refused(createEngine({ engine: "auto", workers: 1, onChange: (starting) => starting.close() })));
    return { messages, heard, info: engine.info.engine };
  });
  assert.deepEqual([...new Set(found.messages)], ["ddpm-web: the engine was closed"]);
  assert.deepEqual([found.messages.length, found.heard, found.info], [20, ["change"], "cpu"]);
  assert.equal(await workersLeft(page), 0);
  assert.deepEqual(complaints, []);
  await close();
});
