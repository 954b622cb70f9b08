// Which engine runs: its menu and its badge.

import { ENGINES, engineNamed } from "../../lib/engines.js";
import { byId } from "../shared/dom.js";
import { refuse } from "../shared/status.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../shared/panel.js").Page} Page */

const menu = byId("engine");

/** @type {Page} */
let page;
/** The menu's choice that was made last and could be. */
let chosen = "auto";

/** The engine that runs, in short. */
function describe({ engine, adapter }, workers) {
  const { label, hardware } = engineNamed(engine);
  return hardware === "webgpu" ? `${label} · ${adapter}` : `${label} (${workers} ${workers === 1 ? "worker" : "workers"})`;
}

/** @param {Engine} engine @param {Page} its */
export function showMachine(engine, its) {
  page = its;
  if (!menu.disabled) chosen = menu.value; // the address may have chosen one
  const { info, why } = engine;
  const name = describe(info, engine.workersFor(Infinity));
  byId("badge").textContent = why === null ? name : `${name}: ${why}`;
}

async function change() {
  try {
    await page.exchange("Starting the engine …", (running) => running.use(menu.value));
    chosen = menu.value;
  } catch (error) {
    menu.value = chosen; // so that the same one can be chosen again
    refuse(`The engine could not be changed: ${error.message}.`);
  }
}

menu.append(...ENGINES.map((name) => new Option(engineNamed(name).label, name)));
menu.addEventListener("change", change);
