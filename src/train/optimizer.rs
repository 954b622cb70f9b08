//! Adam over all parameters as one vector, and their exponential average.
//!
//! Burn's own Adam keeps a state for each of 172 tensors; one flat vector needs a 172nd of the
//! kernel launches, which is most of the time on a GPU, and makes a checkpoint four plain arrays.
//! Kingma & Ba 2015, Algorithm 1; PyTorch's defaults. A test holds it against PyTorch's.

use crate::model::burn::UNet;
use crate::model::file::{Array, StateDict};
use crate::model::tensors;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::prelude::*;
use burn::tensor::{ExecutionError, Gradients};
use std::collections::HashMap;
use std::ops::Range;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Where each trainable tensor lies in the flat vector: the order of [`tensors::tensors`].
#[derive(Clone, Debug)]
pub struct Layout {
    ranges: HashMap<String, Range<usize>>,
    order: Vec<String>,
}

impl Default for Layout {
    fn default() -> Self {
        let (mut ranges, mut order, mut start) = (HashMap::new(), vec![], 0);
        for spec in tensors::tensors().into_iter().filter(tensors::TensorSpec::trainable) {
            ranges.insert(spec.name.clone(), start..start + spec.elements());
            start += spec.elements();
            order.push(spec.name);
        }
        Self { ranges, order }
    }
}

impl Layout {
    /// The trainable tensors of a state dict as one vector of 506,852 numbers.
    pub fn flatten(&self, state: &StateDict) -> Vec<f32> {
        self.order.iter().flat_map(|name| state[name].data.iter().copied()).collect()
    }

    /// The state dict of a flat vector, with the frozen time-embedding table.
    pub fn unflatten(&self, flat: &[f32]) -> StateDict {
        let array = |spec: tensors::TensorSpec| {
            let data = match self.ranges.get(&spec.name) {
                Some(range) => flat[range.clone()].to_vec(),
                None => tensors::sinusoidal_embedding(spec.shape[0], spec.shape[1]),
            };
            (spec.name, Array { shape: spec.shape, data })
        };
        tensors::tensors().into_iter().map(array).collect()
    }

    /// The gradients of a module's parameters as one vector. The last block's LayerNorm is never
    /// used (the tutorial's `normalize=False`): its gradient is 0, and so it stays as it is.
    pub fn gradients(&self, unet: &UNet, gradients: &Gradients) -> Tensor<1> {
        let mut visitor = Collect { path: vec![], gradients, found: HashMap::new() };
        unet.visit(&mut visitor);
        let mut found = visitor.found;
        let device = unet.devices()[0].clone().inner();
        let take = |name: &String| {
            found.remove(name).unwrap_or_else(|| Tensor::zeros([self.ranges[name].len()], &device))
        };
        Tensor::cat(self.order.iter().map(take).collect(), 0)
    }

    /// Puts the numbers of a flat vector into a module, ready for the next gradients.
    pub fn assign(&self, unet: UNet, flat: &Tensor<1>) -> UNet {
        unet.map(&mut Assign { path: vec![], layout: self, flat })
    }
}

struct Collect<'a> {
    path: Vec<String>,
    gradients: &'a Gradients,
    found: HashMap<String, Tensor<1>>,
}

impl ModuleVisitor for Collect<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad(self.gradients) {
            self.found.insert(self.path.join("."), gradient.reshape([-1]));
        }
    }
}

struct Assign<'a> {
    path: Vec<String>,
    layout: &'a Layout,
    flat: &'a Tensor<1>,
}

impl ModuleMapper for Assign<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.into());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(range) = self.layout.ranges.get(&self.path.join(".")) else { return param };
        let values = self.flat.clone().slice([range.clone()]);
        param.map(|old| values.reshape(old.shape()).autodiff().require_grad())
    }
}

