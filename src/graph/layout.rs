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

/// Returns each tensor's offset and the buffer's length, in f32 elements. Tensors are placed from the largest
/// to the smallest, each at the lowest offset from which on its memory is free as long as it lives.
pub(super) fn place(tensors: &[Tensor]) -> (Vec<usize>, usize) {
    let mut offsets = vec![0; tensors.len()];
    let mut order: Vec<usize> = (0..tensors.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(tensors[i].len));
    let mut placed: Vec<usize> = vec![];
    for i in order {
        let mut taken: Vec<(usize, usize)> = placed
            .iter()
            .filter(|&&other| tensors[i].meets(&tensors[other]))
            .map(|&other| (offsets[other], offsets[other] + tensors[other].len))
            .collect();
        taken.sort_unstable();
        for (start, end) in taken {
            if offsets[i] + tensors[i].len > start {
                offsets[i] = offsets[i].max(end);
            }
        }
        placed.push(i);
    }
    let end = (0..tensors.len()).map(|i| offsets[i] + tensors[i].len).max();
    (offsets, end.unwrap_or(0))
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
