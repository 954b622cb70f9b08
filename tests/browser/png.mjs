// A PNG file, made from numbers.

import { deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const [GREY, RGB] = [0, 2];

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(name, bytes) {
  const body = Buffer.concat([Buffer.from(name), bytes]);
  const [length, crc] = [bytes.length, crc32(body)].map((number) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(number);
    return four;
  });
  return Buffer.concat([length, body, crc]);
}

/**
 * A square picture.
 * @param {number} side
 * @param {1 | 3} channels grey, or red, green and blue
 * @param {(x: number, y: number, channel: number) => number} level from 0 to 255
 */
export function png(side, channels, level) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8; // bits
  header[9] = channels === 3 ? RGB : GREY;
  const row = (y) => [0, ...Array.from({ length: side * channels }, (_, at) => level(Math.floor(at / channels), y, at % channels))];
  const rows = Buffer.from(Array.from({ length: side }, (_, y) => row(y)).flat());
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}
