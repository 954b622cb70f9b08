// A worker with the program ddpm-train.

import * as program from "../../../ddpm-train.js";
import { work } from "../trainer/worker.js";

work(program);