/// Adam's state, on a device without autodiff; every vector has all 506,852 parameters.
#[derive(Clone, Debug)]
pub struct Adam {
    layout: Layout,
    /// The parameters.
    pub weights: Tensor<1>,
    /// Average of the gradients.
    pub m: Tensor<1>,
    /// Average of the squared gradients.
    pub v: Tensor<1>,
    /// Exponential average of the parameters.
    pub ema: Tensor<1>,
    /// Steps taken.
    pub step: usize,
}

/// [`Adam`] in memory, for a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct AdamState {
    pub weights: Vec<f32>,
    pub m: Vec<f32>,
    pub v: Vec<f32>,
    pub ema: Vec<f32>,
    pub step: usize,
}

impl AdamState {
    /// Before the first step.
    pub fn new(weights: Vec<f32>) -> Self {
        let zeros = vec![0.0; weights.len()];
        Self { m: zeros.clone(), v: zeros, ema: weights.clone(), weights, step: 0 }
    }

    /// One step, on the CPU; as [`Adam::step`].
    pub fn update(&mut self, gradient: &[f32], learning_rate: f64, ema_decay: f64) {
        self.step += 1;
        let k = self.step as i32;
        let [of_m, of_v] = [BETA_1, BETA_2].map(|beta| (1.0 / (1.0 - beta.powi(k))) as f32);
        let [beta_1, beta_2, rate, epsilon] = [BETA_1, BETA_2, learning_rate, EPSILON].map(|x| x as f32);
        let decay = ema_decay_at(k, ema_decay) as f32;
        let averages = self.m.iter_mut().zip(&mut self.v);
        let all = self.weights.iter_mut().zip(&mut self.ema).zip(averages).zip(gradient);
        for (((weight, ema), (m, v)), g) in all {
            *m = *m * beta_1 + g * (1.0 - beta_1);
            *v = *v * beta_2 + g * g * (1.0 - beta_2);
            *weight -= rate * (*m * of_m) / ((*v * of_v).sqrt() + epsilon);
            *ema = *ema * decay + *weight * (1.0 - decay);
        }
    }
}

/// The average follows quickly at first, while the weights still move far.
fn ema_decay_at(step: i32, decay: f64) -> f64 {
    decay.min((1.0 + f64::from(step)) / (10.0 + f64::from(step)))
}

impl Adam {
    pub fn new(state: AdamState, device: &Device) -> Self {
        let device = device.clone().inner();
        let vector = |values: Vec<f32>| {
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), &device)
        };
        Self {
            layout: Layout::default(),
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
        let read = |vector: &Tensor<1>| {
            Ok(vector.clone().try_into_data()?.try_into_vec().expect("the state is f32"))
        };
        Ok(AdamState {
            weights: read(&self.weights)?,
            m: read(&self.m)?,
            v: read(&self.v)?,
            ema: read(&self.ema)?,
            step: self.step,
        })
    }

    /// One step. Returns the module with the new parameters.
    pub fn step(&mut self, unet: UNet, gradients: &Gradients, learning_rate: f64, ema_decay: f64) -> UNet {
        let g = self.layout.gradients(&unet, gradients);
        self.step += 1;
        let k = self.step as i32;
        // 1. Moving averages of the gradient and of its square.
        self.m = self.m.clone() * BETA_1 + g.clone() * (1.0 - BETA_1);
        self.v = self.v.clone() * BETA_2 + g.square() * (1.0 - BETA_2);
        // 2. Their bias from starting at zero, taken out.
        let m_hat = self.m.clone() / (1.0 - BETA_1.powi(k));
        let v_hat = self.v.clone() / (1.0 - BETA_2.powi(k));
        // 3. The step.
        self.weights = self.weights.clone() - m_hat / (v_hat.sqrt() + EPSILON) * learning_rate;
        // 4. Their average.
        let decay = ema_decay_at(k, ema_decay);
        self.ema = self.ema.clone() * decay + self.weights.clone() * (1.0 - decay);
        self.layout.assign(unet, &self.weights)
    }
}
