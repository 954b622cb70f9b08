// A worker with the program ddpm-web.

import * as program from "../../../ddpm-web.js";
import { work } from "../worker.js";

work(program);
