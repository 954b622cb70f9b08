// Burn's program, for the engines `burn-cpu` and `burn-webgpu`, which the module's own are compared with. It is added by
// importing this script, so that a page that is bundled without it does not carry its 13 MB.

import { addProgram } from "./programs.js";

addProgram("ddpm-burn", {
  module: new URL("../../ddpm-burn_bg.wasm", import.meta.url),
  start: () => new Worker(new URL("./workers/burn.js", import.meta.url), { type: "module" }),
});
