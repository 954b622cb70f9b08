//! An image's scratch buffer beyond the graph's tensors.

use crate::graph::backward::TrainingGraph;
use crate::graph::ops::{self, Kind, LANES, Norm};
use crate::model::config::TIME_DIM;

/// Where an image's scratch buffer holds what is no tensor of the graph's, in f32 elements.
pub(super) struct Places {
    /// Length of the whole buffer.
    pub(super) len: usize,
    /// All levels' embeddings, and their gradients.
    pub(super) times: usize,
    pub(super) of_times: usize,
    /// A row's sums of a LayerNorm's gradient.
    pub(super) row_sums: usize,
    pub(super) loss: usize,
    /// What the embeddings' layers see, and its gradient.
    pub(super) row: usize,
    pub(super) of_row: usize,
    /// All levels' hidden numbers, and behind them as many gradients.
    pub(super) hidden: usize,
    pub(super) hidden_len: usize,
    /// Each operation's mean and deviation; only LayerNorms have some.
    pub(super) moments: usize,
}

impl Places {
    pub(super) fn new(graph: &TrainingGraph) -> Self {
        let forward = &graph.graph;
        let mut len = forward.scratch_len;
        let mut take = |count: usize| {
            let start = len;
            len += count;
            start
        };
        let embeddings = forward.embeddings.len();
        let hidden_len = forward.embeddings.levels().map(|level| level.channels.count).sum();
        let norm_row = |op: &ops::Op| match op.kind {
            Kind::Norm(Norm { time: Some(_), .. }) => op.output.side * op.output.channels.depth(),
            _ => 0,
        };
        let [times, of_times] = [take(embeddings), take(embeddings)];
        let row_sums = take(forward.ops.iter().map(norm_row).max().unwrap_or(0));
        let [row, of_row] = [take(TIME_DIM), take(TIME_DIM)];
        let [hidden, _] = [take(hidden_len), take(hidden_len)];
        let [moments, loss] = [take(2 * forward.ops.len()), take(1)];
        let len = len.next_multiple_of(LANES);
        Self { len, times, of_times, row_sums, loss, row, of_row, hidden, hidden_len, moments }
    }
}
