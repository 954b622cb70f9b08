// The UNet in jax-js, compiled by its `jit`: images are [N, channels, side, side]. Its arrays are consumed when they are used;
// `.ref` keeps one for another use.

import { EMBEDDING, PARAMETERS, TIME_ROWS, timeTable, timed, unet } from "./unet.js";

/** @param {string} backend "webgpu" @param {number} batch @param {number} steps @returns {Promise<number[]>} */
export async function forward(backend, batch, steps) {
  const { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy: np, tree } = await import(
    new URL("/node_modules/@jax-js/jax/dist/index.js", location.href).href);
  if (!(await init(backend)).includes(backend)) throw new Error(`no ${backend} here`);
  defaultDevice(backend);

  /** By name: the weights themselves, or what stands for them while the network is compiled. */
  let weights = {};
  const array = (shape, value) => {
    const size = shape.reduce((all, side) => all * side, 1);
    return np.array(Float32Array.from({ length: size }, value), { shape });
  };
  const random = (name, shape, fan) => {
    weights[name] ??= array(shape, () => (2 * Math.random() - 1) / Math.sqrt(fan));
    return weights[name].ref;
  };
  const full = (name, shape, value) => {
    weights[name] ??= array(shape, () => value);
    return weights[name].ref;
  };
  const bias = (x, name, channels, fan) => x.add(random(`${name}.bias`, [1, channels, 1, 1], fan));
  const pads = (padding) => [[padding, padding], [padding, padding]];
  const ops = {
    conv: (x, name, [from, to], kernel, stride, padding) => {
      const fan = from * kernel * kernel;
      const weight = random(name, [to, from, kernel, kernel], fan);
      return bias(lax.conv(x, weight, [stride, stride], pads(padding)), name, to, fan);
    },
    up: (x, name, channels, kernel, stride, padding) => {
      const fan = channels * kernel * kernel;
      const weight = random(name, [channels, channels, kernel, kernel], fan);
      const y = lax.convTranspose(x, weight, [stride, stride], pads(padding), { transposeKernel: true });
      return bias(y, name, channels, fan);
    },
    norm: (x, name, channels, side) => {
      const axes = [1, 2, 3];
      const difference = x.ref.sub(np.mean(x, axes, { keepdims: true }));
      const variance = np.mean(np.square(difference.ref), axes, { keepdims: true });
      const shape = [channels, side, side];
      return difference.div(np.sqrt(variance.add(1e-5))).mul(full(`${name}.weight`, shape, 1)).add(full(`${name}.bias`, shape, 0));
    },
    linear: (x, name, [from, to]) => np.matmul(x, random(name, [from, to], from)).add(random(`${name}.bias`, [1, to], from)),
    shift: (x, embedding) => x.add(embedding.reshape([batch, -1, 1, 1])),
    silu: (x) => nn.silu(x),
    join: (a, b) => np.concatenate([a, b], 1),
    keep: (x) => x.ref,
  };
  const run = (x, t, table) => {
    const row = np.take(table, t, 0);
    const eps = unet(ops, x, row);
    row.dispose();
    return eps;
  };
  const x = array([batch, 1, 28, 28], () => 2 * Math.random() - 1);
  const t = np.array(new Int32Array(batch).fill(100));
  const table = np.array(timeTable(), { shape: [TIME_ROWS, EMBEDDING] });
  // Once as it is: that makes the weights.
  await run(x.ref, t.ref, table.ref).data();
  const made = Object.values(weights).reduce((sum, { size }) => sum + size, 0);
  if (made !== PARAMETERS) throw new Error(`another network: ${made} weights`);
  const held = weights;
  const compiled = jit((given, ...inputs) => {
    weights = given;
    return run(...inputs);
  });
  await blockUntilReady([held, x, t, table]);
  return timed(() => compiled(tree.ref(held), x.ref, t.ref, table.ref).data(), steps);
}
