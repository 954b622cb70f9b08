// The JSDoc types of www/ are true: TypeScript finds nothing wrong in them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { DIST } from "./paths.mjs";

test("the types of www/ hold", () => {
  const require = createRequire(import.meta.url);
  const tsc = require.resolve("typescript/bin/tsc");
  const types = join(dirname(require.resolve("@webgpu/types/package.json")), "..", "..");
  const files = readdirSync(join(DIST, "www"), { recursive: true, encoding: "utf8" });
  const scripts = files.filter((name) => name.endsWith(".js")).map((name) => `www/${name}`);
  const options = [
    "--noEmit", "--allowJs", "--checkJs", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler",
    "--lib", "es2023,dom,dom.iterable", "--typeRoots", types, "--types", "@webgpu/types", "--skipLibCheck",
  ];
  // What wasm-bindgen declares of the program is believed: it is not ours to mend.
  assert.ok(files.includes(join("lib", "program.d.ts")), "the program's declarations are there");
  const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...scripts], { cwd: DIST, encoding: "utf8" });
  assert.equal(stdout, "");
});
