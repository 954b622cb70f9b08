// The native program: its samples, which the page's pictures are compared with, and tiny models of other sizes.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { png } from "./png.mjs";
import { ROOT, TARGET } from "./paths.mjs";
import { floats } from "./safetensors.mjs";

/** Runs `ddpm`, which `make browser` has built, with these arguments. @param {string[]} args */
export function ddpm(...args) {
  execFileSync(join(TARGET, "debug", "ddpm"), args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
}

/** A folder that is there while `use` runs. */
export function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), "ddpm-web-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The final x_t of `ddpm sample`: for each image its channels, one after the other. @param {string[]} settings */
export function sampleNatively(...settings) {
  return withFolder((folder) => {
    const raw = join(folder, "x.f32");
    ddpm("sample", "--device", "cpu", ...settings, "--raw", raw, "--out", folder);
    return floats(readFileSync(raw));
  });
}

/**
 * How far a canvas is from images in [-1, 1], in levels from 0 to 255.
 * @param {{ width: number, levels: number[] }} canvas as `colours` reads it
 * @param {Float32Array} values of the images: each one's channels, one after the other
 * @param {{ side: number, channels: number, columns?: number }} how large the images are and how they lie
 */
export function furthest({ width, levels }, values, { side, channels, columns = 4 }) {
  const plane = side * side;
  let most = 0;
  values.forEach((value, at) => {
    const image = Math.floor(at / (channels * plane));
    const x = (image % columns) * (side + 1) + (at % side);
    const y = Math.floor(image / columns) * (side + 1) + (Math.floor(at / side) % side);
    const level = (Math.min(1, Math.max(-1, value)) + 1) * 127.5;
    const channel = Math.floor(at / plane) % channels;
    for (const shown of channels === 1 ? [0, 1, 2] : [channel]) {
      most = Math.max(most, Math.abs(levels[3 * (y * width + x) + shown] - level));
    }
  });
  return most;
}

const PICTURES = 32;

/** Discs on slopes: which of the colours they have, and how large they are, differs from class to class. */
function picture(side, colour, kind, number) {
  const centre = side / 2 + Math.sin(number) * (side / 8);
  const radius = side * (0.15 + 0.1 * kind);
  const level = (x, y, channel) => {
    const inside = Math.hypot(x - centre, y - centre) < radius;
    return inside ? 255 - 110 * ((channel + kind) % 3) : Math.round((40 * (x + channel * y)) / side);
  };
  return png(side, colour ? 3 : 1, level);
}

/**
 * Writes a model that was trained for a moment on pictures of this size, which are made for it.
 * @param {string} file
 * @param {{ side: number, colour?: boolean, classes?: string[], widths?: string }} how the network's sizes, and the
 *   classes that it can be told
 */
export function trainTiny(file, { side, colour = false, classes = [], widths = "4,6,8" }) {
  withFolder((folder) => {
    const [data, run] = ["data", "run"].map((name) => join(folder, name));
    const kinds = classes.length > 0 ? classes : ["."];
    kinds.forEach((name) => mkdirSync(join(data, name), { recursive: true }));
    for (let number = 0; number < PICTURES; number += 1) {
      const kind = number % kinds.length;
      writeFileSync(join(data, kinds[kind], `${number}.png`), picture(side, colour, kind, number));
    }
    const flags = [...(colour ? ["--colour"] : []), ...(classes.length > 0 ? ["--classes"] : [])];
    const recipe = ["--schedule", "cosine", "--predict", "v", "--epochs", "1", "--batch-size", "16", "--samples", "0"];
    ddpm("train", "--data", data, "--size", String(side), "--widths", widths, ...flags, ...recipe, "--device", "cpu", "--out", run);
    ddpm("export", run, "--out", file);
  });
}
