// Whether a browser's WebGPU can be used, asked of browsers that answer in all the ways there are.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { probeWebGpu } from "../../www/lib/webgpu.js";

const { setTimeout } = globalThis;
after(() => { globalThis.setTimeout = setTimeout; });

/** A time limit of seconds is over at once. */
function hurry() {
  globalThis.setTimeout = /** @type {any} */ ((call) => setTimeout(call, 5));
}

const never = () => new Promise(() => {});
const adapter = (info, features = []) => ({ features: new Set(features), ...info });
const INFO = { vendor: "acme", architecture: "gen-1", description: "", isFallbackAdapter: false };

async function probe(requestAdapter, { features = [], secure = true, gpu = { requestAdapter } } = {}) {
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  Object.defineProperty(globalThis, "isSecureContext", { value: secure, configurable: true });
  hurry();
  return probeWebGpu(features);
}

for (const [name, requestAdapter, words] of [
  ["never settles", never, /^the browser's WebGPU failed \(it does not answer\)$/],
  ["throws", () => { throw new TypeError("no driver"); }, /^the browser's WebGPU failed \(no driver\)$/],
  ["is rejected", () => Promise.reject(new Error("blocked")), /^the browser's WebGPU failed \(blocked\)$/],
  ["is rejected without an error", () => Promise.reject(), /^the browser's WebGPU failed/],
  ["gives null", async () => null, /^WebGPU found no graphics adapter on this machine$/],
  ["gives undefined", async () => undefined, /^WebGPU found no graphics adapter on this machine$/],
  ["gives an adapter that never describes itself", async () => adapter({ requestAdapterInfo: never }), /it does not answer/],
]) {
  test(`requestAdapter ${name}: why is told`, async () => {
    const { why } = await probe(requestAdapter);
    assert.match(why, words);
  });
}

for (const [name, found, expected] of [
  ["with info", adapter({ info: INFO }), { name: "acme gen-1", software: false }],
  ["that tells its info when asked", adapter({ requestAdapterInfo: async () => INFO }), { name: "acme gen-1", software: false }],
  ["without info", adapter({}), { name: "unnamed adapter", software: false }],
  ["without info, of software", adapter({ isFallbackAdapter: true }), { name: "unnamed adapter", software: true }],
  ["of software", adapter({ info: { ...INFO, isFallbackAdapter: true } }), { name: "acme gen-1", software: true }],
]) {
  test(`an adapter ${name} is used`, async () => {
    assert.deepEqual(await probe(async () => found), expected);
  });
}

test("a feature that is missing, a browser without WebGPU and plain http are told apart", async () => {
  const lacking = await probe(async () => adapter({ info: INFO }), { features: ["timestamp-query"] });
  assert.equal(lacking.why, 'this graphics adapter lacks "timestamp-query"');
  assert.equal((await probe(never, { gpu: null })).why, "this browser has no WebGPU");
  assert.match((await probe(never, { gpu: null, secure: false })).why, /^WebGPU needs https/);
});
