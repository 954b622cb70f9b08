// The compiled programs and their workers: a small program for the module's own engines, and the same with relaxed SIMD
// where the browser knows it. burn.js adds the one that holds Burn, trainer.js those that train. Bundlers find files by addresses that are spelt as
// here, and by no others.

import { engineNamed } from "./engines.js";
import { DdpmError, sentenceOf } from "./errors.js";
import { MISSING } from "./missing.js";

/** @typedef {{ module: URL, start: () => Worker }} Program where its module is, and how a worker with it is made */

/** @type {{ [name: string]: Program }} */
const PROGRAMS = {
  "ddpm-web": {
    module: new URL("../../ddpm-web_bg.wasm", import.meta.url),
    start: () => new Worker(new URL("./workers/web.js", import.meta.url), { type: "module" }),
  },
  "ddpm-relaxed": {
    module: new URL("../../ddpm-relaxed_bg.wasm", import.meta.url),
    start: () => new Worker(new URL("./workers/relaxed.js", import.meta.url), { type: "module" }),
  },
};

/** A module with one instruction of relaxed SIMD. It is valid in browsers that know them. */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15,
  65, 2, 253, 15, 253, 128, 2, 11,
]);

/** Makes one more program known. @param {string} name @param {Program} program */
export function addProgram(name, program) {
  PROGRAMS[name] = program;
}

/**
 * The name of the program that has this engine.
 * @param {string} engine one of the names in engines.js
 */
export function programOf(engine) {
  const { program } = engineNamed(engine);
  if (program === "ddpm") return faster("ddpm-web", "ddpm-relaxed");
  if (program in PROGRAMS) return program;
  throw new DdpmError(`the engine "${engine}" is in a program of its own: import "ddpm-web/burn" first`);
}

/**
 * Of a program and its twin with relaxed SIMD, the one that runs here.
 * @param {string} plain
 * @param {string} relaxed
 */
export function faster(plain, relaxed) {
  return WebAssembly.validate(RELAXED) && !isMissing(relaxed) ? relaxed : plain;
}

/** The programs that the server does not have yet. @type {readonly string[]} */
let missing = MISSING;
/** @type {string} not written where it is used, because bundlers would look for what is named there */
const HERE = import.meta.url;

/** Whether the server has not got a program yet. @param {string} program */
export function isMissing(program) {
  return missing.includes(program);
}

/** Whether the server has an engine's program. @param {string} engine one of the names in engines.js */
export function isBuilt(engine) {
  return !isMissing(programOf(engine));
}

/**
 * Asks the server which programs it has by now.
 * @returns {Promise<boolean>} whether it has all of them
 */
export async function askForPrograms() {
  if (missing.length > 0) ({ MISSING: missing } = await import(/* @vite-ignore */ new URL(`missing.js?at=${Date.now()}`, HERE).href));
  return missing.length === 0;
}

/** The address of a program's module. @param {string} program */
export function moduleUrl(program) {
  return PROGRAMS[program].module;
}

/**
 * A program's module.
 * @param {string} program
 * @param {Uint8Array} bytes
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(program, bytes) {
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "\0asm") {
    throw new DdpmError(`${program}_bg.wasm is no WebAssembly: the server sent something else`);
  }
  try {
    return await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
  } catch (error) {
    throw new DdpmError(`${program}_bg.wasm could not be compiled (${sentenceOf(error)}): reload the page, or use a newer browser`);
  }
}

/** A new worker with this program. @param {string} program */
export function startWorker(program) {
  return PROGRAMS[program].start();
}
