//! A training before it begins, and where it will run.

use super::super::misfit;
use super::helper::{self, ByPort, HelperPort};
use super::options::{PlanOptions, Planned};
use super::{Training, failed, webgpu};
use crate::model::UNetConfig;
use crate::train::checkpoint::{Checkpoint, ComputedBy};
use crate::train::cpu::CpuLearner;
use crate::train::learner::Learner;
use crate::train::optimizer::AdamState;
use crate::train::shared::{Helper, SharedLearner};
use crate::train::trainer::Trainer;
use wasm_bindgen::prelude::*;

/// A training that may begin, or go on.
#[wasm_bindgen]
pub struct Plan(Planned);

#[wasm_bindgen]
impl Plan {
    /// `images` are [N, C, H, W]. With a checkpoint, its run goes on; with weights, a new one from them.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "PlanOptions")] options: JsValue,
        images: Vec<u8>,
        labels: Option<Vec<u8>>,
        weights: Option<Vec<u8>>,
        checkpoint: Option<Vec<u8>>,
    ) -> Result<Plan, JsError> {
        let options: PlanOptions = serde_wasm_bindgen::from_value(options).map_err(misfit)?;
        Ok(Self(options.plan(images, labels, weights, checkpoint)?))
    }

    /// Images of the largest batch: no more workers than that can share it.
    pub fn largest_batch(&self) -> usize {
        self.0.from.config.batch_size.min(self.0.set.images.len())
    }

    /// What helpers begin with.
    pub fn setup(&self) -> Result<String, JsError> {
        helper::setup(&self.0.from.config)
    }

    /// What to say where the run was computed by something else before: it is not the same to the bit.
    pub fn changed(&self, engine: &str, workers: usize) -> Option<String> {
        let before = self.0.from.computed_by.as_ref()?;
        let counted =
            |workers: usize| if workers == 1 { "1 worker".into() } else { format!("{workers} workers") };
        let told = |engine: &str, workers: usize| match engine {
            "cpu" => format!("the CPU with {}", counted(workers)),
            other => other.to_string(),
        };
        (before.engine != engine || before.workers != workers).then(|| {
            let (was, is) = (told(&before.engine, before.workers), told(engine, workers));
            format!("the run was computed by {was} and goes on with {is}: the same but for rounding")
        })
    }

    /// Trains on the CPU from here on, with these helpers. `seconds` tells the time.
    pub fn on_cpu(self, helpers: Vec<HelperPort>, seconds: js_sys::Function) -> Result<Training, JsError> {
        let by = ComputedBy { engine: "cpu".into(), workers: 1 + helpers.len() };
        let helpers = helpers.into_iter().map(|port| Box::new(ByPort(port)) as Box<dyn Helper>).collect();
        self.begin(by, seconds, |network, state| {
            Box::new(SharedLearner::new(CpuLearner::new(network, state), helpers))
        })
    }

    /// Trains on WebGPU from here on. The GPU has to agree with the CPU about a small batch first.
    pub async fn on_webgpu(self, seconds: js_sys::Function) -> Result<Training, JsError> {
        let by = ComputedBy { engine: "webgpu".into(), workers: 1 };
        let Checkpoint { config, adam, .. } = &self.0.from;
        let learner = webgpu::learner(&config.network, adam.clone()).await?;
        self.begin(by, seconds, |_, _| Box::new(learner))
    }
}

impl Plan {
    fn begin(
        self,
        by: ComputedBy,
        seconds: js_sys::Function,
        learner: impl FnOnce(&UNetConfig, AdamState) -> Box<dyn Learner>,
    ) -> Result<Training, JsError> {
        let Planned { from, set } = self.0;
        let clock = move || seconds.call0(&JsValue::NULL).ok().and_then(|now| now.as_f64()).unwrap_or(0.0);
        let classes = match from.config.network.classes {
            Some(classes) => from.data.classes.iter().take(classes).cloned().collect(),
            None => vec![],
        };
        let trainer = Trainer::new(from, set, learner, by.engine.clone(), Box::new(clock)).map_err(failed)?;
        Ok(Training { trainer, by, classes })
    }
}
