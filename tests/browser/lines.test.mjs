// The sentences that scripts write: all of them are in words/, and on a Korean page none of them is English.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { open, openCalm, text, useSite, waitForText } from "./browser.mjs";
import { ROOT } from "./paths.mjs";
import { png } from "./png.mjs";

const ts = createRequire(import.meta.url)("typescript");
const site = useSite();
const WWW = join(ROOT, "www");

/** Texts of scripts that are no sentences for visitors, by their files. */
const NO_SENTENCES = {
  "panels/generate/save.js": ["from safetensors.numpy import", "run = load_file(", "x_t, x_0, eps =", "a run of ddpm-web"], // Python, and a file's metadata
  "panels/generate/save/images.js": ["px system-ui"], // fonts
  "panels/shared/keys.js": ["input, select, textarea", ", button, summary"], // selectors
  "panels/tour.js": ["a[href], button:enabled"],
  "panels/weights.js": ["input, textarea"],
  "panels/tour/doing.js": ["a control does not come"], // an error that is caught
  "panels/train/source.js": ["Fashion-MNIST sample"], // goes into the weights file
  "panels/shared/clothes.js": ["Ankle boot"], // names as the set has them; words/ translates them
  "updates.js": ["take over"], // a message to the service worker
};

/** Two words with nothing but a space or a comma between them, or a word with a large letter. */
const SENTENCE = /[A-Za-z]{2,},? [A-Za-z]|^[A-Z][a-z]{2,}[.:]?$|[A-Za-z]{2,}:? \{\}|\{\} [a-z]{2,}/;
/** Single names with a large letter: of keys, of events' types, of clothes. */
const NAMES = /^(Escape|Files|Home|End|Enter|Trouser|Pullover|Dress|Coat|Sandal|Shirt|Sneaker|Bag)$/;

/** Texts in a script, with {} for what is filled in. @returns {string[]} */
function textsIn(file) {
  const source = ts.createSourceFile(file, readFileSync(join(WWW, file), "utf8"), ts.ScriptTarget.Latest, true);
  const found = [];
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) found.push(node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join(""));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("panels and the page's script have no sentences of their own", () => {
  const files = readdirSync(WWW, { recursive: true, encoding: "utf8" }).filter((name) => /^(page|updates)\.js$|^panels\/.*\.js$/.test(name));
  const isOther = (words) => /^\([a-z-]+: .*\)$|^#[\w-]+ /.test(words); // a media query, a selector
  const all = files.flatMap((file) => textsIn(file).map((words) => ({ file, words })));
  const sentences = all.filter(({ words }) => SENTENCE.test(words) && !NAMES.test(words) && !isOther(words));
  assert.deepEqual(sentences.filter(({ file, words }) => !NO_SENTENCES[file]?.some((known) => words.includes(known))), []);
  for (const [file, known] of Object.entries(NO_SENTENCES)) {
    for (const words of known) assert.ok(sentences.some((one) => one.file === file && one.words.includes(words)), `${file} has no "${words}" any more`);
  }
});

/** What stays Latin in a Korean sentence: names, formats, signs of the keyboard, units. */
const LATIN = [
  "DDPM", "DDIM", "DPM-Solver\\+\\+(\\(2M\\))?", "Fashion-MNIST", "SHA-256( [0-9a-f]+…)?", "WebGPU", "Burn", "Enter", "log-SNR", "[\\w.-]+\\.(safetensors|png|gz|jsonl|txt)",
  "Chrome", "Python", "PNG", "GIF", "safetensors",
];

/** English that is seen, read out or shown as a title on a page, the texts of index.html left aside where they are in English. */
function english(page) {
  return page.evaluate(async (names) => {
    const known = new Set();
    if (document.documentElement.lang !== "ko") {
      const fresh = new DOMParser().parseFromString(await (await fetch("index.html")).text(), "text/html");
      const walk = fresh.createTreeWalker(fresh, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) known.add(walk.currentNode.textContent.trim());
      for (const element of fresh.querySelectorAll("*")) for (const { value } of element.attributes) known.add(value.trim());
    }
    const found = new Set();
    const bare = new RegExp(`(${names.join("|")})`, "g");
    const look = (words, where) => {
      const said = words.trim();
      if (said === "" || known.has(said)) return;
      const rest = said.replace(bare, "");
      const hasSentence = /[A-Za-z]{2,},? [A-Za-z]{2,}/.test(rest) || (!/[가-힣]/.test(rest) && /[A-Za-z][a-z]{2,}/.test(rest));
      if (hasSentence) found.add(`${where}: ${said}`);
    };
    const apart = "[lang='en'], [translate='no'], script, style, code, pre, math, #language";
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const { parentElement: parent, textContent } = walk.currentNode;
      if (parent.closest(apart) || (parent.getClientRects().length === 0 && parent.localName !== "option")) continue;
      // What stands in index.html is translated as a whole, and has titles of papers in it; languages.test.mjs looks at it.
      if (parent.matches("[data-words]") && /[가-힣]/.test(textContent)) continue;
      look(textContent, parent.id || parent.closest("[id]")?.id);
    }
    for (const element of document.querySelectorAll("body [title], body [aria-label], body [aria-valuetext], body [placeholder]")) {
      if (element.closest(apart)) continue;
      for (const name of ["title", "aria-label", "aria-valuetext", "placeholder"]) look(element.getAttribute(name) ?? "", `${element.id || element.closest("[id]")?.id}@${name}`);
    }
    return [...found];
  }, LATIN);
}

