// The rooms of www/: what each may import, and no circles.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { ROOT } from "./paths.mjs";

const WWW = join(ROOT, "www");
const files = readdirSync(WWW, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));

/** The scripts that a script loads, at its start or later. What it names in comments, for types, loads nothing. */
function imports(file) {
  const script = readFileSync(join(WWW, file), "utf8").replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const all = [/^(?:import|export)\b[^;]*?"(\.[^"]+)";/gm, /\bimport\("(\.[^"]+)"\)/g].flatMap((form) => [...script.matchAll(form)]);
  return all.map(([, path]) => normalize(join(dirname(file), path)));
}

/** What the build makes beside www/: only these scripts may load it, each its own program. */
const NAMES = ["web", "relaxed", "burn", "train", "train-relaxed"];
const PROGRAMS = new Map(NAMES.map((name) => [`lib/workers/${name}.js`, `../ddpm-${name}.js`]));

const all = new Map(files.map((file) => [file, imports(file)]));
const graph = new Map([...all].map(([file, to]) => [file, to.filter((path) => path !== PROGRAMS.get(file))]));
const from = (pattern) => [...graph].filter(([file]) => pattern.test(file)).flatMap(([file, all]) => all.map((to) => [file, to]));
const strays = (pattern, allowed) => from(pattern).filter(([, to]) => !allowed.test(to)).map((pair) => pair.join(" imports "));

test("every import leads to a script", () => {
  assert.ok([...graph.values()].flat().length > 50, "the imports are found");
  assert.deepEqual(from(/./).filter(([, to]) => !graph.has(to)), []);
});

test("a worker's script loads its program and nothing else but what a worker does", () => {
  for (const [file, program] of PROGRAMS) {
    assert.deepEqual(all.get(file), [program, program.includes("train") ? "lib/trainer/worker.js" : "lib/worker.js"]);
  }
});

test("every error of lib/ has the module's name in front", () => {
  const bare = files.filter((file) => /^lib\//.test(file) && /new (Type|Range)?Error\(/.test(readFileSync(join(WWW, file), "utf8")));
  assert.deepEqual(bare, []);
});

test("lib/ knows nothing of the page", () => {
  assert.deepEqual(strays(/^lib\//, /^lib\//), []);
});

test("the words know nothing of the page but the module's", () => {
  assert.deepEqual(strays(/^words\//, /^(lib|words)\//), []);
});

test("what panels share knows no panel", () => {
  assert.deepEqual(strays(/^panels\/shared\//, /^(lib|words|panels\/shared)\//), []);
});

test("panels do not know each other", () => {
  for (const panel of files.map((file) => /^panels\/(\w+)\.js$/.exec(file)?.[1]).filter(Boolean)) {
    const own = new RegExp(`^panels/${panel}(/|\\.js)`);
    assert.deepEqual(strays(own, new RegExp(`^(lib|words|panels/shared|panels/${panel})/`)), []);
  }
});

test("no script and no style sheet has 250 lines, but for the files of words", () => {
  const names = readdirSync(WWW, { recursive: true, encoding: "utf8" }).filter((name) => /\.(js|css)$/.test(name) && !/^words\/(en|en-below|ko|ko-below)\.js$/.test(name));
  assert.ok(names.length > 100, "the files are found");
  const linesOf = (name) => readFileSync(join(WWW, name), "utf8").split("\n").length - 1;
  assert.deepEqual(names.filter((name) => linesOf(name) >= 250), []);
});

test("no script imports itself, however far around", () => {
  const done = new Set();
  const walk = (file, path) => {
    assert.ok(!path.includes(file), [...path, file].join(" imports "));
    if (done.has(file)) return;
    graph.get(file).forEach((to) => walk(to, [...path, file]));
    done.add(file);
  };
  files.forEach((file) => walk(file, []));
});
