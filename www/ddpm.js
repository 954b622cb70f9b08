// The module for anyone's page. This is its address; the code lies in lib/.

export * from "./lib/ddpm.js";
