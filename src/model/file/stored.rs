//! The tensors of a file before any is read: which are the network's, and what the others are.

use super::WeightsError;
use super::numbers::{is_float, to_numbers};
use super::wrapping::{Set, known_names, prefix_of};
use crate::model::tensors::{Array, StateDict};
use safetensors::tensor::Dtype;
use std::borrow::Cow;

/// A tensor in a file, whose bytes are yet to be read.
pub struct Stored<'a> {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// The bytes, row-major and little-endian, or why they cannot be had.
    pub read: Box<dyn Fn() -> Result<Cow<'a, [u8]>, String> + 'a>,
}

/// Parts of names of what training keeps beside the network's weights.
const KEPT_BESIDE: [&str; 16] = [
    "optimizer",
    "optimizers",
    "optimizer_states",
    "optim",
    "optimizer_state_dict",
    "adam",
    "scheduler",
    "lr_scheduler",
    "lr_schedulers",
    "scaler",
    "loss",
    "losses",
    "history",
    "rng_state",
    "ema",
    "decay",
];

/// A file's tensors.
pub(super) struct File<'a, 'b> {
    pub tensors: &'a [Stored<'b>],
}

impl<'a, 'b> File<'a, 'b> {
    /// # Panics
    /// When there is no tensor of this name.
    pub fn find(&self, name: &str) -> &'a Stored<'b> {
        self.tensors.iter().find(|tensor| tensor.name == name).expect("a name of the file's")
    }

    pub fn numbers(&self, name: &str) -> Result<Vec<f32>, WeightsError> {
        let Stored { dtype, read, .. } = self.find(name);
        let bytes = read().map_err(WeightsError::Read)?;
        to_numbers(name, *dtype, &bytes)
    }

    /// A set's tensors under the network's names.
    pub fn read(&self, set: &Set) -> Result<StateDict, WeightsError> {
        let mut state = StateDict::new();
        for (name, own) in &set.names {
            let array = Array { shape: self.find(own).shape.clone(), data: self.numbers(own)? };
            state.insert(name.clone(), array);
        }
        Ok(state)
    }

    /// Says which tensors are neither the set's nor the schedule's, which lies beside `schedule` with T numbers.
    ///
    /// # Errors
    /// When there are some in the midst of the network that it does not have: it is another one.
    pub fn left_out(
        &self,
        set: &Set,
        schedule: Option<&str>,
        timesteps: usize,
    ) -> Result<Option<String>, WeightsError> {
        let known = known_names();
        let (mut left, mut unexpected) = (vec![], vec![]);
        for tensor in self.tensors {
            let name = tensor.name.as_str();
            let of_schedule = schedule.is_some_and(|parent| {
                name.strip_prefix(parent).is_some_and(|rest| !rest.contains('.'))
                    && tensor.shape == [timesteps]
            });
            if of_schedule || set.names.values().any(|own| own == name) {
                continue;
            }
            let beside = name.split('.').any(|part| KEPT_BESIDE.contains(&part));
            let harmless = !name.starts_with(&set.prefix)
                || beside
                || !is_float(tensor.dtype)
                || prefix_of(name, &known).is_some_and(|prefix| prefix != set.prefix);
            if harmless { left.push(name) } else { unexpected.push(name.to_string()) }
        }
        if !unexpected.is_empty() {
            unexpected.sort_unstable();
            return Err(WeightsError::Unexpected(unexpected));
        }
        let first = left.iter().min();
        Ok(first.map(|first| match left.len() {
            1 => format!("One other tensor was left out: {first}."),
            count => format!("{count} other tensors were left out, {first} first."),
        }))
    }

    /// Says of numbers that are not exactly f32's or ours.
    pub fn converted(&self, set: &Set) -> Option<String> {
        let types = set.names.values().map(|name| self.find(name).dtype);
        let (mut rounded, mut wide) = (false, false);
        for dtype in types {
            rounded |= dtype == Dtype::F64;
            wide |= dtype == Dtype::BF16;
        }
        match (rounded, wide) {
            (false, false) => None,
            (true, false) => Some("Its numbers, float64, are rounded to float32.".into()),
            (false, true) => Some("Its numbers, bfloat16, are used as float32.".into()),
            (true, true) => Some("Its numbers, float64 and bfloat16, are used as float32.".into()),
        }
    }
}
