// Rust's panic hook prints the panic's message to the console. The error that is thrown afterwards says only
// "unreachable". So the message is kept here, for the page to show.

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
