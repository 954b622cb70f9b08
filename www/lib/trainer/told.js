// What a training tells the page.

/**
 * A step that was taken.
 * @typedef {object} Step
 * @property {number} step steps taken
 * @property {number} epoch from 1
 * @property {number} batch batches done of the epoch
 * @property {number | null} loss the newest that is known; null where none is yet
 * @property {number} imagesPerSecond as of late; what the machine slept is left out
 * @property {number} secondsLeft to the end of the training
 *
 * Pictures that the weights make.
 * @typedef {object} Sample
 * @property {number} step steps that the weights have taken
 * @property {Uint8Array} bytes [count, channels, side, side]
 * @property {number} side
 * @property {number} channels
 * @property {number} count
 * @property {{ index: number, distance: number }[]} nearest the training picture that is nearest to each, and how far it is: 0 to 2
 * @property {string | null} copying a sentence, where most of them are copies of training pictures
 *
 * What a training is.
 * @typedef {object} TrainerInfo
 * @property {"cpu" | "webgpu"} engine that computes it
 * @property {string} adapter the hardware under it
 * @property {string | null} why the engine is not the one that was asked for, or the run is not the same to the bit
 * @property {number} workers
 * @property {import("./program.js").TrainingInfo["config"]} config the network's sizes, and the classes that it is told
 * @property {string} recipe in words
 * @property {number} images pictures
 * @property {number} batches in an epoch
 * @property {number} epochs in all
 * @property {number} steps in all
 * @property {number} parameters of the network
 * @property {number} memory_bytes that the workers' programs hold
 * @property {number[]} losses mean loss of each epoch that is over
 *
 * @typedef {"paused" | "running" | "finished" | "failed" | "closed"} State
 */

export {};
