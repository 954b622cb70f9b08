//! The same straight from the definition, for interleaved images.

use super::{matrices, rows};
use crate::engine::cpu::conv::{GradientOneByOne, inputs};
use crate::engine::cpu::matmul::Tap;
use crate::engine::cpu::matmul::correlation::Correlation;
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{Conv, LANES, View};

pub(in crate::engine::cpu) struct DirectInterleaved {
    conv: Conv,
    /// Channels of an input pixel, and of an output pixel.
    channels: [usize; 2],
    /// How many taps of a row are taken at once. Where no other tensor's channels lie between pixels, all of them: their
    /// inputs follow each other, as those of a single pixel do.
    taps: usize,
    /// The output's rows.
    rows: Vec<Tap>,
}

impl DirectInterleaved {
    pub(super) fn new(conv: &Conv, input: &View, output: &View) -> Self {
        let channels = [inputs(input), output.channels.count];
        let taps = if input.pixel == channels[0] * input.channels.images { conv.kernel } else { 1 };
        Self { conv: *conv, channels, taps, rows: rows(conv, input, output) }
    }

    /// f32 elements of the sums of the taps that are taken at once.
    fn room(&self, lanes: usize) -> usize {
        let [from, to] = self.channels;
        Correlation::room(self.taps * from, to, lanes)
    }

    /// How many f32 elements of `work` are used: the sums, and those not yet summed over images.
    pub(super) fn work(&self, lanes: usize) -> usize {
        self.room(lanes) + Correlation::work(self.channels[1], lanes)
    }
}

impl GradientOneByOne for DirectInterleaved {
    #[inline(always)]
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        of_output: &View,
        scratch: *const f32,
        work: &mut [f32],
        gradient: &mut [f32],
    ) {
        // Vectors of the fewest lanes gain nothing by it: this is no code where there are no others.
        assert!(V::LANES > LANES, "nothing is interleaved in so few lanes");
        let Conv { stride, phases, weight, .. } = self.conv;
        let [from, to] = self.channels;
        let (sums, pairs) = work.split_at_mut(self.room(V::LANES));
        for (matrix, [y, x], first) in matrices(&self.conv).step_by(self.taps) {
            // Safety: the graph's contract keeps the tap's inputs within the border; `work` is as long as it says.
            unsafe {
                let correlation = Correlation {
                    x: scratch.add(input.at(y, x)),
                    inputs: self.taps * from,
                    y: scratch.add(of_output.at(first[0], first[1])),
                    outputs: to,
                    rows: &self.rows,
                    places: of_output.side / phases,
                    x_next: stride * input.pixel,
                    y_next: phases * of_output.pixel,
                    to: sums.as_mut_ptr(),
                    work: pairs.as_mut_ptr(),
                };
                correlation.run::<V>();
            }
            let gradient = &mut gradient[weight + matrix * from * to..][..self.taps * from * to];
            gradient.iter_mut().zip(&*sums).for_each(|(gradient, sum)| *gradient += sum);
        }
    }
}
