// A worker with the program ddpm-train-relaxed.

import * as program from "../../../ddpm-train-relaxed.js";
import { work } from "../trainer/worker.js";

work(program);
