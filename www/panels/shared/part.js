// A section's part of the address: what makes its view, under keys that begin with the section's name.
//
//   ?noise-t=120&noise-picture=33#noise
//
// What is as on a page that was just opened is left out.

import { between, oneOf, whole, wrongInWords } from "./address.js";
import { showError } from "./dom.js";
import { putSearch } from "./follow.js";

/**
 * One thing that makes a view.
 * @typedef {object} Thing
 * @property {() => string | null} now as an address has it; null where the address is to stay as it is
 * @property {(text: string) => string | null} put chooses it; where that cannot be, says in words what it could be
 * @property {() => string} usual what it is on a page that was just opened
 */

export class Part {
  #section;
  /** @type {[string, Thing][]} */
  #things;
  #met = false;
  /** What the view was when the address was read: a complaint about that stands until the view is another. */
  #read = "";

  /** @param {HTMLElement} section @param {{ [name: string]: Thing }} things are chosen in this order */
  constructor(section, things) {
    this.#section = section;
    this.#things = Object.entries(things).map(([name, thing]) => [`${section.id}-${name}`, thing]);
  }

  /** The controls offer all that they can: the first time, what the address says is chosen, and what it says wrongly is told. */
  meet() {
    if (this.#met) {
      this.note();
      return;
    }
    this.#met = true;
    const address = new URLSearchParams(location.search);
    const wrong = this.#things.map(([key, { put }]) => {
      const value = address.get(key)?.trim();
      const words = value === undefined ? null : put(value);
      return words === null ? null : wrongInWords({ key, value, words });
    }).filter((sentence) => sentence !== null);
    if (wrong.length > 0) this.#complain(wrong.join(" "));
    this.#read = this.#view();
    this.note();
  }

  /** The view may have changed: the address follows it. */
  note() {
    if (!this.#met) return;
    const line = this.#line();
    if (line !== null && this.#view() !== this.#read) line.hidden = true;
    putSearch((search) => {
      const address = new URLSearchParams(search);
      const all = this.#things.map(([key, { now, usual }]) => {
        const value = now();
        return { key, value: value === usual() ? null : value ?? address.get(key) };
      });
      if (all.every(({ key, value }) => value === address.get(key))) return search;
      all.forEach(({ key }) => address.delete(key));
      for (const { key, value } of all.filter(({ value }) => value !== null)) address.append(key, value);
      const text = address.toString();
      return text === "" ? "" : `?${text}`;
    });
  }

  #view() {
    return JSON.stringify(this.#things.map(([, { now }]) => now()));
  }

  /** @returns {HTMLElement | null} */
  #line() {
    return this.#section.querySelector(":scope > .address-wrong");
  }

  /** Below the section's heading. @param {string} sentences */
  #complain(sentences) {
    let line = this.#line();
    if (line === null) {
      line = Object.assign(document.createElement("p"), { className: "address-wrong" });
      line.setAttribute("role", "alert");
      this.#section.querySelector("h2").after(line);
    }
    showError(line, line.hidden ? sentences : `${line.textContent} ${sentences}`.trim());
  }
}

/** A number that is typed or dragged. @param {HTMLInputElement} input @param {() => string} [usual] @returns {Thing} */
export const ofInput = (input, usual = () => input.defaultValue) => ({
  now: () => (input.value !== "" && input.validity.valid ? input.value : null),
  put: (text) => {
    const { read, words } = (input.step === "1" ? whole : between)(Number(input.min), Number(input.max));
    const value = read(text);
    if (value !== undefined) input.value = String(value);
    return value === undefined ? words : null;
  },
  usual,
});

/**
 * A number that goes through these functions.
 * @param {import("./address.js").Field<number>} field
 * @param {() => number} get @param {(value: number) => void} set
 * @param {number} usual
 * @returns {Thing}
 */
export const ofNumber = ({ read, words }, get, set, usual) => ({
  now: () => String(get()),
  put: (text) => {
    const value = read(text);
    if (value !== undefined) set(value);
    return value === undefined ? words : null;
  },
  usual: () => String(usual),
});

/**
 * A slider through the steps of a run, which stays at its share of the way when their number is another.
 * @param {HTMLInputElement} slider as index.html has it
 * @param {() => string} most steps of the run that is to come
 * @returns {Thing}
 */
export function ofPlace(slider, most) {
  const [low, share] = [Number(slider.min), Number(slider.defaultValue) / Number(slider.max)];
  const place = ofInput(slider, () => String(Math.max(low, Math.round(share * Number(slider.max)))));
  const put = (text) => {
    const now = slider.valueAsNumber / Number(slider.max);
    slider.max = most();
    slider.value = String(Math.max(low, Math.round(now * Number(slider.max))));
    return place.put(text);
  };
  return { ...place, put };
}

/** Radio buttons that look like keys. @param {HTMLElement} box @param {() => string} [usual] @returns {Thing} */
export function ofKeys(box, usual) {
  const keys = () => [...box.querySelectorAll("input")];
  return {
    now: () => keys().find(({ checked }) => checked)?.value ?? null,
    put: (text) => {
      const wanted = keys().find(({ value }) => value === text);
      if (wanted !== undefined) wanted.checked = true;
      return wanted === undefined ? oneOf(...keys().map(({ value }) => value)).words : null;
    },
    usual: usual ?? (() => keys().find(({ defaultChecked }) => defaultChecked)?.value),
  };
}

/** @param {HTMLSelectElement} menu @returns {Thing} */
export function ofMenu(menu) {
  const options = () => [...menu.options];
  return {
    now: () => menu.value,
    put: (text) => {
      const values = options().map(({ value }) => value);
      if (values.includes(text)) menu.value = text;
      return values.includes(text) ? null : oneOf(...values).words;
    },
    usual: () => (options().find(({ defaultSelected }) => defaultSelected) ?? menu.options[0]).value,
  };
}

/** @param {import("./chips.js").Chips} chips @returns {Thing} */
export const ofChips = (chips) => ({
  now: () => chips.key,
  put: (text) => (chips.choose(text) ? null : oneOf(...chips.keys).words),
  usual: () => chips.keys[0],
});

/** @param {HTMLInputElement} box that is ticked @returns {Thing} */
export const ofTick = (box) => ({
  now: () => (box.checked ? "yes" : "no"),
  put: (text) => {
    const { read, words } = oneOf("yes", "no");
    if (read(text) !== undefined) box.checked = text === "yes";
    return read(text) === undefined ? words : null;
  },
  usual: () => (box.defaultChecked ? "yes" : "no"),
});
