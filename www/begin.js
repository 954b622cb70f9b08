// What the page says where its scripts cannot run: opened as a file, in a browser that is too old, or when a script did
// not arrive. This one is no module and keeps to the JavaScript of 2012, so that it runs there.

(function () {
  "use strict";

  /** Scripts that have not arrived after so many milliseconds are complained about. */
  var PATIENCE_MS = 20000;
  var OLD = "In Chrome and Edge since 100, Firefox since 114 and Safari since 16.4 it can.";

  /** A WebAssembly module with one instruction of SIMD. */
  var SIMD = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11
  ];

  function hasBegun() {
    return document.body.getAttribute("data-begun") !== null;
  }

  /**
   * @param {string} words
   * @param {boolean} [again] whether loading the page anew may help
   */
  function complain(words, again) {
    var error = document.getElementById("error");
    document.body.className += " unusable";
    document.getElementById("status").textContent = "The model is not running.";
    error.textContent = words + " ";
    error.removeAttribute("hidden");
    if (again !== true) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "Try again";
    button.onclick = function () { location.reload(); };
    error.appendChild(button);
  }

  /** What this browser lacks; null where the page can run. */
  function lacking() {
    if (!("noModule" in document.createElement("script"))) return "JavaScript modules";
    if (typeof WebAssembly !== "object") return "WebAssembly, or it is switched off";
    if (!WebAssembly.validate(new Uint8Array(SIMD))) return "SIMD in WebAssembly";
    if (!("throwIfAborted" in AbortSignal.prototype)) return "AbortSignal.throwIfAborted";
    if (!("at" in Array.prototype) || !("hasOwn" in Object)) return "JavaScript of 2022";
    if (!("ResizeObserver" in window)) return "ResizeObserver";
    return null;
  }

  /** The page's own script does not start then. @param {string} words */
  function refuse(words) {
    complain(words);
    document.body.setAttribute("data-refused", "");
  }

  if (location.protocol === "file:") {
    refuse("Opened as a file, this page can be read, but browsers run its scripts only from a web server: "
      + "use `make serve` in the project, or `python3 -m http.server` in this folder, and open localhost:8000.");
    return;
  }
  var missing = lacking();
  if (missing !== null) {
    refuse("This browser cannot run the model: it lacks " + missing + ". " + OLD);
    return;
  }

  addEventListener("error", function (event) {
    if (hasBegun()) return;
    var script = /** @type {any} */ (event.target).src;
    if (script) {
      complain("A script of this page did not arrive, or the server sent something else: check the connection.", true);
    } else if (event.message) {
      complain("This browser does not understand the page's scripts (" + event.message + "). " + OLD, true);
    }
  }, true);
  setTimeout(function () {
    if (!hasBegun()) complain("The page's scripts have not arrived yet: the connection is slow or lost.", true);
  }, PATIENCE_MS);
})();
