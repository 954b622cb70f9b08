// The steps of the tour: what each is about, which control it speaks of, and how that control is driven.

/**
 * Something that a visitor could do as well. It waits until the control is there and can be used.
 * @typedef {object} Action
 * @property {string} [press] a button, a key or a heading that unfolds
 * @property {string} [slide] a slider, which moves to a share of its way
 * @property {string} [fill] a field or a menu, which gets a text or a choice
 * @property {number | string} [to] where the slider goes, from 0 to 1; or what the field gets
 * @property {number} [ms] how long the slider takes; without it, it jumps
 * @property {string} [until] nothing is done but to wait until there is such an element
 * @property {string} [unless] nothing is done where there is such an element
 */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string[]} text
 * @property {string} attempt what to try
 * @property {string} did what the tour has done
 * @property {string} control the one that it speaks of
 * @property {string} see what the control changes: it is on the screen too where there is room
 * @property {{ text: string, control: string }} [lacking] what to do where the control is not there
 * @property {Action[]} does
 */

/** A run that is shown, and over. @type {Action[]} */
const RUN = [
  { press: "#start", unless: "#position:enabled" },
  { until: "#pause[hidden]" },
];
/** With the settings as they are. @type {Action} */
const START = { press: "#start:not([hidden]), #replay:not([hidden])" };
/** @type {Action} */
const NOW = { press: '#view input[value="x_t"]' };
/** The model's own number of this class. */
const SNEAKER = "#class input[value='7']";

const CLASSLESS = {
  text: "The model that is loaded was not told classes. Choose this page’s own model in the menu, and the classes appear.",
  control: "#model",
};

