// Numbers as people read them.

/** @param {number | string} number */
export function count(number) {
  return Number(number).toLocaleString("en");
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** One slow step does not change it, as it would change a mean. @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** How long something still takes. @param {number} ms */
export function duration(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 100 ? `${seconds}\u00a0s` : `${Math.ceil(seconds / 60)}\u00a0min`;
}

/** Milliseconds with as many digits as matter. @param {number} ms */
export function milliseconds(ms) {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)}\u00a0ms`;
}

/** How long something took: the number and its unit stay on one line. @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)}\u00a0s`;
}
