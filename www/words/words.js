// The sentences that the page's scripts write, in the language that is shown. Korean is fetched where it is wanted; where it
// does not come, the page goes on in English.

import { en } from "./en.js";
import { language } from "./language.js";

/** @type {import("./en.js").Words} */
export const words = language === "ko" ? await import("./ko.js").then(({ ko }) => ko, () => en) : en;
