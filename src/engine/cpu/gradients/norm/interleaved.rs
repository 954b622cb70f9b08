//! The same for interleaved images: each lane is an image.

use super::NormBackward;
use crate::engine::cpu::norm::Moments;
use crate::engine::cpu::vector::{Job, MOST_LANES, Vector, add_to};
use crate::graph::ops::{BORDER, LANES, View};

/// A LayerNorm's way back for interleaved images; `moments`, `time` and `of_time` are each image's.
pub(in crate::engine::cpu) struct Interleaved<'a>(pub(in crate::engine::cpu) NormBackward<'a>);

/// How many f32 elements of `work` are used: products that are to be summed over images, and a pixel's shift and the sum
/// over all pixels, a vector each.
pub(in crate::engine::cpu) fn work(view: &View, lanes: usize) -> usize {
    lanes * lanes + 2 * view.channels.depth()
}

impl Job for Interleaved<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // Vectors of the fewest lanes gain nothing by it: this is no code where there are no others.
        assert!(V::LANES > LANES, "nothing is interleaved in so few lanes");
        let NormBackward {
            norm,
            layer,
            input: view,
            moments,
            time,
            finish,
            scratch,
            work,
            gradient,
            of_time,
            ..
        } = self.0;
        let (channels, depth) = (view.channels.count, view.channels.depth());
        let (products, rest) = work.split_at_mut(V::LANES * V::LANES);
        let (shift, rest) = rest.split_at_mut(depth);
        let columns = &mut rest[..depth];
        columns.fill(0.0);
        let mut scales = [0.0; MOST_LANES];
        for (image, Moments { mean, scale }) in moments.iter().enumerate() {
            scales[image] = *scale;
            let time = norm.time.map(|offset| &time[image][offset..][..channels]);
            for c in 0..channels {
                shift[c * V::LANES + image] = time.map_or(0.0, |time| time[c]) - mean;
            }
        }
        let row = view.side * channels;
        let numbers = (view.side * view.side * channels) as f32;
        // Safety: the three views are whole tensors of one shape in `scratch`, as is what `finish` counts from the last:
        // a row of each is `row` vectors, and `products` are `V::LANES`. The weights and their gradients have `row`
        // numbers for each row.
        unsafe {
            let [x, dy, dx] =
                [view, self.0.of_output, self.0.of_input].map(|view| scratch.add(view.at(BORDER, BORDER)));
            let scale = V::load(scales.as_ptr());
            let shift = |c: usize| V::load(shift.as_ptr().add(c * V::LANES));
            let [mut sum, mut product] = [V::splat(0.0); 2];
            for y in 0..view.side {
                let [x, dy] = [x, dy].map(|first| first.add(y * view.row()));
                let (first, mut c) = (y * row, 0);
                let [mut row_sum, mut row_product] = [V::splat(0.0); 2];
                for start in (0..row).step_by(V::LANES) {
                    let count = V::LANES.min(row - start);
                    for n in 0..count {
                        let at = (start + n) * V::LANES;
                        let h = V::load(x.add(at)).add(shift(c)).mul(scale);
                        let dy = V::load(dy.add(at));
                        dy.mul(h).store(products.as_mut_ptr().add(n * V::LANES));
                        let g = dy.mul(V::splat(*layer.weight.as_ptr().add(first + start + n)));
                        row_sum = row_sum.add(g);
                        row_product = g.mul_add(h, row_product);
                        c = if c + 1 == channels { 0 } else { c + 1 };
                    }
                    let [of_weight, of_bias] = [norm.weight, norm.bias]
                        .map(|offset| gradient.as_mut_ptr().add(offset + first + start));
                    add_to(V::sums(products.as_ptr()), of_weight, row - start);
                    // A row's last vectors may be fewer than are summed at once: nothing beyond them is read.
                    let mut summed = dy.add(start * V::LANES);
                    if count < V::LANES {
                        summed.copy_to(products.as_mut_ptr(), count * V::LANES);
                        summed = products.as_mut_ptr();
                    }
                    add_to(V::sums(summed), of_bias, row - start);
                }
                sum = sum.add(row_sum);
                product = product.add(row_product);
            }
            let over = V::splat(-1.0 / numbers);
            let (mean, slope) = (sum.mul(over), product.mul(over));
            for y in 0..view.side {
                for pixel in 0..view.side {
                    let place = y * view.row() + pixel * view.pixel;
                    for c in 0..channels {
                        let at = place + c * V::LANES;
                        let number = y * row + pixel * channels + c;
                        let weight = V::splat(*layer.weight.as_ptr().add(number));
                        let g = V::load(dy.add(at)).mul_add(weight, mean);
                        let h = V::load(x.add(at)).add(shift(c)).mul(scale);
                        let g = h.mul_add(slope, g).mul(scale);
                        let column = columns.as_mut_ptr().add(c * V::LANES);
                        V::load(column).add(g).store(column);
                        finish.put(g, dx.add(at), V::LANES);
                    }
                }
            }
        }
        let Some(offset) = norm.time else { return };
        for (image, of_time) in of_time.iter_mut().enumerate() {
            for c in 0..channels {
                of_time[offset + c] += columns[c * V::LANES + image];
            }
        }
    }
}
