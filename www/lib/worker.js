// What a worker does, with whichever program its script has. Some workers run an engine on their part of a batch (`load`,
// `begin`, `advance`, `finish`); another one has the test images (`study`, `noise`, `look`).

import { countDispatches, guardWebGpu } from "./device.js";
import { engineNamed } from "./engines.js";
import { DdpmError, EngineFailure } from "./errors.js";
import { serve, startProgram, tellFailure } from "./serve.js";
import { probeWebGpu } from "./webgpu.js";

/** Each test image's noise is fixed, so that the slider's motion is continuous. */
const NOISE_SEED = 0;

/** The program. The build writes its declarations into `program.d.ts`. @type {typeof import("./program.d.ts")} */
let rust;
/** @type {import("./program.d.ts").Model | undefined} */
let model;
/** @type {import("./program.d.ts").Run | undefined} */
let run;
/** The test images. @type {import("./program.d.ts").Study | undefined} */
let study;

/** @param {WebAssembly.Module} module the program's */
async function start(module) {
  await startProgram(rust, module);
}

/** The graphics adapter's name; undefined on the CPU. @type {string | undefined} */
let adapter;

/** The first call starts the engine; later ones exchange the weights. A file that is refused leaves those
    that were there. */
async function load({ engine, weights, module }) {
  if (model === undefined) {
    const { hardware, features } = engineNamed(engine);
    if (hardware === "webgpu") adapter = await needWebGpu(features);
    await start(module);
    model = await rust.Model.load(engine, weights);
  } else {
    end();
    await model.exchange(weights);
  }
  const info = model.info();
  return { ...info, adapter: adapter ?? info.adapter, titles: [...rust.frame_indices(info.schedule.timesteps)] };
}

/** The adapter's name, if there is one that will do. @param {readonly string[]} features */
async function needWebGpu(features) {
  const { why, name } = await probeWebGpu(features);
  if (why !== undefined) throw new DdpmError(why);
  guardWebGpu(tellFailure);
  return name;
}

/** Begins a run, or goes on with one that another engine left. */
async function begin({ options, x, memory }) {
  end();
  run = await model.begin(options, x, memory);
  const { done, total } = run;
  return { total, steps: [stepAt(done)], ...state(), titles: [...rust.frame_indices(total)] };
}

/** A whole run at once, of which the finished pictures alone are wanted. It leaves the one under way alone. */
async function finish({ options }) {
  const whole = await model.begin(options);
  try {
    await taken(whole, whole.total);
    return { x_t: whole.x_t(whole.total) };
  } finally {
    whole.free();
  }
}

/** Takes steps. If that fails, the engine is given up: the graphics device may be gone. @param {import("./program.d.ts").Run} run @param {number} n */
async function taken(run, n) {
  try {
    return await run.advance(n);
  } catch (error) {
    await briefly(); // the device reports its loss soon, and says more of it
    throw new EngineFailure(error.message);
  }
}

/** Takes at most `n` steps. */
async function advance({ n }) {
  const { done: before, total } = run;
  const count = await taken(run, n);
  const steps = Array.from({ length: count }, (_, at) => stepAt(before + at + 1));
  return { total, steps, ...state() };
}

function briefly() {
  return new Promise((resolve) => { setTimeout(resolve, 100); });
}

/** What another engine needs to go on from here. */
function state() {
  return { x: run.x(), memory: run.memory() };
}

/** The run after `done` steps, for the page to keep and show. */
function stepAt(done) {
  return {
    done, t: run.t(done) ?? null, alphaBar: run.alpha_bar(done), frames: [...run.frames(done)],
    x_t: run.x_t(done), x_0: run.x_0(done), eps: run.eps(done),
  };
}

function end() {
  run?.free();
  run = undefined;
}

async function exercise({ amount }) {
  return { done: await model.exercise(amount) };
}

/** It counts from the first call of `dispatches` on. @type {(() => number) | undefined} */
let counter;

function dispatches() {
  counter ??= countDispatches();
  return { count: counter() };
}

async function startStudy({ weights, images, module }) {
  await start(module);
  study = new rust.Study(weights, images, NOISE_SEED);
}

function noise({ percent }) {
  const noised = study.at(percent);
  try {
    const { t = null, alpha_bar: alphaBar, snr } = noised;
    return { percent, t, alphaBar, snr, bytes: noised.bytes() };
  } finally {
    noised.free();
  }
}

async function look({ t, trained }) {
  return { bytes: await study.look(trained, t) };
}

/** Answers calls from now on. @param {typeof import("./program.d.ts")} program */
export function work(program) {
  rust = program;
  serve({ load, begin, advance, finish, end, exercise, dispatches, study: startStudy, noise, look });
}
