// One training of this origin, kept by the browser, so that a reload or a crash does not end it.

import { DdpmError, sentenceOf } from "../errors.js";
import { storage } from "./storage.js";

/** @typedef {import("./files.js").TrainingData} TrainingData */
/** @typedef {{ checkpoint: Uint8Array, data: TrainingData, about: any, when: number }} Saved */

/** The file that says which others make up the slot. It is written last: what it names is whole. */
const SLOT = "training.json";

/** The pictures that were written last from here: they are not written twice. @type {{ data: TrainingData, file: string } | null} */
let written = null;

/** Calls take turns. @type {Promise<any>} */
let before = Promise.resolve();

/** @template T @param {() => Promise<T>} task @returns {Promise<T>} */
function inTurn(task) {
  const mine = before.then(task);
  before = mine.catch(() => {});
  return mine;
}

const fresh = () => `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`;

async function read() {
  const store = await storage();
  const slot = await store.get(SLOT);
  if (slot === null) return null;
  const { checkpoint, images, labels, data, about, when } = JSON.parse(new TextDecoder().decode(slot));
  const parts = await Promise.all([checkpoint, images, labels].map((file) => (file === null ? null : store.get(file.name))));
  const whole = [checkpoint, images, labels].every((file, at) => file === null || parts[at]?.length === file.length);
  if (!whole) return null;
  const [bytes, pixels, classes] = parts;
  return { checkpoint: bytes, data: { ...data, images: pixels, labels: classes }, about, when };
}

/** @param {{ checkpoint: Uint8Array, data: TrainingData, about: any }} run */
async function write({ checkpoint, data, about }) {
  const store = await storage();
  const put = async (/** @type {string} */ name, /** @type {Uint8Array | null} */ bytes) => {
    if (bytes === null) return null;
    await store.put(name, bytes);
    return { name, length: bytes.length };
  };
  try {
    const names = await store.names();
    const known = written !== null && written.data === data && names.includes(`${written.file}.images`);
    const file = known ? written.file : `data-${fresh()}`;
    const named = (/** @type {string} */ end, /** @type {Uint8Array | null} */ bytes) => (
      known && bytes !== null ? { name: file + end, length: bytes.length } : put(file + end, bytes));
    const { images, labels, ...rest } = data;
    const slot = {
      checkpoint: await put(`run-${fresh()}`, checkpoint),
      images: await named(".images", images), labels: await named(".labels", labels),
      data: rest, about, when: Date.now(),
    };
    await store.put(SLOT, new TextEncoder().encode(JSON.stringify(slot)));
    written = { data, file };
    const keep = [SLOT, ...[slot.checkpoint, slot.images, slot.labels].map((one) => one?.name)];
    await sweep(store, keep);
  } catch (error) {
    throw new DdpmError(`the browser could not save the training (${sentenceOf(error)}): make room on the disk, or download its weights`, { cause: error });
  }
}

/** @param {import("./storage.js").Store} store @param {(string | undefined)[]} keep */
async function sweep(store, keep) {
  for (const name of await store.names()) if (!keep.includes(name)) await store.remove(name);
}

async function erase() {
  written = null;
  const store = await storage();
  await store.remove(SLOT);
  await sweep(store, []);
}

/** The one slot for a training that this origin's storage has. */
export const saved = Object.freeze({
  /** What was written last, if it is there and whole. @returns {Promise<Saved | null>} */
  read: () => inTurn(read),
  /**
   * Replaces what is there, when all of it is written. The pictures are written once for each `data`.
   * @param {{ checkpoint: Uint8Array, data: TrainingData, about: any }} run `about` is whatever JSON can hold
   * @returns {Promise<void>}
   */
  write: (run) => inTurn(() => write(run)),
  /** @returns {Promise<void>} */
  erase: () => inTurn(erase),
});
