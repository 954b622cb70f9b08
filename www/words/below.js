// All sentences, for the sections below the first: their scripts come later, and so do their English words.

import { en } from "./en.js";
import { below } from "./en-below.js";
import { words as above } from "./words.js";

/** @type {import("./en.js").Words} */
export const words = /** @type {any} */ (above === en ? { ...en, ...below } : above);
