//! Numbers and structs as they lie in buffers.

use super::shared::Shared;

/// f32 elements.
pub(super) fn of_numbers(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// The f32 elements that these bytes are.
pub(super) fn to_numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// Structs one after the other, as the elements of an array.
pub(super) fn of_array<T: Shared>(elements: &[T]) -> Vec<u8> {
    elements.iter().flat_map(of_struct).collect()
}

/// Structs as rows of uniforms, each padded with zeros to `stride` bytes; at least one row, because an empty
/// buffer cannot be bound.
pub(super) fn of_uniforms<T: Shared>(rows: &[T], stride: usize) -> Vec<u8> {
    let mut all = vec![0; rows.len().max(1) * stride];
    for (place, row) in all.chunks_exact_mut(stride).zip(rows) {
        place[..T::BYTES].copy_from_slice(&of_struct(row));
    }
    all
}

fn of_struct<T: Shared>(x: &T) -> Vec<u8> {
    x.words().into_iter().flat_map(u32::to_le_bytes).collect()
}
