// The page without a network: a service worker, which answers with the files of one build. The build writes
// offline-files.js, the SHA-256 of each of the page's files, so browsers see that a build is another one, and each build's
// files are kept apart. A file whose hash is not the build's never reaches the page.

/** A service worker's own global object, which TypeScript's library for pages does not know. */
const worker = /** @type {any} */ (self);
worker.importScripts("offline-files.js");

/** Hashes by the paths below the page's folder, as hexadecimal digits. @type {{ readonly [path: string]: string }} */
const FILES = worker.FILES;
const INDEX = "index.html";
/** What the page begins with; of www/, what was not joined in page/. Everything else is kept once it was asked for. */
const FIRST = [
  /^(index|teach)\.html$/, /^page\//, /^www\/(?!bench|page\.js|later\.js|updates\.js|panels\/|words\/(?!page|language|ko-page))/, /^ddpm-(web|relaxed)(\.js|_bg\.wasm)$/, /^assets\/(fashion-mnist\.safetensors|test-.*\.idx|card\.png|evaluation\/.*\.json)$/,
];
/** The names of this page's stores begin so: a host may have other pages. */
const PREFIX = `ddpm-web ${worker.registration.scope} `;

/** This build's store is named after all that it holds. */
const ours = hashOf(new TextEncoder().encode(JSON.stringify(FILES))).then((hash) => PREFIX + hash);
const opened = ours.then((name) => caches.open(name));

/** @param {BufferSource} bytes */
async function hashOf(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The path of an address below the page's folder; null for another's. @param {string} address */
function pathOf(address) {
  const { scope } = worker.registration;
  const bare = address.split(/[?#]/, 1)[0];
  if (!bare.startsWith(scope)) return null;
  return decodeURIComponent(bare.slice(scope.length)) || INDEX;
}

/** Whether an answer is what this build has at the path. @param {Response} response @param {string} path */
async function isOurs(response, path) {
  return response.ok && (await hashOf(await response.clone().arrayBuffer())) === FILES[path];
}

/** Fetches a file of this build and keeps it: from the browser's own store where it is right there. @param {string} path */
async function fetched(path) {
  const address = new URL(path, worker.registration.scope);
  for (const cache of /** @type {RequestCache[]} */ (["default", "reload"])) {
    const response = await fetch(address, { cache });
    if (!(await isOurs(response, path))) continue;
    await (await opened).put(address, response.clone());
    return response;
  }
  // The server has another build by now.
  worker.registration.update().catch(() => {});
  throw new TypeError(`${path} on the server is of another build of the page`);
}

/** @param {string} path */
async function answer(path) {
  const kept = await (await opened).match(new URL(path, worker.registration.scope));
  return kept ?? fetched(path);
}

async function install() {
  const first = Object.keys(FILES).filter((path) => FIRST.some((pattern) => pattern.test(path)));
  for (const path of first) await answer(path);
}

/** Takes the files of builds before away. */
async function clean() {
  const mine = await ours;
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== mine);
  await Promise.all(old.map((name) => caches.delete(name)));
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(clean()));
worker.addEventListener("message", ({ data }) => {
  if (data === "take over") worker.skipWaiting();
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = request.method === "GET" ? pathOf(request.url) : null;
  if (path === null || !Object.hasOwn(FILES, path)) return;
  event.respondWith(answer(path));
});
