//! The residual classifier's answers, and its loss and gradient for one thread's share of a batch.

use crate::engine::cpu::GROUP;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::gradients::steps::{Lengths, Memory, Passed, Steps};
use crate::engine::cpu::isa::Isa;
use crate::graph::ops::{BORDER, Conv, Kind, View};
use crate::graph::residual::{ResidualGraph, ResidualStep};

/// The operations with the parameters of one moment.
pub(super) struct Program<'a> {
    graph: &'a ResidualGraph,
    /// All weights that the graph's gather map packs.
    packed: &'a [f32],
    steps: Steps,
}

/// The operation that takes an image itself: nobody asks for an image's gradient.
const FIRST_CONV: usize = 1;

/// One thread's share of a batch.
pub(super) struct Share<'a> {
    /// [N, C, H, W].
    pub(super) x: &'a [f32],
    /// The probability of each class, [N, classes].
    pub(super) wanted: &'a [f32],
    /// The factor of an image's cross-entropy in the loss.
    pub(super) importance: f32,
}

impl<'a> Program<'a> {
    /// `packed` are all weights that the graph's gather map packs; `learns` makes the way back too.
    pub(super) fn new(graph: &'a ResidualGraph, packed: &'a [f32], isa: Isa, learns: bool) -> Self {
        let lengths = Lengths { scratch: graph.scratch_len, embeddings: 0, gradient: graph.forward_len };
        let passed = graph.steps.iter().enumerate().map(|(place, ResidualStep { op, back, plus })| {
            let silu = matches!(op.kind, Kind::Conv(Conv { silu: true, .. }));
            let finish = match plus {
                Some(plus) => Finish::Plus(*plus),
                None if silu && learns => Finish::SiluAndSlope(graph.mirror),
                None => Finish::of(silu),
            };
            Passed { op, back, finish, of_weights: learns, of_input: learns && place != FIRST_CONV }
        });
        Self { graph, packed, steps: Steps::new(isa, packed, lengths, passed.collect(), 1) }
    }

    pub(super) fn memory(&self) -> Memory {
        self.steps.memory()
    }

    /// Writes the logits of at most [`GROUP`] images, [N, classes].
    pub(super) fn logits(&self, x: &[f32], memory: &mut Memory, out: &mut [f32]) {
        let count = x.len() / self.graph.config.image.numbers();
        self.steps.forward(x, count, memory);
        let scratch = self.steps.buffers(memory, count);
        let answers = out.chunks_exact_mut(self.graph.config.classes);
        for (scratch, out) in scratch.iter().zip(answers) {
            self.linear(&self.mean(*scratch), out);
        }
    }

    /// The mean over pixels of each channel of the last LayerNorm's output.
    fn mean(&self, scratch: *const f32) -> Vec<f32> {
        let view = self.graph.last();
        let mut sums = vec![0.0; view.channels.count];
        pixels(view).for_each(|pixel| {
            for (c, sum) in sums.iter_mut().enumerate() {
                // Safety: the view lies in every image's buffer, and `pixel` is the offset of one of its pixels.
                *sum += unsafe { *scratch.add(pixel + c) };
            }
        });
        let pixels = (view.side * view.side) as f32;
        sums.into_iter().map(|sum| sum / pixels).collect()
    }

    fn linear(&self, mean: &[f32], out: &mut [f32]) {
        let [weight, bias] = self.graph.logits;
        let rows = self.packed[weight..].chunks_exact(mean.len());
        for ((out, row), bias) in out.iter_mut().zip(rows).zip(&self.packed[bias..]) {
            *out = bias + row.iter().zip(mean).map(|(w, x)| w * x).sum::<f32>();
        }
    }

    /// Returns the sum of the images' cross-entropies, each times its importance, and adds its gradient to the
    /// memory's.
    pub(super) fn backpropagate(&self, share: Share, memory: &mut Memory) -> f64 {
        let Share { x, wanted, importance } = share;
        let (len, classes) = (self.graph.config.image.numbers(), self.graph.config.classes);
        let mut loss = 0.0;
        for (x, wanted) in x.chunks(GROUP * len).zip(wanted.chunks(GROUP * classes)) {
            let count = x.len() / len;
            self.steps.forward(x, count, memory);
            let scratch = self.steps.buffers(memory, count);
            for (scratch, wanted) in scratch.iter().zip(wanted.chunks_exact(classes)) {
                loss += self.answer(*scratch, wanted, importance, &mut memory.gradient);
            }
            self.steps.backward(count, memory);
        }
        loss
    }

    /// An image's cross-entropy times its importance. Its gradient goes to the linear layer's part of `gradient`, and
    /// to the mirror of the last LayerNorm's output.
    fn answer(&self, scratch: *mut f32, wanted: &[f32], importance: f32, gradient: &mut [f32]) -> f64 {
        // 1. Softmax, and the loss.
        let mean = self.mean(scratch);
        let mut logits = vec![0.0; wanted.len()];
        self.linear(&mean, &mut logits);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        let log_sum = largest + sum.ln();
        let loss: f64 =
            wanted.iter().zip(&logits).map(|(wanted, logit)| f64::from(wanted * (log_sum - logit))).sum();
        // 2. Back through the linear layer.
        let [weight, bias] = self.graph.logits;
        let mut of_mean = vec![0.0; mean.len()];
        for (class, (wanted, logit)) in wanted.iter().zip(&logits).enumerate() {
            let of_logit = importance * ((logit - log_sum).exp() - wanted);
            gradient[bias + class] += of_logit;
            let row = weight + class * mean.len();
            for (c, of_mean) in of_mean.iter_mut().enumerate() {
                gradient[row + c] += of_logit * mean[c];
                *of_mean += of_logit * self.packed[row + c];
            }
        }
        // 3. And through the mean.
        let (view, mirror) = (self.graph.last(), self.graph.mirror);
        let share = 1.0 / (view.side * view.side) as f32;
        pixels(view).for_each(|pixel| {
            for (c, of_mean) in of_mean.iter().enumerate() {
                // Safety: as in `mean`; the view's mirror lies in every image's buffer too.
                unsafe { *scratch.add(pixel + mirror + c) = share * of_mean };
            }
        });
        f64::from(importance) * loss
    }
}

/// The offsets of a view's pixels.
fn pixels(view: &View) -> impl Iterator<Item = usize> {
    let rows = BORDER..view.side + BORDER;
    rows.clone().flat_map(move |y| rows.clone().map(move |x| view.at(y, x)))
}
