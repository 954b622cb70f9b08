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

/** Where a script lies in www/, which is also where it lies in page/. @param {string} id its path, as rollup has it */
const inFolder = (id) => relative(WWW, id);

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
/** What the first pictures need. @type {Set<string> | undefined} */
let first;
/** What the words that are waited for need. @type {Set<string> | undefined} */
let awaited;

export default {
  input: ENTRY,
  external: (source, importer) => importer !== undefined && resolve(dirname(importer), source) === MISSING,
  plugins: [addresses, link],
  output: {
    dir: resolve(PAGE, "page"),
    format: "es",
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    paths: { [MISSING]: "../www/lib/missing.js" },
    entryFileNames: "page.js",
    chunkFileNames: ({ facadeModuleId, moduleIds }) => inFolder(facadeModuleId ?? moduleIds.at(-1)),
    manualChunks(id, { getModuleInfo }) {
      [first, awaited] = first === undefined ? [ENTRY, AWAITED].map((start) => importedBy(start, getModuleInfo)) : [first, awaited];
      if (!first.has(id)) return null;
      return awaited.has(id) ? "awaited" : "page";
    },
  },
  onwarn(warning) {
    throw new Error(warning.message);
  },
};
