// Files that were dropped or picked, folders with all that is in them.

/** Files that systems leave in folders, of which nobody knows. */
const SYSTEMS = /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini)$/i;

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  // It answers with a hundred at a time, and with none in the end.
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesBelow(entry) {
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry);
    const file = await new Promise((resolve, reject) => { one.file(resolve, reject); });
    return [named(file, entry.fullPath.replace(/^\//, ""))];
  }
  const inside = await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry));
  const files = [];
  for (const one of inside) files.push(...await filesBelow(one));
  return files;
}

/** The same file under its path, which says what folder it is in. @param {File} file @param {string} path */
function named(file, path) {
  return path === file.name || path === "" ? file : new File([file], path, { type: file.type });
}

/** Hidden files are of no interest; the others come in the order of their names, so that the same folder is the same
    set. @param {File[]} files */
function sorted(files) {
  return files.filter(({ name }) => !SYSTEMS.test(name)).sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

/** @param {DataTransfer} transfer of a drop event, while it is handled @returns {Promise<File[]>} */
export async function droppedFiles(transfer) {
  // What it holds is gone once the event is handled: all entries are taken first.
  const all = [...transfer.items].filter(({ kind }) => kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  const files = [];
  for (const { entry, file } of all) {
    if (entry?.isDirectory) files.push(...await filesBelow(entry));
    else if (file !== null) files.push(file);
  }
  return sorted(files);
}

/** @param {HTMLInputElement} input @returns {File[]} */
export function pickedFiles(input) {
  return sorted([...input.files].map((file) => named(file, file.webkitRelativePath)));
}
