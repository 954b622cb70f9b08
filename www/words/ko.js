// The sentences that the page's scripts write, in Korean: those of the first section and of everywhere, as in en.js, which says
// what each is for. A particle whose form depends on the sound before it never follows a name or a number that only the moment knows.

import { SHIPPED } from "../lib/shipped.js";
import { count, megabytes, milliseconds } from "../lib/text.js";
import { inKorean } from "./ko-messages.js";

/** @typedef {import("../panels/generate/made.js").Made} Made */
/** @typedef {import("../panels/generate/settings.js").Asked} Asked */
/** @typedef {import("./en.js").Fewer} Fewer */

/** The models that came with the page: in a menu, in a sentence, and what their pictures show. @type {{ [model: string]: { label: string, name: string, subject: string } }} */
const MODELS = {
  page: { label: "이 페이지의 모델", name: "이 페이지의 모델", subject: "옷 이미지" },
  tutorial: { label: "튜토리얼의 모델", name: "튜토리얼의 모델", subject: "옷 이미지" },
  "few-steps": { label: "적은 단계 모델", name: "적은 단계 모델", subject: "옷 이미지" },
  wide: { label: "넓은 모델", name: "넓은 모델", subject: "옷 이미지" },
  emoji: { label: "이모지, 컬러", name: "이모지 모델", subject: "이모지풍 이미지" },
};

/** The classes of Fashion-MNIST and of the emoji. Other models' classes keep the names that their files give them. @type {{ [name: string]: string }} */
const CLASSES = {
  "T-shirt/top": "티셔츠", Trouser: "바지", Pullover: "스웨터", Dress: "원피스", Coat: "코트",
  Sandal: "샌들", Shirt: "셔츠", Sneaker: "운동화", Bag: "가방", "Ankle boot": "앵클부츠",
  Activities: "활동", "Animals & Nature": "동물과 자연", Flags: "깃발", "Food & Drink": "음식과 음료", Objects: "사물",
  "People & Body": "사람과 몸", "Smileys & Emotion": "표정과 감정", Symbols: "기호", "Travel & Places": "여행과 장소",
};

/** What a program or a file says: in Korean where it is known, else in English, which the page marks as such. @param {string} message */
export function said(message) {
  if (message === "" || /[가-힣]/.test(message)) return message;
  return inKorean(message) ?? `\u2068${message}\u2069`;
}

/** @param {string} name */
const className = (name) => CLASSES[name] ?? name;
/** @param {string} model */
const modelName = (model) => MODELS[model]?.name ?? SHIPPED[model].name;

/** Those that there are. @param {(string | null | false)[]} parts @param {string} [between] */
export const joined = (parts, between = ", ") => parts.filter((part) => part !== null && part !== false && part !== "").join(between);

/** Many names make no sentence. @param {string[]} names */
const listed = (names) => (names.length > 3 ? `${names.slice(0, 3).join(", ")} 외 ${names.length - 3}개` : names.join(", "));

/** @param {number} ms */
function duration(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 100 ? `${seconds}초` : `${Math.ceil(seconds / 60)}분`;
}

/** @param {number} n */
export const steps = (n) => `${n}단계`;
/** @param {number} n */
export const pictures = (n) => `이미지 ${n}장`;
/** @param {number} guidance @param {number | null} from */
export const guided = (guidance, from) => (from === null ? `가이던스 ${guidance.toFixed(1)}` : `가이던스 ${guidance.toFixed(1)}(t = ${from}부터)`);
/** @param {number} channels */
export const colours = (channels) => (channels === 3 ? "컬러" : "회색조");

/** @type {{ [name: string]: string }} */
export const LABELS = {
  ddpm: "DDPM, σ² = β", "ddpm-posterior": "DDPM, 사후 분산 σ²", ddim: "DDIM", "dpm-solver-pp": "DPM-Solver++(2M)",
  even: "t에 균등", "log-snr": "log-SNR에 균등", halfway: "둘의 중간",
};
/** @type {{ [name: string]: string }} */
const ABOUT = {
  ddpm: "DDPM, σ² = β_t (Ho 외 2020, 알고리즘 2. 튜토리얼의 선택지 1)",
  "ddpm-posterior": "DDPM, 사후 분산 (Ho 외 2020, 식 7. 튜토리얼의 선택지 2)",
  ddim: "DDIM (Song 외 2021): η = 0이면 새 노이즈를 전혀 더하지 않습니다",
  "dpm-solver-pp": "DPM-Solver++(2M) (Lu 외 2022): 노이즈 없이 적은 단계로 좋은 이미지를 만듭니다",
  even: "t에서 간격이 같습니다",
  "log-snr": "신호 대 잡음비의 로그에서 간격이 같습니다",
  halfway: "t에서 같은 간격과 log-SNR에서 같은 간격의 중간입니다. 5단계 안팎일 때 가장 좋습니다",
};

