// An engine's thread. Every worker runs this script; what it is for is what it is asked: a part of
// a batch's run (`load`, `begin`, `advance`), or the test images (`study`, `noise`, `look`).

import { importProgram } from "./programs.js";
import { EngineFailure, serve, tellFailure } from "./rpc.js";
import { countDispatches, probeWebGpu, watchDevices } from "./webgpu.js";

/** One fixed noise per test image, so that the slider's motion is continuous. */
const NOISE_SEED = 0;

/** The program's functions. @type {any} */
let rust;
/** Rust's objects: a model, a run, the test images. @type {any} */
let model;
/** @type {any} */
let sampling;
/** @type {any} */
let study;

/** @param {any} compiled the program's name and its module */
async function start({ program, module }) {
  rust = await importProgram(program);
  await rust.default({ module_or_path: module });
}

/** A Rust object that takes an earlier one's place. */
function replace(before, after) {
  before?.free();
  return after;
}

/** The adapter's name, where it is a graphics card's. @type {string | undefined} */
let adapter;

/** The first time it starts the engine; after that it exchanges the weights. A refused file leaves
    those that were there. */
async function load({ engine, weights, ...compiled }) {
  if (model === undefined) {
    if (engine.endsWith("webgpu")) adapter = await needWebGpu(engine);
    await start(compiled);
    model = await rust.Model.load(engine, weights);
  } else {
    model.exchange(weights);
  }
  const info = model.info();
  return { ...info, adapter: adapter ?? info.adapter, titles: [...rust.frame_indices(info.schedule.timesteps)] };
}

/** The adapter's name, if there is one that will do. */
async function needWebGpu(engine) {
  const { why, name } = await probeWebGpu(engine);
  if (why !== undefined) throw new Error(why);
  watchDevices(tellFailure);
  return name;
}

/** The batch before its first step, or where another engine left it. */
function begin({ options, x }) {
  sampling = replace(sampling, undefined);
  sampling = new rust.Sampling(model, options, x);
  const { done, total } = sampling;
  return { total, steps: [stepAt(done)], x: sampling.values(), titles: [...rust.frame_indices(total)] };
}

/** At most `n` steps. An engine that cannot take one is of no more use: the graphics device may be gone. */
async function advance({ n }) {
  const { done: before, total } = sampling;
  let taken;
  try {
    taken = await sampling.advance(model, n);
  } catch (error) {
    await briefly(); // the device's own word on it, which says more, is on its way
    throw new EngineFailure(error.message);
  }
  const steps = Array.from({ length: taken }, (_, at) => stepAt(before + at + 1));
  return { total, steps, x: sampling.values() };
}

function briefly() {
  return new Promise((resolve) => { setTimeout(resolve, 100); });
}

/** The run after `done` steps, for the page to keep and show. */
function stepAt(done) {
  return {
    done, t: sampling.t(done) ?? null, alphaBar: sampling.alpha_bar(done), frames: [...sampling.frames(done)],
    x_t: sampling.x_t(done), x_0: sampling.x_0(done), eps: sampling.eps(done),
  };
}

function end() {
  sampling = replace(sampling, undefined);
}

async function exercise({ amount }) {
  return { done: await model.exercise(amount) };
}

/** Counts from the first call on. @type {(() => number) | undefined} */
let counter;

function dispatches() {
  counter ??= countDispatches();
  return { count: counter() };
}

async function startStudy({ weights, images, ...compiled }) {
  await start(compiled);
  study = replace(study, new rust.Study(weights, images, NOISE_SEED));
}

function noise({ percent }) {
  const noised = study.at(percent);
  try {
    const { t = null, alpha_bar: alphaBar, snr } = noised;
    return { percent, t, alphaBar, snr, greys: noised.greys() };
  } finally {
    noised.free();
  }
}

async function look({ t, trained }) {
  return { greys: await study.look(trained, t) };
}

serve({ load, begin, advance, end, exercise, dispatches, study: startStudy, noise, look });
