// A link to a view: what is written is read again, and what nobody can use is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintOf, isFingerprint, isPlain, mayBe, readView, wrongInWords, writeView } from "../../www/panels/shared/address.js";

const FULL = {
  model: "tutorial", file: "mine & yours.safetensors", seed: 9007199254740991, count: 64, class: "T-shirt/top", guidance: 2.5, guidance_from: 99, sampler: "dpm-solver-pp",
  steps: 20, spacing: "log-snr", eta: 0.05, start: "pure", view: "x_0", step: 0, image: 64,
};

test("what is written is read again", () => {
  for (const view of [FULL, { model: "sha256-0123456789abcdef" }, { seed: 7 }, {}]) {
    assert.deepEqual(readView(writeView("", view)), { view, wrong: [] });
  }
});

test("what a new page has anyway is left out, and what others put there stays", () => {
  const usual = { model: "page", seed: 42, count: 16, class: "any", sampler: "ddpm", spacing: "even", eta: 0, start: "matched", view: "x_t" };
  assert.equal(writeView("?seed=7&steps=3", usual), "");
  assert.equal(writeView("?utm_source=x&seed=7&engine=cpu", { ...usual, seed: 8 }), "?utm_source=x&engine=cpu&seed=8");
});

for (const [key, value, words] of [
  ["seed", "-1", "a whole number from 0 to 9,007,199,254,740,991"], ["seed", "1e3", "a whole number"], ["seed", "9007199254740992", "a whole number"],
  ["seed", "", "a whole number"], ["count", "17", "one of 1, 16, 64, 128"], ["count", "0x10", "one of"], ["guidance", "9", "a number from 1 to 8"],
  ["guidance", "NaN", "a number"], ["eta", "-0.5", "a number from 0 to 1"], ["eta", "1.0000001", "a number"], ["steps", "0", "a whole number from 1"],
  ["start", "grey", "one of pure, matched"], ["view", "<b>", "one of x_t, x_0, eps"], ["step", "1.5", "a whole number from 0"], ["image", "0", "a whole number from 1 to 128"],
  ["class", "x".repeat(101), "a name"], ["sampler", "", "a name"],
]) {
  test(`${key}=${value.slice(0, 20)} is told, and the rest is used`, () => {
    const { view, wrong } = readView(`?${new URLSearchParams({ [key]: value, file: "rest" })}`);
    assert.deepEqual(view, { file: "rest" });
    assert.equal(wrong.length, 1);
    const sentence = wrongInWords(wrong[0]);
    assert.ok(sentence.startsWith(`The address has ${key}=`) && sentence.includes(`: ${key} is ${words}`) && sentence.length < 200, sentence);
  });
}

test("spaces around a number, and keys that are there twice, do no harm", () => {
  assert.deepEqual(readView("?seed=+7+&seed=8&toString=1&__proto__=2"), { view: { seed: 7 }, wrong: [] });
});

test("a link that says how pictures are made is not plain", () => {
  assert.ok(isPlain({}) && isPlain({ model: "tutorial", view: "eps" }));
  assert.ok(!isPlain({ seed: 7 }) && !isPlain({ step: 3 }));
});

test("a file goes by its SHA-256, or by nothing where the browser computes none", async () => {
  const found = await fingerprintOf(new TextEncoder().encode("abc"));
  assert.equal(found, "sha256-ba7816bf8f01cfea"); // FIPS 180-2, appendix B.1
  assert.ok(isFingerprint(found) && isFingerprint("own") && !isFingerprint("page") && !isFingerprint("sha256-xyz") && !isFingerprint(null));
  assert.ok(mayBe(found, "sha256-ba7816bf") && mayBe("own", found) && !mayBe(found, "sha256-00000000"));
});
