// What the panel says, in whole sentences.

import { count, milliseconds } from "../../lib/text.js";

/** @param {number} width @param {number} height */
const size = (width, height) => `${count(width)} × ${count(height)} pixels`;

/** @param {string} message */
export const couldNotNoise = (message) => `The picture could not be noised: ${message}.`;
/** @param {string} message */
export const couldNotBringBack = (message) => `The pictures could not be made: ${message}.`;
/** @param {string} message which says what was to be read */
export const couldNotRead = (message) => `${message}. The picture before it is still there.`;

export const READING = "Reading the picture …";
export const OPENING = "Starting the model beside the one above …";
export const MAKING = "Making the pictures …";
export const STOPPED = "Stopped: what was there stays.";
export const [STOP, MAKE] = ["Stop", "Make them after all"];
export const STOP_TITLE = "Stops making these pictures. What was there stays.";
export const PASTED = "The pasted picture";
export const NO_SEED = "The seed is a whole number from 0 to 9,007,199,254,740,991.";
export const NO_FILE = "There was no file in it: drop a picture, or choose one.";

/** @param {string} name @param {{ width: number, height: number }} original */
export const originalLine = (name, { width, height }) => `${name}, ${size(width, height)}`;

/** @param {{ side: number }} spec */
export const givenLine = ({ side }) => `For the model, ${side} × ${side}`;

/** What became of a picture on its way to the model. @type {{ [fact: string]: (background: "black" | "white") => string }} */
const FACTS = {
  animated: () => "It has several frames, of which the first is taken.",
  cropped: () => "It is not square: its central square is taken.",
  barred: () => "It is not square: bars make it so.",
  enlarged: () => "It is smaller than the model’s pictures, so it is enlarged and has no sharp detail.",
  grey: () => "The model knows grey alone, so the colours are left out.",
  transparent: (background) => (background === "white" ? "Its transparent parts become white." : "Its transparent parts become black."),
  dark: () => "It is black, or nearly so.",
};

/** @param {import("../../lib/trainer/single.js").Fitted} fitted */
export const notesLine = ({ facts, background }) => facts.map((fact) => FACTS[fact](background)).join(" ");

/** @param {string} name of a class */
export const takeTest = (name) => `Take a test picture: ${name}`;

/** @param {{ pixels: number, all: number }} marked */
export function maskLine({ pixels, all }) {
  if (pixels === 0) return "Nothing is marked.";
  if (pixels === all) return "All of it is marked: nothing of the picture is kept.";
  return `${count(pixels)} of ${count(all)} pixels are marked. The others stay as they are.`;
}

/** @param {number} ms */
const time = (ms) => (ms < 1000 ? milliseconds(ms) : `${(ms / 1000).toFixed(1)} s`);

/** How many pictures came of which run. @param {{ count: number, t: number, steps: number, visits: number, ms: number, masked: boolean }} run */
export function doneLine({ count: pictures, t, steps, visits, ms, masked }) {
  const what = masked ? "fillings" : "pictures";
  const many = steps === 1 ? "1 step" : `${steps} steps`;
  const again = visits > 1 ? `, all but the last taken ${visits} times` : "";
  return `${pictures} ${what} from t = ${t} in ${many}${again}: ${time(ms)}`;
}

/** @param {number} share of the picture that is left */
export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** From these shares of the picture on (as variance), the most first. */
const SURVIVES = /** @type {[number, string][]} */ ([
  [0.9, "Nearly all of it survives, small details too."],
  [0.6, "Shapes and shades survive. Fine texture is made up."],
  [0.25, "The outline and the large shades survive. Details inside become others."],
  [0.1, "The outline survives, more or less. What is inside it is made up."],
  [0.02, "The kind of thing may become another. Where it is bright and where dark survives longest."],
  [0, "Hardly anything of it survives: these are other pictures."],
]);

/** What comes back of the picture. @param {number} share of it that is left, as variance */
export const survives = (share) => SURVIVES.find(([least]) => share >= least)[1];

/** @param {number} number from 1 @param {string | null} name of its class */
export const resultName = (number, name) => (name === null ? `Result ${number}` : `Result ${number}: ${name}`);
/** @param {string} result */
export const enlarge = (result) => `${result}. Enlarge it.`;
/** @param {number} share of the schedule */
export const columnName = (share) => `From ${percent(share)} of the way to noise`;
/** @param {number} t @param {number} share */
export const stripName = (t, share) => `From t = ${t}, with ${percent(share)} of the picture left: the noised picture and two that came back. Go to this t.`;
/** @param {string} name @param {number} times @param {number} side */
export const savedLine = (name, times, side) => `${name} was saved: ${times * side} × ${times * side} pixels.`;
