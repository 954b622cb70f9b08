// An engine's thread. Every worker runs this script; what it is for is what it is asked: a part of
// a batch's run (`load`, `begin`, `advance`), or the test images (`study`, `noise`, `look`).

import init, { Model, Sampling, Study, frame_indices } from "../ddpm-web.js";
import { EngineFailure, serve, tellFailure } from "./remote.js";
import { probeWebGpu, watchDevices } from "./webgpu.js";

/** One fixed noise per test image, so that the slider's motion is continuous. */
const NOISE_SEED = 0;

/** @type {Model | undefined} */
let model;
/** @type {Sampling | undefined} */
let sampling;
/** @type {Study | undefined} */
let study;

/** A Rust object that takes an earlier one's place. */
function replace(before, after) {
  before?.free();
  return after;
}

/** The adapter's name, where it is a graphics card's. @type {string | undefined} */
let adapter;

/** The first time it starts the engine; after that it exchanges the weights. A refused file leaves
    those that were there. */
async function load({ engine, module, weights }) {
  if (model === undefined) {
    if (engine === "burn-webgpu") adapter = await needWebGpu();
    await init({ module_or_path: module });
    model = await Model.load(engine, weights);
  } else {
    model.exchange(weights);
  }
  const info = model.info();
  return { ...info, adapter: adapter ?? info.adapter, titles: [...frame_indices(info.schedule.timesteps)] };
}

/** The adapter's name, if there is one that will do. */
async function needWebGpu() {
  const { why, name } = await probeWebGpu();
  if (why !== undefined) throw new Error(why);
  watchDevices(tellFailure);
  return name;
}

/** The batch before its first step, or where another engine left it. */
function begin({ options, x }) {
  sampling = replace(sampling, undefined);
  sampling = new Sampling(model, options, x);
  return { ...now(), titles: [...frame_indices(sampling.total)] };
}

/** An engine that cannot take a step is of no more use: the graphics device may be gone. */
async function advance() {
  try {
    await sampling.advance(model);
  } catch (error) {
    await briefly(); // the device's own word on it, which says more, is on its way
    throw new EngineFailure(error.message);
  }
  return now();
}

function briefly() {
  return new Promise((resolve) => { setTimeout(resolve, 100); });
}

/** The run's state, for the page to keep and show. */
function now() {
  const { done, total, t = null, alpha_bar: alphaBar } = sampling;
  return {
    done, total, t, alphaBar, frames: [...sampling.frames()],
    x_t: sampling.x_t(), x_0: sampling.x_0(), eps: sampling.eps(), x: sampling.values(),
  };
}

function end() {
  sampling = replace(sampling, undefined);
}

async function startStudy({ module, weights, images }) {
  await init({ module_or_path: module });
  study = replace(study, new Study(weights, images, NOISE_SEED));
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

serve({ load, begin, advance, end, study: startStudy, noise, look });