/** @type {readonly Step[]} */
export const STEPS = Object.freeze([
  {
    title: "It begins with noise",
    text: ["Each run starts from squares of noise. At step 0, nothing in them is a picture yet."],
    attempt: "Press |< to go to the first step.",
    did: "The run is at step 0, the noise.",
    control: "#first",
    see: "#live",
    does: [...RUN, NOW, { slide: "#position", to: 0 }],
  },
  {
    title: "Step by step",
    text: ["At each step the network predicts the noise, and a part of that prediction is taken away.", "One step changes little. Many of them make a picture."],
    attempt: "Press > for one step, then drag the slider. When can you first tell what a picture becomes?",
    did: "The slider went through the whole run, from noise to pictures.",
    control: "#position",
    see: "#live",
    does: [...RUN, NOW, { slide: "#position", to: 0 }, { slide: "#position", to: 1, ms: 5000 }],
  },
  {
    title: "What the network expects",
    text: ["From the predicted noise follows a finished picture: x_0.", "Early in a run it is blurred, because x_t could still become many pictures."],
    attempt: "Choose x_0 predicted, and go back to the first quarter of the run.",
    did: "This is x_0 as predicted after a quarter of the run.",
    control: "#view",
    see: "#live",
    does: [...RUN, { press: '#view input[value="x_0"]' }, { slide: "#position", to: 0.25, ms: 1500 }],
  },
  {
    title: "The same seed, the same pictures",
    text: ["The seed decides all the noise of a run: at its start and in each step.", "The same seed, settings and model give the same pictures on every machine."],
    attempt: "Write 7 into the field and press Enter. Whoever does so gets these pictures.",
    did: "These are the pictures of seed 7.",
    control: "#seed",
    see: "#live",
    does: [NOW, { fill: "#seed", to: "7" }, START, { until: "#pause[hidden]" }],
  },
  {
    title: "A class on purpose",
    text: ["In training, this model was told what each picture shows. So it can be asked for one class."],
    attempt: "Choose Sneaker and press Start. With “any”, the seed draws each picture’s class.",
    did: "Sneakers, because the network was told so in each step.",
    control: "#class",
    see: "#live",
    lacking: CLASSLESS,
    does: [NOW, { press: SNEAKER }, START, { until: "#pause[hidden]" }],
  },
  {
    title: "Guidance",
    text: ["Guidance exaggerates what the class changes in a prediction. 1 adds nothing.", "More makes the class clearer, and the pictures more alike."],
    attempt: "Move it to 1 and press Start, then to 8. It needs a class.",
    did: "With guidance 8, most sneakers are clear, and they are more alike than before.",
    control: "#guidance",
    see: "#live",
    lacking: CLASSLESS,
    does: [NOW, { press: SNEAKER, unless: "#guidance:enabled" }, { slide: "#guidance", to: 1, ms: 800 }, START, { until: "#pause[hidden]" }],
  },
  {
    title: "Training runs the other way",
    text: ["For training, a real picture gets noise, up to a timestep t. The network learns to predict that noise."],
    attempt: "Drag to the right. The curves show how much of the picture is left at this t.",
    did: "More than half of the way into the noise.",
    control: "#noise-t",
    see: "#noised",
    does: [{ slide: "#noise-t", to: 0 }, { slide: "#noise-t", to: 0.6, ms: 4000 }],
  },
  {
    title: "Is it still a shoe?",
    text: ["Guess what a picture with noise shows. Then you see it without noise, and how often the project’s classifier is right at that t."],
    attempt: "Guess. Then move the noise slider above: from which t on can you only guess?",
    did: "At t = 50, it guessed Ankle boot. The answer stands below the keys.",
    control: "#game-guesses",
    see: "#game-picture",
    does: [{ slide: "#noise-t", to: 0.255 }, { press: "#game-next", unless: "#game-guesses button:enabled" }, { press: "#game-guesses button[value='9']" }],
  },
  {
    title: "Your picture",
    text: ["A picture goes into noise up to a timestep, and the model brings it back, each time from other noise.", "The higher t is, the more of what comes back is the model’s own."],
    attempt: "Move the slider and see what stays. Then draw on the pad, or bring a picture of yours.",
    did: "At this t, little but the shape of the picture is left.",
    control: "#picture-t",
    see: "#picture-noised",
    does: [{ slide: "#picture-t", to: 0.7, ms: 1500 }],
  },
  {
    title: "One step, laid open",
    text: ["Here is the formula of a single step with its numbers, and each term as a picture."],
    attempt: "Walk through the run. What does the last step add?",
    did: "This is the last step. It adds no noise.",
    control: "#one-step-position",
    see: "#one-step-terms",
    does: [{ slide: "#one-step-position", to: 0 }, { slide: "#one-step-position", to: 1, ms: 5000 }],
  },
  {
    title: "Smooth paths, random paths",
    text: ["In two dimensions, whole paths from noise to data can be drawn.", "With η = 0 the start alone decides where a path ends. With η = 1 each step adds fresh noise."],
    attempt: "Choose 1 for η, then only 5 steps. Which η copes better with few steps?",
    did: "With η = 1 the paths wander, and still end in the data.",
    control: "#toy-eta",
    see: "#toy-canvas",
    lacking: { text: "Only DDIM has η: choose it as the sampler.", control: "#toy-sampler" },
    does: [
      { fill: "#toy-sampler", to: "ddim" }, { press: '#toy-eta input[value="1"]' },
      { slide: "#toy-position", to: 0 }, { slide: "#toy-position", to: 1, ms: 5000 },
    ],
  },
  {
    title: "Fewer steps",
    text: ["Fewer steps take less time, and cost quality. How much, depends on how a step is taken.", "Each row begins with one noise; each column takes another number of steps."],
    attempt: "Choose DPM-Solver++(2M) and “halfway”. From how many steps on do you see no difference?",
    did: "With these settings, 10 steps look much like 20. The table has the distances that were measured.",
    control: "#fewer-sampler",
    see: "#fewer-columns",
    lacking: { text: "The model that is loaded takes its own few steps alone. Choose this page’s own model in the menu.", control: "#model" },
    does: [{ fill: "#fewer-sampler", to: "dpm-solver-pp" }, { press: '#fewer-spacing input[value="halfway"]' }, { until: "#fewer-columns figure:nth-child(2) .box[aria-busy='false']" }],
  },
  {
    title: "Train it yourself",
    text: ["A network can learn in your browser: from a sample of these clothes, from your pictures, or from drawings.", "Then try the six questions under “Ask yourself”."],
    attempt: "Open the training, load the sample, and press its Start.",
    did: "The training is open. Load the sample, then press Start below it.",
    control: "#train-panel > summary",
    see: "#train-title",
    does: [{ press: "#train-panel > summary", unless: "#train-panel[open]" }],
  },
]);
