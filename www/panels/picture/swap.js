// Light and dark: on which ground a picture lies and those of a model do, and a picture with both swapped.

/** @typedef {import("../shared/draw.js").ImageSpec} ImageSpec */
/** @typedef {"black" | "white"} Ground */
/** What became of light and dark in a picture: whether they are swapped, whether the picture lies on another ground than the model's
    pictures, and on which these do; null where that is not known. @typedef {{ swapped: boolean, differs: boolean, model: Ground | null }} Tone */

/** A picture's edge is so many of its side's pixels wide. */
const EDGE = 14;
/** A model's pictures lie on black or white where the mean of their edge is nearer to it than this, from -1 to 1. */
const CLEAR = 0.5;
/** What is inside a picture is darker or lighter than its edge by at least so many grey levels, on average. */
const LEAST = 3;
/** Between black and white. */
const MIDDLE = 127.5;

/** @param {Ground} ground @returns {Ground} */
export const otherGround = (ground) => (ground === "black" ? "white" : "black");

/** Each pixel as light as it was dark. @param {Uint8Array} bytes */
export const turned = (bytes) => bytes.map((byte) => 255 - byte);

/**
 * The means of a picture's edge and of what is inside it.
 * @param {ArrayLike<number>} numbers of all its channels, one after the other
 * @param {number} side of the picture
 * @param {{ left: number, top: number, wide: number, high: number }} [frame] where it lies between its bars
 */
function means(numbers, side, { left, top, wide, high } = { left: 0, top: 0, wide: side, high: side }) {
  const width = Math.max(1, Math.round(side / EDGE));
  const [edge, inside] = [{ sum: 0, count: 0 }, { sum: 0, count: 0 }];
  for (let at = 0; at < numbers.length; at += 1) {
    const [x, y] = [at % side - left, Math.floor(at / side) % side - top];
    if (x < 0 || y < 0 || x >= wide || y >= high) continue;
    const part = Math.min(x, y, wide - 1 - x, high - 1 - y) < width ? edge : inside;
    part.sum += numbers[at];
    part.count += 1;
  }
  return { edge: edge.sum / edge.count, inside: inside.sum / inside.count };
}

/**
 * On which ground a model's pictures lie; null where its file does not say, or where they lie on neither.
 * @param {import("../../lib/pool.js").Info} info
 * @returns {Ground | null}
 */
export function groundOfModel({ image: { side }, metadata }) {
  const mean = metadata?.pixels?.mean ?? [];
  const { edge } = means(mean, side);
  if (edge < -CLEAR) return "black";
  return edge > CLEAR ? "white" : null;
}

/** Where the whole of an oblong picture lies, as the program puts it between bars. @param {{ width: number, height: number }} original @param {number} side */
function frameOf({ width, height }, side) {
  const longest = Math.max(width, height);
  const [wide, high] = [width, height].map((length) => Math.max(1, Math.floor((length * side + Math.floor(longest / 2)) / longest)));
  return { left: Math.floor((side - wide) / 2), top: Math.floor((side - high) / 2), wide, high };
}

/**
 * On which ground a picture lies: its edge is light and what is inside is darker, or the other way round; null where it is neither.
 * @param {import("../../lib/trainer/single.js").Fitted} fitted
 * @param {ImageSpec} spec
 * @returns {Ground | null}
 */
export function groundOfPicture({ bytes, facts, original }, { side }) {
  const { edge, inside } = means(bytes, side, facts.includes("barred") ? frameOf(original, side) : undefined);
  if (edge > MIDDLE && inside < edge - LEAST) return "white";
  return edge < MIDDLE && inside > edge + LEAST ? "black" : null;
}
