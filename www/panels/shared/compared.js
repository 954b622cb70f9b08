// The settings with which models are compared.

/**
 * Few steps, and none of them random: what differs between two models is the network alone.
 * @type {Partial<import("../../lib/pool.js").Settings>}
 */
export const COMPARED = { seed: 42, count: 16, sampler: "ddim", steps: 50 };
