// Files for the visitor's disk.

/** An address of bytes lives for so many milliseconds: by then the browser has taken them. */
const ADDRESS_MS = 60_000;

/** Gives the visitor a file. @param {File} file */
export function give(file) {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement("a"), { href: url, download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), ADDRESS_MS);
}
