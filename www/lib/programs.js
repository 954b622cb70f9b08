// The compiled programs, and which of them has an engine: a small one for the page's own engines,
// the same with relaxed SIMD where the browser knows it, and the one that holds Burn.

/** A function that uses an instruction of relaxed SIMD: its browser's word on it. */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15,
  65, 2, 253, 15, 253, 128, 2, 11,
]);

/**
 * The name of the program that has this engine.
 * @param {string} engine
 */
export function programOf(engine) {
  if (engine.startsWith("burn-")) return "ddpm-burn";
  return WebAssembly.validate(RELAXED) ? "ddpm-relaxed" : "ddpm-web";
}

/** Where a program's module lies. @param {string} program */
export function moduleUrl(program) {
  return new URL(`../../${program}_bg.wasm`, import.meta.url);
}

/** The program's functions, not yet started. @param {string} program */
export function importProgram(program) {
  return import(new URL(`../../${program}.js`, import.meta.url).href);
}
