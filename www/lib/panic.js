// Rust's panic hook prints the panic to the console; what is thrown afterwards says only
// "unreachable". The message is kept here, so that the page can show it.

/** @type {string | null} */
let panic = null;

const print = console.error;
console.error = (...parts) => {
  const [, message] = /panicked at [^\n]*\n([^\n]*)/.exec(String(parts[0])) ?? [];
  if (message !== undefined) panic = message;
  print.apply(console, parts);
};

/** The last panic's message; null if there was none. */
export function lastPanic() {
  return panic;
}
