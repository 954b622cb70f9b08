// What the module and the programs say of errors is in English, also where a visitor meets it. The messages that are met
// most are translated here; the page marks the others as English.

/** Patterns of whole messages, and the Korean of each. @type {readonly [RegExp, string][]} */
const MESSAGES = [
  [/^this browser has no WebGPU$/, "이 브라우저에는 WebGPU가 없습니다"],
  [/^WebGPU found no graphics adapter on this machine$/, "이 기기에서 WebGPU용 그래픽 어댑터를 찾지 못했습니다"],
  [/^WebGPU needs https: .*$/, "WebGPU에는 https가 필요합니다. http에서는 localhost에서만 쓸 수 있습니다"],
  [/^the only graphics adapter here is a program, slower than the CPU$/, "이 기기의 그래픽 어댑터는 CPU보다 느린 소프트웨어뿐입니다"],
  [/^until WebGPU has started$/, "WebGPU가 시작될 때까지"],
  [/^this graphics adapter lacks "(.*)"$/, "이 그래픽 어댑터에는 $1 기능이 없습니다"],
  [/^the browser's WebGPU failed \((.*)\)$/, "브라우저의 WebGPU가 실패했습니다($1)"],
  [/^WebGPU did not work \((.*)\)$/, "WebGPU가 작동하지 않았습니다($1)"],
  [/^WebGPU was lost \((.*)\)$/, "WebGPU 연결을 잃었습니다($1)"],
  [/^WebGPU was lost$/, "WebGPU 연결을 잃었습니다"],
  [/^the program of (.*) is still being built on the server$/, "서버에서 아직 프로그램을 빌드하는 중입니다: $1"],
  [/^(\S+) is missing on the server \(status (\d+)\)$/, "서버에 파일이 없습니다: $1 (상태 $2)"],
  [/^the server did not send (\S+) \(status (\d+)\)$/, "서버가 파일을 보내지 않았습니다: $1 (상태 $2)"],
  [/^(\S+) came empty$/, "받은 파일이 비어 있습니다: $1"],
  [/^the server sent a page instead of (\S+): .*$/, "서버가 파일($1) 대신 웹 페이지를 보냈습니다. 네트워크에 로그인이 필요한지 확인하세요. 서버에 파일이 없을 수도 있습니다"],
  [/^(\S+) stopped coming for (\d+) seconds: .*$/, "$2초 동안 파일이 오지 않았습니다: $1. 연결을 확인하고 다시 시도하세요"],
  [/^(\S+) was cut short after (\d+) bytes: .*$/, "$2바이트를 받은 뒤 파일이 끊겼습니다: $1. 연결을 확인하고 다시 시도하세요"],
  [/^(\S+) could not be fetched: .*$/, "파일을 받지 못했습니다: $1. 연결을 확인하고 다시 시도하세요"],
  [/^the page's scripts and its program are of different versions: reload the page .*$/, "페이지의 스크립트와 프로그램의 버전이 다릅니다. 페이지를 새로고침하세요"],
  [/^the engine was closed$/, "엔진이 닫혔습니다"],
];

/** A message in Korean; null where it is not one of these. @param {string} message */
export function inKorean(message) {
  const [pattern, korean] = MESSAGES.find(([one]) => one.test(message)) ?? [];
  return pattern === undefined ? null : message.replace(pattern, korean);
}
