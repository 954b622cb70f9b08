// The page: asks the worker (protocol.js) and draws what it answers. It computes nothing of the
// model's; what it keeps is what is on the screen.

import { draw, wipe } from "./draw.js";
import { startNoise } from "./noise.js";
import { ENGINES } from "./protocol.js";
import { count, megabytes, median } from "./text.js";

/** @typedef {import("./protocol.js").Report} Report */

const byId = (id) => document.getElementById(id);
const [startButton, seedInput, form] = ["start", "seed", "controls"].map(byId);
const [status, errorLine, engineLine] = ["status", "error", "engine"].map(byId);
const [live, progress, stepLine, speed] = ["live", "progress", "step", "speed"].map(byId);
const frames = [...byId("frames").querySelectorAll("figure")];

/** Messages of an earlier run that arrive late are told by its number. */
let run = 0;
let running = false;
let usable = false;
/** What the last steps took, in milliseconds. @type {number[]} */
let times = [];

/** @type {Worker} */
let worker;
/** @type {ReturnType<typeof startNoise>} */
let noise;

/** @param {string | null} message */
function showError(message, line = errorLine) {
  line.textContent = message ?? "";
  line.hidden = message === null;
}

function setRunning(now) {
  running = now;
  startButton.textContent = now ? "Cancel" : "Start";
}

function begin() {
  if (!usable) return;
  if (!seedInput.checkValidity()) {
    showError(`The seed is a whole number from ${seedInput.min} to ${count(seedInput.max)}.`);
    return;
  }
  showError(null);
  run += 1;
  setRunning(true);
  status.textContent = "Generating 16 pictures …";
  worker.postMessage({ type: "start", run, seed: seedInput.valueAsNumber });
}

function cancel() {
  run += 1; // whatever the worker still sends of this run is late
  worker.postMessage({ type: "cancel" });
  setRunning(false);
  status.textContent = "Cancelled.";
}

/** Nothing more shall come from this worker. */
function giveUp(message) {
  worker?.terminate();
  usable = false;
  setRunning(false);
  startButton.disabled = true;
  noise?.disable();
  status.textContent = "The model is not running.";
  showError(message);
}

function setTitles(titles) {
  frames.forEach((frame, at) => {
    frame.querySelector("figcaption").textContent = `Step : ${titles[at]}`;
  });
}

/** @type {{ [Type in Report["type"]]: (report: Extract<Report, { type: Type }>) => void }} */
const on = {
  loading({ loaded, total }) {
    const all = total === null ? "" : ` of ${megabytes(total)}`;
    status.textContent = `Loading the model: ${megabytes(loaded)}${all} …`;
    progress.max = total ?? 1;
    progress.value = total === null ? 0 : loaded;
  },

  ready({ engine, adapter, why, notes, parameters, timesteps, titles }) {
    usable = true;
    startButton.disabled = false;
    setTitles(titles);
    progress.value = 0;
    const instead = why === null ? "" : `, because ${why}`;
    engineLine.textContent = `Engine: ${engine} on ${adapter}${instead}. `
      + `${count(parameters)} parameters, ${timesteps} steps. ${notes.join(" ")}`;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (calm || document.hidden) status.textContent = "Ready: press Start.";
    else begin();
  },

  started({ total, titles, picture }) {
    times = [];
    setTitles(titles);
    frames.forEach((frame) => wipe(frame.querySelector("canvas")));
    draw(live, picture);
    progress.max = total;
    progress.value = 0;
    stepLine.textContent = `step 0 of ${total}`;
    speed.textContent = "";
  },

  step({ done, total, t, ms, frames: filled, picture }) {
    draw(live, picture);
    filled.forEach((at) => draw(frames[at].querySelector("canvas"), picture));
    times = [...times.slice(-19), ms];
    progress.value = done;
    stepLine.textContent = `step ${done} of ${total}, t = ${t}`;
    speed.textContent = `${median(times).toFixed(0)} ms a step`;
  },

  finished() {
    setRunning(false);
    status.textContent = "Done: 16 pictures out of noise.";
  },

  original({ picture }) {
    noise.enable(picture);
  },

  noised(report) {
    noise.show(report);
  },

  failed({ about, message, fatal }) {
    if (fatal) {
      giveUp(`The model ${about === "load" ? "could not be loaded" : "stopped"}: ${message}`);
    } else if (about === "noise") {
      noise.fail();
      showError(message, byId("noise-error"));
    } else {
      setRunning(false);
      status.textContent = "The run ended early.";
      showError(message);
    }
  },
};

/** @param {MessageEvent<Report>} event */
function receive({ data }) {
  const late = "run" in data && data.run !== null && data.run !== run;
  if (!late) on[data.type](data);
}

function startWorker(engine) {
  worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", receive);
  // A script that does not load or parse: the event of it tells no more than that.
  worker.addEventListener("error", (event) => {
    giveUp(event.message || "The engine's program could not be loaded. Reload the page to try again.");
  });
  noise = startNoise((percent) => worker.postMessage({ type: "noise", percent }));
  worker.postMessage({ type: "load", engine });
}

startButton.addEventListener("click", () => (running ? cancel() : begin()));
// A new seed is a new run. The Enter key tells of the change first and then submits.
seedInput.addEventListener("change", begin);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) begin();
});

const engine = new URLSearchParams(location.search).get("engine") ?? ENGINES[0];
if (ENGINES.includes(engine)) {
  startWorker(engine);
} else {
  giveUp(`There is no engine "${engine}": write ?engine=${ENGINES.join(" or ?engine=")}.`);
}
