//! Choosing where the network runs, natively: the only place besides `web` that makes a device.

use crate::engine::burn::BurnEngine;
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::engine::{self, Engine};
use crate::model::file::StateDict;
use anyhow::{Result, anyhow, bail};
use burn::prelude::*;
use burn::tensor::DeviceKind;
use clap::ValueEnum;

/// What `--device` says.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// A real GPU where there is one, else the CPU.
    Auto,
    Gpu,
    Cpu,
    /// An adapter whose name contains this, software ones included.
    Named(String),
}

impl std::str::FromStr for Choice {
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

/// What `--engine` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The fast one for the device
    Auto,
    /// The fast one on the CPU, whatever the device
    Cpu,
    /// The fused shader, on a GPU (a software one only by its name)
    Gpu,
    /// Burn's forward: the reference
    Burn,
}

impl Kind {
    /// As `--engine` says it.
    pub fn name(self) -> String {
        self.to_possible_value().expect("none is hidden").get_name().into()
    }
}

/// A device and its name, for people to read.
pub fn open(choice: &Choice) -> Result<(Device, String)> {
    if *choice == Choice::Cpu {
        return Ok(cpu());
    }
    let adapters = adapters();
    let real = |kind: &DeviceKind| !matches!(kind, DeviceKind::Cpu);
    let found = adapters.iter().find(|(kind, name)| match choice {
        Choice::Named(part) => name.to_lowercase().contains(&part.to_lowercase()),
        _ => real(kind),
    });
    match (choice, found) {
        (_, Some((kind, name))) => Ok((gpu(kind.clone(), name)?, name.clone())),
        (Choice::Auto, None) => Ok(cpu()),
        (_, None) => {
            let names: Vec<String> = adapters.into_iter().map(|(_, name)| name).collect();
            bail!("no such GPU: {}. Use --device cpu, or one of these names", list(&names))
        }
    }
}

/// Whether a device is the CPU.
pub fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

/// An engine on a device. No device is looked for where the engine is the CPU's own.
pub fn engine(kind: Kind, choice: &Choice, state: &StateDict) -> Result<Box<dyn Engine>> {
    let on_gpu = match kind {
        Kind::Auto if *choice == Choice::Auto => find_adapter(choice).is_ok(),
        Kind::Auto => *choice != Choice::Cpu,
        other => other == Kind::Gpu,
    };
    if kind == Kind::Burn {
        let (device, name) = open(choice)?;
        return Ok(Box::new(BurnEngine::new(state, device, name)));
    }
    if on_gpu { Ok(Box::new(gpu_engine(choice, state)?)) } else { Ok(Box::new(CpuEngine::new(state))) }
}

/// The fused engine, which has to agree with the CPU about one image first.
pub fn gpu_engine(choice: &Choice, state: &StateDict) -> Result<GpuEngine> {
    let adapter = find_adapter(choice)?;
    pollster::block_on(async {
        let (device, queue) = adapter.request_device(&Default::default()).await?;
        let mut gpu = GpuEngine::new(device, queue, &adapter.get_info(), state).await?;
        engine::agree(&mut gpu, &mut CpuEngine::new(state)).await?;
        Ok(gpu)
    })
}

/// A GPU for the fused engine; a software one only by its name.
fn find_adapter(choice: &Choice) -> Result<wgpu::Adapter> {
    let adapters = graphics_adapters();
    let wanted = |adapter: &wgpu::Adapter| match (choice, adapter.get_info()) {
        (Choice::Named(part), info) => name(&info).to_lowercase().contains(&part.to_lowercase()),
        (_, info) => info.device_type != wgpu::DeviceType::Cpu,
    };
    let names: Vec<String> = adapters.iter().map(|adapter| name(&adapter.get_info())).collect();
    let found = adapters.into_iter().find(wanted);
    found.ok_or_else(|| anyhow!("no such GPU: {}. Use --engine cpu, or --device NAME", list(&names)))
}

fn cpu() -> (Device, String) {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    (Device::flex(), format!("CPU, {threads} threads"))
}

fn gpu(kind: DeviceKind, name: &str) -> Result<Device> {
    let options = Device::wgpu_options().device_kind(kind);
    options.init().map_err(|error| anyhow!("{name} cannot be used ({error}): try --device cpu"))
}

fn list(names: &[String]) -> String {
    match names {
        [] => "this machine has no Vulkan, Metal or DirectX 12 adapter".into(),
        some => format!("this machine has {}", some.join(", ")),
    }
}

/// One graphics API's adapters, real GPUs first: the first API that has any is the one that Burn takes.
fn graphics_adapters() -> Vec<wgpu::Adapter> {
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
fn name(info: &wgpu::AdapterInfo) -> String {
    format!("{} ({})", info.name, info.backend)
}

/// The machine's adapters as Burn knows them, and their names.
fn adapters() -> Vec<(DeviceKind, String)> {
    let infos: Vec<_> = graphics_adapters().iter().map(wgpu::Adapter::get_info).collect();
    let place = |i: usize| infos[..i].iter().filter(|info| info.device_type == infos[i].device_type).count();
    (0..infos.len())
        .map(|i| {
            let kind = match infos[i].device_type {
                wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(place(i)),
                wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(place(i)),
                wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(place(i)),
                wgpu::DeviceType::Cpu => DeviceKind::Cpu,
                wgpu::DeviceType::Other => DeviceKind::DefaultDevice,
            };
            (kind, name(&infos[i]))
        })
        .collect()
}
