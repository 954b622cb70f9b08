// What a training says of its speed, by a clock that the test turns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Stopwatch } from "../../www/lib/trainer/stopwatch.js";

/** A stopwatch, and what takes a step of so many milliseconds. */
function made() {
  let now = 5000;
  const watch = new Stopwatch(() => now);
  const step = (ms, images = 16, whole = true) => {
    watch.begin();
    now += ms;
    const counted = watch.end(images, whole);
    now += 7; // between steps
    return counted;
  };
  return { watch, step };
}

test("steps count, and what is between them does not", () => {
  const { watch, step } = made();
  assert.deepEqual([watch.seconds(), watch.usual, watch.imagesPerSecond], [0, 0, 0]);
  for (const ms of [100, 100, 300, 100]) assert.equal(step(ms), ms);
  assert.equal(watch.seconds(), 0.6);
  assert.equal(watch.usual, 150);
  assert.ok(Math.abs(watch.imagesPerSecond - 64 / 0.6) < 1e-9);
});

test("a night's sleep in the middle of a step is left out, a slower step is not", () => {
  const { watch, step } = made();
  for (let k = 0; k < 40; k += 1) step(100);
  assert.equal(step(8 * 3600 * 1000), 100);
  assert.equal(step(1900), 1900);
  assert.ok(Math.abs(watch.seconds() - 6) < 1e-9);
});

test("a GPU's steps that wait for sixteen are none of it", () => {
  const { watch, step } = made();
  for (let k = 0; k < 64; k += 1) step(k % 16 === 15 ? 48_000 : 1);
  assert.ok(Math.abs(watch.usual - 48_015 / 16) < 1e-9);
  assert.equal(step(48_000), 48_000);
});

test("a step whose work was done before it began tells nothing of the others", () => {
  const { watch, step } = made();
  step(100);
  step(1, 16, false);
  assert.deepEqual([watch.usual, Math.round(watch.imagesPerSecond)], [100, 160]);
});
