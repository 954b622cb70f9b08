// The kept steps of a run: all of them where there is room, else some, and never more bytes than there is room for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { History, ROOM } from "../../www/panels/generate/history.js";

/** Steps of `size` bytes a view, which take no memory here. */
function filled(total, size, room) {
  const history = new History(room);
  const view = /** @type {any} */ ({ length: size });
  let most = 0;
  for (let done = 0; done <= total; done += 1) {
    const frames = Array.from({ length: 16 }, (_, frame) => frame).filter((frame) => Math.floor((frame * total) / 15) === done);
    history.add(/** @type {any} */ ({ done, total, frames, x_t: view, x_0: view, eps: view }));
    most = Math.max(most, history.bytes);
  }
  return { history, most };
}

for (const [name, total, size, every] of [
  ["16 pictures in 200 steps", 200, 16 * 784, 1],
  ["128 pictures in 200 steps", 200, 128 * 784, 1],
  ["128 pictures in 1000 steps", 1000, 128 * 784, 4],
  ["128 pictures of 64 x 64 in colour in 200 steps", 200, 128 * 3 * 64 * 64, 16],
  ["128 pictures of 64 x 64 in colour in 1000 steps", 1000, 128 * 3 * 64 * 64, 128],
]) {
  test(`${name}: one in ${every} is kept, within the room there is`, () => {
    const { history, most } = filled(total, size);
    assert.equal(history.every, every);
    assert.ok(most <= ROOM + 3 * size, `${most} bytes`);
    assert.ok(history.bytes <= ROOM, `${history.bytes} bytes`);
    for (let frame = 0; frame < 16; frame += 1) {
      const done = Math.floor((frame * total) / 15);
      assert.equal(history.before(done).done, done, "the 16 frames are there");
    }
    assert.equal(history.newest.done, total);
    assert.equal(history.before(0).done, 0);
  });
}

test("from any step the nearest kept ones are found, before and after", () => {
  const { history } = filled(1000, 128 * 784);
  for (const [at, before, after] of [[0, 0, 0], [1, 0, 4], [4, 4, 4], [5, 4, 8], [65, 64, 66], [66, 66, 66], [999, 996, 1000], [5000, 1000, 1000], [-3, 0, 0]]) {
    assert.deepEqual([history.before(at).done, history.after(at).done], [before, after], `at ${at}`);
  }
});
