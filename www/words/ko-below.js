// The sentences of the sections below the first, in Korean: see ko.js.

import { count, megabytes, milliseconds, seconds } from "../lib/text.js";
import { said, joined, steps, pictures, guided, colours, LABELS, captionOf } from "./ko.js";

/** @typedef {import("../lib/pool.js").Trace} Trace */

/** @param {number} share of a picture that is left */
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** @param {number} share of right ones */
const rightIn = (share) => `${Math.round(100 * share)}\u00a0%`;

/** @type {{ [name: string]: string }} */
const MEASURED = {
  ...LABELS, even: "t에 대해 균등한 시점", "log-snr": "log-SNR에 대해 균등한 시점", halfway: "t에 대해 균등한 시점과 log-SNR에 대해 균등한 시점의 중간", distilled: "증류할 때 정한 시점",
};

/** @type {{ [fact: string]: (background: "black" | "white") => string }} */
const FACTS = {
  animated: () => "프레임이 여러 개라서 첫 프레임을 씁니다.",
  cropped: () => "정사각형이 아니라서 가운데를 정사각형으로 잘라 씁니다.",
  barred: () => "정사각형이 아니라서 여백을 넣어 정사각형으로 만듭니다.",
  enlarged: () => "모델의 이미지보다 작아 확대했으므로 세부가 흐릿합니다.",
  grey: () => "모델이 회색조만 다루므로 색은 뺍니다.",
  transparent: (background) => (background === "white" ? "투명한 부분은 흰색이 됩니다." : "투명한 부분은 검은색이 됩니다."),
  dark: () => "전체가 검은색이거나 거의 검은색입니다.",
};

/** @param {import("../panels/picture/swap.js").Tone | null} tone @returns {string[]} */
function toned(tone) {
  if (tone === null || !(tone.swapped || tone.differs)) return [];
  const theirs = `이 모델의 이미지는 ${tone.model === "white" ? "흰 바탕에 어두운" : "검은 바탕에 밝은"} 그림`;
  if (!tone.swapped) return [`명암을 그대로 두었습니다. ${theirs}이므로 결과가 좋지 않을 수 있습니다.`];
  return [tone.differs ? `명암을 반전했습니다. ${theirs}입니다.` : "명암을 반전했습니다."];
}

const SURVIVES = /** @type {[number, string][]} */ ([
  [0.9, "작은 세부까지 거의 다 살아남습니다."],
  [0.6, "형태와 명암이 살아남습니다. 미세한 질감은 새로 만들어집니다."],
  [0.25, "윤곽과 큰 명암이 살아남습니다. 안쪽의 세부는 달라집니다."],
  [0.1, "윤곽은 어느 정도 살아남습니다. 그 안은 새로 만들어집니다."],
  [0.02, "종류가 바뀔 수 있습니다. 어디가 밝고 어디가 어두운지가 가장 오래 살아남습니다."],
  [0, "거의 아무것도 살아남지 않습니다. 다른 이미지가 나옵니다."],
]);

/** @type {{ [set: string]: string }} */
const SETS = { moons: "두 반달", ring: "고리", spiral: "나선", blobs: "세 덩어리" };

/** @param {number} number @param {string | null} name */
const resultName = (number, name) => (name === null ? `결과 ${number}` : `결과 ${number}: ${name}`);

/** @param {string} sampler @param {Trace} step @returns {string[]} */
function stepped(sampler, { t_prev: next, sigma, coefficients }) {
  const noise = sigma.toFixed(3);
  if (sampler === "dpm-solver-pp") {
    if (next === null) return ["마지막 단계는 바로 x̂_0로 갑니다. 이것이 완성된 이미지입니다."];
    const goal = coefficients.memory === 0
      ? "DPM-Solver++(2M)는 x̂_0 쪽으로 갑니다. 참고할 이전 단계가 아직 없습니다."
      : "DPM-Solver++(2M)는 이전 단계의 x̂_0도 기억합니다. 두 x̂_0를 지나는 직선이 x̂_0가 어디로 가는지 알려 주고, 이 단계는 그쪽을 향합니다. h와 h₋는 각각 이 단계와 이전 단계에서 늘어나는 log-SNR입니다.";
    return [goal, "남은 노이즈는 t′에 맞는 양으로 줄어듭니다. 무작위로 정해지는 것은 없습니다."];
  }
  if (sampler === "ddim") {
    if (next === null) return ["마지막 단계는 바로 x̂_0로 갑니다. 이것이 완성된 이미지입니다."];
    return coefficients.z === 0
      ? ["DDIM은 t′에 맞는 양의 노이즈를 x̂_0에 다시 더합니다. 더하는 것은 예측 노이즈 그대로입니다. 무작위로 정해지는 것이 없으므로 시작 노이즈가 이미지를 결정합니다."]
      : [
        "DDIM은 t′에 맞는 양의 노이즈를 x̂_0에 다시 더합니다. η가 0보다 크면 일부는 예측 노이즈이고 나머지는 새 노이즈입니다.",
        `새 노이즈 z의 표준편차는 σ\u00a0=\u00a0${noise}입니다. 이 노이즈 덕분에 이전 단계의 오류를 바로잡을 수 있습니다.`,
      ];
  }
  if (next === null) return ["평균 μ는 남은 예측 노이즈를 모두 뺀 것입니다. 마지막 단계는 노이즈를 더하지 않으므로 μ가 완성된 이미지입니다."];
  return [
    "DDPM은 예측 노이즈의 일부만 뺍니다. 그 결과가 평균 μ입니다.",
    `그다음 표준편차가 σ\u00a0=\u00a0${noise}인 새 노이즈 z를 더합니다. 신경망이 t′에서 예상하는 만큼의 노이즈가 x_t′에 있어야 하기 때문입니다.`,
  ];
}

