//! The inner loop of a weights' gradient where images are interleaved: each input times each output, summed over
//! places and images.

use super::Tap;
use crate::engine::cpu::vector::Vector;

/// The most outputs of a block.
const OUTPUTS: usize = 5;

/// The most inputs of a block: with 5 outputs, as many sums as leave registers for the inputs and an output.
#[inline(always)]
const fn most_inputs<V: Vector>() -> usize {
    if V::REGISTERS < 32 { 2 } else { 4 }
}

/// The inputs and outputs of some places, a vector each: one number of each image.
#[derive(Clone, Copy)]
pub(in crate::engine::cpu) struct Correlation<'a> {
    /// The first place's first input.
    pub(in crate::engine::cpu) x: *const f32,
    pub(in crate::engine::cpu) inputs: usize,
    /// The first place's first output.
    pub(in crate::engine::cpu) y: *const f32,
    pub(in crate::engine::cpu) outputs: usize,
    /// Rows of places: where the inputs of each start, and its outputs, which are a tap's `weights`.
    pub(in crate::engine::cpu) rows: &'a [Tap],
    /// Places of a row.
    pub(in crate::engine::cpu) places: usize,
    /// f32 elements from one place's inputs to the next one's.
    pub(in crate::engine::cpu) x_next: usize,
    /// f32 elements from one place's outputs to the next one's.
    pub(in crate::engine::cpu) y_next: usize,
    /// Where the sums go, [input, output]: [`Correlation::room`] f32 elements.
    pub(in crate::engine::cpu) to: *mut f32,
    /// Sums that are not yet summed over images: [`Correlation::work`] f32 elements.
    pub(in crate::engine::cpu) work: *mut f32,
}

impl Correlation<'_> {
    /// How many f32 elements of `work` are used.
    pub(in crate::engine::cpu) fn work(outputs: usize, lanes: usize) -> usize {
        (4 * outputs).next_multiple_of(lanes) * lanes
    }

    /// How many f32 elements are written: a block of inputs ends with a whole vector of sums.
    pub(in crate::engine::cpu) fn room(inputs: usize, outputs: usize, lanes: usize) -> usize {
        inputs * outputs + lanes
    }

    /// Computes the sums.
    ///
    /// # Safety
    /// The pointers are valid as far as the fields say, and the machine has `V`'s instructions.
    #[inline(always)]
    pub(in crate::engine::cpu) unsafe fn run<V: Vector>(self) {
        let mut done = 0;
        while done < self.inputs {
            let rest = self.inputs - done;
            let inputs = rest.div_ceil(rest.div_ceil(most_inputs::<V>()));
            // Safety: the block's inputs are among `self.inputs`; the caller promises the rest.
            unsafe {
                match inputs {
                    1 => self.block::<V, 1>(done),
                    2 => self.block::<V, 2>(done),
                    3 => self.block::<V, 3>(done),
                    _ => self.block::<V, 4>(done),
                }
            }
            done += inputs;
        }
    }

    /// The sums of `P` inputs, from input `first` on.
    ///
    /// # Safety
    /// As [`run`](Self::run); and there are at least `first + P` inputs.
    #[inline(always)]
    unsafe fn block<V: Vector, const P: usize>(self, first: usize) {
        if P > most_inputs::<V>() {
            return;
        }
        // Safety: `work` has a vector for each pair of 4 inputs and an output, and whole vectors of these; what a
        // block's last vector of sums has too much of is the next block's, or lies in the room behind them.
        unsafe {
            let mut done = 0;
            while done < self.outputs {
                let rest = self.outputs - done;
                let outputs = rest.div_ceil(rest.div_ceil(OUTPUTS));
                match outputs {
                    1 => self.sums::<V, P, 1>(first, done),
                    2 => self.sums::<V, P, 2>(first, done),
                    3 => self.sums::<V, P, 3>(first, done),
                    4 => self.sums::<V, P, 4>(first, done),
                    _ => self.sums::<V, P, 5>(first, done),
                }
                done += outputs;
            }
            let to = self.to.add(first * self.outputs);
            for pair in (0..P * self.outputs).step_by(V::LANES) {
                V::sums(self.work.add(pair * V::LANES)).store(to.add(pair));
            }
        }
    }

    /// The sums of `P` inputs and `N` outputs, each image's for itself, to `work`.
    ///
    /// # Safety
    /// As [`run`](Self::run); and there are at least `input + P` inputs and `output + N` outputs.
    #[inline(always)]
    unsafe fn sums<V: Vector, const P: usize, const N: usize>(self, input: usize, output: usize) {
        // Safety: each place has these inputs and outputs, and `work` a vector for each pair, as the caller
        // promises. The pointers that step beyond the last place are not used there.
        unsafe {
            let mut sums = [[V::splat(0.0); N]; P];
            for row in self.rows {
                let mut x = self.x.add(row.x + input * V::LANES);
                let mut y = self.y.add(row.weights + output * V::LANES);
                for _ in 0..self.places {
                    let mut inputs = [V::splat(0.0); P];
                    for p in 0..P {
                        inputs[p] = V::load(x.add(p * V::LANES));
                    }
                    for n in 0..N {
                        let output = V::load(y.add(n * V::LANES));
                        for p in 0..P {
                            sums[p][n] = inputs[p].mul_add(output, sums[p][n]);
                        }
                    }
                    x = x.wrapping_add(self.x_next);
                    y = y.wrapping_add(self.y_next);
                }
            }
            for p in 0..P {
                for n in 0..N {
                    sums[p][n].store(self.work.add((p * self.outputs + output + n) * V::LANES));
                }
            }
        }
    }
}
