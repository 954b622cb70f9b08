//! The GPU engine: the plan in one shader, one dispatch for each reverse step of a whole batch.
//!
//! The shader (`unet.wgsl`) takes the reverse step too, noise included, and records what the page
//! shows. So a [`Walk`] of many steps goes to the device in one submission, and only the recording
//! comes back, with the batch itself, for another engine should the device be lost. As a [`Denoiser`] the engine does the same with single steps that change nothing.

mod buffers;
mod context;
mod exercise;
mod pipeline;
mod table;
mod walk;

use self::context::{Context, bytes};
pub use self::walk::{Batch, Walk};
use super::{Engine, EngineError, Recorded, Run};
use crate::core::samplers::Step;
use crate::core::sampling::{Answer, Denoiser};
use crate::graph::Plan;
use crate::model::file::StateDict;
use std::rc::Rc;

/// The UNet on a GPU, through WebGPU or its native equivalents.
pub struct GpuEngine {
    context: Rc<Context>,
    plan: Plan,
    pipeline: wgpu::ComputePipeline,
    ops: wgpu::Buffer,
    weights: wgpu::Buffer,
}

impl GpuEngine {
    /// On a device within WebGPU's default limits; `adapter` is what it was made from. `state` is
    /// complete and of the right shapes.
    ///
    /// # Errors
    /// When the device cannot compile the shader or hold the weights.
    pub async fn new(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::AdapterInfo,
        state: &StateDict,
    ) -> Result<Self, EngineError> {
        let context = Context::new(device, queue, name(adapter));
        let plan = Plan::new(state);
        let invocations = pipeline::invocations(adapter.device_type);
        let (pipeline, [ops, weights]) = context
            .checked(|device| {
                let numbers = [bytes(&table::table(&plan), |x| x.to_le_bytes()), weight_bytes(&plan)];
                let buffers = numbers.map(|bytes| context.upload(&bytes, wgpu::BufferUsages::STORAGE));
                (pipeline::compile(device, &plan, invocations), buffers)
            })
            .await?;
        Ok(Self { context: Rc::new(context), plan, pipeline, ops, weights })
    }

    /// Starts a walk of `batch` through `steps`. The walk keeps these weights' buffers: exchange the
    /// weights only between walks.
    ///
    /// # Errors
    /// When the device has not the memory.
    ///
    /// # Panics
    /// When the batch is empty or not whole images.
    pub async fn begin(&self, steps: &[Step], batch: Batch<'_>) -> Result<Walk, EngineError> {
        Walk::new(self, steps, batch).await
    }
}

/// Adapters say more or less about themselves, some in browsers nothing at all.
fn name(adapter: &wgpu::AdapterInfo) -> String {
    let names = [&adapter.name, &adapter.driver];
    names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or("GPU".into())
}

fn weight_bytes(plan: &Plan) -> Vec<u8> {
    bytes(&plan.weights, |x| x.to_le_bytes())
}

impl Denoiser for GpuEngine {
    type Error = EngineError;

    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, EngineError> {
        let stay = Step { t, x: 1.0, ..Step::default() };
        let batch = Batch { seed: 0, first: 0, x: x_t };
        Box::pin(async move {
            if x_t.is_empty() {
                return Ok(vec![]);
            }
            let mut walk = self.begin(&[stay], batch).await?;
            Ok(walk.advance(1).await?.net)
        })
    }
}

impl Engine for GpuEngine {
    fn load(&mut self, state: &StateDict) {
        self.plan = Plan::new(state);
        self.context.queue.write_buffer(&self.weights, 0, &weight_bytes(&self.plan));
    }

    fn describe(&self) -> String {
        format!("gpu on {}", self.context.name)
    }

    fn plan(&self) -> Option<&Plan> {
        Some(&self.plan)
    }

    fn dispatches(&self, images: usize) -> Option<usize> {
        Some(buffers::parts(images).count())
    }

    fn exercise(&mut self, amount: u32) -> Answer<'_, u64, EngineError> {
        Box::pin(exercise::exercise(&self.context, amount))
    }

    fn advance<'a>(&'a mut self, run: &'a mut Run, n: usize) -> Answer<'a, Recorded, EngineError> {
        Box::pin(run.walk(self, n))
    }
}
