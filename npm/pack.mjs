// Packs the module for other pages: `node npm/pack.mjs DIST FOLDER` takes what it needs from the built page in DIST,
// puts the package together in FOLDER, and leaves it in DIST as ddpm-web-VERSION.tgz.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const [dist, folder] = process.argv.slice(2).map((path) => resolve(path));

const PROGRAMS = ["ddpm-web", "ddpm-relaxed", "ddpm-train", "ddpm-train-relaxed", "ddpm-burn"];
const { SHIPPED } = await import(pathToFileURL(join(dist, "www/lib/shipped.js")).href);
const FROM_DIST = [
  ...PROGRAMS.flatMap((name) => [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`]),
  ...Object.values(SHIPPED).map(({ url }) => relative(dist, fileURLToPath(url))), "assets/test-images.idx", "assets/test-classes.idx",
  "www/ddpm.js", "www/lib",
];
const FROM_ROOT = ["LICENSE-MIT", "LICENSE-APACHE"];

/** A fact that Cargo.toml states of the crate. @param {string} key */
function stated(key) {
  const [, value] = new RegExp(`^${key} = "(.*)"$`, "m").exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"));
  return value;
}

/** Writes declarations beside the scripts, from the types in their comments. */
function declare() {
  const tsc = createRequire(join(ROOT, "tests/browser/")).resolve("typescript/bin/tsc");
  const options = [
    "--allowJs", "--declaration", "--emitDeclarationOnly", "--strictNullChecks", "--outDir", ".", "--rootDir", ".",
    "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable",
    "--skipLibCheck",
  ];
  execFileSync(process.execPath, [tsc, ...options, "www/ddpm.js", "www/lib/pictures.js", "www/lib/trainer.js"], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const name of FROM_DIST) cpSync(join(dist, name), join(folder, name), { recursive: true });
for (const name of FROM_ROOT) cpSync(join(ROOT, name), join(folder, name));
cpSync(join(ROOT, "npm/README.md"), join(folder, "README.md"));
const { name, ...rest } = JSON.parse(readFileSync(join(ROOT, "npm/package.json"), "utf8"));
const facts = Object.fromEntries(["version", "description", "license"].map((key) => [key, stated(key)]));
writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name, ...facts, ...rest }, null, 2)}\n`);
declare();
for (const old of readdirSync(dist).filter((file) => file.startsWith("ddpm-web-") && file.endsWith(".tgz"))) rmSync(join(dist, old));
execFileSync("npm", ["pack", "--silent", "--pack-destination", dist], { cwd: folder, stdio: "inherit" });
