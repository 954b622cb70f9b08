// A worker with the program that trains, for one piece of work.

import { Crew } from "../crew.js";
import { Downloads } from "../download.js";
import { ours } from "../errors.js";
import { Launcher } from "../launch.js";
import { trainingProgram } from "./programs.js";
import { explained } from "./team.js";

/**
 * @template T
 * @param {(worker: import("../remote.js").Remote, module: WebAssembly.Module) => Promise<T>} work the module is the program's
 * @returns {Promise<T>} rejected with a `DdpmError` of the work's, or where the program cannot be loaded
 */
export async function withWorker(work) {
  const crew = new Crew();
  try {
    const program = await trainingProgram();
    const { module } = await new Launcher(crew, new Downloads(), 1).compiled(program);
    return await work(crew.hire(program), module);
  } catch (error) {
    throw ours(explained(error));
  } finally {
    crew.close();
  }
}
