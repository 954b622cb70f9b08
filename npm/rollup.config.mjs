// Joins the page's scripts: `rollup --config npm/rollup.config.mjs` puts together, in the folder page/ of the built page that
// PAGE names, what www/page.js imports. All that the first pictures need is one file, and each section below is another one,
// beside what several of them share. Text and names stay as they are, so that the scripts can be read in the browser. In www/ stay
// the scripts that the other pages, the workers and other sites load one by one.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const { PAGE } = process.env;
const WWW = resolve(PAGE, "www");
const ENTRY = join(WWW, "page.js");
/** www/words/words.js waits for it: what it imports may not lie in the file that waits, or both would wait forever. */
const AWAITED = join(WWW, "words/ko.js");
/** It is written anew while `make serve` goes on, so it stays a file of its own. */
const MISSING = join(WWW, "lib/missing.js");

/** A module's own address stays the one that it has in www/: from there it finds workers, programs, weights and words. */
const addresses = {
  name: "addresses",
  resolveImportMeta(property, { chunkId, moduleId }) {
    if (property !== "url") return null;
    return `new URL(${JSON.stringify(relative(resolve(PAGE, "page", dirname(chunkId)), moduleId))}, import.meta.url).href`;
  },
};

/** The page's own link goes to what was joined. */
const link = {
  name: "link",
  writeBundle() {
    const file = join(PAGE, "index.html");
    const html = readFileSync(file, "utf8");
    const linked = html.replace('src="www/page.js"', 'src="page/page.js"');
    if (linked === html) throw new Error("index.html does not load www/page.js: name the page's first script in npm/rollup.config.mjs");
    writeFileSync(file, linked);
  },
};

/** What a script imports from its start, itself among it. @param {string} id @param {Function} getModuleInfo @param {Set<string>} [found] */
function importedBy(id, getModuleInfo, found = new Set()) {
  if (found.has(id)) return found;
  found.add(id);
  for (const imported of getModuleInfo(id)?.importedIds ?? []) importedBy(imported, getModuleInfo, found);
  return found;
}

/** The file that each script goes to which the first pictures need. @type {Map<string, string>} */
const files = new Map();
const early = {
  name: "early",
  buildEnd(error) {
    if (error !== undefined) return;
    for (const id of importedBy(ENTRY, this.getModuleInfo)) files.set(id, "page");
    for (const id of importedBy(AWAITED, this.getModuleInfo)) if (files.has(id)) files.set(id, "awaited");
  },
};

export default {
  input: ENTRY,
  external: (source, importer) => importer !== undefined && resolve(dirname(importer), source) === MISSING,
  plugins: [early, addresses, link],
  output: {
    dir: resolve(PAGE, "page"),
    format: "es",
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    paths: { [MISSING]: "../www/lib/missing.js" },
    entryFileNames: "page.js",
    // Each file lies in page/ where the script that it is named after lies in www/.
    chunkFileNames: ({ facadeModuleId, moduleIds }) => relative(WWW, facadeModuleId ?? moduleIds.at(-1)),
    manualChunks: (id) => files.get(id),
  },
  onwarn(warning) {
    throw new Error(warning.message);
  },
};
