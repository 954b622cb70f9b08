// Keeps the page's address in step with what is seen.

/** Safari takes a hundred changes in half a minute. */
const PAUSE_MS = 400;

/** What is to be in the address; null where nothing has changed. @type {{ search: string | null, hash: string | null }} */
const wanted = { search: null, hash: null };
let waiting = false;
let last = -Infinity;

function write() {
  waiting = false;
  last = performance.now();
  const { pathname, search, hash } = location;
  const next = (wanted.search ?? search) + (wanted.hash ?? hash);
  wanted.search = wanted.hash = null;
  if (next === search + hash) return;
  try {
    history.replaceState(history.state, "", pathname + next);
  } catch {
    // A browser that finds the changes too many keeps the address it has: the next change is another try.
  }
}

function soon() {
  if (waiting) return;
  waiting = true;
  setTimeout(write, Math.max(0, last + PAUSE_MS - performance.now()));
}

/** @param {(search: string) => string} change of the query as it is */
export function putSearch(change) {
  const before = wanted.search ?? location.search;
  const after = change(before);
  if (after === before) return;
  wanted.search = after;
  soon();
}

/** The section on the screen is in the address; the first one is not. Those who open it come to that section. */
export function followSections() {
  const sections = [...document.querySelectorAll("main > section")];
  /** A section goes by its own name, or its heading's. @param {Element} section */
  const nameOf = (section) => section.id || section.querySelector("h2")?.id;
  const observer = new IntersectionObserver((entries) => {
    const entry = entries.findLast(({ isIntersecting }) => isIntersecting);
    const name = entry && nameOf(entry.target);
    if (!name) return;
    wanted.hash = entry.target === sections[0] ? "" : `#${name}`;
    soon();
  }, { rootMargin: "-40% 0px -59% 0px" }); // a line across the screen, a little above its middle
  sections.forEach((section) => observer.observe(section));
}
