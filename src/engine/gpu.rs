//! The GPU engine: the graph in one shader, and where that fits one dispatch for each reverse step of a whole
//! batch.
//!
//! The shader (`inference.wgsl`) takes the reverse step too, guidance and noise included, and records what the
//! page shows. So many steps of a run go to the device in one submission, and only the recording comes back,
//! with the walk's state, for another engine should the device be lost. A prediction is a step whose output
//! alone comes back.

mod batch;
mod bytes;
mod context;
mod exercise;
mod layout;
mod network;
mod pipeline;
mod rounds;
mod run;
mod table;
mod times;
pub mod training;

use self::batch::{Batch, Setup};
use self::context::Context;
use self::layout::Rows;
use self::network::Network;
use self::run::GpuRun;
use super::stepwise::{self, Stepwise};
use super::{Answer, Conditions, Engine, EngineError, Guidance, Measured, Place, Run, check_places};
use crate::core::samplers::Step;
use crate::core::sampling::{Walk, WalkState};
use crate::graph::Graph;
use crate::model::{Parameters, UNetConfig};
use std::rc::Rc;

/// The UNet on a GPU, through WebGPU or its native equivalents.
pub struct GpuEngine {
    context: Rc<Context>,
    device_type: wgpu::DeviceType,
    network: Network,
}

/// A network that is asked for its outputs alone, one step of a walk at a time.
struct Asked {
    context: Rc<Context>,
    network: Network,
}

impl GpuEngine {
    /// On a device within WebGPU's default limits; `adapter` is what it was made from.
    ///
    /// # Errors
    /// When the device cannot compile the shader or hold the weights.
    pub async fn new(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::AdapterInfo,
        parameters: &Parameters,
    ) -> Result<Self, EngineError> {
        let context = Rc::new(Context::new(device, queue, name(adapter)));
        let device_type = adapter.device_type;
        let network = Network::new(&context, device_type, parameters).await?;
        Ok(Self { context, device_type, network })
    }

    fn asked(&self) -> Asked {
        Asked { context: self.context.clone(), network: self.network.clone() }
    }

    /// A walk whose steps are more than their linear sums, which the shader does not take. The device is asked for the
    /// network's output in each step, and waited for.
    async fn stepwise(&self, walk: Walk, conditions: Conditions) -> Result<Stepwise<Asked>, EngineError> {
        let guide = match &conditions.guidance {
            Guidance::Auto { weights, .. } => {
                let network = self.network.exchanged(&self.context, weights).await?;
                Some(Asked { network, ..self.asked() })
            }
            _ => None,
        };
        Ok(Stepwise::new(self.asked(), guide, walk, conditions))
    }
}

impl stepwise::Network for Asked {
    fn outputs<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let numbers = self.network.program.graph.config.image.numbers();
            let mut all = vec![];
            for part in self.network.program.parts(places.len()) {
                let x = &x[part.start * numbers..part.end * numbers];
                all.extend(self.part(x, &places[part]).await?);
            }
            Ok(all)
        })
    }
}

impl Asked {
    /// The outputs for no more images than a dispatch takes.
    async fn part(&self, x: &[f32], places: &[Place]) -> Result<Vec<f32>, EngineError> {
        let Network { program, weights, embedder } = &self.network;
        let mut known = vec![];
        let row = |place: &Place| times::position(&mut known, *place) as u32;
        let seen = places.iter().map(row).map(|row| Rows { own: row, guide: row }).collect();
        let table = program.embed(known.iter().map(|place| (&**embedder, *place)));
        let state = WalkState { x: x.to_vec(), memory: vec![0.0; x.len()], done: 0 };
        let stay = Step { x: 1.0, ..Step::default() };
        let setup = Setup {
            weights: weights.clone(),
            guide: None,
            steps: &[stay],
            seed: 0,
            first: 0,
            state: &state,
            seen,
            rows: known.len(),
            window: 1,
        };
        let batch = Batch::new(self.context.clone(), program.clone(), setup).await?;
        batch.write_times(&table);
        batch.output(0).await
    }
}

/// Adapters say more or less about themselves, some in browsers nothing at all.
fn name(adapter: &wgpu::AdapterInfo) -> String {
    let names = [&adapter.name, &adapter.driver];
    names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or("GPU".into())
}

impl Engine for GpuEngine {
    fn config(&self) -> &UNetConfig {
        &self.network.program.graph.config
    }

    fn describe(&self) -> String {
        format!("gpu on {}", self.context.name)
    }

    fn load<'a>(&'a mut self, parameters: &'a Parameters) -> Answer<'a, (), EngineError> {
        Box::pin(async move {
            let loaded = if parameters.config == *self.config() {
                self.network.exchanged(&self.context, parameters).await
            } else {
                Network::new(&self.context, self.device_type, parameters).await
            };
            self.network = loaded?;
            Ok(())
        })
    }

    fn predict<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            check_places(self.config(), x, places)?;
            stepwise::Network::outputs(&mut self.asked(), x, places).await
        })
    }

    fn begin<'a>(&'a mut self, walk: Walk, conditions: Conditions) -> Answer<'a, Box<dyn Run>, EngineError> {
        Box::pin(async move {
            conditions.check(self.config(), walk.count())?;
            if walk.image_len() != self.config().image.numbers() || walk.count() == 0 {
                let (count, len) = (walk.count(), walk.image_len());
                let cause =
                    format!("{count} images of {len} numbers are no batch of {}", self.config().image);
                return Err(EngineError::Conditions(cause));
            }
            if !walk.is_linear() {
                return Ok(Box::new(self.stepwise(walk, conditions).await?) as Box<dyn Run>);
            }
            let run = GpuRun::new(self.context.clone(), &self.network, walk, &conditions).await?;
            Ok(Box::new(run) as Box<dyn Run>)
        })
    }

    fn measured(&mut self) -> Option<&mut dyn Measured> {
        Some(self)
    }
}

impl Measured for GpuEngine {
    fn graph(&self) -> &Graph {
        &self.network.program.graph
    }

    fn dispatches(&self, images: usize) -> usize {
        let program = &self.network.program;
        program.parts(images).count() * program.shares(1).len()
    }

    fn exercise(&mut self, amount: u32) -> Answer<'_, u64, EngineError> {
        Box::pin(exercise::exercise(&self.context, amount))
    }
}
