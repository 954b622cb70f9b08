// Where the tour's card is: the control that it speaks of is on the screen, and the card lies beside it.

/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */

/** What stays at the screen's edge while the page scrolls. */
const BARS = ".bar, .transport, .train-bar, .noise-bar";
/** Between the card, the screen's edges and the control with its outline. */
const GAP = 10;

/** What begins below this share of the screen is scrolled up, to be seen with what comes after it. */
const LOW = 0.35;
/** Each pixel of the control that is covered costs as much as so many others. */
const COVERED = 1e6;

/** The corners of the screen, the best first. */
const CORNERS = [["bottom", "right"], ["bottom", "left"], ["top", "right"], ["top", "left"]];

/** @param {Box} a @param {Box} b the area that both have */
const shared = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left))
  * Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/** @param {Box} box @param {number} by @returns {Box} */
const wider = ({ left, top, right, bottom }, by) => ({ left: left - by, top: top - by, right: right + by, bottom: bottom + by });

/** @param {Box[]} boxes @returns {Box} */
const around = (boxes) => ({
  left: Math.min(...boxes.map(({ left }) => left)), top: Math.min(...boxes.map(({ top }) => top)),
  right: Math.max(...boxes.map(({ right }) => right)), bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
});

const screen = () => ({ width: document.documentElement.clientWidth, height: window.innerHeight });

/** The bars that stick somewhere. */
const bars = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(BARS)])
  .filter((bar) => bar.getClientRects().length > 0 && getComputedStyle(bar).position === "sticky");

/** From where to where nothing sticks. */
function free() {
  const { height } = screen();
  let [top, bottom] = [0, height];
  for (const bar of bars()) {
    const box = bar.getBoundingClientRect();
    const style = getComputedStyle(bar);
    if (style.bottom === "0px" && box.top < height && box.bottom >= height - 1) bottom = Math.min(bottom, box.top);
    if (style.top === "0px" && box.top <= 1 && box.bottom > 0) top = Math.max(top, box.bottom);
  }
  return { top, bottom };
}

/** Whether the card takes the whole width. @param {HTMLElement} card */
const isWide = (card) => card.offsetWidth > 0.7 * screen().width;

/**
 * Scrolls the control to where it can be seen, together with what it changes where there is room for both.
 * @param {HTMLElement} card
 * @param {HTMLElement} control
 * @param {HTMLElement | null} see
 */
export function bring(card, control, see) {
  // What sticks is only known where one has scrolled to.
  for (let round = 0; round < 2; round += 1) {
    const sticks = bars().some((bar) => bar.contains(control));
    const room = free();
    const low = room.bottom - (isWide(card) ? card.offsetHeight + GAP : 0) - GAP;
    const high = room.top + GAP;
    const own = control.getBoundingClientRect();
    const other = see?.getBoundingClientRect();
    const both = other === undefined ? own : sticks ? other : around([own, other]);
    if (both.bottom - both.top <= low - high) {
      const spare = (low - high - (both.bottom - both.top)) / 2;
      const isFar = both.top > high + LOW * (low - high);
      if (both.top < high || both.bottom > low || isFar) scrollBy({ top: both.top - high - Math.min(spare, 4 * GAP), behavior: "instant" });
    } else if (other !== undefined && other.top < own.top && !sticks) {
      scrollBy({ top: own.bottom - low, behavior: "instant" });
    } else {
      scrollBy({ top: (sticks ? both : own).top - high, behavior: "instant" });
    }
  }
}

/**
 * Puts the card into a corner where it does not cover the control, and little of what that changes.
 * @param {HTMLElement} card
 * @param {HTMLElement} control
 * @param {HTMLElement | null} see
 * @param {boolean} [both] whether that is not to be covered either
 * @returns {boolean} whether there is such a corner
 */
export function place(card, control, see, both = false) {
  const { width, height } = screen();
  const room = free();
  const inset = { top: room.top + GAP, bottom: height - room.bottom + GAP };
  const own = wider(control.getBoundingClientRect(), GAP);
  const other = see === null ? undefined : wider(see.getBoundingClientRect(), both ? GAP : 0);
  const boxOf = ([up, side]) => {
    const top = up === "top" ? inset.top : height - inset.bottom - card.offsetHeight;
    const left = side === "left" ? GAP : width - GAP - card.offsetWidth;
    return { top, left, right: left + card.offsetWidth, bottom: top + card.offsetHeight };
  };
  const cost = (corner) => {
    const box = boxOf(corner);
    return COVERED * shared(box, own) + (other === undefined ? 0 : (both ? COVERED : 1) * shared(box, other));
  };
  const costs = CORNERS.map(cost);
  const isHere = (corner) => card.dataset.corner === corner.join();
  const best = CORNERS[costs.indexOf(Math.min(...costs))];
  // A card that is read does not jump without need.
  const corner = CORNERS.find((one, at) => isHere(one) && costs[at] < COVERED) ?? best;
  card.dataset.corner = corner.join();
  const [up, side] = corner;
  Object.assign(card.style, { top: "auto", bottom: "auto", left: "auto", right: "auto", [up]: `${inset[up]}px`, [side]: `${GAP}px` });
  return costs[CORNERS.indexOf(corner)] < COVERED;
}

/** How much of an element can be seen, as a share. @param {HTMLElement} card @param {HTMLElement} element */
export function seenShare(card, element) {
  const box = element.getBoundingClientRect();
  const seen = { left: 0, right: screen().width, ...free() };
  const part = { left: Math.max(box.left, seen.left), right: Math.min(box.right, seen.right), top: Math.max(box.top, seen.top), bottom: Math.min(box.bottom, seen.bottom) };
  if (part.top >= part.bottom) return 0;
  return (shared(box, seen) - shared(part, card.getBoundingClientRect())) / ((box.right - box.left) * (box.bottom - box.top));
}

/** What is still covered goes up, to above the card. @param {HTMLElement} card @param {HTMLElement} control */
export function lift(card, control) {
  const [own, over] = [control, card].map((element) => element.getBoundingClientRect());
  if (shared(own, over) > 0) scrollBy({ top: own.bottom + GAP - over.top, behavior: "instant" });
}

/** Where no corner is left, the control goes to the top, and the card below it. @param {HTMLElement} control */
export function raise(control) {
  scrollBy({ top: control.getBoundingClientRect().top - free().top - GAP, behavior: "instant" });
}
