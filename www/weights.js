// The visitor's own weights: dropped or picked, described on a card, or refused.

import { byId, count, showError } from "./text.js";

/** @typedef {import("./ddpm.js").Engine} Engine */
/** @typedef {import("./ddpm.js").Info} Info */

const zone = byId("drop");
const picker = byId("file");
const shipped = byId("shipped");
const refusal = byId("weights-error");

/** The file in use; null for the shipped one. @type {string | null} */
let name = null;

/** What a weights file says of itself, a row each. @param {Info} info */
function rows({ metadata, schedule, parameters, notes }) {
  const { timesteps, beta_start: start, beta_end: end } = schedule;
  const model = [
    ["File", name ?? "the shipped one"],
    ["Parameters", count(parameters)],
    ["Schedule", `${timesteps} steps, β from ${start} to ${end}`],
  ];
  if (metadata === null) return [...model, ["Training", notes.join(" ")]];
  const { dataset, classes, train_images: images, losses, ema_decay: decay, seed, learning_rate: rate, batch_size: batch } = metadata;
  return [
    ...model,
    ["Trained on", `${dataset}, ${count(images)} images${classes.length > 0 ? `: ${classes.join(", ")}` : ""}`],
    ["Trained for", losses.length === 1 ? "1 epoch" : `${losses.length} epochs`],
    ["Loss", losses.length > 0 ? `${losses.at(-1).toFixed(4)} in the last epoch` : "not known"],
    ["Average", decay === null ? "none" : `exponential, decay ${decay}`],
    ["Recipe", `learning rate ${rate}, batches of ${batch}, seed ${seed}`],
    ["Fingerprint", `SHA-256 ${metadata.sha256.slice(0, 16)}…`],
  ];
}

/** One line of it, for the top of the page. @param {Info} info */
export function inShort({ metadata }) {
  if (metadata === null) return `Weights: ${name}`;
  const { dataset, losses } = metadata;
  return `Weights: ${dataset}, ${losses.length} ${losses.length === 1 ? "epoch" : "epochs"}`;
}

/** The engine has this model now. @param {Engine} engine */
export function showCard(engine) {
  if (engine.isShipped) name = null;
  byId("card").replaceChildren(...rows(engine.info).map(([term, value]) => {
    const row = document.createElement("div");
    const [dt, dd] = ["dt", "dd"].map((tag) => document.createElement(tag));
    dt.textContent = term;
    dd.textContent = value;
    row.append(dt, dd);
    return row;
  }));
  shipped.hidden = engine.isShipped;
  picker.disabled = false;
}

/**
 * @param {(change: (engine: Engine) => Promise<void>) => Promise<void>} exchange ends the run, has
 *   the model changed, and starts anew; rejected where the file is refused
 */
export function startWeights(exchange) {
  async function take(file, label) {
    showError(refusal, null);
    const before = name;
    name = label;
    try {
      await exchange((engine) => (file === null ? engine.loadShipped() : engine.loadWeights(file)));
    } catch (error) {
      name = before;
      showError(refusal, `${label ?? "The shipped file"} was not loaded: ${error.message}. The model that was there stays.`);
    } finally {
      picker.value = "";
    }
  }

  picker.addEventListener("change", () => {
    const [file] = picker.files;
    if (file !== undefined) take(file, file.name);
  });
  shipped.addEventListener("click", () => {
    take(null, null);
    picker.focus();
  });

  // A file dropped beside the zone would make the browser leave the page.
  const isFile = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    zone.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) zone.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    zone.classList.remove("over");
    if (!isFile(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file === undefined || picker.disabled) return;
    take(file, file.name);
    zone.scrollIntoView({ block: "nearest" });
  });
}
