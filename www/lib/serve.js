// A worker's side of the calls: it answers them, one after the other. Whoever calls it is in remote.js.

import { EngineFailure, mixedVersions, sentenceOf } from "./errors.js";
import { lastPanic } from "./panic.js";

/** The buffers of a result's arrays, which are transferred to the page, not copied. */
function buffers(result) {
  const { steps = [], ...own } = result ?? {};
  return [own, ...steps].flatMap((part) => Object.values(part)).filter(ArrayBuffer.isView).map(({ buffer }) => buffer);
}

/**
 * Makes this worker answer calls with these methods, one after the other.
 * @param {{ [method: string]: (args: any) => any }} methods
 */
export function serve(methods) {
  let before = Promise.resolve();

  async function answer({ id, method, args }) {
    try {
      if (!(method in methods)) throw mixedVersions(`there is no method ${method}`);
      const result = await methods[method](args);
      self.postMessage({ id, result }, { transfer: buffers(result) });
    } catch (error) {
      // A trap leaves the program's memory as it was in mid-step, so nothing in it can be trusted.
      const trapped = lastPanic() !== null || error instanceof WebAssembly.RuntimeError;
      if (trapped || error instanceof EngineFailure) tellFailure(error);
      else self.postMessage({ id, error: sentenceOf(error) });
    }
  }

  self.addEventListener("message", ({ data }) => {
    before = before.then(() => answer(data));
  });
  // A panic inside a Rust future reaches no catch, and its promise never settles. It is told to the page here, in
  // words, so the bare "unreachable" is kept from it.
  self.addEventListener("error", (event) => {
    event.preventDefault();
    tellFailure(event.error ?? event.message);
  });
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    tellFailure(event.reason);
  });
}

/**
 * Starts this worker's program.
 * @template {{ default: (options: { module_or_path: WebAssembly.Module }) => Promise<any> }} P
 * @param {P} program its script
 * @param {WebAssembly.Module} module
 * @returns {Promise<Awaited<ReturnType<P["default"]>>>} what it exports
 */
export async function startProgram(program, module) {
  try {
    return await program.default({ module_or_path: module });
  } catch (error) {
    const misfits = error instanceof WebAssembly.LinkError || error instanceof TypeError;
    throw misfits ? mixedVersions(error) : error;
  }
}

/** @param {unknown} error what ended this worker */
export function tellFailure(error) {
  self.postMessage({ failure: lastPanic() ?? sentenceOf(error) });
}
