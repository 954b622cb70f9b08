// Parts of the page that come later: a part's script is fetched when it comes near the screen or something in it is used, so that
// the first pictures wait for none of them.

import { byId, showError } from "./panels/shared/dom.js";
import { words } from "./words/words.js";

/** @typedef {import("./panels/shared/panel.js").Mount} Mount */
/** A part by its section, or by the button that it is behind, and its script. @typedef {{ id: string, load: () => Promise<{ mount: Mount }> }} Listed */

/** So much above and below the screen is near. */
const NEAR = "100% 0px";

/** Once, when an element is on the screen, or so near to it. @param {Element} element @param {string} margin @param {() => void} call */
function whenSeen(element, margin, call) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) return;
    observer.disconnect();
    call();
  }, { rootMargin: margin });
  observer.observe(element);
}

/**
 * Changes the heights of sections, while what is on the screen stays there: the first heading on it, or else the same share of the
 * section that fills it.
 * @param {() => void} change
 */
function inPlace(change) {
  const sections = [...document.querySelectorAll("main > section")];
  const place = (section) => section.getBoundingClientRect();
  const held = sections.find((section) => place(section).top >= 0 && place(section).top < innerHeight)
    ?? sections.find((section) => place(section).bottom > 0);
  if (held === undefined) {
    change();
    return;
  }
  const { top, height } = place(held);
  change();
  scrollBy({ top: place(held).top - (top < 0 ? top / height * place(held).height : top), behavior: "instant" });
}

/** Settles when the style sheets of all parts are there, or the browser looks for them. @type {Promise<void> | null} */
let styled = null;

/** The style sheets of all parts, without which these are far taller: all at once, when all are there. */
async function fetchStyle() {
  const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll('link[rel="later"]')]);
  if (links.length === 0) return; // the page does not begin at its top, and begin.js has asked for them
  links.forEach((link) => { link.rel = "coming"; });
  const sheets = await Promise.all(links.map(async (link) => {
    try {
      const response = await fetch(link.href);
      if (!response.ok) throw new Error(response.statusText);
      return new CSSStyleSheet({ media: link.media }).replace(await response.text());
    } catch {
      link.rel = "stylesheet"; // the browser may have more luck
      return null;
    }
  }));
  inPlace(() => { document.adoptedStyleSheets = sheets.filter((sheet) => sheet !== null); });
}

class Part {
  #load;
  #element;
  /** Settles when the script is there, or did not come. @type {Promise<boolean> | null} */
  #coming = null;
  #hasFailed = false;
  #isSeen = false;
  /** @type {{ mount: Mount } | null} */
  #panel = null;
  /** What runs now. @type {Parameters<Mount> | null} */
  #now = null;
  /** @type {HTMLElement | null} */
  #line = null;

  /** @param {Listed} listed */
  constructor({ id, load }) {
    this.id = id;
    this.#load = load;
    this.#element = byId(id);
    if (this.#isButton) this.#element.addEventListener("click", () => this.#press(), { once: true });
    else this.#beStop();
  }

  get #isButton() {
    return this.#element.localName === "button";
  }

  /** Its script has not been there to hear the first press. */
  async #press() {
    if (await this.come()) this.#element.click();
  }

  /** Until its controls can be used, the keyboard stops at the section itself, which brings it to the screen. */
  #beStop() {
    const section = this.#element;
    section.tabIndex = 0;
    section.addEventListener("focusin", ({ target }) => {
      if (target !== section) section.removeAttribute("tabindex");
    });
    section.addEventListener("blur", () => this.#endStop());
    whenSeen(section, "0px", () => {
      this.#isSeen = true;
      this.#endStop();
    });
  }

  /** It was on the screen and can be used: but while the keyboard is at the section itself, that would lose its place. */
  #endStop() {
    const isInUse = this.#isSeen && this.#panel !== null && this.#now !== null;
    if (isInUse && this.#element !== document.activeElement) this.#element.removeAttribute("tabindex");
  }

  /** Fetches the script, once. @returns {Promise<boolean>} whether it is there */
  come() {
    this.#coming ??= this.#fetch();
    return this.#coming;
  }

  async #fetch() {
    styled ??= fetchStyle();
    try {
      [this.#panel] = await Promise.all([this.#load(), styled]);
    } catch {
      this.#hasFailed = true;
      this.#tell(words.page.notCome);
      return false;
    }
    this.#tell(null);
    if (this.#now !== null) this.#panel.mount(...this.#now);
    this.#endStop();
    return true;
  }

  /** One more try, where there was no success. */
  again() {
    if (!this.#hasFailed) return;
    this.#hasFailed = false;
    this.#coming = this.#fetch();
  }

  /** @param {string | null} sentence */
  #tell(sentence) {
    if (sentence === null && this.#line === null) return;
    if (this.#line === null) {
      this.#line = document.createElement("p");
      this.#line.setAttribute("role", "alert");
      (this.#element.querySelector("h2") ?? this.#element).after(this.#line);
    }
    showError(this.#line, sentence, () => this.again());
  }

  /** @type {Mount} */
  mount(engine, page) {
    this.#now = [engine, page];
    if (this.#isButton) this.#element.disabled = false;
    this.#panel?.mount(engine, page);
    this.#endStop();
  }

  /** @param {Node} node */
  has(node) {
    return this.#element.contains(node);
  }

  /** Whether something is in this section or in one of those beside it: the keyboard may come from there. @param {Node} node */
  isBeside(node) {
    const { previousElementSibling: before, nextElementSibling: after } = this.#element;
    return [before, this.#element, after].some((section) => section?.contains(node));
  }

  /** Comes when it is near the screen. A button may be there for ever, and never be pressed. */
  watch() {
    if (!this.#isButton) whenSeen(this.#element, NEAR, () => this.come());
  }
}

export class Later {
  #parts;
  #isOpen = false;

  /** @param {Listed[]} parts in the order of the page */
  constructor(parts) {
    this.#parts = parts.map((listed) => new Part(listed));
    const come = (wanted) => this.#parts.filter(wanted).forEach((part) => part.come());
    document.addEventListener("focusin", ({ target }) => come((part) => part.isBeside(target)));
    document.addEventListener("pointerover", ({ target }) => come((part) => part.has(target)));
    addEventListener("online", () => this.#parts.forEach((part) => part.again()));
  }

  /** Shows this engine from now on: those that are there, and the others when they come. @type {Mount} */
  mount(engine, page) {
    this.#parts.forEach((part) => part.mount(engine, page));
  }

  /** @param {string} id @returns {Promise<boolean>} whether it has come */
  come(id) {
    return this.#parts.find((part) => part.id === id).come();
  }

  /** From now on they come when they are near; their style sheets, which are small, come at once. */
  open() {
    if (this.#isOpen) return;
    this.#isOpen = true;
    styled ??= fetchStyle();
    this.#parts.forEach((part) => part.watch());
  }

  /** Opens when the page is moved; at once where it is moved already, or its address names a part. */
  openWhenMoved() {
    if (scrollY > 0 || location.hash !== "") this.open();
    else addEventListener("scroll", () => this.open(), { once: true, passive: true });
  }
}
