// Ask yourself: each exercise asks first, and shows the reason once an answer was given. The page's text has the questions,
// and which answers are right.

import { words as all } from "../words/words.js";
import { byId, showError } from "./shared/dom.js";

const forms = /** @type {HTMLFormElement[]} */ ([...byId("exercises").querySelectorAll("form")]);

const words = all.exercises;

/**
 * The answer that was given: whether it is right; or what is missing, in a sentence.
 * @param {HTMLFormElement} form
 * @returns {{ right: boolean } | string}
 */
function answered(form) {
  const number = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type='number']"));
  if (number !== null) {
    if (number.value === "" || !number.validity.valid) return words.noNumber(number.min, number.max);
    const { from, to } = number.dataset;
    return { right: number.valueAsNumber >= Number(from) && number.valueAsNumber <= Number(to) };
  }
  const chosen = /** @type {HTMLInputElement | null} */ (form.querySelector("input:checked"));
  return chosen === null ? words.nothing : { right: "right" in chosen.dataset };
}

/** Shows the reason, or hides it again for another try. @param {HTMLFormElement} form @param {boolean | null} right null: it is asked again */
function show(form, right) {
  const [button, verdict, reason] = ["button", ".verdict", ".reason"].map((part) => /** @type {HTMLElement} */ (form.querySelector(part)));
  const open = right !== null;
  button.textContent = open ? words.again : words.answer;
  verdict.textContent = right === null ? "" : right ? words.right : words.wrong;
  verdict.hidden = reason.hidden = !open;
  for (const input of form.querySelectorAll("input")) {
    input.disabled = open;
    if (input.type !== "radio") continue;
    const label = input.closest("label");
    label.classList.toggle("is-right", open && "right" in input.dataset);
    label.classList.toggle("is-wrong", open && input.checked && !("right" in input.dataset));
  }
}

/** @param {HTMLFormElement} form */
function answer(form) {
  const line = /** @type {HTMLElement} */ (form.querySelector(".exercise-error"));
  if (!(/** @type {HTMLElement} */ (form.querySelector(".reason")).hidden)) {
    form.reset();
    show(form, null);
    return;
  }
  const given = answered(form);
  showError(line, typeof given === "string" ? given : null);
  if (typeof given === "string") /** @type {HTMLElement} */ (form.querySelector("input")).focus();
  else show(form, given.right);
}

/** They need no engine. @type {import("./shared/panel.js").Mount} */
export function mount() {}

for (const form of forms) {
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form);
  });
}
