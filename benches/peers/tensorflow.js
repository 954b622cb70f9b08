// The UNet in TensorFlow.js: images are [N, side, side, channels].

import { EMBEDDING, PARAMETERS, TIME_ROWS, timeTable, timed, unet } from "./unet.js";

/** Adds a library's script, which makes itself known as a global. @param {string} address */
const script = (address) => new Promise((resolve, reject) => {
  const element = Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject });
  document.head.append(element);
});

/** @param {string} backend "wasm" or "webgpu" @param {number} batch @param {number} steps @returns {Promise<number[]>} */
export async function forward(backend, batch, steps) {
  const folder = "/node_modules/@tensorflow";
  await script(`${folder}/tfjs/dist/tf.min.js`);
  await script(`${folder}/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
  const { tf } = window;
  if (backend === "wasm") tf.wasm.setWasmPaths(`${folder}/tfjs-backend-wasm/dist/`);
  if (!await tf.setBackend(backend)) throw new Error(`no ${backend} here`);

  const weights = {};
  const random = (name, shape, fan) => {
    weights[name] ??= tf.keep(tf.randomUniform(shape, -1 / Math.sqrt(fan), 1 / Math.sqrt(fan)));
    return weights[name];
  };
  const full = (name, shape, value) => {
    weights[name] ??= tf.keep(tf.fill(shape, value));
    return weights[name];
  };
  const bias = (x, name, channels, fan) => tf.add(x, random(`${name}.bias`, [channels], fan));
  const pad = (padding) => (padding > 0 ? "same" : "valid"); // on these sides the same as the paddings of PyTorch
  const ops = {
    conv: (x, name, [from, to], kernel, stride, padding) => {
      const fan = from * kernel * kernel;
      return bias(tf.conv2d(x, random(name, [kernel, kernel, from, to], fan), stride, pad(padding)), name, to, fan);
    },
    up: (x, name, channels, kernel, stride, padding, side) => {
      const fan = channels * kernel * kernel;
      const weight = random(name, [kernel, kernel, channels, channels], fan);
      return bias(tf.conv2dTranspose(x, weight, [batch, side, side, channels], stride, pad(padding)), name, channels, fan);
    },
    norm: (x, name, channels, side) => {
      const { mean, variance } = tf.moments(x, [1, 2, 3], true);
      const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
      const shape = [side, side, channels];
      return tf.add(tf.mul(scaled, full(`${name}.weight`, shape, 1)), full(`${name}.bias`, shape, 0));
    },
    linear: (x, name, [from, to]) => bias(tf.matMul(x, random(name, [from, to], from)), name, to, from),
    shift: (x, embedding) => tf.add(x, embedding.reshape([batch, 1, 1, -1])),
    silu: (x) => tf.mul(x, tf.sigmoid(x)),
    join: (a, b) => tf.concat([a, b], 3),
    keep: (x) => x,
  };
  const x = tf.randomNormal([batch, 28, 28, 1]);
  const table = tf.tensor2d(timeTable(), [TIME_ROWS, EMBEDDING]);
  const t = tf.fill([batch], 100, "int32");
  const times = await timed(async () => {
    const eps = tf.tidy(() => unet(ops, x, tf.gather(table, t)));
    await eps.data();
    eps.dispose();
  }, steps);
  const made = Object.values(weights).reduce((sum, { size }) => sum + size, 0);
  if (made !== PARAMETERS) throw new Error(`another network: ${made} weights`);
  return times;
}
