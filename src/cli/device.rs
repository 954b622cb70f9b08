//! Choosing where the network runs, natively: with `web`, all that makes devices. Burn's are made in
//! `with_burn`.

use crate::cli::on_burn;
use crate::cli::ranks::Crew;
use crate::core::choice::choice;
use crate::core::schedule::ScheduleConfig;
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::engine::{self, Engine};
use crate::model::{Parameters, UNetConfig};
use crate::train::gpu::GpuLearner;
use crate::train::learner::Learner;
use crate::train::optimizer::AdamState;
use anyhow::{Context, Result, anyhow, bail};
use std::cell::OnceCell;
use std::fmt;

/// What `--device` says.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceChoice {
    /// A real GPU where there is one, else the CPU.
    Auto,
    Gpu,
    Cpu,
    /// An adapter whose name contains this, software ones included.
    Named(String),
}

impl std::str::FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            "" => Err("give auto, gpu, cpu or part of an adapter's name".into()),
            name => Ok(Self::Named(name.into())),
        }
    }
}

/// As the argument is given.
impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
            Self::Named(name) => name,
        })
    }
}

/// What `--engine` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    Auto,
    Cpu,
    Gpu,
    Burn,
}

choice!(EngineKind {
    Auto = "auto", "The fast one for the device";
    Cpu = "cpu", "The fast one on the CPU";
    Gpu = "gpu", "The fused shader, on a GPU (a software one only by its name)";
    Burn = "burn", "Burn's forward: the reference";
});

/// What `ddpm train --engine` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearnerKind {
    Auto,
    Burn,
}

choice!(LearnerKind {
    Auto = "auto", "The fast one for the device: our kernels on the CPU, our shader on a GPU";
    Burn = "burn", "Burn's autodiff: the reference";
});

/// What makes a learner of a network's sizes, a schedule, and the weights and averages of a run.
pub type MakeLearner = Box<dyn FnOnce(&UNetConfig, ScheduleConfig, AdamState) -> Result<Box<dyn Learner>>>;

/// This machine, as `--device` wants it used. Burn opens a device only once in a process, so it is kept here
/// for all who ask for it.
pub struct Machine {
    choice: DeviceChoice,
    crew: Crew,
    burn: OnceCell<on_burn::Opened>,
}

impl Machine {
    pub fn new(choice: &DeviceChoice) -> Self {
        Self { choice: choice.clone(), crew: Crew::alone(), burn: OnceCell::new() }
    }

    /// The same, whose CPU's work this crew shares.
    ///
    /// # Errors
    /// When several processes would want a GPU.
    pub fn shared_by(self, crew: Crew) -> Result<Self> {
        let choice = match (&self.choice, crew.is_many()) {
            (DeviceChoice::Auto, true) => DeviceChoice::Cpu,
            (DeviceChoice::Gpu | DeviceChoice::Named(_), true) => {
                bail!("several ranks compute on their CPUs: leave --device out, or start one process alone")
            }
            _ => self.choice,
        };
        Ok(Self { choice, crew, ..self })
    }

    /// An engine. No device is looked for where the engine is the CPU's own.
    ///
    /// # Errors
    /// When there is no such device, or the engine does not run on it.
    pub fn engine(&self, kind: EngineKind, parameters: &Parameters) -> Result<Box<dyn Engine>> {
        let on_gpu = match kind {
            EngineKind::Burn => return Ok(on_burn::engine(self.burn()?, parameters)),
            EngineKind::Gpu => true,
            EngineKind::Cpu => false,
            EngineKind::Auto => match self.choice {
                DeviceChoice::Auto => find_adapter(&self.choice).is_ok(),
                DeviceChoice::Cpu => false,
                DeviceChoice::Gpu | DeviceChoice::Named(_) => true,
            },
        };
        if on_gpu {
            Ok(Box::new(gpu_engine(&self.choice, parameters)?))
        } else {
            Ok(self.crew.engine(parameters))
        }
    }

    /// # Errors
    /// When there is no GPU such as `--device` wants.
    pub fn must_have_gpu(&self) -> Result<()> {
        find_adapter(&self.choice).map(|_| ())
    }

