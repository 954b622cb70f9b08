// A PNG file, made from numbers.

import { deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
/** What a header calls pictures of so many channels: grey, colour, and colour with transparency. */
const KINDS = { 1: 0, 3: 2, 4: 6 };

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
 * A picture, which is square where its height is not given.
 * @param {number} side
 * @param {1 | 3 | 4} channels grey; red, green and blue; or these and opacity
 * @param {(x: number, y: number, channel: number) => number} level from 0 to 255
 * @param {number} [height]
 */
export function png(side, channels, level, height = side) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits
  header[9] = KINDS[channels];
  const length = 1 + side * channels; // a row has a filter's number in front
  const rows = Buffer.alloc(height * length);
  for (let y = 0; y < height; y += 1) {
    for (let at = 0; at < side * channels; at += 1) {
      rows[y * length + 1 + at] = level(Math.floor(at / channels), y, at % channels);
    }
  }
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 1 })), chunk("IEND", Buffer.alloc(0))]);
}
