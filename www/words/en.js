// The sentences that the page's scripts write, in English, section by section; ko.js has the same in Korean. A function gets
// the values and builds the whole sentence, because each language orders it otherwise. What stands in index.html is not here.

import { SHIPPED } from "../lib/shipped.js";
import { count, duration, megabytes, milliseconds } from "../lib/text.js";

/** @typedef {import("../lib/pool.js").Trace} Trace */
/** @typedef {import("../panels/generate/made.js").Made} Made */
/** @typedef {import("../panels/generate/moment.js").Moment} Moment */
/** @typedef {import("../panels/generate/moment.js").View} View */
/** @typedef {import("../panels/fewer/measured.js").Report} Report */
/** @typedef {import("../panels/generate/settings.js").Asked} Asked */
/** How many pictures a classifier was right in; t is null for pictures without noise. @typedef {{ t: number | null, images: number, accuracy: number }} Measured */
/** What a first run takes instead of all its steps: so many, of so many that would take so long. @typedef {{ steps: number, total: number, ms: number }} Fewer */

/**
 * Any language's words of the same shape: texts and functions that give texts, by the same names.
 * @template T
 * @typedef {T extends string ? string
 *   : T extends (...values: infer V) => infer R ? (...values: V) => Worded<R>
 *   : T extends readonly (infer E)[] ? readonly Worded<E>[]
 *   : T extends object ? { readonly [K in keyof T]: Worded<T[K]> }
 *   : T} Worded
 */
/** @typedef {Worded<typeof en>} Words */

/** @param {number} n @param {string} one @param {string} [many] */
const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {string} words */
const capital = (words) => words[0].toUpperCase() + words.slice(1);
/** @param {string} facts */
const sentence = (facts) => `${capital(facts)}.`;

/** Those that there are. @param {(string | null | false)[]} parts @param {string} [between] */
const joined = (parts, between = ", ") => parts.filter((part) => part !== null && part !== false && part !== "").join(between);

/** Many names make no sentence. @param {string[]} names */
function listed(names) {
  const [most, rest] = [names.slice(0, 3), names.length - 3];
  if (rest > 0) return `${most.join(", ")} and ${rest} more`;
  return most.length > 1 ? `${most.slice(0, -1).join(", ")} and ${most.at(-1)}` : most[0];
}

/** @param {number} n */
const steps = (n) => (n === 1 ? "1 step" : `${n} steps`);
/** @param {number} n */
const pictures = (n) => (n === 1 ? "1 picture" : `${n} pictures`);
/** @param {number} n */
const epochs = (n) => (n === 1 ? "1 epoch" : `${n} epochs`);
/** @param {number} share of a picture that is left */
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
/** @param {number} guidance @param {number | null} from */
const guided = (guidance, from) => `guidance ${guidance.toFixed(1)}${from === null ? "" : ` from t = ${from} on`}`;

/** How the menus call samplers and spacings. Others go by the program's own names. @type {{ [name: string]: string }} */
const LABELS = {
  ddpm: "DDPM, σ² = β", "ddpm-posterior": "DDPM, posterior σ²", ddim: "DDIM", "dpm-solver-pp": "DPM-Solver++(2M)",
  even: "even in t", "log-snr": "even in log-SNR", halfway: "halfway between",
};
/** How the reports of measured quality call them, and how a sentence does. @type {{ [name: string]: string }} */
const MEASURED = {
  ...LABELS, even: "timesteps even in t", "log-snr": "timesteps even in log-SNR",
  halfway: "timesteps halfway between even in t and even in log-SNR", distilled: "the timesteps that it was distilled to",
};

/** How a sentence calls the spacings that Fewer steps offers. @type {{ [name: string]: string }} */
const SPACED = { even: "timesteps even in t", halfway: "timesteps halfway to even in log-SNR" };

/** A model that came with the page, in a sentence; a visitor's own by its file's name. @param {Made["model"]} model */
const modelOf = ({ shipped, name }) => SHIPPED[shipped]?.name ?? name;

/** What made a run's pictures, item by item. @param {Made} made @param {number} total its steps */
const facts = ({ settings, asked, matched, distilled, model }, total) => {
  const { seed, sampler, spacing, eta, guidance, guidance_from: from, start } = settings;
  return joined([
    `seed ${seed}`,
    classed(asked),
    guidance !== 1 && !distilled && guided(guidance, from),
    !distilled && (LABELS[sampler] ?? sampler),
    steps(total),
    spacing !== "even" && !distilled && (LABELS[spacing] ?? spacing),
    eta !== 0 && `η = ${eta}`,
    start === "pure" && matched && "pure noise",
    modelOf(model),
  ]);
};

/** The class that is asked for; null for any. @param {Asked} asked */
const classed = ({ key, words }) => (words === null ? null : key === "each" ? "one of each" : key);

/** @param {Made} made @param {number} total @param {boolean} holds */
const captionOf = (made, total, holds) => (holds ? sentence(facts(made, total)) : `These pictures were made with other settings: ${facts(made, total)}.`);

/** What is generated. @param {{ images: number, asked: Asked, fewer: Fewer | null }} run */
const generated = ({ images, asked, fewer }) => joined([
  pictures(images),
  classed(asked) && `(${classed(asked)})`,
  fewer && `in ${fewer.steps} steps of DDIM (${fewer.total} take ${duration(fewer.ms)})`,
], " ");

/** @param {number} share of right ones */
const rightIn = (share) => `${Math.round(100 * share)}\u00a0%`;

/** What became of a picture on its way to the model. @type {{ [fact: string]: (background: "black" | "white") => string }} */
const FACTS = {
  animated: () => "It has several frames, of which the first is taken.",
  cropped: () => "It is not square: its central square is taken.",
  barred: () => "It is not square: bars make it so.",
  enlarged: () => "It is smaller than the model’s pictures, so it is enlarged and has no sharp detail.",
  grey: () => "The model knows grey alone, so the colours are left out.",
  transparent: (background) => (background === "white" ? "Its transparent parts become white." : "Its transparent parts become black."),
  dark: () => "It is black, or nearly so.",
};

/** What comes back of a picture from these shares of it on (as variance), the most first. */
const SURVIVES = /** @type {[number, string][]} */ ([
  [0.9, "Nearly all of it survives, small details too."],
  [0.6, "Shapes and shades survive. Fine texture is made up."],
  [0.25, "The outline and the large shades survive. Details inside become others."],
  [0.1, "The outline survives, more or less. What is inside it is made up."],
  [0.02, "The kind of thing may become another. Where it is bright and where dark survives longest."],
  [0, "Hardly anything of it survives: these are other pictures."],
]);