    /// What computes the gradients, and the name of what it runs on, for people to read.
    ///
    /// # Errors
    /// When there is no such device.
    pub fn learner(&self, kind: LearnerKind) -> Result<(MakeLearner, String)> {
        if kind == LearnerKind::Burn {
            return Ok(on_burn::learner(self.burn()?));
        }
        let adapter = match &self.choice {
            DeviceChoice::Cpu => None,
            DeviceChoice::Auto => find_adapter(&self.choice).ok(),
            DeviceChoice::Gpu | DeviceChoice::Named(_) => Some(find_adapter(&self.choice)?),
        };
        let Some(adapter) = adapter else {
            let (crew, name) = (self.crew.clone(), self.crew.name());
            let make: MakeLearner =
                Box::new(move |config, schedule, state| Ok(crew.learner(config, schedule, state)));
            return Ok((make, name));
        };
        let name = adapter_name(&adapter.get_info());
        let make: MakeLearner =
            Box::new(move |config, _, state| Ok(Box::new(gpu_learner(&adapter, config, state)?)));
        Ok((make, name))
    }

    fn burn(&self) -> Result<&on_burn::Opened> {
        if let Some(opened) = self.burn.get() {
            return Ok(opened);
        }
        let opened = on_burn::open(&self.choice)?;
        Ok(self.burn.get_or_init(|| opened))
    }
}

/// The fused engine, which has to agree with the CPU about one image first.
fn gpu_engine(choice: &DeviceChoice, parameters: &Parameters) -> Result<GpuEngine> {
    let adapter = find_adapter(choice)?;
    pollster::block_on(async {
        let (device, queue) = adapter.request_device(&Default::default()).await?;
        let mut gpu = GpuEngine::new(device, queue, &adapter.get_info(), parameters).await?;
        engine::agree(&mut gpu, &mut CpuEngine::new(parameters)).await?;
        Ok(gpu)
    })
}

/// The shader that trains, which has to agree with the CPU about a small batch first.
fn gpu_learner(adapter: &wgpu::Adapter, config: &UNetConfig, state: AdamState) -> Result<GpuLearner> {
    pollster::block_on(async {
        let (device, queue) = adapter.request_device(&Default::default()).await?;
        let learner = GpuLearner::new(device, queue, &adapter.get_info(), config, state).await;
        learner.context("this GPU cannot train: give --device cpu")
    })
}

/// A GPU for the fused engine; a software one only by its name.
fn find_adapter(choice: &DeviceChoice) -> Result<wgpu::Adapter> {
    let adapters = graphics_adapters();
    let wanted = |adapter: &wgpu::Adapter| match (choice, adapter.get_info()) {
        (DeviceChoice::Named(part), info) => {
            adapter_name(&info).to_lowercase().contains(&part.to_lowercase())
        }
        (_, info) => info.device_type != wgpu::DeviceType::Cpu,
    };
    let names: Vec<String> = adapters.iter().map(|adapter| adapter_name(&adapter.get_info())).collect();
    let found = adapters.into_iter().find(wanted);
    found.ok_or_else(|| anyhow!("no such GPU: {}. Use --device cpu, or --device NAME", list(&names)))
}

/// One graphics API's adapters, real GPUs first: the first API that has any is the one that Burn takes.
pub(super) fn graphics_adapters() -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    if let Some(backend) = adapters.first().map(|adapter| adapter.get_info().backend) {
        adapters.retain(|adapter| adapter.get_info().backend == backend);
    }
    adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::Cpu => 3,
        _ => 2,
    });
    adapters
}

/// An adapter's name, as `--device` is compared with it.
pub(super) fn adapter_name(info: &wgpu::AdapterInfo) -> String {
    format!("{} ({})", info.name, info.backend)
}

/// What there is, for whoever named an adapter that there is not.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => "this machine has no Vulkan, Metal or DirectX 12 adapter".into(),
        some => format!("this machine has {}", some.join(", ")),
    }
}

/// The CPU's name in a run's metrics.
pub(super) fn cpu_name() -> String {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!("CPU, {threads} threads")
}