/** @param {{ name: string, steps: number, when: string }} run */
const keptRun = ({ name, steps: n, when }) => `학습 실행(${said(name)}, ${count(n)}단계, ${when})`;

const SEED_RANGE = "0부터 9,007,199,254,740,991까지의 정수";

const CLASSLESS = "지금 불러온 모델은 클래스를 배우지 않았습니다. 메뉴에서 이 페이지의 모델을 고르면 클래스가 나타납니다.";

/** @type {import("./en.js").Below} */
export const below = {
  save: {
    seenInWords(step, view) {
      const what = { x_t: "x_t", x_0: "예측된 x_0", eps: "예측된 ε" }[view];
      return `지금 보이는 것을 PNG 파일로 저장합니다: ${steps(step)}, ${what}. 픽셀 하나가 정사각형 하나가 됩니다.`;
    },
    figureCaption(view, made, total) {
      const what = { x_t: "노이즈에서 이미지까지의 배치 x_t.", x_0: "도중에 예측된 x_0.", eps: "도중에 예측된 노이즈 ε." }[view];
      return `${what} ${captionOf(made, total, true)}`;
    },
    saveRun: (size) => `실행 저장(${size})`,
    saved: (name, size) => `저장했습니다: ${name} (${size}).`,
    notSaved: (name, message) => `저장하지 못했습니다: ${name}. 이유: ${said(message)}.`,
    tooLarge: "브라우저가 이렇게 큰 이미지를 만들지 못했습니다",
    copiedLines: "Python 코드 세 줄을 복사했습니다.",
    selectedLines: "이 브라우저에서는 자동으로 복사할 수 없습니다. 코드를 선택해 두었으니 직접 복사하세요.",
    encoding: (done, frames) => `애니메이션을 만드는 중: 프레임 ${frames}개 중 ${done}개 …`,
  },
  nearest: {
    findLabel: (size) => `찾기(${size} MB)`,
    nearestInWords: (found, { pictures: some, all }, distance) => `예측된 x_0에 가장 가까운 ${found}장을 학습 이미지 ${some === all ? `${count(all)}장 전체` : `${count(all)}장 중 ${count(some)}장`}에서 찾았습니다. 가장 가까운 것과의 차이는 ${distance.toFixed(2)}입니다(검은색이 −1, 흰색이 1일 때 평균 제곱 차이의 제곱근). 베낀 것이라면 0에 가까울 것입니다.`,
    notFound: (message) => `가장 가까운 학습 이미지를 찾지 못했습니다: ${said(message)}.`,
  },
  compare: {
    remaking: (runs) => (runs === 1 ? "모든 단계를 볼 수 있도록 실행 하나를 다시 계산하고 있습니다." : "모든 단계를 볼 수 있도록 실행들을 다시 계산하고 있습니다."),
    remakingAt: (number, runs, done, total) => `${runs === 1 ? "" : `실행 ${runs}개 중 ${number}번째, `}${total}단계 중 ${done}단계.`,
    together: "슬라이더를 끌면 실행들이 함께 움직입니다.",
    notRemade: (message) => `실행을 다시 계산하지 못했습니다: ${said(message)}.`,
    needsFile: (name) => `불러오지 않은 파일로 만든 실행이 있습니다: ${name}. 이 창을 닫고 “내 가중치”에서 그 파일을 불러온 다음 다시 비교하세요.`,
    paceInWords: (ms, total) => `${steps(total)}, 단계당 ${milliseconds(ms)}: ${seconds(ms * total)}`,
  },
  noise: {
    picture: (name, number) => `${name}, 이미지 ${number}`,
    place: (t, share) => (t === null ? "아직 노이즈 없음, 0 %" : `t\u00a0=\u00a0${t}, ${share}\u00a0%`),
    mark: (t) => (t === null ? "없음" : String(t)),
    failed: (message) => `테스트 이미지를 보여 줄 수 없습니다: ${said(message)}.`,
    gameFailed: (message) => `맞힐 이미지를 보여 줄 수 없습니다: ${said(message)}.`,
    hidden: "노이즈 없는 이미지, 아직 가려져 있습니다",
    revealed: (name) => `노이즈 없는 이미지: ${name}`,
    answer: (guess, is) => (guess === is ? `맞았습니다: ${is}.` : `틀렸습니다. 고른 답: ${guess}, 정답: ${is}.`),
    tally: (right, all) => `지금까지 ${all}번 중 ${right}번 맞혔습니다.`,
    classifier: ({ t, images, accuracy }) => (t === null
      ? `노이즈가 없을 때 이 프로젝트의 분류기는 테스트 이미지 ${count(images)}장 중 ${rightIn(accuracy)}를 맞힙니다. 아무렇게나 골라도 10\u00a0%는 맞힙니다.`
      : `t\u00a0=\u00a0${t}에서 이 프로젝트의 분류기는 테스트 이미지 ${count(images)}장 중 ${rightIn(accuracy)}를 맞힙니다. 아무렇게나 골라도 10\u00a0%는 맞힙니다.`),
    classifierBetween: (below, above) => (below.t === null
      ? `이 프로젝트의 분류기는 테스트 이미지를 노이즈가 없을 때 ${rightIn(below.accuracy)}, t\u00a0=\u00a0${above.t}에서 ${rightIn(above.accuracy)} 맞힙니다. 아무렇게나 골라도 10\u00a0%는 맞힙니다.`
      : `이 프로젝트의 분류기는 테스트 이미지를 t\u00a0=\u00a0${below.t}에서 ${rightIn(below.accuracy)}, t\u00a0=\u00a0${above.t}에서 ${rightIn(above.accuracy)} 맞힙니다. 아무렇게나 골라도 10\u00a0%는 맞힙니다.`),
    classifierLike(alphaBar, below, above) {
      const at = (one) => (one.t === null ? `노이즈가 없을 때 ${rightIn(one.accuracy)}` : `ᾱ\u00a0=\u00a0${one.alphaBar.toFixed(2)}에서 ${rightIn(one.accuracy)}`);
      const rates = above === null ? at(below) : `${at(below)}, ${at(above)}`;
      return `이 모델의 스케줄은 이 프로젝트의 분류기를 측정할 때의 스케줄과 다르므로, 남은 이미지의 비율로 비교합니다. 여기서는 ᾱ\u00a0=\u00a0${alphaBar.toFixed(2)}입니다. 분류기는 테스트 이미지를 ${rates} 맞힙니다. 아무렇게나 골라도 10\u00a0%는 맞힙니다.`;
    },
    notMeasured: "이 프로젝트의 분류기는 28 × 28픽셀의 회색조 이미지로 측정했는데, 이 모델의 이미지는 다릅니다.",
    riddleInWords: (pictures, least, most) => `이미지 번호(1부터 ${pictures}까지), 점, 시드(${least}부터 ${count(most)}까지)를 이어 쓴 것`,
    noneOr: (numbers) => `none 또는 ${numbers}`,
  },
  picture: {
    couldNotNoise: (message) => `이미지에 노이즈를 더하지 못했습니다: ${said(message)}.`,
    couldNotBringBack: (message) => `이미지를 만들지 못했습니다: ${said(message)}.`,
    couldNotRead: (message) => `${said(message)}. 이전 이미지는 그대로 있습니다.`,
    reading: "이미지를 읽는 중 …",
    opening: "위의 모델과 별도로 모델을 시작하는 중 …",
    making: "이미지를 만드는 중 …",
    stopped: "중지했습니다. 이전 결과는 그대로 있습니다.",
    make: "그래도 만들기",
    stopTitle: "이미지 만들기를 중지합니다. 이전 결과는 그대로 있습니다.",
    pasted: "붙여넣은 이미지",
    noSeed: `시드는 ${SEED_RANGE}여야 합니다.`,
    noFile: "파일이 없습니다. 이미지를 끌어다 놓거나 고르세요.",
    originalLine: (name, { width, height }) => `${name}, ${count(width)} × ${count(height)}픽셀`,
    givenLine: ({ side }) => `모델에 들어가는 이미지, ${side} × ${side}`,
    notesLine: ({ facts: all, background }, tone) => [...all.map((fact) => FACTS[fact](background)), ...toned(tone)].join(" "),
    takeTest: (name) => `테스트 이미지 고르기: ${name}`,
    maskLine({ pixels, all }) {
      if (pixels === 0) return "표시한 부분이 없습니다.";
      if (pixels === all) return "전체를 표시했습니다. 이미지에서 남는 것이 없습니다.";
      return `${count(all)}픽셀 중 ${count(pixels)}픽셀을 표시했습니다. 나머지는 그대로 남습니다.`;
    },
    emptyPad: "모두 지우기",
    unmarkAll: "표시 모두 지우기",
    doneLine({ count: images, t, steps: n, visits, ms, masked }) {
      const again = visits > 1 ? `, 마지막을 뺀 단계마다 ${visits}번 반복` : "";
      return `t = ${t}에서 ${steps(n)}로 ${masked ? "채운" : "되살린"} 이미지 ${images}장${again}: ${ms < 1000 ? milliseconds(ms) : seconds(ms)}`;
    },
    percent,
    survives: (share) => SURVIVES.find(([least]) => share >= least)[1],
    resultName,
    enlarge: (number, name) => `${resultName(number, name)}. 크게 보기.`,
    columnName: (share) => `노이즈까지 가는 길의 ${percent(share)} 지점에서`,
    stripName: (t, share) => `t ${t}, 남은 이미지 ${percent(share)}: 노이즈를 더한 이미지와 되살린 이미지 2장. 이 t로 이동.`,
    savedLine: (name, times, side) => `저장했습니다: ${name}, ${times * side} × ${times * side}픽셀.`,
  },
  step: {
    labels: {
      noise: "v에서 구한 노이즈",
      picture: "그 노이즈에서 구한 이미지",
      share: "이 단계만의 값",
      direction: "방향: 이 이미지와 이전 단계의 이미지 m을 지나는 직선",
      step: "단계",
      sum: "같은 식을 프로그램이 계산하는 합으로",
    },
    place: ({ done, total, t, t_prev: next }) => (next === null
      ? `${total}단계 중 ${done}단계: t\u00a0=\u00a0${t}에서 완성된 이미지까지`
      : `${total}단계 중 ${done}단계: t\u00a0=\u00a0${t}에서 t′\u00a0=\u00a0${next}까지`),
    computing: "실행을 계산하는 중 …",
    computed: (n, ms) => `이미지 1장의 ${steps(n)} 실행을 ${milliseconds(ms)} 만에 계산했습니다.`,
    failed: (message) => `실행을 계산하지 못했습니다: ${said(message)}.`,
    range: (least, most) => `${least} ~ ${most}`,
    sentences: (sampler, prediction, step) => [
      prediction === "v"
        ? `신경망은 x_t와 함께 시점 t\u00a0=\u00a0${step.t} 값을 입력받아 노이즈와 이미지의 조합인 v를 출력합니다. 여기서 x_t 속의 노이즈 ε_θ를 구합니다.`
        : `신경망은 x_t와 함께 시점 t\u00a0=\u00a0${step.t} 값을 입력받아 x_t에 있다고 본 노이즈 ε_θ를 출력합니다.`,
      `x_t에는 이미지의 ${percent(step.alphaBar)}(분산 기준)가 있습니다. 예측 노이즈를 빼면 x̂_0가 남습니다. x̂_0는 x_t가 될 수 있었던 모든 이미지의 평균이므로, 정해지지 않은 것이 많은 동안에는 흐릿합니다.`,
      ...stepped(sampler, step),
    ],
  },
  toy: {
    set: (set) => SETS[set] ?? set,
    place(done, total, t) {
      if (done === 0) return `${total}단계 중 0단계: 노이즈, t\u00a0=\u00a0${t}`;
      return t === null ? `${total}단계 중 ${done}단계: 완성` : `${total}단계 중 ${done}단계: t\u00a0=\u00a0${t}`;
    },
    description: ({ set, count: all, marked, where, arrows, paths }) => joined([
      `데이터(${SETS[set] ?? set})의 점들과 입자 ${all}개가 있는 평면. ${where}.`,
      paths && `그중 ${marked}개가 지나온 경로도 그려져 있습니다.`,
      arrows && "화살표는 노이즈를 더한 데이터가 더 밀집한 쪽을 가리킵니다.",
    ], " "),
    path(sampler, eta) {
      if (sampler === "dpm-solver-pp") return "DPM-Solver++(2M): 시작한 뒤에는 무작위로 정해지는 것이 없고, 각 단계가 경로를 따라 휩니다. 그래서 DDIM이라면 많은 단계가 필요한 곡선을 적은 단계로 따라갑니다.";
      if (sampler === "ddim" && eta === 0) return "η = 0: 시작한 뒤에는 무작위로 정해지는 것이 없습니다. 경로는 매끄러운 곡선이고, 어디서 끝날지는 시작점이 결정합니다.";
      if (sampler === "ddim" && eta < 1) return "η = 0.5: 각 단계가 다시 더하는 노이즈의 일부가 새 노이즈입니다. 경로가 떨리고, 어디서 끝날지는 더는 시작점만으로 정해지지 않습니다.";
      return "DDPM만큼 새 노이즈를 더하므로 각 단계에 무작위 움직임이 섞입니다. 경로가 헤매고, 같은 시작점에서 어디로든 갈 수 있습니다. 그래도 데이터 안에서 끝납니다.";
    },
    computed: (all, n, ms) => `입자 ${all}개의 ${steps(n)} 경로를 ${milliseconds(ms)} 만에 계산했습니다.`,
    failed: (message) => `경로를 계산하지 못했습니다: ${said(message)}.`,
  },
  fewer: {
    heading: steps,
    theModel: "모델",
    pictureLabel: (n, model) => `${model}, ${steps(n)}로 만든 이미지 4장`,
    waiting: "대기 중",
    columnComputing: "계산 중 …",
    notMade: "만들지 못함",
    took: milliseconds,
    timed: (runs) => (runs === 1 ? "실행 한 번의 시간" : `실행 ${runs}번의 중앙값`),
    opening: "모델을 시작하는 중 …",
    loading: (model, size) => `${model} 불러오는 중(${size.toFixed(1)} MB) …`,
    computing: (n) => `${steps(n)} 계산 중 …`,
    times: (images, cores, runs) => joined([
      `각 열 아래의 값은 이 기기의 코어 ${cores}개로 이미지 ${images}장을 만드는 데 걸린 시간입니다.`,
      runs > 1 && `실행 ${runs}번의 중앙값입니다.`,
    ], " "),
    caption: ({ model, sampler, eta, spacing, guidance, from }) => `${joined([
      model, sampler, eta !== null && `η = ${eta}`, MEASURED[spacing] ?? spacing, guidance !== null && guided(guidance, from),
    ])}.`,
    fewCaption: (model) => `${model}, 증류할 때 정한 단계.`,
    noSeed: `시드는 ${SEED_RANGE}여야 합니다.`,
    failed: (message) => `이 이미지들을 만들지 못했습니다: ${said(message)}.`,
    fewFailed: (message) => `적은 단계 모델의 이미지를 만들지 못했습니다: ${said(message)}.`,
    measuredFailed: (message) => `측정값을 보여 줄 수 없습니다: ${said(message)}.`,
    rowLabel: (label, unusual) => (unusual === null ? label : `${label}, 가이던스 ${unusual.guidance}`),
    measuredWith(name, samplers) {
      const [{ kind, spacing, eta, guidance, guidance_from: from }] = samplers;
      const model = `${name}(${samplers.map(({ steps: n }) => n).join(", ")}단계)`;
      const how = joined([MEASURED[kind] ?? kind, eta > 0 && `η = ${eta}`, MEASURED[spacing] ?? spacing]);
      if (guidance === 1 || guidance === undefined) return `${model}: ${how}, 가이던스 없음.`;
      return from == null ? `${model}: ${how}, 모든 단계에 가이던스 ${guidance}.` : `${model}: ${how}, 가이던스 ${guidance}(t = ${from}부터).`;
    },
    measuredHow: ({ images, seeds }) => `각 값은 클래스마다 같은 수로 만든 이미지 ${count(images)}장을 테스트 이미지 ${count(images)}장과 비교하기를 ${seeds.length}번 되풀이한 평균입니다. ±는 이 평균의 95 % 신뢰 구간입니다.`,
    notMeasured: (model) => `지금 불러온 모델(${model})은 측정하지 않았습니다. 이 값들은 다른 가중치의 것입니다.`,
    distance: ({ mean, half_width: half }) => `${mean.toFixed(2)} ± ${half.toFixed(2)}`,
  },
  between: {
    failed: (message) => `이 이미지들을 만들지 못했습니다: ${said(message)}.`,
    loading: (model, size) => `${model} 불러오는 중(${size.toFixed(1)} MB) …`,
    made: (images, n, ms) => `${steps(n)}로 이미지 ${images}장: ${milliseconds(ms)}`,
  },
  look: {
    failed: (message) => `신경망의 예측을 얻지 못했습니다: ${said(message)}.`,
    note: (t, { timesteps, prediction }) => joined([
      prediction === "v"
        ? "이 모델은 v를 예측합니다. v는 낮은 시점에서는 노이즈, 높은 시점에서는 부호를 뒤집은 이미지입니다."
        : "이 모델은 노이즈를 예측합니다.",
      t < timesteps
        ? `모델이 아는 시점은 0부터 ${timesteps - 1}까지입니다.`
        : `t = ${t} 시점은 모델이 아는 시점(0부터 ${timesteps - 1}까지)을 하나 넘어섭니다. 튜토리얼은 이 시점의 예측을 봅니다.`,
    ], " "),
  },
  learn: {
    trainings: {
      page: "31에포크부터 클래스를 함께 배웠습니다. 마지막 순간에는 시드가 각 이미지의 클래스를 뽑습니다.",
      tutorial: "이 모델의 손실은 모든 t에 같은 비중을 두므로, 두 곡선은 서로 비교할 수 없습니다.",
    },
    failed: (message) => `이 에포크를 보여 줄 수 없습니다: ${said(message)}.`,
    untrained: "0에포크(학습 전)",
    after: (epoch) => `${epoch}에포크 후`,
    moment: (epoch, loss) => `${epoch}에포크, 손실 ${loss.toFixed(3)}`,
  },
  starts: {
    failed: (message) => `이 이미지들을 만들지 못했습니다: ${said(message)}.`,
  },
  exercises: {
    answer: "답하기",
    again: "다시 풀기",
    right: "맞았습니다.",
    wrong: "틀렸습니다.",
    nothing: "먼저 답을 고르세요.",
    noNumber: (min, max) => `먼저 ${min}부터 ${max}까지의 정수를 입력하세요.`,
  },
  train: {
    open: "학습 열기",
    close: "학습 닫기",
    notOpened: (message) => `학습을 불러오지 못했습니다: ${said(message)}.`,
    keptOpen: (run) => `이 브라우저에 ${keptRun(run)} 하나가 보관되어 있습니다. 이어서 하려면 학습을 여세요.`,
    kept: (run) => `이 브라우저에 ${keptRun(run)} 하나가 보관되어 있습니다.`,
    replaced: (run) => `이 브라우저에 ${keptRun(run)} 하나가 보관되어 있습니다. 새로 학습하면 새 실행으로 바뀝니다.`,
    otherTab: "이 페이지의 다른 탭에서 하는 학습이 보관되고 있습니다. 이 실행은 보관되지 않으니 페이지를 떠나기 전에 가중치를 다운로드하세요.",
    savedAt: (clock) => `${clock}에 이 브라우저에 저장했습니다. 페이지를 새로 고쳐도 이어집니다.`,
    notKept: (message) => `이 실행을 저장하지 못했습니다(${said(message)}). 학습은 계속되니 페이지를 떠나기 전에 가중치를 다운로드하세요.`,
    noModel: "아직 불러온 모델이 없습니다.",
    untrained: "신경망은 아직 아무것도 모릅니다.",
    fitted: "이미지는 모델의 크기와 색에 맞춥니다.",
    forgets: (theirs, own) => `이미지는 모델의 크기와 색에 맞춥니다. 이미지의 클래스는 ${theirs === 0 ? "없고" : `${theirs}개,`} 모델의 클래스는 ${own}개이므로 클래스 없이 이어집니다.`,
    usualWidth: "파라미터는 50만 개로, 위의 모델들과 같습니다.",
    planned: (parameters, n) => `파라미터 ${count(parameters)}개, 파일 크기 ${megabytes(2 * parameters)}, 모두 ${count(n)}단계.`,
    auto: "자동",
    autoIs: (value) => `자동: ${value}`,
    batchMisfit: (most) => `배치에는 1부터 ${most}까지의 정수를 입력하거나 비워 두세요.`,
    rateMisfit: "학습률에는 0보다 크고 0.1 이하인 수를 입력하거나 비워 두세요.",
    epochsMisfit: "에포크에는 1 이상의 정수를 입력하거나 비워 두세요.",
    seedMisfit: "시드는 0 이상의 정수여야 합니다.",
    workersMisfit: (most) => `워커 수에는 1부터 ${most}까지의 정수를 입력하거나 비워 두세요.`,
    noDrawings: "아직 그림이 없습니다.",
    drawings: (n) => `추가한 그림 ${count(n)}장.`,
    drawingsName: (n) => `그림 ${n}장`,
    remove: "삭제",
    removeDrawing: (number) => `그림 ${number} 삭제`,
    start: "시작",
    goOn: "계속",
    choosePictures: "이미지를 고른 다음 ‘시작’을 누르세요.",
    ready: "준비되었습니다. ‘시작’을 누르세요.",
    notPaused: (message) => `학습을 일시정지하지 못했습니다: ${said(message)}.`,
    notStepped: (message) => `한 단계를 진행하지 못했습니다: ${said(message)}.`,
    notStopped: (message) => `학습을 중지하지 못했습니다: ${said(message)}.`,
    notUsed: (message) => `가중치를 사용하지 못했습니다: ${said(message)}.`,
    notSaved: (message) => `가중치를 저장하지 못했습니다: ${said(message)}.`,
    keptUnreadable: (message) => `보관된 실행을 읽지 못했습니다: ${said(message)}.`,
    notErased: (message) => `보관된 실행을 지우지 못했습니다: ${said(message)}.`,
    notStarted: (message) => `학습을 시작하지 못했습니다: ${said(message)}.`,
    failed: (message) => `학습에 실패했습니다: ${said(message)}.`,
    saysOfItself: (name, size) => `${name}, ${size}. 파일에 적힌 정보는 다음과 같습니다.`,
    unreadable: (name, message) => `저장했지만 이 페이지에서 읽을 수 없습니다: ${name}. 이유: ${said(message)}.`,
    loadingAbove: "학습한 가중치를 맨 위로 불러오는 중 …",
    usedAbove: "이제 맨 위 섹션이 이 가중치로 이미지를 만듭니다.",
    loading: "학습 프로그램을 불러오는 중 …",
    loadingTrainer: (loaded, total) => `학습 프로그램을 불러오는 중: ${total === null ? "" : `${megabytes(total)} 중 `}${megabytes(loaded)} …`,
    trainingOn: (images) => `이미지 ${count(images)}장으로 학습하는 중입니다.`,
    done: (n) => `완료: ${count(n)}단계.`,
    pausedAfter: (n) => `${count(n)}단계 후 일시정지했습니다.`,
    steppedTo: (n, loss) => `${count(n)}단계 후 일시정지했습니다.${loss === null ? "" : ` 마지막 단계의 손실은 ${loss.toFixed(4)}입니다.`}`,
    notRunning: "학습이 실행되고 있지 않습니다.",
    stoppedAfter: (n) => `${count(n)}단계 후 중지했습니다. 가중치는 남아 있습니다.`,
    step: "단계",
    epoch: "에포크",
    loss: "손실",
    rate: "초당 이미지",
    timeLeft: "남은 시간",
    network: "신경망",
    memory: "메모리",
    engine: "엔진",
    recipe: "학습 설정",
    of: (done, all) => `${done} / ${all}`,
    parameters: (n) => `파라미터 ${count(n)}개`,
    onWorkers: (label, workers) => `${label}, 워커 ${workers}개`,
    because: (engine, why) => `${engine}: ${said(why)}`,
    samples: (samples, n) => `${count(n)}단계 후의 샘플 ${samples}장`,
    noSamples: "아직 샘플이 없습니다.",
    loadSampleFirst: "먼저 이미지를 불러오거나 내 이미지를 고르세요.",
    choosePicturesFirst: "먼저 이미지를 끌어다 놓거나 고르세요.",
    drawFirst: "먼저 그림을 그려 추가하세요.",
    reading: "이미지를 읽는 중 …",
    notRead: (message) => `${said(message)}.`,
    loadingSample: (loaded, total) => `불러오는 중: ${total === null ? "" : `${megabytes(total)} 중 `}${megabytes(loaded)}`,
    sampleLoaded: "이미지를 불러왔습니다",
    sampleNotLoaded: (message) => `이미지를 불러오지 못했습니다: ${said(message)}.`,
    noFile: "파일이 없습니다. 이미지나 이미지가 든 폴더를 고르세요.",
    classes: (classes, more) => `클래스: ${classes.map(([name, n]) => `${name} ${count(n)}`).join(", ")}${more > 0 ? ` 외 클래스 ${more}개` : ""}.`,
    noPictures: "아직 이미지가 없습니다.",
    taken: (images, side, channels) => `이미지 ${count(images)}장, ${side} × ${side}, ${colours(channels)}`,
    takenLabel: (images) => `학습할 이미지 ${count(images)}장 중 처음 몇 장`,
    refused: (files) => `제외한 파일 ${count(files)}개`,
    refusedBecause: (name, why) => `${name}: ${said(why)}`,
  },
  tour: {
    place: (k, all) => `둘러보기 ${all}단계 중 ${k}단계`,
    next: "다음",
    finish: "마치기",
    doing: "대신 하는 중 …",
    undone: "지금은 그 컨트롤을 쓸 수 없습니다. 해당 섹션에서 이유를 확인한 다음 다시 누르세요.",
    stopped: "직접 조작하셔서 멈췄습니다.",
    steps: {
      noise: {
        title: "노이즈에서 시작합니다",
        text: ["모든 실행은 노이즈로 채워진 정사각형에서 시작합니다. 0단계에는 아직 이미지가 전혀 없습니다."],
        attempt: "|< 버튼을 눌러 첫 단계로 가 보세요.",
        did: "지금 실행은 0단계, 곧 노이즈입니다.",
      },
      step: {
        title: "한 단계씩",
        text: ["각 단계에서 신경망이 노이즈를 예측하고, 그 예측의 일부를 뺍니다.", "한 단계로는 조금만 바뀝니다. 여러 단계가 모여 이미지가 됩니다."],
        attempt: "> 버튼으로 한 단계 간 다음 슬라이더를 끌어 보세요. 무엇이 될지 언제 처음 알아볼 수 있나요?",
        did: "슬라이더가 노이즈에서 이미지까지 실행 전체를 지나갔습니다.",
      },
      expected: {
        title: "신경망이 예상하는 것",
        text: ["예측 노이즈에서 완성된 이미지 x_0를 구할 수 있습니다.", "실행 초반에는 x_t가 아직 여러 이미지가 될 수 있으므로 x_0가 흐릿합니다."],
        attempt: "‘x_0 예측’을 고르고 실행의 4분의 1 지점으로 돌아가 보세요.",
        did: "실행의 4분의 1 지점에서 예측된 x_0입니다.",
      },
      seed: {
        title: "같은 시드, 같은 이미지",
        text: ["시드는 시작 노이즈부터 각 단계의 노이즈까지, 실행의 모든 노이즈를 결정합니다.", "시드와 설정과 모델이 같으면 어느 기기에서나 같은 이미지가 나옵니다."],
        attempt: "입력란에 7을 입력하고 Enter를 누르세요. 누가 하든 이 이미지가 나옵니다.",
        did: "시드 7의 이미지입니다.",
      },
      class: {
        title: "원하는 클래스",
        text: ["이 모델은 학습할 때 각 이미지가 무엇인지도 배웠습니다. 그래서 원하는 클래스를 그리게 할 수 있습니다."],
        attempt: "‘운동화’를 고르고 ‘시작’을 누르세요. ‘아무거나’를 고르면 시드가 이미지마다 클래스를 뽑습니다.",
        did: "단계마다 신경망에 운동화라고 알려 주었으므로 운동화가 나왔습니다.",
        lacking: CLASSLESS,
      },
      guidance: {
        title: "가이던스",
        text: ["가이던스는 예측에서 클래스로 달라지는 부분을 과장합니다. 1이면 더하는 것이 없습니다.", "클수록 클래스가 뚜렷해지고 이미지가 서로 비슷해집니다."],
        attempt: "1로 옮기고 ‘시작’을 누른 다음, 8로 해 보세요. 클래스를 골라 두어야 합니다.",
        did: "가이던스가 8이면 운동화가 대부분 뚜렷하고, 전보다 서로 비슷합니다.",
        lacking: CLASSLESS,
      },
      training: {
        title: "학습은 반대 방향으로",
        text: ["학습할 때는 실제 이미지에 시점 t까지 노이즈를 더합니다. 신경망은 그 노이즈를 예측하는 법을 배웁니다."],
        attempt: "오른쪽으로 끌어 보세요. 곡선은 이 t에서 이미지가 얼마나 남는지를 보여 줍니다.",
        did: "노이즈까지 가는 길의 절반을 넘었습니다.",
      },
      game: {
        title: "아직 신발로 보이나요?",
        text: ["노이즈를 더한 이미지가 무엇인지 맞혀 보세요. 그러면 노이즈 없는 이미지와, 그 t에서 이 프로젝트의 분류기가 얼마나 자주 맞히는지가 나옵니다."],
        attempt: "맞혀 보세요. 그런 다음 위의 노이즈 슬라이더를 옮기세요. 어느 t부터 찍을 수밖에 없나요?",
        did: "t = 50에서 앵클부츠라고 답했습니다. 정답은 버튼 아래에 있습니다.",
      },
      picture: {
        title: "내 이미지",
        text: ["이미지에 어느 시점까지 노이즈를 더하면, 모델이 매번 다른 노이즈로 되살립니다.", "t가 클수록 되살린 이미지에서 모델이 지어낸 부분이 많아집니다."],
        attempt: "슬라이더를 옮기며 무엇이 남는지 보세요. 그런 다음 그림판에 그리거나 내 이미지를 가져오세요.",
        did: "이 t에서는 이미지의 형태 말고는 거의 남지 않습니다.",
      },
      open: {
        title: "한 단계 들여다보기",
        text: ["한 단계의 수식에 그 단계의 값을 넣고, 각 항을 이미지로 보여 줍니다."],
        attempt: "실행을 처음부터 끝까지 따라가 보세요. 마지막 단계는 무엇을 더하나요?",
        did: "마지막 단계입니다. 노이즈를 더하지 않습니다.",
      },
      paths: {
        title: "매끄러운 경로, 무작위 경로",
        text: ["2차원에서는 노이즈에서 데이터까지의 경로 전체를 그릴 수 있습니다.", "η = 0이면 경로가 어디서 끝날지 시작점만으로 정해집니다. η = 1이면 각 단계가 새 노이즈를 더합니다."],
        attempt: "η를 1로 하고, 단계 수를 5로 줄여 보세요. 단계가 적어도 더 잘 견디는 η는 어느 쪽인가요?",
        did: "η = 1이면 경로가 헤매지만 그래도 데이터 안에서 끝납니다.",
        lacking: "η는 DDIM에만 있습니다. 샘플러로 DDIM을 고르세요.",
      },
      fewer: {
        title: "더 적은 단계",
        text: ["단계가 적으면 빠르지만 품질이 떨어집니다. 얼마나 떨어지는지는 한 단계를 어떻게 밟느냐에 달려 있습니다.", "각 행은 하나의 노이즈에서 시작하고, 각 열은 단계 수가 다릅니다."],
        attempt: "DPM-Solver++(2M)와 ‘중간’을 고르세요. 몇 단계부터 차이가 보이지 않나요?",
        did: "이 설정에서는 10단계가 20단계와 거의 같아 보입니다. 측정한 거리는 표에 있습니다.",
        lacking: "지금 불러온 모델은 정해진 몇 단계만 쓸 수 있습니다. 메뉴에서 이 페이지의 모델을 고르세요.",
      },
      train: {
        title: "직접 학습시키기",
        text: ["브라우저에서 신경망을 학습시킬 수 있습니다. 이 옷 이미지의 일부, 내 이미지 또는 그림을 쓸 수 있습니다.", "그런 다음 ‘생각해 보기’의 여섯 문제를 풀어 보세요."],
        attempt: "학습을 열고 ‘이미지 불러오기’를 누른 다음 ‘시작’을 누르세요.",
        did: "학습이 열렸습니다. ‘이미지 불러오기’를 누른 다음 그 아래의 ‘시작’을 누르세요.",
      },
    },
  },
};
