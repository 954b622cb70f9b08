// The door of the module for anyone's page: everything behind it lies in lib/.

export * from "./lib/ddpm.js";
