// A worker with the program ddpm-relaxed.

import * as program from "../../../ddpm-relaxed.js";
import { work } from "../worker.js";

work(program);
