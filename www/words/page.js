// The static text in Korean: index.html and teach.html have it in English, where it can be read without scripts, and
// `data-words` at each element names its Korean in ko-page.json. There, `<1/>` is the element's first child as it is,
// `<1>text</1>` the same child with another text; `key@title` is an attribute.

import { language } from "./language.js";

const PART = /(<\d+\/>|<\d+>[^<]*<\/\d+>)/;
/** What stands in a line with the particle after it. */
const HELD = /^[가-힣]+[.,]?/;

/** @param {Element} child @param {string} particle */
function held(child, particle) {
  const span = Object.assign(document.createElement("span"), { className: "held" });
  span.append(child, particle);
  return span;
}

/** @param {Element} element @param {string} words */
function fill(element, words) {
  const children = [...element.children];
  /** @type {(Element | string)[]} */
  const parts = [];
  for (const part of words.replace(/%(?=[가-힣])/g, "%\u2060").split(PART)) {
    const [, at, text] = /^<(\d+)(?:\/>|>([^<]*))/.exec(part) ?? [];
    const last = parts.at(-1);
    if (at !== undefined) {
      const child = children[Number(at) - 1];
      if (text !== undefined) child.textContent = text;
      parts.push(child);
    } else if (last instanceof Element && last.matches("math, code") && HELD.test(part)) {
      const [particle] = HELD.exec(part);
      parts.splice(-1, 1, held(last, particle), part.slice(particle.length));
    } else {
      parts.push(part);
    }
  }
  element.replaceChildren(...parts);
}

/** An element's text without its children's. @param {Element} element */
const textOf = (element) => [...element.childNodes].map((node) => (node instanceof Text ? node.data : "")).join();

/**
 * @param {{ [key: string]: string }} korean
 * @param {(readonly [Element, string])[]} texts the elements, and what stands in them in the file: what a script has written there
 *   meanwhile stays
 */
function translate(korean, texts) {
  /** The attributes of each key. @type {Map<string, [string, string][]>} */
  const attributes = new Map();
  for (const [name, words] of Object.entries(korean)) {
    const [key, attribute] = name.split("@");
    if (attribute !== undefined) attributes.set(key, [...attributes.get(key) ?? [], [attribute, words]]);
  }
  for (const [element, english] of texts) {
    const key = element.getAttribute("data-words");
    if (korean[key] !== undefined && textOf(element) === english) fill(element, korean[key]);
    attributes.get(key)?.forEach(([attribute, words]) => element.setAttribute(attribute, words));
  }
  document.documentElement.lang = language;
}

/** Links to this page and its lesson ask for the language that the address asks for. */
function keepInLinks() {
  if (!new URLSearchParams(location.search).has("lang")) return;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[href]"))) {
    const address = new URL(link.href);
    if (address.origin !== location.origin || link.getAttribute("href").startsWith("#")) continue;
    address.searchParams.set("lang", language);
    link.href = address.href;
  }
}

/** Remembers the other language and opens this address in it: the address holds the view. */
function switchOver() {
  const other = language === "en" ? "ko" : "en";
  const address = new URL(location.href);
  try {
    localStorage.setItem("language", other);
    if (address.searchParams.has("lang")) address.searchParams.set("lang", other);
  } catch {
    address.searchParams.set("lang", other);
  }
  history.replaceState(history.state, "", address);
  location.reload();
}

/** Where the Korean does not arrive, the page stays in English. */
async function inKorean() {
  const texts = [...document.querySelectorAll("[data-words]")].map((element) => /** @type {const} */ ([element, textOf(element)]));
  const korean = await fetch(new URL("ko-page.json", import.meta.url)).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  if (korean !== null) translate(korean, texts);
}

/** Settled once the page's texts are in its language. */
export const translated = language === "ko" ? inKorean() : Promise.resolve();

keepInLinks();
const button = /** @type {HTMLButtonElement} */ (document.getElementById("language"));
button.disabled = false;
button.addEventListener("click", switchOver);