const openKorean = (query = "", options = {}) => open(site.browser, site.server.url + query, { locale: "ko-KR", ...options });

test("a run, its steps, its saving, its comparison: all in Korean", async () => {
  const { page, complaints, close } = await openKorean("?steps=4&count=16&class=Sneaker");
  await waitForText(page, "#status", "완료: 이미지 16장(운동화).", 60_000);
  assert.match(await text(page, "#caption"), /^시드 42, 운동화, 가이던스 4\.0\(t = 140부터\), DDPM, σ² = β, 4단계, 이 페이지의 모델\.$/);
  assert.equal(await text(page, "#subject"), "옷 이미지");
  assert.match(await text(page, "#badge"), /^CPU\(워커 \d+개\): .*[가-힣]$/);
  await page.locator("#position").fill("2");
  await waitForText(page, "#place", "4단계 중 2단계");
  await page.locator("#view input[value='x_0']").check({ force: true });
  await waitForText(page, "#place", "에서 예측");
  assert.deepEqual(await english(page), []);
  await page.locator("#live").click();
  await waitForText(page, "#zoom-title", /이미지 16장 중 \d+번: 운동화/);
  assert.deepEqual(await english(page), []);
  await page.locator("#zoom-close").click();
  await page.locator("#save-open").click();
  await page.locator("#save-one").click();
  await waitForText(page, "#save-line", "저장했습니다");
  assert.deepEqual(await english(page), []);
  await page.locator("#save-close").click();
  await page.locator("#link").click();
  await waitForText(page, "#said", /복사/);
  await page.locator("#fresh").click();
  await page.locator("#runs li").nth(1).waitFor();
  for (const k of [0, 1]) await page.locator("#runs input").nth(k).check();
  await page.locator("#runs-compare").click();
  await page.locator("#compare").waitFor({ state: "visible" });
  assert.deepEqual(await english(page), []);
  await page.locator("#compare-close").click();
  // A chosen language keeps the addresses' names.
  assert.equal(new URL(page.url()).searchParams.get("class"), "Sneaker");
  await page.locator("#seed").fill("-1");
  await page.locator("#seed").press("Enter");
  await waitForText(page, "#error", "시드는 0부터 9,007,199,254,740,991까지의 정수여야 합니다.");
  assert.deepEqual(complaints, []);
  await close();
});

test("what an address cannot ask for, and what a program says, is told in a Korean sentence", async () => {
  const { page, close } = await openKorean("?engine=abacus&eta=7&count=1&steps=2", { reducedMotion: "reduce" });
  await waitForText(page, "#status", "준비되었습니다", 60_000);
  const line = await waitForText(page, "#error", "eta=7");
  assert.match(line, /engine에는 ‘abacus’ 값을 쓸 수 없습니다.*0부터 1까지의 수\./);
  await page.setInputFiles("#file", { name: "no.safetensors", mimeType: "", buffer: Buffer.from("no weights at all") });
  await waitForText(page, "#weights-error", /^불러오지 못했습니다: no\.safetensors\. 이유: .*이전 모델은 그대로 있습니다\.$/);
  assert.match(await text(page, "#weights-error [lang='en']"), /[a-z]+ [a-z]+/, "the program's own words are marked as English");
  assert.deepEqual(await english(page), []);
  await close();
});

