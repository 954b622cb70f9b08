// Files in this origin's storage, each written whole or not at all: in the origin private file system, else in IndexedDB.

import { DdpmError, sentenceOf } from "../errors.js";

/**
 * @typedef {object} Store
 * @property {(name: string) => Promise<Uint8Array | null>} get null where there is no such file
 * @property {(name: string, bytes: Uint8Array) => Promise<void>} put
 * @property {(name: string) => Promise<void>} remove
 * @property {() => Promise<string[]>} names
 */

const FOLDER = "ddpm-web";
/** So many bytes are written at once: the page waits for their copy. */
const STRETCH = 8 << 20;

/** A file of the file system is another one only when its stream is closed. @returns {Promise<Store>} */
async function files() {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  const missing = (/** @type {unknown} */ error) => error instanceof DOMException && error.name === "NotFoundError";
  return {
    async get(name) {
      try {
        const file = await (await folder.getFileHandle(name)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        if (missing(error)) return null;
        throw error;
      }
    },
    async put(name, bytes) {
      const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
      for (let at = 0; at < bytes.length; at += STRETCH) {
        await stream.write(/** @type {Uint8Array<ArrayBuffer>} */ (bytes.subarray(at, at + STRETCH)));
      }
      await stream.close();
    },
    async remove(name) {
      await folder.removeEntry(name).catch((error) => {
        if (!missing(error)) throw error;
      });
    },
    async names() {
      const found = [];
      for await (const name of /** @type {any} */ (folder).keys()) found.push(name);
      return found;
    },
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @returns {Promise<Store>} */
async function database() {
  const opening = indexedDB.open(FOLDER, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("files");
  const db = await settled(opening);
  /** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} task @returns {Promise<T>} */
  const within = (mode, task) => new Promise((resolve, reject) => {
    const transaction = db.transaction("files", mode);
    const request = task(transaction.objectStore("files"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
  return {
    get: async (name) => (await within("readonly", (store) => store.get(name))) ?? null,
    put: async (name, bytes) => { await within("readwrite", (store) => store.put(bytes, name)); },
    remove: (name) => within("readwrite", (store) => store.delete(name)),
    names: async () => (await within("readonly", (store) => store.getAllKeys())).map(String),
  };
}

/** Whether files can be written from the page: some browsers write them in workers alone. */
function hasFiles() {
  return "storage" in navigator && "getDirectory" in navigator.storage && "createWritable" in (globalThis.FileSystemFileHandle?.prototype ?? {});
}

/** @type {Promise<Store> | null} */
let opened = null;

/** Where files are kept. @returns {Promise<Store>} rejected with a `DdpmError` where the browser keeps none */
export function storage() {
  opened ??= (hasFiles() ? files().catch(database) : database()).catch((error) => {
    opened = null;
    throw new DdpmError(`this browser keeps nothing for this page (${sentenceOf(error)}): leave private browsing, or allow storage for it`, { cause: error });
  });
  return opened;
}
