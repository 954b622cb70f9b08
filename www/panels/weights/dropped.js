// Which of the things that were dropped is the weights file.

/** One of them: a folder has no file. @typedef {{ name: string, file: File | null }} Dropped */

/** How weights files are called, the likeliest first. */
const ENDINGS = [".safetensors", ".pt", ".pth", ".ckpt", ".bin"];

/** @param {DataTransfer} transfer of a drop event, while it is handled @returns {Dropped[]} */
export function droppedIn(transfer) {
  return [...transfer.items].filter(({ kind }) => kind === "file").map((item) => {
    const file = item.getAsFile();
    const entry = item.webkitGetAsEntry?.();
    const isFolder = entry?.isDirectory ?? false;
    return { name: entry?.name ?? file?.name ?? "it", file: isFolder ? null : file };
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
    return { file, note: left.length === 0 ? null : `${file.name} was taken. ${listed(left)} ${left.length === 1 ? "was" : "were"} left alone.` };
  }
  if (dropped.length === 0) return { file: null, note: "There was no file in it: save it to your disk, and drop the file." };
  const names = dropped.map(({ name }) => name);
  if (files.length > 0) return { file: null, note: `None of these is a weights file: ${listed(names)}. Drop a .safetensors file.` };
  return { file: null, note: `${listed(names)} ${names.length === 1 ? "is a folder" : "are folders"}: drop the .safetensors file that is inside.` };
}

/** Many names make no sentence. @param {string[]} names */
function listed(names) {
  const [most, rest] = [names.slice(0, 3), names.length - 3];
  if (rest > 0) return `${most.join(", ")} and ${rest} more`;
  return most.length > 1 ? `${most.slice(0, -1).join(", ")} and ${most.at(-1)}` : most[0];
}

/**
 * A file may have been moved or changed since it was chosen: then browsers refuse it in words of their own.
 * @param {File} file
 */
export async function mustBeReadable(file) {
  if (file.size === 0) throw new Error("it is empty, so it is not a whole safetensors file: export or download it again");
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error("it could not be read: it was moved, changed or deleted since it was chosen, or is a folder; choose it again");
  }
}
