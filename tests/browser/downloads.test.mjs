// What can go wrong with a file on its way, over real connections: each is told in words that name the file, and what
// may pass is tried a second time.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Downloads, Kept } from "../../www/lib/download.js";
import { sentenceOf } from "../../www/lib/errors.js";

/** @type {import("node:http").Server} */
let server;
/** What the next requests get, in turns; the last one stays. @type {((response: import("node:http").ServerResponse) => void)[]} */
let answers = [];
let asked = 0;
before(async () => {
  server = createServer((request, response) => {
    asked += 1;
    (answers.length > 1 ? answers.shift() : answers[0])(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const whole = (response) => response.writeHead(200, { "content-length": 6 }).end("abcdef");
const gone = (response) => response.destroy();
const status = (code) => (response) => response.writeHead(code).end("sorry");
const cut = (response) => {
  response.writeHead(200, { "content-length": 6 }).write("abc");
  setTimeout(() => response.destroy(), 50);
};
const stuck = (response) => response.writeHead(200, { "content-length": 6 }).write("abc");
const silent = () => {};
const page = (response) => response.writeHead(200, { "content-type": "text/html" }).end("\n<!DOCTYPE html><title>Log in to this hotel</title>");
const bare = (response) => response.writeHead(200).end("<html><body>index</body></html>");
const empty = (response) => response.writeHead(200).end();

async function download(all, downloads = new Downloads(undefined, 300)) {
  [answers, asked] = [all, 0];
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return Buffer.from(await downloads.bytes(new URL(`http://127.0.0.1:${port}/some/model.bin`))).toString();
}

for (const [name, first] of Object.entries({ gone, "status 503": status(503), "status 429": status(429), cut, stuck, silent, empty })) {
  test(`${name} once: the second try succeeds`, async () => {
    assert.equal(await download([first, whole]), "abcdef");
    assert.equal(asked, 2);
  });
}

for (const [name, answer, words, tries] of [
  ["gone", gone, /^model\.bin could not be fetched: check the connection and try again$/, 2],
  ["status 404", status(404), /^model\.bin is missing on the server \(status 404\)$/, 1],
  ["status 403", status(403), /^the server did not send model\.bin \(status 403\)$/, 1],
  ["status 500", status(500), /^the server did not send model\.bin \(status 500\)$/, 2],
  ["cut", cut, /^model\.bin was cut short after 3 bytes: check the connection/, 2],
  ["stuck", stuck, /^model\.bin stopped coming for 0\.3 seconds: check the connection/, 2],
  ["silent", silent, /^model\.bin stopped coming/, 2],
  ["a page", page, /^the server sent a page instead of model\.bin: log in where this network asks for it/, 1],
  ["a page without a type", bare, /^the server sent a page instead of model\.bin/, 1],
  ["empty", empty, /^model\.bin came empty$/, 2],
]) {
  test(`${name} each time: the words name the file and the cause`, async () => {
    await assert.rejects(download([answer]), (error) => words.test(sentenceOf(error)) || assert.fail(error.message));
    assert.equal(asked, tries);
  });
}

test("a file that comes slowly is no stalled one", async () => {
  const slow = async (response) => {
    response.writeHead(200, { "content-length": 6 });
    for (const letter of "abcdef") {
      response.write(letter);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    response.end();
  };
  assert.equal(await download([slow]), "abcdef");
  assert.equal(asked, 1);
});

test("bytes of a try that failed do not count as progress", async () => {
  const reports = [];
  await download([cut, whole], new Downloads((loaded, total) => reports.push([loaded, total])));
  assert.deepEqual(reports.at(-1), [6, 6]);
  assert.ok(reports.every(([loaded]) => loaded <= 6), JSON.stringify(reports));
});

test("what failed is fetched again when it is asked for again, what came is kept", async () => {
  const kept = new Kept();
  const get = (all) => kept.get("model", () => download(all));
  await assert.rejects(get([status(404)]));
  assert.equal(await get([whole]), "abcdef");
  assert.equal(await get([gone]), "abcdef");
});
