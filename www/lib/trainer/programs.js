// The programs that train: a small one, and the same with relaxed SIMD. They are fetched for the first training, or for
// the first pictures that are read.

import { DdpmError } from "../errors.js";
import { addProgram, askForPrograms, faster, isMissing } from "../programs.js";

addProgram("ddpm-train", {
  module: new URL("../../../ddpm-train_bg.wasm", import.meta.url),
  start: () => new Worker(new URL("../workers/train.js", import.meta.url), { type: "module" }),
});
addProgram("ddpm-train-relaxed", {
  module: new URL("../../../ddpm-train-relaxed_bg.wasm", import.meta.url),
  start: () => new Worker(new URL("../workers/train-relaxed.js", import.meta.url), { type: "module" }),
});

/** The name of the one that runs here. */
export async function trainingProgram() {
  await askForPrograms();
  const program = faster("ddpm-train", "ddpm-train-relaxed");
  if (!isMissing(program)) return program;
  throw new DdpmError("the program that trains is still being built on the server: try again in a minute");
}
