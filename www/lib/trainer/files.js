// Files become pictures to train on, in a worker of their own.

import { DdpmError, sentenceOf } from "../errors.js";
import { checkAll, oneOf, whole } from "../checks.js";
import { withWorker } from "./lent.js";

/**
 * Pictures to train on.
 * @typedef {object} TrainingData
 * @property {Uint8Array} images [N, C, H, W]: for each picture one plane of `side * side` bytes in grey, or three in colour
 * @property {number} side pixels along one edge: 12 to 64, divisible by 4
 * @property {1 | 3} channels 1 for grey, 3 for red, green and blue
 * @property {Uint8Array | null} labels the class of each picture, an index into `classes`
 * @property {string[]} classes their names; none without labels
 * @property {string} name what the set is called
 */

/**
 * A file: the browser's own, or a name (folders before it, with slashes, can tell classes) and what is in it.
 * @typedef {File | { name: string, bytes: Uint8Array }} NamedFile
 */

const WANTED = { side: whole(12, 64), channels: oneOf([1, 3]) };

/** @param {NamedFile} file */
function nameOf(file) {
  return file instanceof File && file.webkitRelativePath !== "" ? file.webkitRelativePath : file.name;
}

/** @param {NamedFile} file @returns {Promise<Uint8Array>} bytes of one's own */
async function bytesOf(file) {
  return file instanceof File ? new Uint8Array(await file.arrayBuffer()) : file.bytes.slice();
}

/** @param {unknown} file */
function mustBeFile(file) {
  if (file instanceof File) return;
  const { name, bytes } = /** @type {any} */ (file ?? {});
  if (typeof name === "string" && bytes instanceof Uint8Array) return;
  throw new DdpmError("pictures are given as Files, or as objects { name, bytes } with a text and a Uint8Array");
}

/**
 * Makes pictures to train on of files: of PNG, JPEG, GIF, WebP, BMP or TIFF pictures, each cropped to its central square
 * and scaled; or of arrays of pictures with or without labels (IDX, gzip or not; .npy; .npz). The bytes are those that
 * `ddpm data` makes.
 * @param {Iterable<NamedFile>} files
 * @param {{ side?: number, channels?: 1 | 3 }} [wanted] what is not given is as the files have it, and 28 pixels and grey
 *   for single pictures
 * @returns {Promise<{ data: TrainingData, notes: string[], refused: { name: string, why: string }[] }>} what was assumed,
 *   in sentences, and the files of which nothing was taken. Rejected with a `DdpmError` where there is no picture
 */
export async function readPictures(files, wanted = {}) {
  checkAll(wanted, WANTED, "wish");
  const all = [...files];
  all.forEach(mustBeFile);
  return withWorker(async (worker, module) => {
    await worker.call("read", { module, ...wanted });
    /** @type {{ name: string, why: string }[]} */
    const unread = [];
    for (const file of all) {
      const name = nameOf(file);
      try {
        const bytes = await bytesOf(file);
        await worker.call("add", { name, bytes }, [bytes.buffer]);
      } catch (error) {
        if (error instanceof DdpmError) throw error;
        unread.push({ name, why: sentenceOf(error) }); // it may have changed on the disk since it was chosen
      }
    }
    const { notes, refused, ...data } = await worker.call("finish");
    return { data, notes, refused: [...unread, ...refused] };
  });
}