test("the sections below, each with its lines, are in Korean", async () => {
  const { page, complaints, close } = await openCalmKorean();
  const see = async (section, line, pattern) => {
    await page.locator(section).scrollIntoViewIfNeeded();
    await waitForText(page, line, pattern, 60_000);
    assert.deepEqual(await english(page), [], section);
  };
  await see("#noise-t", "#noise-text", /^t\s=\s\d+, \d+\s%$/);
  await page.locator("#game-guesses").scrollIntoViewIfNeeded();
  await page.locator("#game-guesses button[value='9']:enabled").click();
  await see("#game", "#game-classifier", "분류기는");
  assert.match(await text(page, "#game-answer"), /^(맞았습니다|틀렸습니다)/);
  await see("#picture", "#picture-line", /^t = 100에서 10단계로 되살린 이미지 10장/);
  await page.locator("#picture-layer input[value='mask']").check({ force: true });
  await page.locator("#picture-half").click();
  await see("#picture-half", "#picture-line", "채운 이미지");
  await see("#one-step", "#one-step-line", /50단계 실행을/);
  for (const sampler of ["ddim", "dpm-solver-pp"]) {
    await page.locator("#one-step-sampler").selectOption(sampler);
    await see("#one-step", "#one-step-words", sampler === "ddim" ? "DDIM" : "DPM-Solver");
  }
  await see("#toy", "#toy-line", /^입자 240개의/);
  await see("#fewer", "#fewer-columns", "5단계");
  await see("#fewer-measured", "#fewer-how", "테스트 이미지");
  await see("#between", "#between-line", /^1단계로 이미지 16장/);
  await see("#look-t", "#look-note", "이 모델은 v를 예측합니다");
  await see("#learn", "#epoch-text", /학습 전|에포크/);
  await see("#card", "#card", "학습 데이터");
  const exercise = page.locator("#exercises form").first();
  await exercise.locator("button").click();
  await see("#exercises", "#exercises", /먼저/);
  assert.deepEqual(complaints, []);
  await close();
});

test("the tour speaks Korean at each step", async () => {
  const { page, close } = await openCalmKorean("?tour=1");
  for (let k = 1; ; k += 1) {
    await waitForText(page, "#tour-place", new RegExp(`중 ${k}단계`));
    assert.deepEqual(await english(page), [], `step ${k}`);
    if (await text(page, "#tour-next") === "마치기") break;
    await page.locator("#tour-next").click();
  }
  await page.locator("#tour-do").click();
  await waitForText(page, "#tour-said", "학습이 열렸습니다");
  await close();
});

test("a training of one's own is told in Korean, and kept so", async () => {
  const { page, complaints, close } = await openCalmKorean();
  await page.locator("#train-panel > summary").click();
  await page.locator("#train-open").waitFor({ state: "visible" });
  await page.locator("#train-start").click();
  await waitForText(page, "#train-data-error", "먼저");
  await page.locator("input[name='train-source'][value='files']").check({ force: true });
  const pictures = Array.from({ length: 8 }, (_, n) => ({ name: `${n}.png`, mimeType: "image/png", buffer: png(12, 1, (x) => (x === n ? 230 : 20)) }));
  await page.setInputFiles("#train-pick", [...pictures, { name: "note.txt", mimeType: "", buffer: Buffer.from("none") }]);
  await waitForText(page, "#train-taken-line", /^이미지 8장, \d+ × \d+, 회색조$/);
  await page.locator("#train-side").selectOption("12");
  await waitForText(page, "#train-taken-line", "12 × 12");
  await page.locator("input[name='train-width'][value='small']").check({ force: true });
  await page.locator("#train-more").evaluate((fold) => { fold.open = true; });
  await page.locator("#train-epochs").fill("3");
  await page.locator("#train-engine").selectOption("cpu");
  assert.deepEqual(await english(page), []);
  await page.locator("#train-start").click();
  await waitForText(page, "#train-status", /^완료: [\d,]+단계\.$/, 60_000);
  await waitForText(page, "#train-keeping", "이 브라우저에 저장했습니다");
  assert.deepEqual(await english(page), []);
  await page.locator("#train-download").click();
  await waitForText(page, "#train-card", "학습 데이터");
  assert.deepEqual(await english(page), []);
  await page.reload();
  await waitForText(page, "#train-kept-line", /^이 브라우저에 학습 실행.*보관되어 있습니다\. 이어서/);
  assert.deepEqual(complaints, []);
  await close();
});

test("a browser in English is never sent the Korean words", async () => {
  const asked = [];
  const { close } = await openCalm(site, { prepare: async (context) => { context.on("request", (request) => asked.push(request.url())); } });
  assert.ok(asked.some((url) => url.endsWith("/page/page.js")));
  assert.deepEqual(asked.filter((url) => /\/words\/ko/.test(url)), []);
  await close();
});

/** A Korean page whose engine is there and where no run starts by itself. */
async function openCalmKorean(query = "") {
  const opened = await openKorean(query, { reducedMotion: "reduce" });
  await waitForText(opened.page, "#status", "준비되었습니다", 120_000);
  return opened;
}
