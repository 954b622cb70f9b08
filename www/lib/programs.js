// The compiled programs: a small one for the page's own engines, the same with relaxed SIMD where the
// browser knows it, and the one that holds Burn.

import { engineNamed } from "./engines.js";
import { MISSING } from "./missing.js";

/** The folder with the programs and the page's other files. */
export const ROOT = new URL("../../", import.meta.url);

/** A module with one instruction of relaxed SIMD. It is valid in browsers that know them. */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15,
  65, 2, 253, 15, 253, 128, 2, 11,
]);

/**
 * The name of the program that has this engine.
 * @param {string} engine one of the names in engines.js
 */
export function programOf(engine) {
  const { program } = engineNamed(engine);
  if (program !== "ddpm") return program;
  return WebAssembly.validate(RELAXED) && !missing.includes("ddpm-relaxed") ? "ddpm-relaxed" : "ddpm-web";
}

/** The programs that the server does not have yet. @type {readonly string[]} */
let missing = MISSING;

/** Whether the server has an engine's program. @param {string} engine one of the names in engines.js */
export function isBuilt(engine) {
  return !missing.includes(programOf(engine));
}

/**
 * Asks the server which programs it has by now.
 * @returns {Promise<boolean>} whether it has all of them
 */
export async function askForPrograms() {
  if (missing.length > 0) {
    const newer = new URL(`www/lib/missing.js?at=${Date.now()}`, ROOT);
    ({ MISSING: missing } = await import(/* @vite-ignore */ newer.href));
  }
  return missing.length === 0;
}

/** The address of a program's module. @param {string} program */
export function moduleUrl(program) {
  return new URL(`${program}_bg.wasm`, ROOT);
}

/** The program's functions. Its module is not started yet. @param {string} program */
export function importProgram(program) {
  return import(new URL(`${program}.js`, ROOT).href);
}
