// Workers for a module that comes from another origin than the page: a browser starts scripts of the page's own origin
// alone, so there a worker begins with a line that imports the script.

/** The lines' addresses, by the script's. @type {Map<string, string>} */
const lines = new Map();

/** Whether this module comes from another origin. */
export const IS_FOREIGN = !isOwn(import.meta.url);

/** @param {string | URL} url */
function isOwn(url) {
  return new URL(url, self.location.href).origin === self.origin;
}

/** @param {string} script */
function lineFor(script) {
  const known = lines.get(script);
  if (known !== undefined) return known;
  const line = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)};`], { type: "text/javascript" }));
  lines.set(script, line);
  return line;
}

/**
 * Starts a worker, wherever its script is.
 * @param {() => Worker} start it says `new Worker` itself, because bundlers look for these words: they tell where
 *   the script will be, and only this moment knows
 * @returns {Worker}
 */
export function startAnywhere(start) {
  if (!IS_FOREIGN) return start();
  const Native = self.Worker;
  const through = function through(/** @type {string | URL} */ script, /** @type {WorkerOptions} */ options) {
    return new Native(isOwn(script) ? script : lineFor(String(script)), options);
  };
  self.Worker = /** @type {any} */ (through);
  try {
    return start();
  } finally {
    self.Worker = Native;
  }
}

/** The directive of the page's Content-Security-Policy that forbade a worker last. @type {string | null} */
let forbidden = null;

self.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  if (effectiveDirective === "worker-src" || blockedURI === "blob") forbidden = effectiveDirective;
});

/** Why a worker's script could not be loaded, where the browser itself tells nothing, and what to do. */
export function whyNotLoaded() {
  const { origin } = new URL(import.meta.url);
  const own = `or serve this module's files from ${self.origin}`;
  if (forbidden !== null && IS_FOREIGN) {
    return `this page's Content-Security-Policy (${forbidden}) forbids the worker that a module from ${origin} needs: allow it by "worker-src blob: ${origin}", ${own}`;
  }
  if (forbidden !== null) {
    return `this page's Content-Security-Policy (${forbidden}) forbids this module's workers: allow ${origin} in worker-src`;
  }
  const told = "the engine's worker could not be loaded: one of its scripts did not arrive, or the server sent a page instead. Check the connection and reload the page, or use a newer browser";
  if (IS_FOREIGN) {
    return `${told}. It comes from ${origin}, which must send "Access-Control-Allow-Origin" with all of this module's files, and which script-src and worker-src in the page's Content-Security-Policy must allow; ${own}`;
  }
  if (self.crossOriginIsolated) {
    return `${told}. The page has a Cross-Origin-Embedder-Policy: the server must send that header with this module's scripts too`;
  }
  return told;
}
