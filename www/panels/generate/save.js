// What can be kept of a run: pictures, a figure, and the numbers.

import { sentenceOf } from "../../lib/errors.js";
import { megabytes } from "../../lib/text.js";
import { words } from "../../words/below.js";
import { byId, tell } from "../shared/dom.js";
import { bytesOf } from "../shared/draw.js";
import { give } from "../shared/give.js";
import { placesOf } from "./frames.js";
import { linkNow, viewOf } from "./link.js";
import { momentOf } from "./moment.js";
import { shown, view } from "./player.js";
import { lastEnlarged } from "./zoom.js";
import { MOST_FRAMES, runGif } from "./save/film.js";
import { enlargedPng, figurePng } from "./save/images.js";
import { runFile } from "./save/tensors.js";

const { frameTitle } = words.generate;
const { copiedLines, encoding, figureCaption, notSaved, saved, saveRun, seenInWords, selectedLines } = words.save;

const dialog = byId("save");
const line = byId("save-line");
const python = byId("save-python");
const [which, scale] = [byId("save-which"), byId("save-scale")];

/** A file's name: what it is of, and what kind. @param {(string | number)[]} parts @param {string} ending */
const named = (parts, ending) => `ddpm-${parts.join("-")}.${ending}`;

/** What a run's files are called: its seed, and its class where one was asked for. @param {import("./made.js").Made} made */
function runName({ settings: { seed }, asked: { key } }) {
  const asked = key === "any" ? "" : key.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return ["seed", seed, ...(asked === "" ? [] : [asked])];
}

/** All of the run's steps that are kept, with the timesteps of their batches. */
function keptSteps() {
  const { made, steps } = shown();
  return steps.all.map((step) => ({ step, t: momentOf(step, "x_t", made.alphaBars).t }));
}

function show() {
  const { made, count, steps, position, total } = shown();
  which.max = String(count);
  which.value = String(Math.min(lastEnlarged() + 1, count));
  line.textContent = "";
  byId("save-of").textContent = seenInWords(position, view());
  byId("save-run").textContent = saveRun(megabytes(steps.bytes));
  const file = named([...runName(made), "run"], "safetensors");
  python.textContent = [
    "from safetensors.numpy import load_file  # pip install safetensors numpy",
    `run = load_file("${file}")  # bytes [step, image, channel, row, column]`,
    'x_t, x_0, eps = (run[name] / 127.5 - 1 for name in ("x_t", "x_0", "eps"))  # from -1 to 1',
  ].join("\n");
  byId("save-kept").hidden = steps.length === total + 1;
}

/** @param {string} name @param {() => Blob | Promise<Blob>} make */
async function save(name, make) {
  try {
    const blob = await make();
    give(new File([blob], name, { type: blob.type }));
    line.textContent = saved(name, megabytes(blob.size));
  } catch (error) {
    tell(line, notSaved(name, sentenceOf(error)));
  }
}

function saveOne() {
  const { made, steps, count, position } = shown();
  const { image: spec } = made;
  const image = Math.min(Math.max(Math.round(which.valueAsNumber) || 1, 1), count);
  which.value = String(image);
  const size = bytesOf(spec);
  const bytes = steps.before(position)[view()].subarray((image - 1) * size, image * size);
  return save(named([...runName(made), "image", image, "step", position, view()], "png"), () => enlargedPng(bytes, spec, Number(scale.value)));
}

function saveBatch() {
  const { made, steps, position } = shown();
  const bytes = steps.before(position)[view()];
  return save(named([...runName(made), "step", position, view()], "png"), () => enlargedPng(bytes, made.image, Number(scale.value)));
}

function saveFigure() {
  const { made, steps, total } = shown();
  const frames = placesOf(steps).map((place) => ({ title: frameTitle(place), bytes: steps.before(place)[view()] }));
  const caption = [figureCaption(view(), made, total), linkNow()];
  return save(named([...runName(made), "figure", view()], "png"), () => figurePng(frames, made.image, caption));
}

async function saveGif() {
  const { made, steps } = shown();
  const batches = steps.all.map((step) => step[view()]);
  const button = byId("save-gif");
  button.disabled = true;
  await save(named([...runName(made), view()], "gif"), () => (
    runGif(batches, made.image, Number(scale.value), (done, frames) => { line.textContent = encoding(done, frames); })));
  button.disabled = false;
}

function saveAll() {
  const { made, count, total } = shown();
  const about = Object.entries(viewOf(made)).filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]);
  const metadata = { kind: "a run of ddpm-web", values: "bytes: 0 is -1, 255 is 1", ...Object.fromEntries(about), steps: String(total), link: linkNow() };
  return save(named([...runName(made), "run"], "safetensors"), () => runFile(keptSteps(), count, made.image, metadata));
}

async function copyLines() {
  try {
    await navigator.clipboard.writeText(`${python.textContent}\n`);
    line.textContent = copiedLines;
  } catch {
    getSelection().selectAllChildren(python);
    line.textContent = selectedLines;
  }
}

/** Shows what can be kept of the run as it is now. */
export function open() {
  show();
  dialog.showModal();
}

byId("save-close").addEventListener("click", () => dialog.close());
byId("save-one").addEventListener("click", saveOne);
byId("save-batch").addEventListener("click", saveBatch);
byId("save-figure").addEventListener("click", saveFigure);
byId("save-gif").addEventListener("click", saveGif);
byId("save-run").addEventListener("click", saveAll);
byId("save-frames").textContent = String(MOST_FRAMES);
byId("save-copy").addEventListener("click", copyLines);
