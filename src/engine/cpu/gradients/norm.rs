//! The backward pass of a LayerNorm.

pub(super) mod interleaved;

use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::norm::{LayerNorm, Moments, fill_shift};
use crate::engine::cpu::vector::{Job, Vector, load, store};
use crate::graph::ops::{BORDER, Norm, View};

/// With h = (x + time - mean) * scale and y = h * weight + bias: the gradients of weight and bias are
/// the sums of dy * h and dy; that of x is scale * (g - mean of g - h * mean of g * h), g = dy * weight.
pub(in crate::engine::cpu) struct NormBackward<'a> {
    pub(in crate::engine::cpu) norm: &'a Norm,
    pub(in crate::engine::cpu) layer: &'a LayerNorm,
    /// Whole tensors of one shape in `scratch`: the input, the output's gradient and the input's gradient.
    pub(in crate::engine::cpu) input: &'a View,
    pub(in crate::engine::cpu) of_output: &'a View,
    pub(in crate::engine::cpu) of_input: &'a View,
    /// What the forward pass found, for each image: one, or those that are interleaved.
    pub(in crate::engine::cpu) moments: &'a [Moments],
    /// Each image's embeddings of all levels.
    pub(in crate::engine::cpu) time: &'a [Vec<f32>],
    /// How the input's gradient is written.
    pub(in crate::engine::cpu) finish: Finish,
    /// The images' scratch buffer.
    pub(in crate::engine::cpu) scratch: *mut f32,
    /// Two rows of pixels, [2, side, depth], or what [`interleaved::work`] says.
    pub(in crate::engine::cpu) work: &'a mut [f32],
    /// What the gradients of weight and bias are added to, packed like the graph's weights.
    pub(in crate::engine::cpu) gradient: &'a mut [f32],
    /// What each image's time embedding's gradient is added to: that of all levels' embeddings.
    pub(in crate::engine::cpu) of_time: &'a mut [Vec<f32>],
}

impl Job for NormBackward<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self {
            norm, layer, input: view, moments, time, finish, scratch, work, gradient, of_time, ..
        } = self;
        let (moments, time, of_time) = (moments[0], &time[0], &mut of_time[0]);
        let row = LayerNorm::work(view);
        let (shift, rest) = work.split_at_mut(row);
        let sums = &mut rest[..row];
        shift.fill(0.0);
        sums.fill(0.0);
        fill_shift(view, layer.time_of(view, time), moments.mean, shift);
        let numbers = (view.side * view.side * view.channels.count) as f32;
        // Safety: the three views are whole tensors of one shape in `scratch`, as is what `finish` counts
        // from the last. A row of each has `row` elements, as `shift` and `sums` have, and so has a row of
        // the weights and of the gradients of weight and bias. From `i` on `row - i` are left, a positive
        // multiple of 4.
        unsafe {
            let [x, dy, dx] =
                [view, self.of_output, self.of_input].map(|view| scratch.add(view.at(BORDER, BORDER)));
            let scale = V::splat(moments.scale);
            let [mut sum, mut product] = [V::splat(0.0); 2];
            for y in 0..view.side {
                let [mut row_sum, mut row_product] = [V::splat(0.0); 2];
                for i in (0..row).step_by(V::LANES) {
                    let left = row - i;
                    let (place, number) = (y * view.row() + i, y * row + i);
                    let h = load::<V>(x.add(place), left).add(load(shift.as_ptr().add(i), left)).mul(scale);
                    let dy = load::<V>(dy.add(place), left);
                    let of_weight = gradient.as_mut_ptr().add(norm.weight + number);
                    let of_bias = gradient.as_mut_ptr().add(norm.bias + number);
                    store(dy.mul_add(h, load(of_weight, left)), of_weight, left);
                    store(dy.add(load(of_bias, left)), of_bias, left);
                    let g = dy.mul(load(layer.weight.as_ptr().add(number), left));
                    row_sum = row_sum.add(g);
                    row_product = g.mul_add(h, row_product);
                }
                sum = sum.add(row_sum);
                product = product.add(row_product);
            }
            let (mean, slope) = (V::splat(-sum.sum() / numbers), V::splat(-product.sum() / numbers));
            for y in 0..view.side {
                for i in (0..row).step_by(V::LANES) {
                    let left = row - i;
                    let (place, number) = (y * view.row() + i, y * row + i);
                    let weight = load::<V>(layer.weight.as_ptr().add(number), left);
                    let g = load::<V>(dy.add(place), left).mul_add(weight, mean);
                    let h = load::<V>(x.add(place), left).add(load(shift.as_ptr().add(i), left)).mul(scale);
                    let g = h.mul_add(slope, g).mul(scale);
                    let column = sums.as_mut_ptr().add(i);
                    store(g.add(load(column, left)), column, left);
                    finish.put(g, dx.add(place), left);
                }
            }
        }
        if let Some(offset) = norm.time {
            let depth = view.channels.depth();
            for pixel in sums.chunks_exact(depth) {
                for (to, sum) in of_time[offset..][..depth].iter_mut().zip(pixel) {
                    *to += sum;
                }
            }
        }
    }
}
