// The formulas of a step: by the names of their quantities, and with a step's numbers in their place.

import { added, bar, figure, frac, hat, math, power, root, row, sub } from "../shared/math.js";

/** @typedef {import("../../lib/pool.js").Trace} Trace */
/** Pieces of one formula, between which a line may end. @typedef {Element[]} Formula */
/** What a formula is for, by name, and with the names and the numbers of its quantities. @typedef {{ is: string, named: Formula, filled: Formula | null }} Line */
/** Writes the quantity of this name. @typedef {(name: "alpha" | "beta" | "alphaBar" | "alphaBarPrev" | "sigma") => Element} Write */

/** Samplers by how they step. */
const DDPM = ["ddpm", "ddpm-posterior"];

const later = () => power("t", "′");
const before = () => sub("x", "t");
const after = () => sub("x", later());
const noise = () => sub("ε", "θ");
const picture = () => sub(hat("x"), "0");
const output = (prediction) => (prediction === "v" ? sub("v", "θ") : noise());

const NAMES = {
  alpha: () => row("α"),
  beta: () => row("β"),
  alphaBar: () => sub(bar("α"), "t"),
  alphaBarPrev: () => sub(bar("α"), later()),
  sigma: () => row("σ"),
};

/** @type {Write} */
const byName = (name) => NAMES[name]();
/** @param {Trace} step @returns {Write} */
const byNumber = (step) => (name) => figure(step[name]);

/** The share of the noise, as a factor of it. @param {Write} write */
const spread = (write) => root("1", "−", write("alphaBar"));

/** @param {Write} write */
const noiseOfV = (write) => [
  math(noise(), "=", spread(write), before()),
  math("+", root(write("alphaBar")), output("v")),
];

/** @param {Write} write */
const pictureOf = (write) => [math(picture(), "=", frac(row(before(), "−", spread(write), noise()), root(write("alphaBar"))))];

/** @param {Write} write @param {boolean} fresh whether there is fresh noise */
const ddpm = (write, fresh) => [
  math(after(), "=", frac("1", root(write("alpha"))), "(", before(), "−", frac(write("beta"), spread(write)), noise(), ")"),
  ...(fresh ? [math("+", write("sigma"), "z")] : []),
];

/** @param {Write} write @param {boolean} fresh */
const ddim = (write, fresh) => [
  math(after(), "=", root(write("alphaBarPrev")), picture()),
  math("+", root("1", "−", write("alphaBarPrev"), ...(fresh ? ["−", power(write("sigma"), "2")] : [])), noise()),
  ...(fresh ? [math("+", write("sigma"), "z")] : []),
];

/** Along a line through this predicted picture and the one of the step before. */
const direction = () => [math("D", "=", picture(), "+", frac("h", row("2", sub("h", "−"))), "(", picture(), "−", "m", ")")];

/** @param {Write} write @param {() => Element} goal */
const solver = (write, goal) => [
  math(after(), "=", root(write("alphaBarPrev")), goal()),
  math("+", root(frac(row("1", "−", write("alphaBarPrev")), row("1", "−", write("alphaBar")))), "(", before(), "−", root(write("alphaBar")), goal(), ")"),
];

/** What the program computes: a sum of what it has. @param {Trace} step @param {string} prediction @returns {Formula} */
function gathered({ coefficients: { x, net, z, memory } }, prediction) {
  const terms = [added(x, before()), added(net, output(prediction)), added(z, "z"), added(memory, "m")].filter((term) => term.length > 0);
  return terms.map((term, at) => (at > 0 ? math(...term) : math(after(), "=", ...(term[0] === "+" ? term.slice(1) : term))));
}

/** @param {string} is @param {(write: Write) => Formula} formula @param {Trace} step @returns {Line} */
const both = (is, formula, step) => ({ is, named: formula(byName), filled: formula(byNumber(step)) });

/** @param {string} sampler @param {Trace} step @returns {Line[]} */
function stepLines(sampler, step) {
  const { alpha, beta, coefficients, t_prev: next } = step;
  const fresh = coefficients.z !== 0;
  if (DDPM.includes(sampler)) {
    return [
      {
        is: "share",
        named: [math("α", "=", frac(byName("alphaBar"), byName("alphaBarPrev")), ","), math("β", "=", "1", "−", "α")],
        filled: [math("α", "=", figure(alpha), ","), math("β", "=", figure(beta))],
      },
      both("step", (write) => ddpm(write, fresh), step),
    ];
  }
  if (sampler === "ddim") return [both("step", (write) => ddim(write, fresh), step)];
  if (next === null) return [{ is: "step", named: [math(after(), "=", picture())], filled: null }];
  if (coefficients.memory === 0) return [both("step", (write) => solver(write, picture), step)];
  return [{ is: "direction", named: direction(), filled: null }, both("step", (write) => solver(write, () => row("D")), step)];
}

/**
 * The formulas of this step, in the order in which they are computed.
 * @param {string} sampler
 * @param {string} prediction what the network predicts: "eps" or "v"
 * @param {Trace} step
 * @returns {Line[]}
 */
export function lines(sampler, prediction, step) {
  return [
    ...(prediction === "v" ? [both("noise", noiseOfV, step)] : []),
    both("picture", pictureOf, step),
    ...stepLines(sampler, step),
    { is: "sum", named: gathered(step, prediction), filled: null },
  ];
}
