// The sentences that the page's scripts write, in English, section by section: of the first section, and of what is
// everywhere. en-below.js has those of the sections below, whose scripts come later; ko.js and ko-below.js have the same in
// Korean. A function gets the values and builds the whole sentence, because each language orders it otherwise. What stands in
// index.html is not here.

import { SHIPPED } from "../lib/shipped.js";
import { count, duration, megabytes, milliseconds } from "../lib/text.js";

/** @typedef {import("../panels/generate/made.js").Made} Made */
/** @typedef {import("../panels/generate/moment.js").Moment} Moment */
/** @typedef {import("../panels/generate/moment.js").View} View */
/** @typedef {import("../panels/generate/settings.js").Asked} Asked */
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
/** What is there from the start. @typedef {Worded<typeof en>} Above */
/** What comes later. @typedef {Worded<typeof import("./en-below.js").below>} Below */
/** All of it. @typedef {Worded<typeof en & typeof import("./en-below.js").below>} Words */

/** @param {number} n @param {string} one @param {string} [many] */
export const counted = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** @param {string} words */
const capital = (words) => words[0].toUpperCase() + words.slice(1);
/** @param {string} facts */
export const sentence = (facts) => `${capital(facts)}.`;

/** Those that there are. @param {(string | null | false)[]} parts @param {string} [between] */
export const joined = (parts, between = ", ") => parts.filter((part) => part !== null && part !== false && part !== "").join(between);

/** Many names make no sentence. @param {string[]} names */
function listed(names) {
  const [most, rest] = [names.slice(0, 3), names.length - 3];
  if (rest > 0) return `${most.join(", ")} and ${rest} more`;
  return most.length > 1 ? `${most.slice(0, -1).join(", ")} and ${most.at(-1)}` : most[0];
}

/** @param {number} n */
export const steps = (n) => (n === 1 ? "1 step" : `${n} steps`);
/** @param {number} n */
export const pictures = (n) => (n === 1 ? "1 picture" : `${n} pictures`);
/** @param {number} n */
export const epochs = (n) => (n === 1 ? "1 epoch" : `${n} epochs`);
/** @param {number} share of a picture that is left */
export const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
/** @param {number} guidance @param {number | null} from */
export const guided = (guidance, from) => `guidance ${guidance.toFixed(1)}${from === null ? "" : ` from t = ${from} on`}`;

/** How the menus call samplers and spacings. Others go by the program's own names. @type {{ [name: string]: string }} */
const LABELS = {
  ddpm: "DDPM, σ² = β", "ddpm-posterior": "DDPM, posterior σ²", ddim: "DDIM", "dpm-solver-pp": "DPM-Solver++(2M)",
  even: "even in t", "log-snr": "even in log-SNR", halfway: "halfway between",
};
/** How the reports of measured quality call them, and how a sentence does. @type {{ [name: string]: string }} */
export const MEASURED = {
  ...LABELS, even: "timesteps even in t", "log-snr": "timesteps even in log-SNR",
  halfway: "timesteps halfway between even in t and even in log-SNR", distilled: "the timesteps that it was distilled to",
};

/** A model that came with the page, in a sentence; a visitor's own by its file's name. @param {Made["model"]} model */
const modelOf = ({ shipped, name }) => SHIPPED[shipped]?.name ?? name;

/** What made a run's pictures, item by item. @param {Made} made @param {number} total its steps */
export const facts = ({ settings, asked, matched, distilled, model }, total) => {
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
    /** Goes on from "Step". @param {{ done: number, t: number | null }} step @param {Moment} moment of its x_t */
    stepInWords({ done, t: from }, { t, kind }) {
      if (from === null) return `${done}, the noise: t = ${t}`;
      return `${done}, from t = ${from} to ${kind === "finished" ? "the picture" : `t = ${t}`}`;
    },
    /** A frame's title. @param {number} step */
    frameTitle: (step) => `Step ${step}`,
    /** @param {number} every */
    keptSteps: (every) => `one step in ${every} is kept`,
    replay: "Replay",
    replaying: "Replaying …",
    replayed: "The replay is over.",
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
    settingsChanged: "The settings have changed. Start makes these pictures anew with them.",
    settingsHold: "The settings are those of these pictures.",
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
    /** A kept run. @param {number} seed */
    showLabel: (seed) => `Shows the run of seed ${seed} again, with its settings`,
    /** @param {number} seed */
    eraseLabel: (seed) => `Erase the run of seed ${seed}`,
    compare: "Compare",
    /** @param {number} seed @param {number} total steps */
    compareLabel: (seed, total) => `Compare the run of seed ${seed} in ${steps(total)}`,
    /** Beside the button, where so many are ticked. @param {number} ticked */
    compareHint: (ticked) => (ticked < 2 ? "Tick two or three runs to compare them."
      : ticked === 2 ? "Two runs are ticked. You may tick a third." : "Three runs at most can be compared."),
    /** @param {number} seed */
    shownAgain: (seed) => `The run of seed ${seed}, as it was made.`,
    /** @param {number} runs */
    keptHere: (runs) => (runs === 0 ? "Runs that are finished are kept here, in this browser." : "Kept in this browser. A click shows a run again."),
    /** @param {string} message */
    keptNowhere: (message) => `These runs are gone when the page is closed, because the browser keeps nothing for it: ${message}.`,
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
};
