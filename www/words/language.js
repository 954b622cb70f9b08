// Which of the page's two languages is shown: the address decides, else what was switched to before, else the browser.

/** @typedef {"en" | "ko"} Language */

/** @type {readonly Language[]} */
const languages = ["en", "ko"];

/** @param {string | null} tag a language tag, as "ko-KR" */
const known = (tag) => languages.find((name) => name === tag?.toLowerCase().split("-")[0]);

/** What the visitor switched to before, where the browser keeps it. */
const remembered = () => {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
};

/** @type {Language} */
export const language = known(new URLSearchParams(globalThis.location?.search).get("lang"))
  ?? known(remembered())
  ?? globalThis.navigator?.languages?.map(known).find((name) => name !== undefined)
  ?? "en";
