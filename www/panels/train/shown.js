// What is seen of a training while it runs: its numbers, its loss curve, and samples beside the pictures nearest to them.

import { engineNamed } from "../../lib/engines.js";
import { count, megabytes } from "../../lib/text.js";
import { words as all } from "../../words/words.js";
import { fillList } from "../shared/card.js";
import { runningCurve } from "../shared/curve.js";
import { byId, tell } from "../shared/dom.js";
import { bytesOf, draw, wipe } from "../shared/draw.js";

/** @typedef {import("../../lib/trainer.js").Trainer} Trainer */
/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */
/** @typedef {import("../../lib/trainer.js").Sample} Sample */
/** @typedef {import("./losses.js").Losses} Losses */

const words = all.train;

/** Samples in a row. */
const COLUMNS = 4;

const canvas = byId("train-samples");
const nearest = byId("train-nearest");

/** The newest samples, and what they were trained on. @type {{ sample: Sample, data: TrainingData } | null} */
let shown = null;

/** @param {Trainer} trainer */
function machineOf({ info: { engine, adapter, workers, why } }) {
  const { label } = engineNamed(engine);
  const name = engine === "webgpu" ? `${label} · ${adapter}` : words.onWorkers(label, workers);
  return why ? words.because(name, why) : name;
}

/**
 * @param {Trainer} trainer
 * @param {Losses} losses
 * @param {{ imagesPerSecond: number, secondsLeft: number } | null} pace null before the first step
 */
export function showNumbers(trainer, losses, pace) {
  const { info, done } = trainer;
  const loss = losses.newest;
  fillList(byId("train-facts"), [
    [words.step, words.of(count(done), count(info.steps))],
    [words.epoch, words.of((done / info.batches).toFixed(info.batches > 1 ? 1 : 0), count(info.epochs))],
    [words.loss, loss === null ? "–" : loss.toFixed(4)],
    [words.rate, pace === null ? "–" : count(Math.round(pace.imagesPerSecond))],
    [words.timeLeft, pace === null ? "–" : all.shared.duration(1000 * pace.secondsLeft)],
    [words.network, words.parameters(info.parameters)],
    [words.memory, megabytes(info.memory_bytes)],
    [words.engine, machineOf(trainer)],
    [words.recipe, all.shared.said(info.recipe)],
  ]);
  const { points } = losses;
  if (points.length > 0) runningCurve(byId("train-curve"), points);
  byId("train-progress").max = info.steps;
  byId("train-progress").value = done;
}

/** @param {Sample} sample @param {TrainingData} data */
export function showSample(sample, data) {
  shown = { sample, data };
  paint();
  byId("train-samples-line").textContent = words.samples(sample.count, sample.step);
  tell(byId("train-copying"), all.shared.said(sample.copying ?? ""));
}

/** A row of samples and a row of their nearest pictures, in turn; or the samples alone. */
function paint() {
  if (shown === null) return;
  const { sample, data } = shown;
  const spec = { side: sample.side, channels: /** @type {1 | 3} */ (sample.channels) };
  const size = bytesOf(spec);
  if (!nearest.checked || sample.nearest === undefined) {
    draw(canvas, sample.bytes, spec, COLUMNS);
    return;
  }
  const rows = Math.ceil(sample.count / COLUMNS);
  const all = new Uint8Array(2 * rows * COLUMNS * size);
  for (let i = 0; i < sample.count; i += 1) {
    const place = 2 * COLUMNS * Math.floor(i / COLUMNS) + (i % COLUMNS);
    const { index } = sample.nearest[i];
    all.set(sample.bytes.subarray(i * size, (i + 1) * size), place * size);
    all.set(data.images.subarray(index * size, (index + 1) * size), (place + COLUMNS) * size);
  }
  draw(canvas, all, spec, COLUMNS);
}

/** Nothing of an earlier training is left. */
export function showNothing() {
  shown = null;
  wipe(canvas);
  byId("train-samples-line").textContent = words.noSamples;
  byId("train-copying").textContent = "";
  byId("train-curve").replaceChildren();
}

nearest.addEventListener("change", paint);
