// What a panel is: one section of the page, with a function `mount`.

/** @typedef {import("../../lib/engine.js").Engine} Engine */

/**
 * Shows this engine from now on. The page calls it when the engine is there, and again when another
 * engine runs or another model.
 * @typedef {(engine: Engine, page: Page) => void} Mount
 */

/**
 * What a panel may do to the whole page.
 * @typedef {object} Page
 * @property {(doing: string, change: (engine: Engine) => Promise<void>) => Promise<void>} exchange ends
 *   the run, changes the engine, and runs again if there was a run; `doing` is said meanwhile
 * @property {(file: File, tell: (sentence: string) => void) => Promise<void>} take makes a file the visitor's own model;
 *   `tell` is told why it was refused
 * @property {() => File | null} own the visitor's file that was taken last, whether it is loaded or not
 */

export {};
