// Out of noise: the engine, the run, and the way through it.

import { words } from "../words/words.js";
import { meet } from "./generate/link.js";
import { showMachine } from "./generate/machine.js";
import { expectRun, moveBy, moveTo, toEnd, togglePlay } from "./generate/player.js";
import { isRunning, setEngine, togglePause } from "./generate/run.js";
import { fitSettings, settings } from "./generate/settings.js";
import { byId } from "./shared/dom.js";
import { isFree } from "./shared/keys.js";
import { complain } from "./shared/status.js";
import "./generate/zoom.js";

export { openLink } from "./generate/link.js";
export { begin, isRunning, sayReady, setEngine, stop } from "./generate/run.js";

/** The strip of the last runs, once it is there. @type {typeof import("./generate/strip.js") | null} */
let strip = null;
/** What runs now. @type {Parameters<import("./shared/panel.js").Mount>} */
let now;

/** @type {import("./shared/panel.js").Mount} */
export function mount(engine, page) {
  showMachine(engine, page);
  fitSettings(engine.info, engine.shipped);
  setEngine(engine, page.own());
  meet(engine);
  now = [engine, page];
  strip?.mountStrip(...now);
  expectRun(settings().steps);
}

/** Keys as in a video player, where no control wants them for itself. @param {KeyboardEvent} event */
function onKey(event) {
  const { key } = event;
  /** @type {{ [key: string]: () => void }} */
  const keys = {
    " ": () => (isRunning() ? togglePause() : togglePlay()),
    ArrowLeft: () => moveBy(-1),
    ArrowRight: () => moveBy(1),
    Home: () => moveTo(0),
    End: toEnd,
  };
  if (!Object.hasOwn(keys, key) || !isFree(event) || byId("compare").open) return; // this run is not what is seen there
  event.preventDefault();
  keys[key]();
}

/** The last runs come after the first pictures. */
export async function showStrip() {
  try {
    strip = await import("./generate/strip.js");
    strip.mountStrip(...now);
  } catch {
    complain(words.page.notCome, showStrip);
  }
}

/** What saves a run comes when it is asked for. */
async function save() {
  try {
    (await import("./generate/save.js")).open();
  } catch {
    complain(words.page.notCome, save);
  }
}

byId("save-open").addEventListener("click", save);
document.addEventListener("keydown", onKey);
