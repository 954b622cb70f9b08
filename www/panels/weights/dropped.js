// Which of the things that were dropped is the weights file.

import { words as all } from "../../words/words.js";

const words = all.weights;

/** One of them: a folder has no file. @typedef {{ name: string, file: File | null }} Dropped */

/** How weights files are called, the likeliest first. */
const ENDINGS = [".safetensors", ".pt", ".pth", ".ckpt", ".bin"];

/** @param {DataTransfer} transfer of a drop event, while it is handled @returns {Dropped[]} */
export function droppedIn(transfer) {
  return [...transfer.items].filter(({ kind }) => kind === "file").map((item) => {
    const file = item.getAsFile();
    const entry = item.webkitGetAsEntry?.();
    const isFolder = entry?.isDirectory ?? false;
    return { name: entry?.name ?? file?.name ?? words.nameless, file: isFolder ? null : file };
  });
}

/**
 * @param {Dropped[]} dropped
 * @returns {{ file: File, note: string | null } | { file: null, note: string }} the file and what was left alone, or why there is none
 */
export function choose(dropped) {
  const files = dropped.flatMap(({ file }) => (file === null ? [] : [file]));
  const ranked = ENDINGS.flatMap((ending) => files.filter(({ name }) => name.toLowerCase().endsWith(ending)));
  const file = ranked[0] ?? (files.length === 1 ? files[0] : null);
  if (file !== null) {
    const left = dropped.filter((one) => one.file !== file).map(({ name }) => name);
    return { file, note: left.length === 0 ? null : words.taken(file.name, left) };
  }
  if (dropped.length === 0) return { file: null, note: words.noFile };
  const names = dropped.map(({ name }) => name);
  if (files.length > 0) return { file: null, note: words.noneOfThese(names) };
  return { file: null, note: words.folders(names) };
}

/**
 * A file may have been moved or changed since it was chosen: then browsers refuse it in words of their own.
 * @param {File} file
 */
export async function mustBeReadable(file) {
  if (file.size === 0) throw new Error(words.empty);
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error(words.unreadable);
  }
}
