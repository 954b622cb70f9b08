//! The time table in a file: the tutorial's `UNet(n_steps=...)` has as many rows as one likes, the network here
//! [`MAX_TIMESTEPS`]. A sinusoidal row is the same in all of them.

use super::WeightsError;
use crate::core::schedule::MAX_TIMESTEPS;
use crate::model::config::TIME_DIM;
use crate::model::tensors::{Array, sinusoidal_embedding};
use safetensors::tensor::Dtype;

/// How far a sinusoidal number may be from ours: what bf16 rounds away, or sines of large angles in f32.
fn tolerance(dtype: Dtype) -> f32 {
    if dtype == Dtype::BF16 { 4e-3 } else { 1e-3 }
}

/// Whether rows are the tutorial's sinusoidal ones.
pub(super) fn is_sinusoidal(table: &[f32], dtype: Dtype) -> bool {
    let ours = sinusoidal_embedding((table.len() / TIME_DIM).min(MAX_TIMESTEPS), TIME_DIM);
    ours.iter().zip(table).all(|(ours, theirs)| (ours - theirs).abs() <= tolerance(dtype))
}

/// A table of [`MAX_TIMESTEPS`] rows whose first ones are those of `table`, [rows, 100].
///
/// # Errors
/// When it has another number of rows and they are not the sinusoidal ones.
pub(super) fn completed(mut table: Array, dtype: Dtype) -> Result<Array, WeightsError> {
    let rows = table.shape[0];
    if rows == MAX_TIMESTEPS {
        return Ok(table);
    }
    if !is_sinusoidal(&table.data, dtype) {
        return Err(WeightsError::TimeTable(rows));
    }
    table.data.truncate(MAX_TIMESTEPS * TIME_DIM);
    let known = table.data.len();
    table.data.extend(&sinusoidal_embedding(MAX_TIMESTEPS, TIME_DIM)[known..]);
    Ok(Array { shape: vec![MAX_TIMESTEPS, TIME_DIM], data: table.data })
}
