// What the tests ask of a browser, whichever it is, and what all of them do alike.

import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, basename, join } from "node:path";

/**
 * @typedef {object} Page
 * @property {string[]} complaints console errors, uncaught errors and failed requests: a good page leaves it empty
 * @property {(what: Function | string, ...args: any[]) => Promise<any>} evaluate calls a function in the page
 * @property {(selector: string) => Promise<void>} click
 * @property {(selector: string, path: string) => Promise<void>} choose a file, in the input for files
 * @property {(path: string) => Promise<void>} drop a file on the page
 * @property {(path: string) => Promise<void>} screenshot a PNG of what is to be seen
 * @property {() => Promise<number>} memory bytes that the browser's processes for pages hold, after a collection of
 *   the page's garbage where the browser can be told to make one
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Browser
 * @property {(url: string, viewport: { width: number, height: number }) => Promise<Page>} open
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Driver
 * @property {string} name
 * @property {(options?: { dark?: boolean, calm?: boolean, webgpu?: boolean }) => Promise<Browser>} launch
 *   `calm` asks for less motion, and no run starts by itself; `webgpu`, where it is a setting, switches it on
 */

/** The first of these programs that is on PATH. @param {string[]} names */
export function onPath(names) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Drops a file where a driver cannot: the events are the page's own, what they carry is a real DataTransfer. */
export function dropByScript(evaluate, path) {
  return evaluate((base64, name) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, readFileSync(path).toString("base64"), basename(path));
}

/** Waits until `what`, called in the page, is neither false nor null nor undefined, and returns that. */
export async function until(page, what, args = [], timeout = 60_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await page.evaluate(what, ...args);
    if (found !== false && found !== null && found !== undefined) return found;
    if (Date.now() > end) {
      const { all, now } = await page.evaluate(() => {
        const line = (id) => document.getElementById(id)?.textContent ?? "";
        return { all: document.querySelector("main").innerText, now: [document.visibilityState, line("status"), line("error")].join(" / ") };
      });
      // What matters most comes last: of a long log the end is read.
      throw new Error(`The page says:\n${all}\n${page.complaints.join("\n")}\nwaited ${timeout / 1000} s for ${what} of ${args}, at: ${now}`);
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

/** Waits until the text of an element satisfies `pattern`, and returns it. */
export async function untilText(page, selector, pattern, timeout) {
  try {
    return await until(page, (where, source) => {
      const { textContent } = document.querySelector(where);
      return new RegExp(source).test(textContent) ? textContent : null;
    }, [selector, pattern.source], timeout);
  } catch (error) {
    const found = await page.evaluate((where) => document.querySelector(where).textContent.trim(), selector);
    throw new Error(`${error.message}\n${selector} says: ${found}`, { cause: error });
  }
}
