// Lays out emoji to train on: Noto's pictures, as the npm package emoji-datasource-google holds them at 64 pixels
// (its README: "available under the Apache License 2.0"), in one folder for each of their groups.
//
//     node tests/emoji.mjs FOLDER [PACKAGE]
//
// PACKAGE is the unpacked package; without it `npm pack` fetches version 16.0.0, 74 MB. FOLDER must not exist. Every
// tenth picture of a group goes to FOLDER/test, the others to FOLDER/train, in the order of emoji.json, which is
// Unicode's. Skin tones are left out, of which only the plain yellow is taken, and so are the five swatches of hair and skin.

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const PACKAGE = "emoji-datasource-google";
const VERSION = "16.0.0";
/** One picture in so many is held out. */
const HELD_OUT = 10;
/** No emoji by itself. */
const LEFT_OUT = "Component";

/** Fetches and unpacks the package. @param {string} into @returns {string} its folder */
function fetched(into) {
  const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", `${PACKAGE}@${VERSION}`], { cwd: into, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
  execFileSync("tar", ["-xzf", filename], { cwd: into });
  return join(into, "package");
}

/**
 * Copies the pictures into train/GROUP and test/GROUP.
 * @param {string} source the unpacked package
 * @param {string} target
 * @returns {Map<string, number>} pictures of each group
 */
function layOut(source, target) {
  const groups = new Map();
  for (const { image, category, has_img_google: drawn } of JSON.parse(readFileSync(join(source, "emoji.json"), "utf8"))) {
    if (!drawn || category === LEFT_OUT) continue;
    const place = groups.get(category) ?? 0;
    groups.set(category, place + 1);
    const folder = join(target, place % HELD_OUT === HELD_OUT - 1 ? "test" : "train", category);
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(source, "img", "google", "64", image), join(folder, image));
  }
  return groups;
}

const [folder, unpacked] = process.argv.slice(2);
if (folder === undefined || existsSync(folder)) {
  console.error(folder === undefined ? "usage: node tests/emoji.mjs FOLDER [PACKAGE]" : `${folder} exists: name a folder that does not`);
  process.exit(2);
}
const temporary = mkdtempSync(join(tmpdir(), "emoji-"));
// Beside the target, so that it can be renamed to it when it is whole.
const half = mkdtempSync(join(dirname(resolve(folder)), ".emoji-"));
try {
  const groups = layOut(unpacked ?? fetched(temporary), half);
  renameSync(half, folder);
  for (const [group, pictures] of groups) console.log(`${group}: ${pictures}`);
} finally {
  for (const leftover of [temporary, half]) rmSync(leftover, { recursive: true, force: true });
}
