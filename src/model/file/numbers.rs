//! A tensor's numbers between a file's bytes and f32.

use super::{Precision, WeightsError};
use crate::model::tensors::Array;
use safetensors::tensor::{Dtype, TensorView};

pub(crate) fn to_raw(data: &[f32], precision: Precision) -> Vec<u8> {
    match precision {
        Precision::F32 => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Precision::F16 => data.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect(),
    }
}

pub(crate) fn to_array(name: &str, view: &TensorView) -> Result<Array, WeightsError> {
    Ok(Array { shape: view.shape().to_vec(), data: to_numbers(name, view.dtype(), view.data())? })
}

/// Numbers of any floating-point type that PyTorch trains with, little-endian.
///
/// # Errors
/// When they are of another type, or not finite as f32.
pub(super) fn to_numbers(name: &str, dtype: Dtype, bytes: &[u8]) -> Result<Vec<f32>, WeightsError> {
    let data: Vec<f32> = match dtype {
        Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::BF16 => bytes.as_chunks().0.iter().map(|b| half::bf16::from_le_bytes(*b).to_f32()).collect(),
        Dtype::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
        other => return Err(WeightsError::Dtype { name: name.into(), found: format!("{other:?}") }),
    };
    // Without a way out in the midst of it, this loop is one of vectors.
    if !data.iter().fold(true, |finite, x| finite & x.is_finite()) {
        return Err(WeightsError::NonFinite(name.into()));
    }
    Ok(data)
}

/// Whether PyTorch trains numbers of this type.
pub(super) fn is_float(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64)
}
