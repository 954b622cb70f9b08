// A file's picture. Where it lies on another ground than the model's pictures, such as a dark thing before a light wall, light and dark
// are swapped, unless the visitor wants it otherwise.

import { groundOfModel, groundOfPicture, otherGround, turned } from "./swap.js";

/** @typedef {import("./given.js").Given} Given */
/** @typedef {import("./swap.js").Ground} Ground */

/** @param {File} file @param {string} name @returns {Given} */
export function fileGiven(file, name) {
  /** @type {Given["chosen"]} */
  const chosen = { background: null, swapped: null };
  /** What the first reading told of it: later ones may have another background. @type {{ ground: Ground | null, transparent: boolean } | null} */
  let told = null;
  /** @type {Given["read"]} */
  const read = async (engine, { crop }) => {
    const { info } = engine;
    const model = groundOfModel(info);
    /** @param {Ground | null} background */
    const readOn = async (background) => engine.readPicture(new Uint8Array(await file.arrayBuffer()), file.name, { background, crop });
    const first = told === null ? await readOn(null) : null;
    told ??= { ground: groundOfPicture(first, info.image), transparent: first.transparent };
    const differs = model !== null && told.ground !== null && told.ground !== model;
    const swapped = info.image.channels === 1 && (chosen.swapped ?? differs);
    // In the end bars are as the model's ground is. Behind what is transparent, the program chooses what a drawing is seen before.
    const ground = chosen.background ?? (told.transparent ? null : model ?? "black");
    const before = ground !== null && swapped ? otherGround(ground) : ground;
    const isRight = first !== null && (before ?? first.background) === first.background;
    const hasGround = first === null || first.facts.includes("barred") || first.transparent;
    const fitted = isRight || !hasGround ? first : await readOn(before);
    return {
      bytes: swapped ? turned(fitted.bytes) : fitted.bytes,
      fitted: { ...fitted, background: swapped ? otherGround(fitted.background) : fitted.background },
      tone: info.image.channels === 1 ? { swapped, differs, model } : null,
    };
  };
  return { name, file, chosen, read };
}