/** What data sets of the plane are called. @type {{ [set: string]: string }} */
const SETS = { moons: "two moons", ring: "a ring", spiral: "a spiral", blobs: "three blobs" };

/** A picture that came back. @param {number} number from 1 @param {string | null} name of its class */
const resultName = (number, name) => (name === null ? `Result ${number}` : `Result ${number}: ${name}`);

/** The step in sentences. @param {string} sampler @param {Trace} step @returns {string[]} */
function stepped(sampler, { t_prev: next, sigma, coefficients }) {
  const noise = sigma.toFixed(3);
  if (sampler === "dpm-solver-pp") {
    if (next === null) return ["The last step goes to x̂_0 itself: that is the finished picture."];
    const goal = coefficients.memory === 0
      ? "DPM-Solver++(2M) goes towards x̂_0. There is no step before this one to learn from."
      : "DPM-Solver++(2M) remembers the x̂_0 of the step before. The line through both says where x̂_0 is going, and the step aims there: h and h₋ are what this step and the one before gain in log-SNR.";
    return [goal, "The noise that is left shrinks to what belongs to t′. Nothing is random."];
  }
  if (sampler === "ddim") {
    if (next === null) return ["The last step goes to x̂_0 itself: that is the finished picture."];
    return coefficients.z === 0
      ? ["DDIM takes x̂_0 and puts noise back, as much as belongs to t′: the predicted noise itself. Nothing is random, so that the start decides the picture."]
      : [
        "DDIM takes x̂_0 and puts noise back, as much as belongs to t′. With η above 0, part of it is the predicted noise, and the rest is fresh.",
        `The fresh noise z has the standard deviation σ\u00a0=\u00a0${noise}. It lets a run correct what earlier steps got wrong.`,
      ];
  }
  if (next === null) return ["The mean μ takes the rest of the predicted noise away. The last step adds none: μ is the finished picture."];
  return [
    "DDPM takes away only a part of the predicted noise. That gives the mean μ.",
    `Then it adds fresh noise z with the standard deviation σ\u00a0=\u00a0${noise}, because x_t′ must hold as much noise as the network expects at t′.`,
  ];
}

/** What a kept training is, as the beginning of a sentence. @param {{ name: string, steps: number, when: string }} run */
const keptRun = ({ name, steps: n, when }) => `A run of ${name}, ${counted(n, "step")}, from ${when}`;

const SEED_RANGE = "a whole number from 0 to 9,007,199,254,740,991";

const CLASSLESS = "The model that is loaded was not told classes. Choose this page’s own model in the menu, and the classes appear.";

