// The compiled programs: a small one for the page's own engines, the same with relaxed SIMD where the
// browser knows it, and the one that holds Burn.

import { engineNamed } from "./engines.js";

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
  return WebAssembly.validate(RELAXED) ? "ddpm-relaxed" : "ddpm-web";
}

/** The address of a program's module. @param {string} program */
export function moduleUrl(program) {
  return new URL(`${program}_bg.wasm`, ROOT);
}

/**
 * A program's module.
 * @param {string} program
 * @param {Uint8Array} bytes
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compile(program, bytes) {
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "\0asm") {
    throw new Error(`${program}_bg.wasm is no WebAssembly: the server sent something else`);
  }
  try {
    return await WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
  } catch (error) {
    throw new Error(`${program}_bg.wasm could not be compiled (${error.message}): reload the page, or use a newer browser`);
  }
}

/** The program's functions. Its module is not started yet. @param {string} program */
export async function importProgram(program) {
  try {
    return await import(new URL(`${program}.js`, ROOT).href);
  } catch (error) {
    throw new Error(`${program}.js could not be loaded (${error.message}): check the connection and reload the page`);
  }
}

/** A cache may give a script of one version and a program of another, which then do not fit. @param {unknown} error */
export function mixedVersions(error) {
  const told = error instanceof Error ? error.message : String(error);
  return new Error(`the page's scripts and its program are of different versions: reload the page (${told})`);
}
