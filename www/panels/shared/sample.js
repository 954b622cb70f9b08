// The training pictures that come with the page.

import { Downloads } from "../../lib/download.js";

const FILES = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"];

/**
 * By what the shipped models call them: how many pictures there are, of how many that training saw.
 * @type {{ [name: string]: { folder: string, pictures: number, all: number, megabytes: number } }}
 */
export const SAMPLES = {
  clothes: { folder: "sample", pictures: 5000, all: 60_000, megabytes: 2.2 },
  emoji: { folder: "emoji", pictures: 1720, all: 1720, megabytes: 2.1 },
};

/**
 * @param {keyof typeof SAMPLES} name
 * @param {(loaded: number, total: number | null) => void} [onProgress] bytes
 * @returns {Promise<{ name: string, bytes: Uint8Array }[]>} files, as `readPictures` takes them
 */
export async function loadSample(name, onProgress) {
  const downloads = new Downloads(onProgress);
  return Promise.all(FILES.map(async (file) => (
    { name: file, bytes: await downloads.bytes(new URL(`../../../assets/${SAMPLES[name].folder}/${file}`, import.meta.url)) })));
}
