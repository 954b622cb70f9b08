// The trainer in WebAssembly: ten steps have the losses that they have natively.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { TARGET } from "./paths.mjs";

test("ten steps of training have the native run's losses", async () => {
  const native = path.join(TARGET, "debug", "examples", "training");
  const { stdout } = await promisify(execFile)(native);
  const expected = JSON.parse(stdout);
  const { ten_steps: tenSteps } = createRequire(import.meta.url)(path.join(TARGET, "training", "training.js"));
  const found = [...tenSteps()];
  assert.equal(found.length, 10);
  found.forEach((loss, at) => {
    assert.ok(Math.abs(loss - expected[at]) < 1e-5, `step ${at}: ${loss}, natively ${expected[at]}`);
  });
});
