// The module for anyone's page, with all engines and the reading of pictures. This is its address; the code lies in lib/.

import "./lib/burn.js";
import "./lib/pictures.js";

export * from "./lib/ddpm.js";
