// Where the pictures come from: the sample that the page has, files of the visitor's, or drawings; and what was read.

import { sentenceOf } from "../../lib/errors.js";
import { readPictures } from "../../lib/trainer.js";
import { words as all } from "../../words/words.js";
import { CLOTHES } from "../shared/clothes.js";
import { byId, showError } from "../shared/dom.js";
import { loadSample } from "../shared/sample.js";
import { allDrawings, watchDrawings } from "./drawings.js";
import { droppedFiles, pickedFiles } from "./files.js";
import { showTaken } from "./taken.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */
/** @typedef {"sample" | "files" | "drawings"} Kind */
/** What can be read again, in another size. @typedef {{ files: any[], name?: string, classes?: string[] }} Source */

const words = all.train;

/** Weights that were trained on it say so. */
const SAMPLE_NAME = "Fashion-MNIST sample";
/** After a drawing has come or gone, the set is read after so many milliseconds. */
const PAUSE_MS = 300;

const load = byId("train-load");
const [pick, folder] = ["train-pick", "train-folder"].map(byId);
const zone = byId("train-drop");
const box = byId("train-taken-box");
const error = byId("train-data-error");

/** @type {Kind} */
let kind = "sample";
/** @type {{ [kind: string]: Source | null }} */
const sources = { sample: null, files: null, drawings: null };
/** What was read last. @type {TrainingData | null} */
let data = null;
/** Counts readings: one that another has overtaken is of no interest. */
let round = 0;
/** The reading that was asked for last. */
let reading = Promise.resolve();
/** The form: what it asks of the pictures, what it forgets when others come, and what it is told of them.
    @type {{ wanted: () => { side?: number, channels?: 1 | 3 }, forget: () => void, fit: (data: TrainingData | null) => void }} */
let form;

/** @param {typeof form} theirs */
export function watchData(theirs) {
  form = theirs;
}

/** @returns {TrainingData | null} */
export const currentData = () => data;

/** What keeps a training from starting, in a sentence. */
export function missing() {
  return { sample: words.loadSampleFirst, files: words.choosePicturesFirst, drawings: words.drawFirst }[kind];
}

/** @param {string | null} sentence @param {() => void} [again] */
export function complainOfData(sentence, again) {
  showError(error, sentence, again);
}

/** Pictures that did not come from these controls: those of a kept run. @param {TrainingData} theirs */
export function adoptData(theirs) {
  round += 1;
  data = theirs;
  box.setAttribute("aria-busy", "false");
  complainOfData(null);
  showTaken(data);
}

/** Settles when what was asked for last is read. */
export const whenRead = () => reading;

/** Reads the chosen source: it is another one, or it is wanted in another size. @param {boolean} isNew */
export function readAgain(isNew) {
  reading = read(isNew);
  return reading;
}

/** @param {boolean} isNew */
async function read(isNew) {
  round += 1;
  const mine = round;
  // What was chosen for other pictures is not for these.
  if (isNew) form.forget();
  const source = sources[kind];
  complainOfData(null);
  if (source === null || source.files.length === 0) {
    data = null;
    box.setAttribute("aria-busy", "false");
    showTaken(null);
    form.fit(null);
    return;
  }
  box.setAttribute("aria-busy", "true");
  byId("train-taken-line").textContent = words.reading;
  try {
    const { data: theirs, notes, refused } = await readPictures(source.files, form.wanted());
    if (mine !== round) return;
    const { name = theirs.name, classes = theirs.classes } = source;
    data = { ...theirs, name, classes };
    showTaken(data, notes, refused);
  } catch (failure) {
    if (mine !== round) return;
    data = null;
    showTaken(null);
    complainOfData(words.notRead(sentenceOf(failure)));
  }
  box.setAttribute("aria-busy", "false");
  form.fit(data);
}

async function takeSample() {
  const before = load.textContent;
  const showProgress = (loaded, total) => {
    load.textContent = words.loadingSample(loaded, total);
  };
  load.disabled = true;
  complainOfData(null);
  try {
    sources.sample = { files: await loadSample("clothes", showProgress), name: SAMPLE_NAME, classes: CLOTHES };
    load.textContent = words.sampleLoaded;
    if (kind === "sample") await readAgain(true);
  } catch (failure) {
    load.textContent = before;
    load.disabled = false;
    complainOfData(words.sampleNotLoaded(sentenceOf(failure)), takeSample);
  }
}

/** @param {File[]} files */
function takeFiles(files) {
  if (files.length === 0) {
    complainOfData(words.noFile);
    return;
  }
  sources.files = { files };
  readAgain(true);
}

/** @param {Kind} next */
function choose(next) {
  kind = next;
  for (const one of ["sample", "files", "drawings"]) byId(`train-${one}`).hidden = one !== kind;
  byId("train-source").querySelector(`[value="${kind}"]`).checked = true;
  readAgain(true);
}

/** @param {HTMLInputElement} input */
function watchPicker(input) {
  input.addEventListener("change", () => {
    if (input.files.length > 0) takeFiles(pickedFiles(input));
    input.value = ""; // so that the same can be picked again
  });
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;
watchDrawings(() => {
  const files = allDrawings();
  sources.drawings = { files, name: words.drawingsName(files.length) };
  clearTimeout(waiting);
  waiting = setTimeout(() => { if (kind === "drawings") readAgain(false); }, PAUSE_MS);
});
load.addEventListener("click", takeSample);
byId("train-source").addEventListener("change", ({ target }) => choose(target.value));
[pick, folder].forEach(watchPicker);
// Files that are dropped on this panel are pictures, wherever on it; elsewhere they are weights.
const panel = byId("train-panel");
panel.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  zone.classList.add("over");
});
panel.addEventListener("dragleave", (event) => {
  if (!panel.contains(event.relatedTarget)) zone.classList.remove("over");
});
panel.addEventListener("drop", async (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  zone.classList.remove("over");
  const coming = droppedFiles(event.dataTransfer);
  choose("files");
  takeFiles(await coming);
});
