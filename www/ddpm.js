// The module for anyone's page, with all engines. This is its address; the code lies in lib/.

import "./lib/burn.js";

export * from "./lib/ddpm.js";
