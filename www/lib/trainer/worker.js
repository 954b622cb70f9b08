// What a worker of a training does, with whichever program its script has. One leads: it has the pictures, the weights and
// Adam (`take`, `plan`, `train`, `advance`, `draw`). Others help it (`help`). One more reads files (`read`, `add`, `finish`), and
// one tells what a training would be (`preview`). Single pictures have another (`single`, `picture`, `pixels`), and so have the search for
// the nearest of a set (`nearest`) and an animation (`gif`, `frame`, `encoded`).

import { countDispatches, guardWebGpu } from "../device.js";
import { serve, startProgram, tellFailure } from "../serve.js";
import { answer, Helper } from "./helpers.js";
import { Stopwatch } from "./stopwatch.js";

/** Samples are drawn when training has taken so many times as long as the last ones did. */
const REST = 10;

/** The program. The build writes its declarations into `program.d.ts`. @type {typeof import("./program.d.ts")} */
let rust;
/** @type {WebAssembly.Memory} */
let memory;
/** @type {import("./program.d.ts").Reader | undefined} */
let reader;
/** The pictures, as they come. @type {{ bytes: Uint8Array, filled: number } | undefined} */
let pictures;
/** @type {import("./program.d.ts").Plan | undefined} */
let plan;
/** @type {import("./program.d.ts").Training | undefined} */
let training;
let isOnGpu = false;
/** @type {Helper[]} */
let helpers = [];
/** Live samples: which, those under way, how long these have taken, and training since. */
let live = { options: null, sampling: null, ms: 0, last: 0, trained: Infinity };
const watch = new Stopwatch();
/** Whether a checkpoint has computed the next step's gradient. */
let isPrepared = false;

/** @param {WebAssembly.Module} module the program's */
async function start(module) {
  ({ memory } = await startProgram(rust, module));
}

// --- reading files ---

async function read({ module, side, channels }) {
  await start(module);
  reader = new rust.Reader(side, channels);
}

function add({ name, bytes }) {
  reader.add(name, bytes);
}

function finish() {
  const read = reader.finish();
  return { ...read.info(), images: read.images(), labels: read.labels() ?? null };
}

// --- single pictures ---

async function single({ module }) {
  await start(module);
}

function picture({ bytes, name, image, background, crop }) {
  return fitted(rust.read_picture(bytes, name, image.side, image.channels, background ?? undefined, crop));
}

function pixels({ width, height, rgba, image, background, crop }) {
  return fitted(rust.fit_pixels(width, height, rgba, image.side, image.channels, background ?? undefined, crop));
}

/** @param {import("./program.d.ts").FittedPicture} made */
function fitted(made) {
  const told = { ...made.info(), bytes: made.bytes() };
  made.free();
  return told;
}

/** The `count` pictures of a set that are nearest to each of some. */
async function nearest({ module, images, image: { side, channels }, pictures, count }) {
  await start(module);
  const size = side * side * channels;
  const each = Array.from({ length: pictures.length / size }, (_, at) => pictures.subarray(at * size, (at + 1) * size));
  return { nearest: each.map((picture) => rust.nearest_pictures(images, side, channels, picture, count)) };
}

/** @type {import("./program.d.ts").Gif | undefined} */
let animation;

async function gif({ module, delay }) {
  await start(module);
  animation = new rust.Gif(delay);
}

function frame({ width, height, rgba }) {
  animation.push(width, height, rgba);
}

function encoded() {
  return { bytes: animation.encoded() };
}

// --- what a training would be ---

async function preview({ module, options, images }) {
  if (memory === undefined) await start(module);
  return { preview: rust.preview(options, images) };
}

// --- leading ---

/** A stretch of the pictures, which are `total` bytes. */
function take({ bytes, total }) {
  pictures ??= { bytes: new Uint8Array(total), filled: 0 };
  pictures.bytes.set(bytes, pictures.filled);
  pictures.filled += bytes.length;
}

