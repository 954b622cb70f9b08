//! Adam on a device of Burn's: over one flat vector of all parameters.
//!
//! Burn's own Adam keeps a state for each of 172 tensors; one flat vector needs a 172nd of the
//! kernel launches, which is most of the time on a GPU, and makes a checkpoint four plain arrays.

use crate::model::UNetConfig;
use crate::model::burn::{UNet, names};
use crate::model::tensors::{TensorSpec, tensors};
use crate::train::optimizer::{AdamState, BETA_1, BETA_2, EPSILON, Pace, ema_decay_at};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::prelude::*;
use burn::tensor::{ExecutionError, Gradients};
use std::collections::HashMap;
use std::ops::Range;

/// Where each of a module's tensors lies in the flat vector; the frozen table does not.
#[derive(Clone, Debug)]
pub struct Layout {
    /// In the order in which a visitor meets the tensors.
    ranges: Vec<Option<Range<usize>>>,
    /// Length of the flat vector.
    len: usize,
}

impl Layout {
    pub fn new(config: &UNetConfig) -> Self {
        let (mut places, mut len) = (HashMap::new(), 0);
        for spec in tensors(config).into_iter().filter(TensorSpec::trainable) {
            places.insert(spec.name.clone(), len..len + spec.elements());
            len += spec.elements();
        }
        Self { ranges: names(config).iter().map(|name| places.remove(name)).collect(), len }
    }

    /// The gradients of a module's parameters as one vector. The last block's LayerNorm is never
    /// used (the tutorial's `normalize=False`): its gradient is 0, and so it stays as it is.
    pub fn gradients(&self, unet: &UNet, gradients: &Gradients) -> Tensor<1> {
        let mut visitor = Collect { next: 0, layout: self, gradients, found: vec![] };
        unet.visit(&mut visitor);
        let Collect { mut found, .. } = visitor;
        let device = unet.devices()[0].clone().inner();
        for range in self.ranges.iter().flatten() {
            if !found.iter().any(|(start, _)| *start == range.start) {
                found.push((range.start, Tensor::zeros([range.len()], &device)));
            }
        }
        found.sort_by_key(|(start, _)| *start);
        let flat = Tensor::cat(found.into_iter().map(|(_, gradient)| gradient).collect(), 0);
        debug_assert_eq!(flat.dims(), [self.len]);
        flat
    }

    /// Puts the numbers of a flat vector into a module, ready for the next gradients.
    pub fn assign(&self, unet: UNet, flat: &Tensor<1>) -> UNet {
        unet.map(&mut Assign { next: 0, layout: self, flat })
    }
}

struct Collect<'a> {
    /// Number of the tensor that is met next.
    next: usize,
    layout: &'a Layout,
    gradients: &'a Gradients,
    /// Gradients with their first places in the flat vector.
    found: Vec<(usize, Tensor<1>)>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let range = &self.layout.ranges[self.next];
        self.next += 1;
        if let (Some(range), Some(gradient)) = (range, param.val().grad(self.gradients)) {
            self.found.push((range.start, gradient.reshape([-1])));
        }
    }
}

struct Assign<'a> {
    next: usize,
    layout: &'a Layout,
    flat: &'a Tensor<1>,
}

impl ModuleMapper for Assign<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let range = &self.layout.ranges[self.next];
        self.next += 1;
        let Some(range) = range else { return param };
        let values = self.flat.clone().slice([range.clone()]);
        param.map(|old| values.reshape(old.shape()).autodiff().require_grad())
    }
}

/// Adam's state, on a device without autodiff.
#[derive(Clone, Debug)]
pub struct Adam {
    pub weights: Tensor<1>,
    pub m: Tensor<1>,
    pub v: Tensor<1>,
    pub ema: Tensor<1>,
    /// Steps taken.
    pub step: usize,
}

impl Adam {
    pub fn new(state: AdamState, device: &Device) -> Self {
        let device = device.clone().inner();
        let vector = |values: Vec<f32>| {
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), &device)
        };
        Self {
            weights: vector(state.weights),
            m: vector(state.m),
            v: vector(state.v),
            ema: vector(state.ema),
            step: state.step,
        }
    }

    /// Reads the state back.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn state(&self) -> Result<AdamState, ExecutionError> {
        Ok(AdamState {
            weights: read(&self.weights)?,
            m: read(&self.m)?,
            v: read(&self.v)?,
            ema: read(&self.ema)?,
            step: self.step,
        })
    }

    /// One step.
    ///
    /// # Errors
    /// When the gradient is to be clipped, and the device cannot be read.
    pub fn update(&mut self, gradient: Tensor<1>, pace: Pace) -> Result<(), ExecutionError> {
        let g = match pace.clip {
            Some(_) => gradient.clone() * pace.clip_factor_of(&read(&gradient)?),
            None => gradient,
        };
        self.step += 1;
        let k = self.step as i32;
        // 1. Moving averages of the gradient and of its square.
        self.m = self.m.clone() * BETA_1 + g.clone() * (1.0 - BETA_1);
        self.v = self.v.clone() * BETA_2 + g.square() * (1.0 - BETA_2);
        // 2. Their bias from starting at zero, taken out.
        let m_hat = self.m.clone() / (1.0 - BETA_1.powi(k));
        let v_hat = self.v.clone() / (1.0 - BETA_2.powi(k));
        // 3. The step.
        self.weights = self.weights.clone() - m_hat / (v_hat.sqrt() + EPSILON) * pace.learning_rate;
        // 4. Their average.
        let decay = ema_decay_at(k, pace.ema);
        self.ema = self.ema.clone() * decay + self.weights.clone() * (1.0 - decay);
        Ok(())
    }
}

/// A vector's numbers.
pub(super) fn read(vector: &Tensor<1>) -> Result<Vec<f32>, ExecutionError> {
    Ok(vector.clone().try_into_data()?.try_into_vec().expect("the numbers are f32"))
}
