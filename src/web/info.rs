//! What a model says of itself.

use super::Opened;
use crate::core::image::SIDE;
use crate::core::schedule::ScheduleConfig;
use crate::graph::Plan;
use crate::model::file::{MAX_FILE_BYTES, Metadata, Weights};
use crate::model::tensors;
use serde::Serialize;

#[derive(Serialize)]
pub struct Info {
    engine: String,
    adapter: String,
    /// Pixels along one edge of an image.
    side: usize,
    schedule: ScheduleConfig,
    parameters: usize,
    /// For one image.
    multiply_adds: usize,
    /// For one image, and all weights as they are packed; none for the reference.
    scratch_bytes: Option<usize>,
    weight_bytes: Option<usize>,
    /// Milliseconds that a GPU's shader took.
    compile_ms: Option<f64>,
    /// The longest weights file worth opening.
    max_file_bytes: usize,
    notes: Vec<String>,
    metadata: Option<Metadata>,
}

impl Info {
    pub fn new(engine: String, opened: &Opened, weights: &Weights) -> Self {
        let plan = opened.engine.plan();
        let mut info = Self {
            engine,
            adapter: opened.adapter.clone().unwrap_or("CPU".into()),
            multiply_adds: Plan::new(&weights.state).multiply_adds(),
            scratch_bytes: plan.map(Plan::scratch_bytes),
            weight_bytes: plan.map(Plan::weight_bytes),
            compile_ms: opened.compile_ms,
            side: SIDE,
            schedule: weights.schedule,
            parameters: tensors::tensors()
                .iter()
                .filter(|spec| spec.trainable())
                .map(|spec| spec.elements())
                .sum(),
            max_file_bytes: MAX_FILE_BYTES,
            notes: vec![],
            metadata: None,
        };
        info.describe(weights);
        info
    }

    /// What depends on the weights file.
    pub fn describe(&mut self, weights: &Weights) {
        let assumed =
            || "The file does not say how it was trained; the tutorial's schedule is assumed.".to_string();
        self.schedule = weights.schedule;
        self.notes = weights.metadata.is_none().then(assumed).into_iter().collect();
        self.metadata = weights.metadata.clone();
    }
}
