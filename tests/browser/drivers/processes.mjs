// The processes that this one began, and theirs, as Linux lists them.

import { readFileSync, readdirSync } from "node:fs";

/** A file of /proc, or nothing of a process that has just ended. */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** @returns {string[]} */
function descendants(of = String(process.pid)) {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  // The name of the program, in parentheses, may hold anything; its parent is the second field after it.
  const parents = new Map(all.map((pid) => [pid, read(pid, "stat").replace(/^.*\)/s, "").split(" ")[2]]));
  const below = (parent) => all.filter((pid) => parents.get(pid) === parent).flatMap((pid) => [pid, ...below(pid)]);
  return below(of);
}

/**
 * Bytes that those of this process' descendants hold whose command line contains `mark`. What
 * several processes share is divided among them.
 */
export function resident(mark) {
  const chosen = descendants().filter((pid) => read(pid, "cmdline").includes(mark));
  if (chosen.length === 0) throw new Error(`no process with ${mark} in its command line`);
  const kibibytes = chosen.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(pid, "smaps_rollup"))?.[1] ?? 0));
  return 1024 * kibibytes.reduce((sum, one) => sum + one, 0);
}
