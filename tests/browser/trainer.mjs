// A page of one's own for the trainer, and what its tests share there.

import { open } from "./browser.mjs";

/** A page with nothing in it but what the tests call; `asked` are the paths that it has asked for. */
export async function blankPage(server, browser, spoil = async () => {}) {
  const url = `${server.url}blank.html`;
  const prepare = async (context) => {
    await context.route("**/blank.html", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }));
    await spoil(context);
  };
  const { page, complaints, close } = await open(browser, url, {}, prepare);
  const asked = [];
  page.context().on("request", (request) => asked.push(new URL(request.url()).pathname.replace(new URL(server.url).pathname, "")));
  const begin = () => page.evaluate(toPage);
  await begin();
  return { page, complaints, close, asked, begin };
}

/** Runs in the page: what the tests there share. */
async function toPage() {
  const trainer = await import(new URL("www/lib/trainer.js", document.baseURI).href);
  const { createEngine } = await import(new URL("www/ddpm.js", document.baseURI).href);
  /** 64 discs, grey, 16 pixels wide, of two classes. */
  const disc = (n, x, y) => (Math.hypot(x - 8 - (n % 3), y - 8 + (n % 5)) < 3 + 2 * (n % 2) ? 230 : 20);
  const images = Uint8Array.from({ length: 64 * 256 }, (_, i) => disc(i >> 8, i % 16, (i >> 4) % 16));
  const data = { images, side: 16, channels: 1, labels: Uint8Array.from({ length: 64 }, (_, n) => n % 2), classes: ["small", "large"], name: "discs" };
  const recipe = { batch_size: 16, steps: 400, seed: 3 };
  const usual = { data, recipe, config: { widths: [4, 6, 8], classes: true }, engine: "cpu", workers: 1, sampling: null };
  const create = (options = {}) => trainer.createTrainer({ ...usual, ...options });
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const exact = async (of) => [await of.weights({ precision: "f32" }), await of.weights({ precision: "f32", average: false })];
  const refused = (promise) => promise.then(() => null, (error) => (error.message.startsWith("ddpm-web: ") ? error.message.slice(10) : `not ours: ${error}`));
  Object.assign(window, { ...trainer, createEngine, data, recipe, create, same, exact, refused });
}
