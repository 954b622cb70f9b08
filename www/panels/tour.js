// The tour: a card that goes from control to control, says what each is for, and drives it where that is wanted. It knows the
// page by its controls alone.

import { words as all } from "../words/words.js";
import { wrongInWords } from "./shared/address.js";
import { byId } from "./shared/dom.js";
import { putSearch } from "./shared/follow.js";
import { prose } from "./shared/math.js";
import { perform, rendered, unfold } from "./tour/doing.js";
import { bring, lift, place, raise, seenShare } from "./tour/place.js";
import { STEPS } from "./tour/steps.js";

const words = all.tour;

const KEY = "tour";
/** What moves the page by the visitor's own hand. */
const HANDS = ["wheel", "touchmove", "keydown", "pointerdown"];
/** Where less of what changes can be seen, it is brought to the screen. */
const ENOUGH = 0.5;
const FOCUSABLE = "a[href], button:enabled, input:enabled, select:enabled, summary, [tabindex='0']";

const card = byId("tour");
const [title, text, attempt, lack, said, back, doing, next, end, go] =
  ["title", "text", "attempt", "lack", "said", "back", "do", "next", "end", "go"].map((id) => byId(`tour-${id}`));
const opener = byId("tour-open");

/** The step that is shown, from 0; null while there is no tour. @type {number | null} */
let at = null;
/** The control that is marked. @type {HTMLElement | null} */
let marked = null;
/** What is being done. @type {AbortController | null} */
let deed = null;
/** Whether the visitor has moved the page since the step was opened. */
let moved = false;
/** Whether what the control changes is more important now than the control, because the tour moves it. */
let shows = false;

/** @param {number | null} k */
function putAddress(k) {
  putSearch((search) => {
    const address = new URLSearchParams(search);
    if (k === null) address.delete(KEY);
    else address.set(KEY, String(k + 1));
    const query = address.toString();
    return query === "" ? "" : `?${query}`;
  });
}

/** What the control changes. A picture's box has its size before the picture is there. @returns {HTMLElement | null} */
function changed() {
  const element = rendered(STEPS[at].see);
  return element?.closest(".box") ?? element;
}

/** Marks the control, or where it is not there, the one that brings it. */
function mark() {
  const { control, lacking, said: { lacking: missing } } = STEPS[at];
  unfold(control);
  const found = rendered(control);
  lack.hidden = found !== null || lacking === undefined;
  lack.textContent = lack.hidden ? "" : missing;
  const wanted = found ?? (lacking === undefined ? null : rendered(lacking)) ?? rendered("h1");
  if (wanted === marked) return;
  marked?.classList.remove("toured");
  marked = wanted;
  marked.classList.add("toured");
}

/** @param {boolean} scroll */
function arrange(scroll) {
  if (at === null) return;
  mark();
  const changing = changed();
  const isShown = shows && changing !== null;
  const subject = isShown ? changing : marked;
  const other = isShown ? marked : changing;
  if (scroll) bring(card, subject, other);
  if (place(card, subject, other, isShown) || !scroll) return;
  raise(subject);
  place(card, subject, other, isShown);
  if (!isShown) return;
  lift(card, marked);
  place(card, subject, other, isShown);
}

function stopDoing() {
  deed?.abort();
  deed = null;
}

/** @param {string} sentence */
function paragraph(sentence) {
  const element = document.createElement("p");
  element.append(...prose(sentence));
  return element;
}

/** @param {number} k */
function show(k) {
  stopDoing();
  at = k;
  moved = shows = false;
  const { control, said: { title: heading, text: sentences, attempt: trying } } = STEPS[k];
  byId("tour-place").textContent = words.place(k + 1, STEPS.length);
  title.textContent = heading;
  text.replaceChildren(...sentences.map(paragraph));
  attempt.replaceChildren(...prose(trying));
  said.textContent = "";
  back.disabled = k === 0;
  next.textContent = k === STEPS.length - 1 ? words.finish : words.next;
  card.hidden = false;
  opener.setAttribute("aria-expanded", "true");
  // The keyboard goes from the card to the section's controls, and from them back to it.
  document.querySelector(control).closest("section").prepend(card);
  delete card.dataset.corner;
  card.classList.remove("done");
  arrange(true);
  title.focus({ preventScroll: true });
  putAddress(k);
}

function toControl() {
  const control = /** @type {HTMLElement | null} */ (marked?.matches(FOCUSABLE) ? marked : marked?.querySelector(`:checked, ${FOCUSABLE}`));
  (control ?? opener).focus({ preventScroll: true });
}

function close() {
  stopDoing();
  toControl();
  card.hidden = true;
  opener.setAttribute("aria-expanded", "false");
  opener.after(card);
  marked?.classList.remove("toured");
  marked = at = null;
  putAddress(null);
}

async function perfect() {
  stopDoing();
  const mine = (deed = new AbortController());
  const { does, said: { did } } = STEPS[at];
  card.classList.add("done");
  moved = false;
  const changing = changed();
  if (changing !== null && seenShare(card, changing) < ENOUGH) {
    shows = true;
    arrange(true);
  }
  said.textContent = words.doing;
  try {
    await perform(does, mine.signal);
    if (deed === mine) said.replaceChildren(...prose(did));
  } catch {
    if (deed === mine) said.textContent = words.undone;
  } finally {
    if (deed === mine) deed = null;
    arrange(!moved); // what it did may have moved the page
  }
}

/** The step that the address asks for. @returns {string | null} what in it is not used */
export function openLink() {
  const wanted = new URLSearchParams(location.search).get(KEY);
  if (wanted === null || at !== null) return null;
  const k = Number(wanted);
  if (!Number.isInteger(k) || k < 1 || k > STEPS.length) return wrongInWords({ key: KEY, value: wanted, words: all.address.whole(1, STEPS.length) });
  show(k - 1);
  return null;
}

/** @type {import("./shared/panel.js").Mount} */
export function mount() {
  opener.disabled = false;
  arrange(false); // another model may have other controls
}

opener.addEventListener("click", () => {
  if (at === null) show(0);
  else close();
});
back.addEventListener("click", () => show(at - 1));
next.addEventListener("click", () => {
  if (at < STEPS.length - 1) show(at + 1);
  else close();
});
end.addEventListener("click", close);
go.addEventListener("click", toControl);
doing.addEventListener("click", perfect);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || at === null || event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
  close();
});
for (const kind of HANDS) {
  addEventListener(kind, ({ isTrusted, target }) => {
    if (at === null || !isTrusted || card.contains(/** @type {Node} */ (target))) return;
    moved = true;
    shows = false;
    if (deed === null || kind === "wheel" || kind === "touchmove") return;
    stopDoing();
    said.textContent = words.stopped;
  }, { passive: true });
}
addEventListener("scroll", () => requestAnimationFrame(() => arrange(false)), { passive: true });
// A section that is seen for the first time may grow, and move those below it.
new ResizeObserver(() => arrange(!moved)).observe(document.body);
new ResizeObserver(() => arrange(false)).observe(card);
addEventListener("resize", () => arrange(!moved));