export const en = {
  shared: {
    again: "Try again",
    /** What a program or a file says, which is in English: other languages mark it for `tell` in panels/shared/dom.js. @param {string} message */
    said: (message) => message,
    /** A class of a model, by the name that its file gives it. @param {string} name */
    className: (name) => name,
    /** How clocks and dates are written; none: as the browser has it. @type {string[]} */
    locale: [],
    /** A class that is asked for. */
    any: "any",
    none: "none",
    each: "one of each",
    /** A model that came with the page, in a menu, and in a sentence. @param {string} model */
    modelLabel: (model) => SHIPPED[model].label,
    /** @param {string} model */
    modelName: (model) => SHIPPED[model].name,
    yourModel: "your model",
    /** How long something still takes. @param {number} ms */
    duration,
    /** @param {number} n */
    pictures: (n) => counted(n, "picture"),
    play: "Play",
    stop: "Stop",
    /** Below a curve's axis. @param {string} step */
    firstStep: (step) => `step ${step}`,
  },
  address: {
    /** @param {number} low @param {number} high */
    whole: (low, high) => `a whole number from ${low} to ${count(high)}`,
    /** @param {number} low @param {number} high */
    between: (low, high) => `a number from ${low} to ${high}`,
    /** @param {readonly (string | number)[]} choices */
    oneOf: (choices) => `one of ${choices.join(", ")}`,
    name: "a name of at most 100 letters",
    /** @param {string} key @param {string} value @param {string} words what could be used */
    wrong: (key, value, words) => `The address has ${key}=${value}, which is not used: ${key} is ${words}.`,
  },
  page: {
    starting: "Starting …",
    startingEngine: "Starting the engine …",
    /** @param {number} loaded @param {number | null} total bytes */
    loadingModel: (loaded, total) => `Loading the model: ${megabytes(loaded)}${total === null ? "" : ` of ${megabytes(total)}`} …`,
    notRunning: "The model is not running.",
    /** @param {string} message */
    notStarted: (message) => `The model could not be started: ${message}.`,
    notCome: "This part of the page could not be loaded: check the connection and try again, or reload the page.",
    /** @param {string} key @param {string} value @param {readonly string[]} choices */
    noSuch: (key, value, choices) => `There is no ${key} "${value}": choose ${choices.join(", ")}.`,
  },
  card: {
    file: "File",
    pictures: "Pictures",
    /** @param {{ side: number, channels: number }} image */
    image: ({ side, channels }) => `${side} × ${side}, ${channels === 3 ? "colour" : "grey"}`,
    widths: "Widths",
    classes: "Classes",
    noClasses: "none that it can be told",
    parameters: "Parameters",
    schedule: "Schedule",
    /** @param {{ kind: string, timesteps: number, beta_start: number, beta_end: number }} schedule */
    steps: ({ kind, timesteps, beta_start: start, beta_end: end }) => `${kind}, ${timesteps} steps, β from ${start} to ${end}`,
    predicts: "Predicts",
    /** @param {string} prediction */
    prediction: (prediction) => (prediction === "v" ? "v, of noise and picture" : "ε, the noise"),
    note: "Note",
    training: "Training",
    unknown: "not known",
    trainedOn: "Trained on",
    /** @param {string} dataset @param {number} images @param {readonly string[]} classes */
    dataset: (dataset, images, classes) => `${dataset}, ${count(images)} images${classes.length > 0 ? `: ${classes.join(", ")}` : ""}`,
    trainedFor: "Trained for",
    /** @param {number} n */
    epochs,
    loss: "Loss",
    /** @param {number} loss */
    lastLoss: (loss) => `${loss.toFixed(4)} in the last epoch`,
    average: "Average",
    /** @param {number | null} decay */
    decay: (decay) => (decay === null ? "none" : `exponential, decay ${decay}`),
    recipe: "Recipe",
    /** @param {number} rate @param {number} batch @param {number} seed */
    recipeOf: (rate, batch, seed) => `learning rate ${rate}, batches of ${batch}, seed ${seed}`,
    fingerprint: "Fingerprint",
  },
  generate: {
    /** @param {string} name of a sampler or a spacing */
    labelOf: (name) => LABELS[name] ?? name,
    /** Goes on from "Guided from t". @param {boolean} isAny whether no class is asked for @param {number} guidance @param {string} t */
    guidedFrom: (isAny, guidance, t) => (isAny || guidance === 1 ? ": no\u00a0step" : `\u00a0= ${t}`),
    /** What a sampler or a spacing does. @param {string} name @param {string} about as the program says it */
    about: (name, about) => about,
    /**
     * What is seen: the step, and the noise level of that very picture.
     * @param {{ done: number, total: number }} step
     * @param {Moment} moment
     */
    placeInWords({ done, total }, { t, alphaBar, kind }) {
      const number = (value) => String(value).padStart(String(total).length, "\u2007");
      const step = `step ${number(done)} of ${total}`;
      if (kind === "unpredicted") return `${step}, nothing predicted yet`;
      const level = `ᾱ = ${alphaBar.toFixed(3)}`;
      if (kind === "finished") return `${step}, finished, ${level}`;
      return `${step}, ${kind === "predicted" ? "from " : ""}t = ${number(t)}, ${level}`;
    },
    /** @param {number} done @param {number} total */
    stepOf: (done, total) => `step ${done} of ${total}`,
    /** Beside a picture of the step that is shown. @param {Moment} moment */
    levelInWords({ t, alphaBar, kind }) {
      const level = `ᾱ = ${alphaBar.toFixed(3)}`;
      return { finished: `finished, ${level}`, unpredicted: "nothing yet", predicted: `from t = ${t}, ${level}`, batch: `t = ${t}, ${level}` }[kind];
    },
    /** A frame's title. @param {number} step */
    frameTitle: (step) => `Step ${step}`,
    /** @param {number} every */
    keptSteps: (every) => `one step in ${every} is kept`,
    replay: "Replay",
    pause: "Pause",
    resume: "Resume",
    /** The large picture. @param {Asked} asked */
    liveLabel: (asked) => joined(["The batch of images at the chosen step", classed(asked)], ": "),
    /** @param {number} number @param {number} images @param {string | null} name of its class */
    zoomTitle: (number, images, name) => joined([`Image ${number} of ${images}`, name], ": "),
    /** @param {string | null} name of its class */
    zoomLabel: (name) => joined(["The image, large", name], ": "),
    /** Below the large picture. @param {Made} made @param {number} total @param {boolean} holds whether the settings are still these */
    captionOf,
    ready: "Ready.",
    readyToStart: "Ready: press Start.",
    /** @param {{ images: number, asked: Asked, fewer: Fewer | null }} run */
    generating: (run) => `Generating ${generated(run)} …`,
    goesOn: "Generating …",
    /** @param {{ images: number, asked: Asked, fewer: Fewer | null }} run */
    done: (run) => `Done: ${generated(run)}.`,
    endedEarly: "The run ended early.",
    /** @param {string} message */
    stopped: (message) => `The run stopped: ${message}.`,
    paused: "Paused.",
    pausedAfterStep: "Paused after one step.",
    cancelled: "Cancelled.",
    /** @param {number} each @param {number} left milliseconds; none are left at the end */
    speed: (each, left) => `${milliseconds(each)} a step${left > 0 ? `, ${duration(left)} left` : ""}`,
    /** @param {string} most */
    seedMisfit: (most) => `The seed is a whole number from 0 to ${count(most)}.`,
    /** @param {string} most */
    stepsMisfit: (most) => `Steps: a whole number from 1 to ${count(most)}.`,
    etaMisfit: "η is a number from 0 to 1.",
    chooseFile: "Choose the file",
    /** A link asks for a model that did not come with the page. @param {{ model?: string, file?: string }} asked */
    askForFile({ model, file }) {
      const name = file === undefined ? "a weights file" : `the weights file ${file}`;
      const hash = model === "own" ? "" : `, whose SHA-256 begins with ${model.slice(7)}`;
      return `This link needs a model that a link cannot carry: ${name}${hash}. Choose the file, and its pictures are made.`;
    },
    /** @param {string} found @param {string} wanted fingerprints */
    otherFile: (found, wanted) => `This is not the file that the link asks for: its SHA-256 begins with ${found.slice(7)}, the link's with ${wanted.slice(7)}.`,
    /** @param {number} position @param {number} total @param {Made} made @param {number | null} image that is large */
    copied(position, total, { settings: { count: images, seed } }, image) {
      const what = image === null ? pictures(images) : `picture ${image + 1} of ${images}`;
      const when = position === total ? "" : ` at step ${position}`;
      return `Copied: a link to ${what} of seed ${seed}${when}.`;
    },
    /** Where nothing may be copied. */
    selected: "This browser copies nothing here: the link is selected, copy it from the field.",
    /** What is saved as it is seen. @param {number} step @param {View} view */
    seenInWords(step, view) {
      const what = { x_t: "x_t, the batch", x_0: "x_0 as predicted", eps: "ε as predicted" }[view];
      return `PNG files of what is shown: step ${step}, ${what}. Each pixel becomes a square.`;
    },
    /** Under the figure. @param {View} view @param {Made} made @param {number} total its steps */
    figureCaption(view, made, total) {
      const what = { x_t: "The batch, x_t, from noise to pictures.", x_0: "The predicted x_0 on the way.", eps: "The predicted noise ε on the way." }[view];
      return `${what} ${captionOf(made, total, true)}`;
    },
    /** A button. @param {string} size */
    saveRun: (size) => `Save the run (${size})`,
    /** @param {string} name a file's @param {string} size */
    saved: (name, size) => `Saved ${name} (${size}).`,
    /** @param {string} name a file's @param {string} message */
    notSaved: (name, message) => `${name} could not be saved: ${message}.`,
    tooLarge: "the browser could not make so large a picture",
    copiedLines: "Copied: three lines of Python.",
    selectedLines: "This browser copies nothing here: the lines are selected, copy them from there.",
    /** While frames are encoded. @param {number} done @param {number} frames */
    encoding: (done, frames) => `Making the animation: frame ${done} of ${frames} …`,
    /** A button. @param {string} size in megabytes, of what is fetched for it */
    findLabel: (size) => `Find them (${size} MB)`,
    /** @param {number} found @param {{ pictures: number, all: number }} sample @param {number} distance of the nearest */
    nearestInWords: (found, { pictures: some, all }, distance) => `The ${found} nearest to the predicted x_0 among ${some === all ? "all" : `${count(some)} of the`} ${count(all)} training pictures. The nearest differs by ${distance.toFixed(2)} (the root of the mean squared difference, where black is -1 and white is 1); a copy would differ by nearly 0.`,
    /** @param {string} message */
    notFound: (message) => `The nearest training pictures could not be found: ${message}.`,
    /** A kept run. @param {number} seed */
    showLabel: (seed) => `Shows the run of seed ${seed} again, with its settings`,
    /** @param {number} seed */
    eraseLabel: (seed) => `Erase the run of seed ${seed}`,
    compare: "Compare",
    /** @param {number} seed @param {number} total steps */
    compareLabel: (seed, total) => `Compare the run of seed ${seed} in ${steps(total)}`,
    /** @param {number} seed */
    shownAgain: (seed) => `The run of seed ${seed}, as it was made.`,
    /** @param {number} runs */
    keptHere: (runs) => (runs === 0 ? "Runs that are finished are kept here, in this browser." : "Kept in this browser. A click shows a run again."),
    /** @param {string} message */
    keptNowhere: (message) => `These runs are gone when the page is closed, because the browser keeps nothing for it: ${message}.`,
    /** @param {number} ms of a step @param {number} total steps */
    paceInWords: (ms, total) => `${steps(total)}, ${milliseconds(ms)} each: ${(ms * total / 1000).toFixed(1)} s`,
    /** An engine in short. @param {string} name @param {string} label as the module calls it */
    engine: (name, label) => label,
    /** An engine on the processor. @param {string} label @param {number} workers */
    onWorkers: (label, workers) => `${label} (${workers === 1 ? "1 worker" : `${workers} workers`})`,
    /** @param {string} engine in short @param {string} why it and no other */
    because: (engine, why) => `${engine}: ${why}`,
    /** @param {string} message */
    engineRefused: (message) => `The engine could not be changed: ${message}.`,
    /** @param {string} label an engine's, whose program is not there yet */
    beingBuilt: (label) => `${label} (being built)`,
  },
  noise: {
    /** @param {string} name of a class @param {number} number of its pictures, from 1 */
    picture: (name, number) => `${name}, picture ${number}`,
    /** @param {number | null} t @param {number} share in percent */
    place: (t, share) => (t === null ? "no noise yet, 0 %" : `t\u00a0=\u00a0${t}, ${share}\u00a0%`),
    /** A mark below the slider. @param {number | null} t */
    mark: (t) => (t === null ? "none" : String(t)),
    /** @param {string} message */
    failed: (message) => `The test images cannot be shown: ${message}.`,
    /** @param {string} message */
    gameFailed: (message) => `The picture to guess cannot be shown: ${message}.`,
    hidden: "The picture without noise, still hidden",
    /** @param {string} name of its class */
    revealed: (name) => `The picture without noise: ${name}`,
    /** @param {string} guess @param {string} is classes */
    answer: (guess, is) => (guess === is ? `Right: ${is}.` : `No: you said ${guess}, it is ${is}.`),
    /** @param {number} right @param {number} all */
    tally: (right, all) => `${right} of ${all} right so far.`,
    /** At one t. @param {Measured} at */
    classifier: ({ t, images, accuracy }) => (t === null
      ? `Without noise the project’s classifier is right in ${rightIn(accuracy)} of ${count(images)} test pictures. Chance alone is right in 10\u00a0%.`
      : `At t\u00a0=\u00a0${t} the project’s classifier is right in ${rightIn(accuracy)} of ${count(images)} test pictures. Chance alone is right in 10\u00a0%.`),
    /** At the two t between which the slider stands. @param {Measured} below @param {Measured} above */
    classifierBetween: (below, above) => (below.t === null
      ? `Without noise the project’s classifier is right in ${rightIn(below.accuracy)} of the test pictures, and at t\u00a0=\u00a0${above.t} in ${rightIn(above.accuracy)}. Chance alone is right in 10\u00a0%.`
      : `At t\u00a0=\u00a0${below.t} the project’s classifier is right in ${rightIn(below.accuracy)} of the test pictures, and at t\u00a0=\u00a0${above.t} in ${rightIn(above.accuracy)}. Chance alone is right in 10\u00a0%.`),
    /**
     * At a share of the picture that lies between two, of another schedule.
     * @param {number} alphaBar
     * @param {Measured & { alphaBar: number }} below with less noise
     * @param {Measured & { alphaBar: number } | null} above with more; null where none was measured
     */
    classifierLike(alphaBar, below, above) {
      const at = (one) => (one.t === null ? `${rightIn(one.accuracy)} without noise` : `${rightIn(one.accuracy)} at ᾱ\u00a0=\u00a0${one.alphaBar.toFixed(2)}`);
      const rates = above === null ? at(below) : `${at(below)} and ${at(above)}`;
      return `This model has another schedule than the one with which the project’s classifier was measured, so go by the share of the picture that is left: here ᾱ\u00a0=\u00a0${alphaBar.toFixed(2)}. Of the test pictures the classifier is right in ${rates}. Chance alone is right in 10\u00a0%.`;
    },
    notMeasured: "The project’s classifier was measured on grey pictures of 28 × 28 pixels, and this model’s are others.",
    /** What an address may say. @param {number} pictures @param {number} least @param {number} most seeds */
    riddleInWords: (pictures, least, most) => `a picture’s number from 1 to ${pictures}, a dot, and a seed from ${least} to ${count(most)}`,
    /** What an address may say of t. @param {string} numbers in words */
    noneOr: (numbers) => `none, or ${numbers}`,
  },
  picture: {
    /** @param {string} message */
    couldNotNoise: (message) => `The picture could not be noised: ${message}.`,
    /** @param {string} message */
    couldNotBringBack: (message) => `The pictures could not be made: ${message}.`,
    /** @param {string} message which says what was to be read */
    couldNotRead: (message) => `${message}. The picture before it is still there.`,
    reading: "Reading the picture …",
    opening: "Starting the model beside the one above …",
    making: "Making the pictures …",
    stopped: "Stopped: what was there stays.",
    make: "Make them after all",
    stopTitle: "Stops making these pictures. What was there stays.",
    pasted: "The pasted picture",
    noSeed: `The seed is ${SEED_RANGE}.`,
    noFile: "There was no file in it: drop a picture, or choose one.",
    /** @param {string} name @param {{ width: number, height: number }} original */
    originalLine: (name, { width, height }) => `${name}, ${count(width)} × ${count(height)} pixels`,
    /** @param {{ side: number }} spec */
    givenLine: ({ side }) => `For the model, ${side} × ${side}`,
    /** @param {import("../lib/trainer/single.js").Fitted} fitted */
    notesLine: ({ facts: all, background }) => all.map((fact) => FACTS[fact](background)).join(" "),
    /** @param {string} name of a class */
    takeTest: (name) => `Take a test picture: ${name}`,
    /** @param {{ pixels: number, all: number }} marked */
    maskLine({ pixels, all }) {
      if (pixels === 0) return "Nothing is marked.";
      if (pixels === all) return "All of it is marked: nothing of the picture is kept.";
      return `${count(pixels)} of ${count(all)} pixels are marked. The others stay as they are.`;
    },
    emptyPad: "Empty the pad",
    unmarkAll: "Unmark all",
    /** How many pictures came of which run. @param {{ count: number, t: number, steps: number, visits: number, ms: number, masked: boolean }} run */
    doneLine({ count: images, t, steps: n, visits, ms, masked }) {
      const again = visits > 1 ? `, all but the last taken ${visits} times` : "";
      return `${images} ${masked ? "fillings" : "pictures"} from t = ${t} in ${steps(n)}${again}: ${ms < 1000 ? milliseconds(ms) : `${(ms / 1000).toFixed(1)} s`}`;
    },
    /** @param {number} share of the picture that is left */
    percent,
    /** What comes back of the picture. @param {number} share of it that is left, as variance */
    survives: (share) => SURVIVES.find(([least]) => share >= least)[1],
    /** @param {number} number from 1 @param {string | null} name of its class */
    resultName,
    /** @param {number} number from 1 @param {string | null} name of its class */
    enlarge: (number, name) => `${resultName(number, name)}. Enlarge it.`,
    /** @param {number} share of the schedule */
    columnName: (share) => `From ${percent(share)} of the way to noise`,
    /** @param {number} t @param {number} share */
    stripName: (t, share) => `t ${t}, with ${percent(share)} of the picture left: the noised picture and two that came back. Go to this t.`,
    /** @param {string} name @param {number} times @param {number} side */
    savedLine: (name, times, side) => `${name} was saved: ${times * side} × ${times * side} pixels.`,
  },
  step: {
    /** What each formula is for. */
    labels: {
      noise: "The noise that follows from v",
      picture: "The picture that it implies",
      share: "Of this step alone",
      direction: "Where to: a line through this picture and the last step’s, m",
      step: "The step",
      sum: "The same, summed up as the program computes it",
    },
    /** @param {Trace} step */
    place: ({ done, total, t, t_prev: next }) => (next === null
      ? `step ${done} of ${total}: from t\u00a0=\u00a0${t} to the finished picture`
      : `step ${done} of ${total}: from t\u00a0=\u00a0${t} to t′\u00a0=\u00a0${next}`),
    computing: "Computing the run …",
    /** @param {number} n steps @param {number} ms */
    computed: (n, ms) => `A run of one picture in ${steps(n)}, computed in ${milliseconds(ms)}.`,
    /** @param {string} message */
    failed: (message) => `The run could not be computed: ${message}.`,
    /** What a term's pixels were before they were cut to what can be shown. @param {string} least @param {string} most */
    range: (least, most) => `${least} to ${most}`,
    /**
     * The step in sentences, in the order of its terms.
     * @param {string} sampler
     * @param {string} prediction
     * @param {Trace} step
     */
    sentences: (sampler, prediction, step) => [
      prediction === "v"
        ? `The network sees x_t and is told that t\u00a0=\u00a0${step.t}. It answers with v, a mixture of noise and picture, from which the noise ε_θ in x_t follows.`
        : `The network sees x_t and is told that t\u00a0=\u00a0${step.t}. It answers with the noise ε_θ that it sees in x_t.`,
      `Of the picture, ${percent(step.alphaBar)} (as variance) is in x_t. Without the predicted noise, x̂_0 would be left: the mean of all pictures that x_t may have come from, so it is blurred while much is undecided.`,
      ...stepped(sampler, step),
    ],
  },
  toy: {
    /** @param {string} set by the program's name */
    set: (set) => SETS[set] ?? set,
    /** @param {number} done @param {number} total @param {number | null} t */
    place(done, total, t) {
      if (done === 0) return `step 0 of ${total}: noise, t\u00a0=\u00a0${t}`;
      return t === null ? `step ${done} of ${total}: finished` : `step ${done} of ${total}: t\u00a0=\u00a0${t}`;
    },
    /** What is to be seen, for who cannot see it. @param {{ set: string, count: number, marked: number, where: string, arrows: boolean, paths: boolean }} seen */
    description: ({ set, count: all, marked, where, arrows, paths }) => joined([
      `The plane with the points of the data, ${SETS[set] ?? set}, and ${all} particles at ${where}.`,
      paths && `The paths that ${marked} of them have taken are drawn.`,
      arrows && "Arrows point to where the noised data are denser.",
    ], " "),
    /** What this sampler's paths look like, and why. @param {string} sampler @param {number} eta */
    path(sampler, eta) {
      if (sampler === "dpm-solver-pp") return "DPM-Solver++(2M): nothing is random after the start, and each step bends with the path. So few steps follow the curve that DDIM needs many for.";
      if (sampler === "ddim" && eta === 0) return "η = 0: nothing is random after the start. A path is a smooth curve, and its start decides where it ends.";
      if (sampler === "ddim" && eta < 1) return "η = 0.5: part of the noise that a step puts back is fresh. Paths tremble, and where one ends is no longer decided by its start alone.";
      return "With as much fresh noise as DDPM, each step moves at random as well. Paths wander, and from one start they could end anywhere. They still end in the data.";
    },
    /** @param {number} all @param {number} n steps @param {number} ms */
    computed: (all, n, ms) => `${all} particles in ${steps(n)}, computed in ${milliseconds(ms)}.`,
    /** @param {string} message */
    failed: (message) => `The paths could not be computed: ${message}.`,
  },
  fewer: {
    /** @param {number} n steps */
    heading: steps,
    theModel: "the model",
    /** @param {number} n steps @param {string} model */
    pictureLabel: (n, model) => `4 pictures of ${model} in ${steps(n)}`,
    /** Below a column. */
    waiting: "waiting",
    columnComputing: "computing …",
    notMade: "not made",
    /** @param {number} ms */
    took: milliseconds,
    /** @param {number} runs */
    timed: (runs) => (runs === 1 ? "The time of one run" : `The median of ${runs} runs`),
    opening: "Starting the model …",
    /** @param {string} model @param {number} size in megabytes */
    loading: (model, size) => `Loading ${model} (${size.toFixed(1)} MB) …`,
    /** @param {number} n steps */
    computing: (n) => `Computing ${steps(n)} …`,
    /** @param {number} images @param {number} cores @param {number} runs */
    times: (images, cores, runs) => joined([
      `Below each column: the time of its run, ${images} pictures on ${cores === 1 ? "1 core" : `${cores} cores`} here.`,
      runs > 1 && `Median of ${runs} runs.`,
    ], " "),
    /**
     * What made the columns.
     * @param {{ model: string, sampler: string, eta: number | null, spacing: string, guidance: number | null, from: number | null }} how
     */
    caption: ({ model, sampler, eta, spacing, guidance, from }) => sentence(joined([
      model, sampler, eta !== null && `η = ${eta}`, SPACED[spacing] ?? spacing, guidance !== null && guided(guidance, from),
    ])),
    /** @param {string} model that takes its own steps alone */
    fewCaption: (model) => sentence(`${model}, in the steps that it was distilled to`),
    noSeed: `A seed is ${SEED_RANGE}.`,
    /** @param {string} message */
    failed: (message) => `These pictures could not be made: ${message}.`,
    /** @param {string} message */
    fewFailed: (message) => `The few-steps model's pictures could not be made: ${message}.`,
    /** @param {string} message */
    measuredFailed: (message) => `The measurements cannot be shown: ${message}.`,
    /** @param {string} label of a model @param {{ guidance?: number } | null} unusual guidance, other than the page's */
    rowLabel: (label, unusual) => (unusual === null ? label : `${label}, guidance ${unusual.guidance}`),
    /** How the pictures of some rows of the table were made. @param {string} name of the model @param {Report["sampler"][]} samplers that differ in their steps */
    measuredWith(name, samplers) {
      const [{ kind, spacing, eta, guidance, guidance_from: from }] = samplers;
      const numbers = samplers.map(({ steps: n }) => n);
      const model = `${name} in ${joined([numbers.slice(0, -1).join(", "), steps(numbers.at(-1))], " and ")}`;
      const how = joined([MEASURED[kind] ?? kind, eta > 0 && `η = ${eta}`, MEASURED[spacing] ?? spacing]);
      if (guidance === 1 || guidance === undefined) return sentence(`${model}: ${how}, no guidance`);
      return from == null
        ? sentence(`${model}: ${how}, guidance ${guidance} in every step`)
        : sentence(`${model}: ${how}, guidance ${guidance} from t = ${from} on`);
    },
    /** @param {Report} report */
    measuredHow: ({ images, seeds }) => `Each number: ${seeds.length} times ${count(images)} pictures, every class equally often, against ${count(images)} test images. ± is the 95 % interval over these.`,
    /** @param {string} model that is loaded */
    notMeasured: (model) => `These numbers are of other weights than ${model}, which is loaded now and has not been measured.`,
    /** A number of the table. @param {{ mean: number, half_width: number }} measured */
    distance: ({ mean, half_width: half }) => `${mean.toFixed(2)} ± ${half.toFixed(2)}`,
  },
  between: {
    /** @param {string} message */
    failed: (message) => `These pictures could not be made: ${message}.`,
    /** @param {string} model @param {number} size in megabytes */
    loading: (model, size) => `Loading ${model} (${size.toFixed(1)} MB) …`,
    /** @param {number} images @param {number} n steps @param {number} ms */
    made: (images, n, ms) => `${images} pictures in ${steps(n)}: ${milliseconds(ms)}`,
  },
  look: {
    /** @param {string} message */
    failed: (message) => `The network could not be asked: ${message}.`,
    /** @param {number} t @param {{ timesteps: number, prediction: string }} schedule */
    note: (t, { timesteps, prediction }) => joined([
      prediction === "v"
        ? "This model predicts v: at low steps the noise, at high ones the picture, turned negative."
        : "This model predicts the noise.",
      t < timesteps
        ? `It knows the steps 0 to ${timesteps - 1}.`
        : `${t} is one past the steps it knows, 0 to ${timesteps - 1}: the tutorial asks there.`,
    ], " "),
  },
  learn: {
    /** What is said of a training, by the model that it led to. */
    trainings: {
      page: "From epoch 31 on it was told the classes, and in its last moment the seed draws each picture’s.",
      tutorial: "Its loss counts every t alike, so the two curves do not compare.",
    },
    /** @param {string} message */
    failed: (message) => `This epoch could not be shown: ${message}.`,
    untrained: "Untrained",
    /** @param {number} epoch */
    after: (epoch) => `After ${epochs(epoch)}`,
    /** @param {number} epoch @param {number} loss */
    moment: (epoch, loss) => `${epochs(epoch)}, loss ${loss.toFixed(3)}`,
  },
  starts: {
    /** @param {string} message */
    failed: (message) => `These pictures could not be made: ${message}.`,
  },
  weights: {
    /** What a model's pictures show. @param {string | null} model that came with the page; null for a visitor's, which need not be clothes */
    subject: (model) => SHIPPED[model]?.subject ?? "pictures",
    /** Beside the menu. @param {string} dataset @param {number} n epochs */
    inShort: (dataset, n) => `${dataset}, ${epochs(n)}`,
    /** In the menu. @param {string} label @param {number} size in megabytes */
    inMenu: (label, size) => `${label} (${size.toFixed(1)} MB)`,
    loading: "Loading the model …",
    /** @param {string} file @param {string} message */
    notLoaded: (file, message) => `${file} was not loaded: ${message}. The previous model is still loaded.`,
    /** @param {string} model that came with the page @param {string} message */
    modelNotLoaded: (model, message) => `${capital(SHIPPED[model].name)} was not loaded: ${message}. The previous model is still loaded.`,
    busy: "No model can be loaded at the moment. Drop the file again when the page says that it is ready.",
    nameless: "it",
    /** @param {string} file @param {string[]} left names of what was dropped with it */
    taken: (file, left) => `${file} was taken. ${listed(left)} ${left.length === 1 ? "was" : "were"} left alone.`,
    noFile: "There was no file in it: save it to your disk, and drop the file.",
    /** @param {string[]} names */
    noneOfThese: (names) => `None of these is a weights file: ${listed(names)}. Drop a .safetensors file.`,
    /** @param {string[]} names */
    folders: (names) => `${listed(names)} ${names.length === 1 ? "is a folder" : "are folders"}: drop the .safetensors file that is inside.`,
    /** Messages: why a file was not loaded. */
    empty: "it is empty, so it is not a whole safetensors file: export or download it again",
    unreadable: "it could not be read: it was moved, changed or deleted since it was chosen, or is a folder; choose it again",
  },
  exercises: {
    answer: "Answer",
    again: "Ask me again",
    right: "Right.",
    wrong: "Not so.",
    nothing: "Choose an answer first.",
    /** @param {string} min @param {string} max */
    noNumber: (min, max) => `Write a whole number from ${min} to ${max} first.`,
  },
  train: {
    open: "Open the training",
    close: "Close the training",
    /** @param {string} message */
    notOpened: (message) => `The training could not be loaded: ${message}.`,
    /** @param {{ name: string, steps: number, when: string }} run */
    keptOpen: (run) => `${keptRun(run)} is kept in this browser. Open the training to go on.`,
    /** @param {{ name: string, steps: number, when: string }} run */
    kept: (run) => `${keptRun(run)} is kept in this browser.`,
    /** @param {{ name: string, steps: number, when: string }} run */
    replaced: (run) => `${keptRun(run)} is kept in this browser. A new training takes its place.`,
    otherTab: "Another tab of this page trains and is kept. This run is not: download its weights before you leave.",
    /** @param {string} clock */
    savedAt: (clock) => `Saved in this browser at ${clock}: it goes on after a reload.`,
    /** @param {string} message */
    notKept: (message) => `This run could not be saved (${message}). It goes on: download its weights before you leave.`,
    noModel: "No model is loaded yet.",
    untrained: "The network knows nothing yet.",
    fitted: "The pictures are taken in the model’s size and colours.",
    /** @param {number} theirs @param {number} own classes */
    forgets: (theirs, own) => `The pictures are taken in the model’s size and colours. They have ${theirs === 0 ? "no classes" : `${theirs} classes`} and the model ${own}, so it goes on without classes.`,
    usualWidth: "Half a million parameters, as the models above have.",
    /** @param {number} parameters @param {number} n steps */
    planned: (parameters, n) => `${count(parameters)} parameters, a file of ${megabytes(2 * parameters)}; ${count(n)} steps in all.`,
    auto: "auto",
    /** @param {number} value */
    autoIs: (value) => `auto: ${value}`,
    /** @param {string} most */
    batchMisfit: (most) => `Batch: a whole number from 1 to ${most}, or nothing.`,
    rateMisfit: "Learning rate: a number above 0 and up to 0.1, or nothing.",
    epochsMisfit: "Epochs: a whole number from 1, or nothing.",
    seedMisfit: "The seed is a whole number from 0.",
    /** @param {string} most */
    workersMisfit: (most) => `Workers: a whole number from 1 to ${most}, or nothing.`,
    noDrawings: "No drawings yet.",
    /** @param {number} n */
    drawings: (n) => `${counted(n, "drawing")} in the set.`,
    /** What a set of drawings is called. @param {number} n */
    drawingsName: (n) => (n === 1 ? "1 drawing" : `${n} drawings`),
    remove: "Remove",
    /** @param {number} number */
    removeDrawing: (number) => `Remove drawing ${number}`,
    start: "Start",
    goOn: "Go on",
    choosePictures: "Choose pictures, then press Start.",
    ready: "Ready: press Start.",
    /** @param {string} message */
    notPaused: (message) => `The training could not be paused: ${message}.`,
    /** @param {string} message */
    notStepped: (message) => `The step could not be taken: ${message}.`,
    /** @param {string} message */
    notStopped: (message) => `The training could not be stopped: ${message}.`,
    /** @param {string} message */
    notUsed: (message) => `The weights could not be used: ${message}.`,
    /** @param {string} message */
    notSaved: (message) => `The weights could not be saved: ${message}.`,
    /** @param {string} message */
    keptUnreadable: (message) => `The kept run could not be read: ${message}.`,
    /** @param {string} message */
    notErased: (message) => `The kept run could not be erased: ${message}.`,
    /** @param {string} message */
    notStarted: (message) => `The training could not be started: ${message}.`,
    /** @param {string} message */
    failed: (message) => `The training has failed: ${message}.`,
    /** @param {string} name @param {string} size */
    saysOfItself: (name, size) => `${name}, ${size}. This is what the file says of itself:`,
    /** @param {string} name @param {string} message */
    unreadable: (name, message) => `${name} was saved, but this page cannot read it: ${message}.`,
    loadingAbove: "Loading the trained weights above …",
    usedAbove: "The section at the top makes pictures with these weights now.",
    loading: "Loading the trainer …",
    /** @param {number} loaded @param {number | null} total bytes */
    loadingTrainer: (loaded, total) => `Loading the trainer: ${megabytes(loaded)}${total === null ? "" : ` of ${megabytes(total)}`} …`,
    /** @param {number} images */
    trainingOn: (images) => `Training on ${counted(images, "picture")}.`,
    /** @param {number} n steps */
    done: (n) => `Done: ${counted(n, "step")}.`,
    /** @param {number} n steps */
    pausedAfter: (n) => `Paused after ${counted(n, "step")}.`,
    /** @param {number} n steps @param {number | null} loss */
    steppedTo: (n, loss) => `Paused after ${count(n)} steps.${loss === null ? "" : ` The last one’s loss is ${loss.toFixed(4)}.`}`,
    notRunning: "The training is not running.",
    /** @param {number} n steps */
    stoppedAfter: (n) => `Stopped after ${counted(n, "step")}. The weights stay.`,
    /** Terms of the list of numbers, and what stands beside them. */
    step: "Step",
    epoch: "Epoch",
    loss: "Loss",
    rate: "Pictures a second",
    timeLeft: "Time left",
    network: "Network",
    memory: "Memory",
    engine: "Engine",
    recipe: "Recipe",
    /** @param {string} done @param {string} all */
    of: (done, all) => `${done} of ${all}`,
    /** @param {number} n */
    parameters: (n) => `${count(n)} parameters`,
    /** @param {string} label an engine's @param {number} workers */
    onWorkers: (label, workers) => `${label}, ${workers === 1 ? "1 worker" : `${workers} workers`}`,
    /** @param {string} engine @param {string} why it and no other */
    because: (engine, why) => `${engine}: ${why}`,
    /** @param {number} samples @param {number} n steps */
    samples: (samples, n) => `${samples} samples after ${counted(n, "step")}`,
    noSamples: "No samples yet.",
    loadSampleFirst: "Load the sample first, or choose pictures of your own.",
    choosePicturesFirst: "Drop or choose pictures first.",
    drawFirst: "Draw a picture and add it to the set first.",
    reading: "Reading the pictures …",
    /** @param {string} message which says what was to be read */
    notRead: (message) => `${message}.`,
    /** @param {number} loaded @param {number | null} total bytes */
    loadingSample: (loaded, total) => `Loading: ${megabytes(loaded)}${total === null ? "" : ` of ${megabytes(total)}`}`,
    sampleLoaded: "The sample is loaded",
    /** @param {string} message */
    sampleNotLoaded: (message) => `The sample could not be loaded: ${message}.`,
    noFile: "There was no file in it: choose pictures, or a folder that has some.",
    /** @param {readonly [string, number][]} classes the first of them, with how many there are of each @param {number} more classes */
    classes: (classes, more) => `Classes: ${classes.map(([name, n]) => `${name} ${count(n)}`).join(", ")}${more > 0 ? ` and ${more} more classes` : ""}.`,
    noPictures: "No pictures yet.",
    /** @param {number} images @param {number} side @param {number} channels */
    taken: (images, side, channels) => `${counted(images, "picture")}, ${side} × ${side}, ${channels === 3 ? "colour" : "grey"}`,
    /** @param {number} images */
    takenLabel: (images) => `The first of ${counted(images, "picture")} to learn from`,
    /** @param {number} files */
    refused: (files) => `${files === 1 ? "1 file was" : `${count(files)} files were`} not taken`,
    /** @param {string} name a file's @param {string} why */
    refusedBecause: (name, why) => `${name}: ${why}`,
  },
  tour: {
    /** @param {number} k @param {number} all */
    place: (k, all) => `Tour, step ${k} of ${all}`,
    next: "Next",
    finish: "Finish",
    doing: "It is being done …",
    undone: "That control cannot be used now. Look at its section for the reason, then press again.",
    stopped: "Stopped, because you took over.",
    /** What each step is about, what to try, and what the tour has done; where its control may be missing, what to do then. */
    steps: {
      noise: {
        title: "It begins with noise",
        text: ["Each run starts from squares of noise. At step 0, nothing in them is a picture yet."],
        attempt: "Press |< to go to the first step.",
        did: "The run is at step 0, the noise.",
      },
      step: {
        title: "Step by step",
        text: ["At each step the network predicts the noise, and a part of that prediction is taken away.", "One step changes little. Many of them make a picture."],
        attempt: "Press > for one step, then drag the slider. When can you first tell what a picture becomes?",
        did: "The slider went through the whole run, from noise to pictures.",
      },
      expected: {
        title: "What the network expects",
        text: ["From the predicted noise follows a finished picture: x_0.", "Early in a run it is blurred, because x_t could still become many pictures."],
        attempt: "Choose x_0 predicted, and go back to the first quarter of the run.",
        did: "This is x_0 as predicted after a quarter of the run.",
      },
      seed: {
        title: "The same seed, the same pictures",
        text: ["The seed decides all the noise of a run: at its start and in each step.", "The same seed, settings and model give the same pictures on every machine."],
        attempt: "Write 7 into the field and press Enter. Whoever does so gets these pictures.",
        did: "These are the pictures of seed 7.",
      },
      class: {
        title: "A class on purpose",
        text: ["In training, this model was told what each picture shows. So it can be asked for one class."],
        attempt: "Choose Sneaker and press Start. With “any”, the seed draws each picture’s class.",
        did: "Sneakers, because the network was told so in each step.",
        lacking: CLASSLESS,
      },
      guidance: {
        title: "Guidance",
        text: ["Guidance exaggerates what the class changes in a prediction. 1 adds nothing.", "More makes the class clearer, and the pictures more alike."],
        attempt: "Move it to 1 and press Start, then to 8. It needs a class.",
        did: "With guidance 8, most sneakers are clear, and they are more alike than before.",
        lacking: CLASSLESS,
      },
      training: {
        title: "Training runs the other way",
        text: ["For training, a real picture gets noise, up to a timestep t. The network learns to predict that noise."],
        attempt: "Drag to the right. The curves show how much of the picture is left at this t.",
        did: "More than half of the way into the noise.",
      },
      game: {
        title: "Is it still a shoe?",
        text: ["Guess what a picture with noise shows. Then you see it without noise, and how often the project’s classifier is right at that t."],
        attempt: "Guess. Then move the noise slider above: from which t on can you only guess?",
        did: "At t = 50, it guessed Ankle boot. The answer stands below the keys.",
      },
      picture: {
        title: "Your picture",
        text: ["A picture goes into noise up to a timestep, and the model brings it back, each time from other noise.", "The higher t is, the more of what comes back is the model’s own."],
        attempt: "Move the slider and see what stays. Then draw on the pad, or bring a picture of yours.",
        did: "At this t, little but the shape of the picture is left.",
      },
      open: {
        title: "One step, laid open",
        text: ["Here is the formula of a single step with its numbers, and each term as a picture."],
        attempt: "Walk through the run. What does the last step add?",
        did: "This is the last step. It adds no noise.",
      },
      paths: {
        title: "Smooth paths, random paths",
        text: ["In two dimensions, whole paths from noise to data can be drawn.", "With η = 0 the start alone decides where a path ends. With η = 1 each step adds fresh noise."],
        attempt: "Choose 1 for η, then only 5 steps. Which η copes better with few steps?",
        did: "With η = 1 the paths wander, and still end in the data.",
        lacking: "Only DDIM has η: choose it as the sampler.",
      },
      fewer: {
        title: "Fewer steps",
        text: ["Fewer steps take less time, and cost quality. How much, depends on how a step is taken.", "Each row begins with one noise; each column takes another number of steps."],
        attempt: "Choose DPM-Solver++(2M) and “halfway”. From how many steps on do you see no difference?",
        did: "With these settings, 10 steps look much like 20. The table has the distances that were measured.",
        lacking: "The model that is loaded takes its own few steps alone. Choose this page’s own model in the menu.",
      },
      train: {
        title: "Train it yourself",
        text: ["A network can learn in your browser: from a sample of these clothes, from your pictures, or from drawings.", "Then try the six questions under “Ask yourself”."],
        attempt: "Open the training, load the sample, and press its Start.",
        did: "The training is open. Load the sample, then press Start below it.",
      },
    },
  },
};
