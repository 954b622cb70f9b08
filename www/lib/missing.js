// Programs that this copy of the page does not have. `make serve` opens the page before the last of them are built,
// and writes this file anew as they come; in a finished build there are none.

/** @type {readonly string[]} their names, as in programs.js */
export const MISSING = [];
