// Where things are in the repository.

import { fileURLToPath } from "node:url";

const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));

export const ROOT = here("../..");
export const DIST = process.env.DIST ?? here("../../dist");
export const SCHEDULE = here("../fixtures/schedule.safetensors");
export const COLOUR_32 = here("../fixtures/general/colour_32.safetensors");
export const UNET_RANDOM = here("../fixtures/unet_random.safetensors");
/** Cargo's target folder, where `make` leaves the programs. */
export const TARGET = process.env.CARGO_TARGET_DIR ?? here("../../target");
