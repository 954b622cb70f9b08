// Formulas, built as MathML.

/** An element, or a text that becomes one: a number, an operator or a name. @typedef {Element | string} Part */

/** MathML's, as the page's own formulas have it. */
const MATHML = document.querySelector("math").namespaceURI;
const [NUMBER, OPERATOR] = [/^[\d.]+$/, /^[=+−()·′¯^]$/];

/** @param {string} name @param {Part[]} parts */
function make(name, ...parts) {
  const element = document.createElementNS(MATHML, name);
  element.append(...parts.map((part) => (typeof part === "string" ? leaf(part) : part)));
  return element;
}

/** @param {string} text */
function leaf(text) {
  const element = document.createElementNS(MATHML, NUMBER.test(text) ? "mn" : OPERATOR.test(text) ? "mo" : "mi");
  element.textContent = text;
  return element;
}

/** A piece of a formula may begin with an operator, which keeps its distance from both sides. @param {Part[]} parts */
export function math(...parts) {
  const element = make("math", ...parts);
  if (element.firstElementChild.localName === "mo") element.firstElementChild.setAttribute("form", "infix");
  return element;
}

/** @param {Part[]} parts */
export const row = (...parts) => make("mrow", ...parts);
/** @param {Part[]} parts */
export const root = (...parts) => make("msqrt", ...parts);
/** @param {Part} base @param {Part} index */
export const sub = (base, index) => make("msub", base, index);
/** @param {Part} base @param {Part} exponent */
export const power = (base, exponent) => make("msup", base, exponent);
/** @param {Part} over @param {Part} under */
export const frac = (over, under) => make("mfrac", over, under);
/** @param {Part} base */
export const bar = (base) => make("mover", base, "¯");
/** @param {Part} base */
export const hat = (base) => make("mover", base, "^");

/** A number with about four digits that matter. @param {number} value not negative */
export function figure(value) {
  if (value === 0 || value === 1) return leaf(String(value));
  if (value >= 0.01) return leaf(value.toFixed(4));
  if (value >= 1e-4) return leaf(value.toPrecision(3));
  const [digits, exponent] = value.toExponential(2).split("e-");
  return row(digits, "·", power("10", row("−", exponent)));
}

/**
 * A factor and what it multiplies, to be added to what stands before it; nothing where the factor is 0.
 * @param {number} factor
 * @param {Part} symbol
 * @returns {Part[]}
 */
export function added(factor, symbol) {
  return factor === 0 ? [] : [factor < 0 ? "−" : "+", figure(Math.abs(factor)), symbol];
}

/** How sentences spell symbols that need an index. @type {Readonly<{ [spelt: string]: () => Element }>} */
const SYMBOLS = Object.freeze({
  "x_t′": () => sub("x", power("t", "′")),
  x_t: () => sub("x", "t"),
  x̂_0: () => sub(hat("x"), "0"),
  x_0: () => sub("x", "0"),
  ε_θ: () => sub("ε", "θ"),
  ᾱ_t: () => sub(bar("α"), "t"),
});
const SPELT = new RegExp(`(${Object.keys(SYMBOLS).join("|")})`);

/** What belongs in the line of the symbol before it: a sign, or a Korean particle. */
const CLOSES = /^(?:[.,:;]|[가-힣]{1,3}[.,:;]?)/;

/** A sentence, with the symbols in it set as formulas. @param {string} sentence @returns {(Element | string)[]} */
export function prose(sentence) {
  const parts = sentence.split(SPELT).filter(Boolean);
  return parts.map((part, at) => {
    if (!(part in SYMBOLS)) return at > 0 ? part.replace(CLOSES, "") : part;
    const symbol = document.createElement("span");
    symbol.className = "symbol";
    symbol.append(math(SYMBOLS[part]()), CLOSES.exec(parts[at + 1] ?? "")?.[0] ?? "");
    return symbol;
  });
}
