// The last runs, kept by the browser in a database of their own: what made them and their finished pictures.

/**
 * @typedef {object} Kept
 * @property {number} id
 * @property {string} key equal for runs that give the same pictures
 * @property {import("../../shared/address.js").View} view as a link has it
 * @property {import("../made.js").Made} made without what only an engine wants
 * @property {Uint8Array} pictures finished ones, of the first images
 * @property {number} total steps
 */

const [NAME, STORE] = ["ddpm-web-runs", "runs"];

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** A browser in private mode may have none: each try asks again. */
async function database() {
  opened ??= (async () => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" });
    return settled(opening);
  })();
  return opened.catch((error) => {
    opened = null;
    throw error;
  });
}

/** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} task @returns {Promise<T>} */
async function within(mode, task) {
  const transaction = (await database()).transaction(STORE, mode);
  const request = task(transaction.objectStore(STORE));
  transaction.commit(); // a page that is left before the answer comes has still done it
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** All of them, the newest first. @returns {Promise<Kept[]>} */
export async function readAll() {
  return (await within("readonly", (store) => store.getAll())).sort((a, b) => b.id - a.id);
}

/** @param {Kept} run */
export const write = (run) => within("readwrite", (store) => store.put(run));

/** @param {number} id */
export const erase = (id) => within("readwrite", (store) => store.delete(id));

export const eraseAll = () => within("readwrite", (store) => store.clear());