/** @param {Asked} asked */
const classed = ({ key, words }) => (words === null ? null : key === "each" ? "클래스마다 하나씩" : className(key));

/** @param {Made} made @param {number} total */
const facts = ({ settings, asked, matched, distilled, model }, total) => {
  const { seed, sampler, spacing, eta, guidance, guidance_from: from, start } = settings;
  return joined([
    `시드 ${seed}`,
    classed(asked),
    guidance !== 1 && !distilled && guided(guidance, from),
    !distilled && (LABELS[sampler] ?? sampler),
    steps(total),
    spacing !== "even" && !distilled && `간격: ${LABELS[spacing] ?? spacing}`,
    eta !== 0 && `η = ${eta}`,
    start === "pure" && matched && "순수 노이즈",
    model.shipped === null ? model.name : modelName(model.shipped),
  ]);
};

/** @param {Made} made @param {number} total @param {boolean} holds */
export const captionOf = (made, total, holds) => (holds ? `${facts(made, total)}.` : `이 이미지는 다른 설정으로 만들었습니다: ${facts(made, total)}.`);

/** @param {{ images: number, asked: Asked, fewer: Fewer | null }} run */
const generated = ({ images, asked, fewer }) => {
  const how = joined([classed(asked), fewer && `DDIM ${steps(fewer.steps)}, ${steps(fewer.total)}면 ${duration(fewer.ms)} 걸림`]);
  return how === "" ? pictures(images) : `${pictures(images)}(${how})`;
};

