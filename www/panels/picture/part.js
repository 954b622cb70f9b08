// What an address holds of this section. What was drawn, brought or marked is not in it.

import { whole } from "../shared/address.js";
import { byId } from "../shared/dom.js";
import { ofChips, ofInput, ofKeys, ofNumber, Part } from "../shared/part.js";
import { testNumber, TESTS, testWith, turnTo } from "./given.js";

/** @typedef {import("./given.js").Given} Given */

/**
 * @param {object} view
 * @param {import("../shared/chips.js").Chips} view.chips
 * @param {Given} view.first the picture on a page that was just opened
 * @param {() => Given} view.get the picture
 * @param {(given: Given) => void} view.set
 * @param {() => string} view.t where the slider is, or was before a part was marked
 * @param {() => string} view.usualT
 * @param {() => string} view.usualGuidance of the model
 */
export function partOf({ chips, first, get, set, t, usualT, usualGuidance }) {
  const take = (number) => {
    set(testWith(number));
    turnTo(number);
  };
  const [slider, seed, guidance, steps, layer, visits] = ["t", "seed", "guidance", "steps", "layer", "visits"].map((id) => byId(`picture-${id}`));
  return new Part(byId("picture"), {
    test: ofNumber(whole(1, TESTS), () => testNumber(get()) ?? testNumber(first), take, testNumber(first)),
    t: { ...ofInput(slider, usualT), now: t },
    seed: ofInput(seed),
    class: ofChips(chips),
    guidance: ofInput(guidance, usualGuidance),
    steps: ofKeys(steps),
    layer: ofKeys(layer),
    visits: ofKeys(visits),
  });
}
