// What the page says where its scripts cannot run: opened as a file, in a browser that is too old, or when a script did
// not arrive. This one is no module and keeps to the JavaScript of 2012, so that it runs there.

(function () {
  "use strict";

  /** Scripts that have not arrived after so many milliseconds are complained about. */
  var PATIENCE_MS = 20000;

  /** Its sentences in both languages: no other script can be asked for them here. */
  var WORDS = {
    en: {
      notRunning: "The model is not running.",
      again: "Try again",
      old: "In Chrome and Edge since 100, Firefox since 114 and Safari since 16.4 it can.",
      lacks: function (what) { return "This browser cannot run the model: it lacks " + what + ". " + WORDS.en.old; },
      modules: "JavaScript modules",
      wasm: "WebAssembly, or it is switched off",
      simd: "SIMD in WebAssembly",
      script: "JavaScript of 2022",
      file: "Opened as a file, this page can be read, but browsers run its scripts only from a web server: "
        + "use `make serve` in the project, or `python3 -m http.server` in this folder, and open localhost:8000.",
      lost: "A script of this page did not arrive, or the server sent something else: check the connection.",
      misread: function (message) { return "This browser does not understand the page's scripts (" + message + "). " + WORDS.en.old; },
      slow: "The page's scripts have not arrived yet: the connection is slow or lost."
    },
    ko: {
      notRunning: "모델이 실행되고 있지 않습니다.",
      again: "다시 시도",
      old: "Chrome과 Edge는 100, Firefox는 114, Safari는 16.4 버전부터 실행할 수 있습니다.",
      lacks: function (what) { return "이 브라우저에서는 모델을 실행할 수 없습니다. 없는 기능: " + what + ". " + WORDS.ko.old; },
      modules: "JavaScript 모듈",
      wasm: "WebAssembly(또는 꺼져 있음)",
      simd: "WebAssembly의 SIMD",
      script: "2022년판 JavaScript",
      file: "파일로 열어도 이 페이지를 읽을 수는 있지만, 브라우저는 웹 서버에서 온 스크립트만 실행합니다. "
        + "프로젝트에서 `make serve` 명령을, 또는 이 폴더에서 `python3 -m http.server` 명령을 실행하고 localhost:8000 주소를 여세요.",
      lost: "이 페이지의 스크립트가 도착하지 않았거나 서버가 다른 것을 보냈습니다. 연결을 확인하세요.",
      misread: function (message) { return "이 브라우저가 페이지의 스크립트를 이해하지 못합니다(" + message + "). " + WORDS.ko.old; },
      slow: "페이지의 스크립트가 아직 도착하지 않았습니다. 연결이 느리거나 끊겼습니다."
    }
  };

  /** The language, as words/language.js finds it. @returns {"en" | "ko"} */
  function language() {
    var asked = /[?&]lang=(en|ko)\b/i.exec(location.search);
    var kept = null;
    try {
      kept = localStorage.getItem("language");
    } catch (error) {
      // The browser keeps nothing.
    }
    var all = [asked && asked[1], kept].concat(navigator.languages || navigator.language);
    for (var k = 0; k < all.length; k += 1) {
      var found = /^(en|ko)\b/i.exec(all[k] || "");
      if (found) return /** @type {"en" | "ko"} */ (found[1].toLowerCase());
    }
    return "en";
  }
  var tongue = language();
  var words = WORDS[tongue];

  /** A WebAssembly module with one instruction of SIMD. */
  var SIMD = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11
  ];

  function hasBegun() {
    return document.body.getAttribute("data-begun") !== null;
  }

  /**
   * @param {string} sentence
   * @param {boolean} [again] whether loading the page anew may help
   */
  function complain(sentence, again) {
    var error = document.getElementById("error");
    var status = document.getElementById("status");
    document.body.className += " unusable";
    status.lang = error.lang = tongue;
    status.textContent = words.notRunning;
    error.textContent = sentence + " ";
    error.removeAttribute("hidden");
    if (again !== true) return;
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = words.again;
    button.onclick = function () { location.reload(); };
    error.appendChild(button);
  }

  /** What this browser lacks; null where the page can run. */
  function lacking() {
    if (!("noModule" in document.createElement("script"))) return words.modules;
    if (typeof WebAssembly !== "object") return words.wasm;
    if (!WebAssembly.validate(new Uint8Array(SIMD))) return words.simd;
    if (!("throwIfAborted" in AbortSignal.prototype)) return "AbortSignal.throwIfAborted";
    if (!("at" in Array.prototype) || !("hasOwn" in Object)) return words.script;
    if (!("ResizeObserver" in window)) return "ResizeObserver";
    return null;
  }

  /** The page's own script does not start then. @param {string} sentence */
  function refuse(sentence) {
    complain(sentence);
    document.body.setAttribute("data-refused", "");
  }

  if (location.protocol === "file:") {
    refuse(words.file);
    return;
  }
  var missing = lacking();
  if (missing !== null) {
    refuse(words.lacks(missing));
    return;
  }

  addEventListener("error", function (event) {
    if (hasBegun()) return;
    var script = /** @type {any} */ (event.target).src;
    if (script) {
      complain(words.lost, true);
    } else if (event.message) {
      complain(words.misread(event.message), true);
    }
  }, true);
  setTimeout(function () {
    if (!hasBegun()) complain(words.slow, true);
  }, PATIENCE_MS);
})();