/** @type {import("./en.js").Above} */
export const ko = {
  shared: {
    again: "다시 시도",
    said,
    className,
    locale: ["ko"],
    any: "아무거나",
    none: "없음",
    each: "각각 하나씩",
    modelLabel: (model) => MODELS[model]?.label ?? SHIPPED[model].label,
    modelName,
    yourModel: "내 모델",
    duration,
    pictures: (n) => `이미지 ${count(n)}장`,
    play: "재생",
    stop: "중지",
    firstStep: (step) => `${step}단계`,
  },
  address: {
    whole: (low, high) => `${low}부터 ${count(high)}까지의 정수`,
    between: (low, high) => `${low}부터 ${high}까지의 수`,
    oneOf: (choices) => `${choices.join(", ")} 중 하나`,
    name: "100자 이하의 이름",
    wrong: (key, value, words) => `주소의 ${key}=${value} 값은 쓸 수 없습니다. ${key}에 쓸 수 있는 값: ${words}.`,
  },
  page: {
    starting: "시작하는 중 …",
    startingEngine: "엔진을 시작하는 중 …",
    loadingModel: (loaded, total) => `모델을 불러오는 중: ${total === null ? "" : `${megabytes(total)} 중 `}${megabytes(loaded)} …`,
    notRunning: "모델이 실행되고 있지 않습니다.",
    notStarted: (message) => `모델을 시작하지 못했습니다: ${said(message)}.`,
    notCome: "페이지의 이 부분을 불러오지 못했습니다. 연결을 확인하고 다시 시도하거나 페이지를 새로 고치세요.",
    noSuch: (key, value, choices) => `${key}에는 ‘${value}’ 값을 쓸 수 없습니다. 다음 중에서 고르세요: ${choices.join(", ")}.`,
  },
  card: {
    file: "파일",
    pictures: "이미지",
    image: ({ side, channels }) => `${side} × ${side}, ${colours(channels)}`,
    widths: "너비",
    classes: "클래스",
    noClasses: "지정할 수 있는 클래스 없음",
    parameters: "파라미터",
    schedule: "노이즈 스케줄",
    steps: ({ kind, timesteps, beta_start: start, beta_end: end }) => `${{ cosine: "코사인", linear: "선형" }[kind] ?? kind}, ${timesteps}단계, β ${start} ~ ${end}`,
    predicts: "예측 대상",
    prediction: (prediction) => (prediction === "v" ? "v, 노이즈와 이미지의 조합" : "ε, 노이즈"),
    note: "참고",
    training: "학습",
    unknown: "알 수 없음",
    trainedOn: "학습 데이터",
    dataset: (dataset, images, classes) => `${said(dataset)}, 이미지 ${count(images)}장${classes.length > 0 ? `: ${classes.join(", ")}` : ""}`,
    trainedFor: "학습 기간",
    epochs: (n) => `${n}에포크`,
    loss: "손실",
    lastLoss: (loss) => `마지막 에포크에서 ${loss.toFixed(4)}`,
    average: "가중치 평균",
    decay: (decay) => (decay === null ? "없음" : `지수 이동 평균, 감쇠율 ${decay}`),
    recipe: "학습 설정",
    recipeOf: (rate, batch, seed) => `학습률 ${rate}, 배치 ${batch}, 시드 ${seed}`,
    fingerprint: "지문",
  },
  generate: {
    labelOf: (name) => LABELS[name] ?? name,
    guidedFrom: (isAny, guidance, t) => (isAny || guidance === 1 ? ":\u00a0없음" : `\u00a0= ${t}`),
    about: (name, about) => ABOUT[name] ?? about,
    placeInWords({ done, total }, { t, alphaBar, kind }) {
      const number = (value) => String(value).padStart(String(total).length, "\u2007");
      const step = `${total}단계 중 ${number(done)}단계`;
      if (kind === "unpredicted") return `${step}, 아직 예측 없음`;
      const level = `ᾱ = ${alphaBar.toFixed(3)}`;
      if (kind === "finished") return `${step}, 완성, ${level}`;
      return kind === "predicted" ? `${step}, t = ${number(t)}에서 예측, ${level}` : `${step}, t = ${number(t)}, ${level}`;
    },
    stepOf: (done, total) => `${total}단계 중 ${done}단계`,
    stepInWords({ done, t: from }, { t, kind }) {
      if (from === null) return `${done}, 노이즈: t = ${t}`;
      return `${done}, t = ${from} → ${kind === "finished" ? "이미지" : `t = ${t}`}`;
    },
    levelInWords({ t, alphaBar, kind }) {
      const level = `ᾱ = ${alphaBar.toFixed(3)}`;
      return { finished: `완성, ${level}`, unpredicted: "아직 없음", predicted: `t = ${t}에서 예측, ${level}`, batch: `t = ${t}, ${level}` }[kind];
    },
    frameTitle: steps,
    keptSteps: (every) => `${every}단계마다 하나씩 보관`,
    replay: "다시 보기",
    replaying: "다시 재생 중 …",
    replayed: "다시 보기가 끝났습니다.",
    pause: "일시정지",
    resume: "계속",
    liveLabel: (asked) => joined(["선택한 단계의 이미지 배치", classed(asked)], ": "),
    zoomTitle: (number, images, name) => joined([`이미지 ${images}장 중 ${number}번`, name], ": "),
    zoomLabel: (name) => joined(["크게 본 이미지", name], ": "),
    captionOf,
    ready: "준비되었습니다.",
    readyToStart: "준비되었습니다. ‘시작’을 누르세요.",
    settingsChanged: "설정이 바뀌었습니다. ‘시작’을 누르면 이 설정으로 이미지를 다시 만듭니다.",
    settingsHold: "지금 보이는 이미지를 만든 설정입니다.",
    generating: (run) => `${generated(run)} 생성 중 …`,
    goesOn: "생성 중 …",
    done: (run) => `완료: ${generated(run)}.`,
    endedEarly: "실행이 도중에 끝났습니다.",
    stopped: (message) => `실행이 멈췄습니다: ${said(message)}.`,
    paused: "일시정지했습니다.",
    pausedAfterStep: "한 단계 후 일시정지했습니다.",
    cancelled: "취소했습니다.",
    speed: (each, left) => `단계당 ${milliseconds(each)}${left > 0 ? `, ${duration(left)} 남음` : ""}`,
    seedMisfit: (most) => `시드는 0부터 ${count(most)}까지의 정수여야 합니다.`,
    stepsMisfit: (most) => `단계 수는 1부터 ${count(most)}까지의 정수여야 합니다.`,
    etaMisfit: "η는 0부터 1까지의 수여야 합니다.",
    chooseFile: "파일 고르기",
    askForFile({ model, file }) {
      const name = file === undefined ? "가중치 파일" : `가중치 파일 ${file}`;
      const hash = model === "own" ? "" : ` (SHA-256 앞부분: ${model.slice(7)})`;
      return `이 링크에는 링크에 담을 수 없는 모델이 필요합니다: ${name}${hash}. 파일을 고르면 이미지를 만듭니다.`;
    },
    otherFile: (found, wanted) => `링크가 요구하는 파일이 아닙니다. SHA-256 앞부분이 이 파일은 ${found.slice(7)}, 링크는 ${wanted.slice(7)}입니다.`,
    copied(position, total, { settings: { count: images, seed } }, image) {
      const what = image === null ? pictures(images) : `이미지 ${images}장 중 ${image + 1}번`;
      const when = position === total ? "" : `, ${steps(position)}`;
      return `링크를 복사했습니다: 시드 ${seed}, ${what}${when}.`;
    },
    selected: "이 브라우저에서는 자동으로 복사할 수 없습니다. 입력란에 링크를 선택해 두었으니 직접 복사하세요.",
    showLabel: (seed) => `시드 ${seed}의 실행을 설정과 함께 다시 봅니다`,
    eraseLabel: (seed) => `시드 ${seed}의 실행 지우기`,
    compare: "비교",
    compareLabel: (seed, total) => `시드 ${seed}, ${steps(total)}의 실행 비교`,
    compareHint: (ticked) => (ticked < 2 ? "비교하려면 실행을 두 개나 세 개 선택하세요."
      : ticked === 2 ? "실행을 두 개 선택했습니다. 하나 더 선택해도 됩니다." : "실행을 세 개까지 비교할 수 있습니다."),
    shownAgain: (seed) => `시드 ${seed}의 실행입니다. 만들었을 때 그대로입니다.`,
    keptHere: (runs) => (runs === 0 ? "끝난 실행은 이 브라우저에 보관되어 여기에 나타납니다." : "이 브라우저에 보관됩니다. 누르면 다시 볼 수 있습니다."),
    keptNowhere: (message) => `브라우저가 이 페이지의 데이터를 보관하지 않아 페이지를 닫으면 실행이 사라집니다: ${said(message)}.`,
    engine: (name, label) => ({ "burn-cpu": "Burn(CPU)", "burn-webgpu": "Burn(WebGPU)" })[name] ?? label,
    onWorkers: (label, workers) => `${label}(워커 ${workers}개)`,
    because: (engine, why) => `${engine}: ${said(why)}`,
    engineRefused: (message) => `엔진을 바꾸지 못했습니다: ${said(message)}.`,
    beingBuilt: (label) => `${label}(빌드 중)`,
  },
  weights: {
    subject: (model) => MODELS[model]?.subject ?? "이미지",
    inShort: (dataset, n) => `${said(dataset)}, ${n}에포크`,
    inMenu: (label, size) => `${label}(${size.toFixed(1)} MB)`,
    loading: "모델을 불러오는 중 …",
    notLoaded: (file, message) => `불러오지 못했습니다: ${file}. 이유: ${said(message)}. 이전 모델은 그대로 있습니다.`,
    modelNotLoaded: (model, message) => `${modelName(model)}을 불러오지 못했습니다: ${said(message)}. 이전 모델은 그대로 있습니다.`,
    busy: "지금은 모델을 불러올 수 없습니다. ‘준비되었습니다’라고 나오면 파일을 다시 끌어다 놓으세요.",
    nameless: "이름 없는 항목",
    taken: (file, left) => `사용한 파일: ${file}. 사용하지 않은 것: ${listed(left)}.`,
    noFile: "파일이 없습니다. 먼저 디스크에 저장한 다음 그 파일을 끌어다 놓으세요.",
    noneOfThese: (names) => `이 중에 가중치 파일이 없습니다: ${listed(names)}. .safetensors 파일을 끌어다 놓으세요.`,
    folders: (names) => `폴더입니다: ${listed(names)}. 안에 있는 .safetensors 파일을 끌어다 놓으세요.`,
    empty: "파일이 비어 있어 온전한 safetensors 파일이 아닙니다. 다시 내보내거나 다운로드하세요",
    unreadable: "파일을 읽을 수 없습니다. 고른 뒤에 이동, 변경 또는 삭제되었거나 폴더입니다. 다시 고르세요",
  },
};
