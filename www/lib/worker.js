// What a worker does, with whichever program its script has. Some workers run an engine on their part of a batch (`load`,
// `begin`, `advance`, `finish`, `trace`); another one has the test images (`study`, `noise`, `noised`, `fitted`, `look`), and one more
// the toy (`toy`, `points`, `field`, `paths`).

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

/** A whole run of one image, with all that goes into each step. */
async function trace({ options }) {
  const all = await model.trace(options);
  const steps = all.map((step, at) => {
    const pictures = { x_t: step.x_t(), eps: step.eps(), x_0: step.x_0(), mean: step.mean(), noise: step.noise(), next: step.next() };
    const numbers = step.numbers();
    step.free();
    return { done: at + 1, total: all.length, ...numbers, ...pictures };
  });
  return { steps };
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
  return { percent, ...told(study.at(percent)) };
}

function noised({ picture, t, seed }) {
  return told(study.noised(picture, t ?? undefined, seed));
}

/** @param {import("./program.d.ts").Noised} images */
function told(images) {
  try {
    const { t = null, alpha_bar: alphaBar, snr } = images;
    return { t, alphaBar, snr, bytes: images.bytes() };
  } finally {
    images.free();
  }
}

function fitted({ images }) {
  return { bytes: study.fitted(images) };
}

async function look({ t, trained }) {
  return { bytes: await study.look(trained, t) };
}

async function toy({ module }) {
  await start(module);
  return rust.toy_info();
}

function points({ set }) {
  return { points: rust.toy_points(set) };
}

function field({ set, t, grid }) {
  const both = rust.toy_field(set, t, grid);
  const half = both.length / 2;
  return { at: both.slice(0, half), arrows: both.slice(half) };
}

function paths({ options }) {
  const all = new rust.Paths(options);
  try {
    const done = Array.from({ length: all.total + 1 }, (_, at) => at);
    return { total: all.total, t: done.map((at) => all.t(at) ?? null), steps: done.map((at) => ({ places: all.places(at) })) };
  } finally {
    all.free();
  }
}

/** Answers calls from now on. @param {typeof import("./program.d.ts")} program */
export function work(program) {
  rust = program;
  serve({ load, begin, advance, finish, trace, end, exercise, dispatches, study: startStudy, noise, noised, fitted, look, toy, points, field, paths });
}
