//! Where tensors lie in the scratch buffer: those that never live at once share memory.

/// A tensor's size, and the operations between which it is needed.
pub(super) struct Tensor {
    /// Length in f32 elements.
    pub(super) len: usize,
    /// Index of the first operation that reads or writes it.
    pub(super) first_use: usize,
    /// Index of the last operation that reads or writes it.
    pub(super) last_use: usize,
}

impl Tensor {
    /// Whether both are needed at the same time.
    fn meets(&self, other: &Self) -> bool {
        self.first_use <= other.last_use && other.first_use <= self.last_use
    }
}

/// Each tensor's offset, and how long the buffer is, in f32 elements. The largest tensor is placed first (of
/// equally large ones the first), each at the lowest offset that is free as long as the tensor lives.
pub(super) fn place(tensors: &[Tensor]) -> (Vec<usize>, usize) {
    let mut offsets: Vec<Option<usize>> = vec![None; tensors.len()];
    let end = |offsets: &[Option<usize>], i: usize| offsets[i].map_or(0, |offset| offset + tensors[i].len);
    for _ in tensors {
        let left = (0..tensors.len()).filter(|&i| offsets[i].is_none());
        let Some(i) = left.min_by_key(|&i| std::cmp::Reverse(tensors[i].len)) else { break };
        let meets = |&j: &usize| offsets[j].is_some() && tensors[i].meets(&tensors[j]);
        let taken: Vec<usize> = (0..tensors.len()).filter(meets).collect();
        // A free place starts at 0, or where another tensor ends.
        let is_free = |&from: &usize| {
            taken.iter().all(|&j| Some(from + tensors[i].len) <= offsets[j] || end(&offsets, j) <= from)
        };
        let starts = taken.iter().map(|&j| end(&offsets, j)).chain([0]);
        offsets[i] = starts.filter(is_free).min();
    }
    let longest = (0..tensors.len()).map(|i| end(&offsets, i)).max();
    (offsets.into_iter().map(|offset| offset.unwrap_or(0)).collect(), longest.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tensors_that_live_at_once_lie_apart(sizes in prop::collection::vec((1usize..50, 0usize..20, 0usize..9), 0..30)) {
            let tensors: Vec<Tensor> = sizes
                .into_iter()
                .map(|(len, first_use, uses)| Tensor { len, first_use, last_use: first_use + uses })
                .collect();
            let (offsets, end) = place(&tensors);
            for (i, a) in tensors.iter().enumerate() {
                prop_assert!(offsets[i] + a.len <= end);
                for (j, b) in tensors.iter().enumerate().filter(|(j, b)| *j != i && a.meets(b)) {
                    prop_assert!(offsets[i] + a.len <= offsets[j] || offsets[j] + b.len <= offsets[i]);
                }
            }
        }
    }
}