async function makePlan({ module, options, labels, weights, checkpoint }) {
  await start(module);
  const { bytes } = pictures;
  pictures = undefined;
  plan = new rust.Plan(options, bytes, labels, weights, checkpoint);
  return { largest: plan.largest_batch(), setup: plan.setup() };
}

/** Everything is there: training may begin. The page has made sure that there is a graphics adapter. */
async function train({ engine, ports, samples }) {
  const changed = plan.changed(engine, 1 + ports.length) ?? null;
  isOnGpu = engine === "webgpu";
  if (isOnGpu) guardWebGpu(tellFailure);
  helpers = ports.map((port) => new Helper(port));
  const seconds = () => watch.seconds();
  training = isOnGpu ? await plan.on_webgpu(seconds) : plan.on_cpu(helpers, seconds);
  live.options = samples;
  return { ...state(), changed };
}

/** It counts from the first call on. @type {(() => number) | undefined} */
let counter;

function dispatches() {
  counter ??= countDispatches();
  return { count: counter() };
}

function state() {
  const theirs = helpers.reduce((sum, helper) => sum + helper.memory, 0);
  return { info: training.info(), memory: memory.buffer.byteLength + theirs };
}

/** Takes so many steps, or as many as fit into `ms` milliseconds, but at least one. */
async function advance({ ms = Infinity, most = Infinity }) {
  const taken = [];
  const began = performance.now();
  let last;
  do {
    watch.begin();
    last = await (isOnGpu ? onGpu(training.step()) : training.step());
    live.trained += watch.end(last.images, !isPrepared);
    isPrepared = false;
    const { imagesPerSecond, usual } = watch;
    taken.push({ ...last, imagesPerSecond, usual });
  } while (!last.finished && taken.length < most && performance.now() - began < ms);
  return { taken, ...state(), due: isDue() };
}

/** A device that is lost says so soon, and more of it than the step does. @template T @param {Promise<T>} step @returns {Promise<T>} */
async function onGpu(step) {
  try {
    return await step;
  } catch (error) {
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    throw error;
  }
}

function isDue() {
  return live.options !== null && (live.sampling !== null || live.trained >= REST * live.last);
}

/** Goes on with live samples for about `ms` milliseconds; gives them when they are finished. */
async function draw({ ms }) {
  const began = performance.now();
  const spent = () => performance.now() - began;
  live.sampling ??= { of: training.info().done, run: await training.sample(live.options), drawn: false };
  const { of, run } = live.sampling;
  let finished = false;
  while (!finished && spent() < ms) finished = (live.sampling.drawn ||= await run.advance()) && training.compare(run);
  live.ms += spent();
  if (!finished) return { sample: null };
  live = { ...live, sampling: null, ms: 0, last: live.ms, trained: 0 };
  return sampled(of, run);
}

async function sample({ options }) {
  const { done } = training.info();
  const run = await training.sample(options);
  while (!await run.advance());
  while (!training.compare(run));
  return sampled(done, run);
}

/** @param {number} step @param {import("./program.d.ts").Sampling} run */
function sampled(step, run) {
  const bytes = run.bytes();
  const { side, channels } = run;
  const [nearest, copying] = [run.nearest(), run.copying() ?? null];
  run.free();
  return { sample: { step, bytes, side, channels, count: bytes.length / (side * side * channels), nearest, copying } };
}

async function checkpoint() {
  const bytes = await training.checkpoint();
  isPrepared = true;
  return { bytes };
}

async function weights({ average, precision }) {
  return { bytes: await training.weights(average, precision) };
}

// --- helping ---

async function help({ module, setup, port }) {
  await start(module);
  answer(port, new rust.Share(setup), () => memory.buffer.byteLength);
}

/** Answers calls from now on. @param {typeof import("./program.d.ts")} program */
export function work(program) {
  rust = program;
  serve({ read, add, finish, single, picture, pixels, nearest, gif, frame, encoded, preview, take, plan: makePlan, train, dispatches, advance, draw, sample, checkpoint, weights, help });
}
