// Who makes pictures of one's own into a model's size and colours: pictures.js adds it.

import { DdpmError } from "./errors.js";

/** @typedef {import("./trainer/single.js").Single} Single */
/** @typedef {(crew: import("./crew.js").Crew, launcher: import("./launch.js").Launcher) => Promise<Single>} OpenReader */

/** @type {OpenReader} */
let open = async () => {
  throw new DdpmError('what reads pictures is in a program of its own: import "ddpm-web/pictures" first');
};

/** @param {OpenReader} reader */
export function addReader(reader) {
  open = reader;
}

/** @type {OpenReader} */
export function openReader(crew, launcher) {
  return open(crew, launcher);
}
