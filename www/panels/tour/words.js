// What the tour says besides its steps.

/** @param {number} k @param {number} count */
export const place = (k, count) => `Tour, step ${k} of ${count}`;

/** What an address may say. @param {number} count */
export const steps = (count) => `a whole number from 1 to ${count}`;

export const [NEXT, FINISH] = ["Next", "Finish"];
export const DOING = "It is being done …";
export const UNDONE = "That control cannot be used now. Look at its section for the reason, then press again.";
export const STOPPED = "Stopped, because you took over.";
