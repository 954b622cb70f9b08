// The sentences of the sections below the first, in English: see en.js.

import { count, megabytes, milliseconds, seconds } from "../lib/text.js";
import { counted, sentence, joined, steps, pictures, epochs, percent, guided, MEASURED, facts } from "./en.js";

/** @typedef {import("../lib/pool.js").Trace} Trace */
/** @typedef {import("../panels/generate/made.js").Made} Made */
/** @typedef {import("../panels/generate/moment.js").View} View */
/** @typedef {import("../panels/fewer/measured.js").Report} Report */
/** How many pictures a classifier was right in; t is null for pictures without noise. @typedef {{ t: number | null, images: number, accuracy: number }} Measured */
/** What a first run takes instead of all its steps: so many, of so many that would take so long. @typedef {{ steps: number, total: number, ms: number }} Fewer */

/** How a sentence calls the spacings that Fewer steps offers. @type {{ [name: string]: string }} */
const SPACED = { even: "timesteps even in t", halfway: "timesteps halfway to even in log-SNR" };

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

/** @typedef {import("../panels/picture/swap.js").Tone} Tone */
/** Whether a picture's light and dark are swapped, and why. @param {Tone | null} tone @returns {string[]} */
function toned(tone) {
  if (tone === null || !(tone.swapped || tone.differs)) return [];
  const theirs = `this model’s pictures are ${tone.model === "white" ? "dark on white" : "light on black"}`;
  if (!tone.swapped) return [`Light and dark are as they are, but ${theirs}: what comes back may be poor.`];
  return [tone.differs ? `Light and dark are swapped: ${theirs}.` : "Light and dark are swapped."];
}

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

export const below = {
  /** The window that runs are compared in. */
  compare: {
    /** @param {number} runs that are not there any more */
    remaking: (runs) => (runs === 1 ? "One of these runs is computed again, so that all of its steps can be shown." : "These runs are computed again, so that all of their steps can be shown."),
    /** @param {number} number of the run @param {number} runs @param {number} done @param {number} total */
    remakingAt: (number, runs, done, total) => `${runs === 1 ? "Step" : `Run ${number} of ${runs}, step`} ${done} of ${total}.`,
    /** When all of them are there. */
    together: "Drag the slider to move through these runs together.",
    /** @param {string} message */
    notRemade: (message) => `A run could not be computed again: ${message}.`,
    /** @param {string} name of a weights file */
    needsFile: (name) => `One of these runs was made with ${name}, which is not loaded. Close this window, load that file under “Your own weights”, and compare again.`,
    /** @param {number} ms of a step @param {number} total steps */
    paceInWords: (ms, total) => `${steps(total)}, ${milliseconds(ms)} each: ${seconds(ms * total)}`,
  },
  /** What can be kept of a run. */
  save: {
    /** What is saved as it is seen. @param {number} step @param {View} view */
    seenInWords(step, view) {
      const what = { x_t: "x_t", x_0: "x_0 as predicted", eps: "ε as predicted" }[view];
      return `PNG files of what is shown: step ${step}, ${what}. Each pixel becomes a square.`;
    },
    /** Under the figure. @param {View} view @param {Made} made @param {number} total its steps */
    figureCaption(view, made, total) {
      const what = { x_t: "The batch, x_t, from noise to pictures.", x_0: "The predicted x_0 on the way.", eps: "The predicted noise ε on the way." }[view];
      return `${what} ${sentence(facts(made, total))}`;
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
  },
  nearest: {
    /** A button. @param {string} size in megabytes, of what is fetched for it */
    findLabel: (size) => `Find them (${size} MB)`,
    /** @param {number} found @param {{ pictures: number, all: number }} sample @param {number} distance of the nearest */
    nearestInWords: (found, { pictures: some, all }, distance) => `The ${found} nearest to the predicted x_0 among ${some === all ? "all" : `${count(some)} of the`} ${count(all)} training pictures. The nearest differs by ${distance.toFixed(2)} (the root of the mean squared difference, where black is -1 and white is 1); a copy would differ by nearly 0.`,
    /** @param {string} message */
    notFound: (message) => `The nearest training pictures could not be found: ${message}.`,
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
    /** @param {import("../lib/trainer/single.js").Fitted} fitted @param {Tone | null} tone */
    notesLine: ({ facts: all, background }, tone) => [...all.map((fact) => FACTS[fact](background)), ...toned(tone)].join(" "),
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
      return `${images} ${masked ? "fillings" : "pictures"} from t = ${t} in ${steps(n)}${again}: ${ms < 1000 ? milliseconds(ms) : seconds(ms)}`;
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
