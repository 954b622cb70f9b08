// The forward-noise section: a slider, two pictures and three numbers.

import { draw } from "./draw.js";

/** @typedef {import("./protocol.js").Picture} Picture */
/** @typedef {Extract<import("./protocol.js").Report, { type: "noised" }>} Noised */

const byId = (id) => document.getElementById(id);
const slider = byId("percent");
const text = byId("percent-text");
const marks = [...byId("marks").querySelectorAll("button")];

/** The number as shown, and in full for whoever reads the page by program. */
function setNumber(id, value, shown) {
  const element = byId(id);
  element.value = value === null ? "" : String(value);
  element.textContent = shown;
}

/**
 * Wires the slider. One question is under way at a time; the answer to it asks for where the
 * slider is by then, so that a quick drag leaves no queue behind it.
 * @param {(percent: number) => void} ask
 */
export function startNoise(ask) {
  let asked = null;

  function wish() {
    text.textContent = `${slider.value} %`;
    if (asked !== null) return;
    asked = slider.valueAsNumber;
    ask(asked);
  }

  function setDisabled(disabled) {
    [slider, ...marks].forEach((control) => { control.disabled = disabled; });
  }

  slider.addEventListener("input", wish);
  marks.forEach((mark) => mark.addEventListener("click", () => {
    slider.value = mark.value;
    wish();
  }));

  return {
    /** The images are there. @param {Picture} original */
    enable(original) {
      draw(byId("original"), original);
      setDisabled(false);
      wish();
    },

    /** @param {Noised} noised */
    show({ percent, picture, t, alphaBar, snr }) {
      draw(byId("noised"), picture);
      setNumber("t", t, t === null ? "none yet" : String(t));
      setNumber("alpha-bar", alphaBar, alphaBar.toFixed(4));
      setNumber("snr", snr, Number.isFinite(snr) ? snr.toPrecision(3) : "∞");
      asked = null;
      if (percent !== slider.valueAsNumber) wish();
    },

    /** The question failed: the next move of the slider asks anew. */
    fail() {
      asked = null;
    },

    disable() {
      setDisabled(true);
    },
  };
}
