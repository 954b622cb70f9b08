// The classes of a model as a row of keys, one of which is pressed: any or none, each class, and one of each.

import { words } from "../../words/words.js";

/** @typedef {import("../../lib/settings.js").Settings} Settings */

/** The first and the last key's value. A class's value is its number. */
const [ANY, EACH] = ["any", "each"];

/**
 * Fills a box with radio buttons that look like keys, named after the box.
 * @param {HTMLElement} box
 * @param {string[][]} keys a value and a text each
 * @param {string} wanted the value that is chosen
 */
export function fillKeys(box, keys, wanted) {
  box.replaceChildren(...keys.map(([value, text]) => {
    const [label, span] = ["label", "span"].map((tag) => document.createElement(tag));
    const input = Object.assign(document.createElement("input"), { type: "radio", name: box.id, value, checked: value === wanted });
    span.textContent = text;
    label.append(input, span);
    return label;
  }));
}

export class Chips {
  #box;
  #each;
  #first;
  /** The classes that are offered. @type {readonly string[]} */
  #names = [];
  /** The key that is pressed where the visitor pressed none. */
  #usual = ANY;

  /**
   * @param {HTMLElement} box is given radio buttons, named after its id
   * @param {() => void} [onChange] another key is pressed
   * @param {object} [options]
   * @param {boolean} [options.each] whether one of each class can be asked for, which takes several images
   * @param {"any" | "none"} [options.first] the first key: the seed draws each picture's class, or the network is told none
   */
  constructor(box, onChange = () => {}, { each = true, first = "any" } = {}) {
    this.#box = box;
    this.#each = each;
    this.#first = first;
    box.addEventListener("change", () => {
      this.#checked?.closest("label").scrollIntoView({ block: "nearest", inline: "nearest" });
      onChange();
    });
  }

  /** @returns {HTMLInputElement | null} */
  get #checked() {
    return this.#box.querySelector(":checked");
  }

  /** Whether no class is asked for. */
  get isAny() {
    return (this.#checked?.value ?? ANY) === ANY;
  }

  /**
   * Offers a model's classes. What was chosen stays, where there is a class of the same name; else it is the model's usual key.
   * @param {readonly string[]} names
   * @param {"any" | "each"} [usual]
   */
  offer(names, usual = ANY) {
    const keys = [[ANY, words.shared[this.#first]], ...names.map((name, k) => [String(k), words.shared.className(name)]), ...(this.#each ? [[EACH, words.shared.each]] : [])];
    const same = names.length === this.#names.length && names.every((name, k) => name === this.#names[k]);
    if (same && this.#box.childElementCount > 1) return;
    const before = this.#checked?.value === this.#usual ? undefined : this.#checked?.labels[0].textContent;
    this.#names = names;
    this.#usual = usual;
    const wanted = keys.find(([, text]) => text === before) ?? keys.find(([value]) => value === usual) ?? keys[0];
    fillKeys(this.#box, names.length === 0 ? [] : keys, wanted[0]);
  }

  /** For a run of so many images. @param {number} count @returns {Settings["classes"]} */
  classes(count) {
    if (this.isAny) return this.#first === "any" || this.#names.length === 0 ? null : Array(count).fill(null);
    const { value } = this.#checked;
    return value === EACH ? Array.from({ length: count }, (_, k) => k % this.#names.length) : Number(value);
  }

  /** The pressed key, as an address calls it: `any`, `each` or a class's name. */
  get key() {
    const value = this.#checked?.value ?? ANY;
    return value === ANY || value === EACH ? value : this.#names[Number(value)];
  }

  /** All keys, as an address calls them. @returns {string[]} */
  get keys() {
    return [ANY, ...(this.#each && this.#names.length > 0 ? [EACH] : []), ...this.#names];
  }

  /** Presses a key. @param {string} key as above @returns {boolean} whether there is one */
  choose(key) {
    const value = key === ANY || key === EACH ? key : String(this.#names.indexOf(key));
    const input = [...this.#box.querySelectorAll("input")].find((one) => one.value === value);
    if (input === undefined || this.#names.length === 0) return key === ANY;
    input.checked = true;
    const [box, label] = [this.#box, input.closest("label")].map((element) => element.getBoundingClientRect());
    this.#box.scrollLeft += label.left - box.left - (box.width - label.width) / 2; // in a row that scrolls, it is seen
    return true;
  }

  /** What is asked for, as a sentence calls it; null for any. @returns {string | null} */
  get words() {
    return this.isAny ? null : this.#checked.labels[0].textContent;
  }

  /** Each image's class by its name; null where none is asked for. @param {number} count @returns {string[] | null} */
  namesOf(count) {
    const classes = this.classes(count);
    if (classes === null || this.isAny) return null;
    return Array.from({ length: count }, (_, k) => words.shared.className(this.#names[typeof classes === "number" ? classes : classes[k]]));
  }
}
