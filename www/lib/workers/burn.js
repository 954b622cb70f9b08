// A worker with the program ddpm-burn.

import * as program from "../../../ddpm-burn.js";
import { work } from "../worker.js";

work(program);
