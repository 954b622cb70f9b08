// The module's errors. In the console of somebody's page it must be clear whose they are, so each message begins alike.

const PREFIX = "ddpm-web: ";

/** Every error of this module: its message is `ddpm-web: ` and a sentence without a full stop. */
export class DdpmError extends Error {
  /** @param {string} sentence @param {ErrorOptions} [options] */
  constructor(sentence, options) {
    super(PREFIX + sentence, options);
  }
}

/** The engine has stopped for good: its memory or its graphics device is lost. */
export class EngineFailure extends DdpmError {}

/** An error's sentence, for a page that says around it whose it is. @param {unknown} error @returns {string} */
export function sentenceOf(error) {
  if (!(error instanceof Error)) return String(error);
  return error instanceof DdpmError ? error.message.slice(PREFIX.length) : error.message;
}

/** A cache may give a script of one version and a program of another, which then do not fit. @param {unknown} error */
export function mixedVersions(error) {
  return new DdpmError(`the page's scripts and its program are of different versions: reload the page (${sentenceOf(error)})`);
}

/** The browser's errors become this module's. @param {unknown} error @returns {DdpmError} */
export function ours(error) {
  return error instanceof DdpmError ? error : new DdpmError(sentenceOf(error), { cause: error });
}
