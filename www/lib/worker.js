// An engine's thread. Every worker runs this script; what it is for is what it is asked: a part of
// a batch's run (`load`, `begin`, `advance`), or the test images (`study`, `noise`, `look`).

import { engineNamed } from "./engines.js";
import { importProgram } from "./programs.js";
import { EngineFailure, serve, tellFailure } from "./rpc.js";
import { countDispatches, probeWebGpu, watchDevices } from "./webgpu.js";

/** One fixed noise per test image, so that the slider's motion is continuous. */
const NOISE_SEED = 0;

/** The program: `program.d.ts` is what wasm-bindgen tells of it. @type {typeof import("./program.d.ts")} */
let rust;
/** @type {import("./program.d.ts").Model | undefined} */
let model;
/** @type {import("./program.d.ts").Run | undefined} */
let run;
/** The test images. @type {import("./program.d.ts").Study | undefined} */
let study;

/** @param {any} compiled the program's name and its module */
async function start({ program, module }) {
  rust = await importProgram(program);
  await rust.default({ module_or_path: module });
}

/** The adapter's name, where it is a graphics card's. @type {string | undefined} */
let adapter;

/** The first call starts the engine; later ones exchange the weights. A file that is refused leaves those
    that were there. */
async function load({ engine, weights, ...compiled }) {
  if (model === undefined) {
    const { hardware, features } = engineNamed(engine);
    if (hardware === "webgpu") adapter = await needWebGpu(features);
    await start(compiled);
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
  if (why !== undefined) throw new Error(why);
  watchDevices(tellFailure);
  return name;
}

/** The batch before its first step, or where another engine left it. */
async function begin({ options, x, memory }) {
  end();
  run = await model.begin(options, x, memory);
  const { done, total } = run;
  return { total, steps: [stepAt(done)], ...state(), titles: [...rust.frame_indices(total)] };
}

/** At most `n` steps. An engine that cannot take one is of no more use: the graphics device may be gone. */
async function advance({ n }) {
  const { done: before, total } = run;
  let taken;
  try {
    taken = await run.advance(n);
  } catch (error) {
    await briefly(); // the device's own word on it, which says more, is on its way
    throw new EngineFailure(error.message);
  }
  const steps = Array.from({ length: taken }, (_, at) => stepAt(before + at + 1));
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

/** Counts from the first call on. @type {(() => number) | undefined} */
let counter;

function dispatches() {
  counter ??= countDispatches();
  return { count: counter() };
}

async function startStudy({ weights, images, ...compiled }) {
  await start(compiled);
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

serve({ load, begin, advance, end, exercise, dispatches, study: startStudy, noise, look });
