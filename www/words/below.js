// All sentences, for the sections below the first: their scripts come later, and so do their words.

import { below as english } from "./en-below.js";
import { en } from "./en.js";
import { words as above } from "./words.js";

/** @type {import("./en.js").Below} */
const below = above === en ? english : await import("./ko-below.js").then(({ below }) => below, () => english);
/** @type {import("./en.js").Words} */
export const words = { ...above, ...below };
