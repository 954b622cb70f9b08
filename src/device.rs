//! Choosing where the network runs, natively: the only place besides `web` that makes a device.

use crate::engine::gpu::GpuEngine;
use crate::engine::native::{Kind, NativeEngine};
use crate::weights::StateDict;
use anyhow::{Result, anyhow, bail};
use burn::prelude::*;
use burn::tensor::DeviceKind;

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
        (_, None) => bail!("no such GPU: {}. Use --device cpu, or one of these names", list(&adapters)),
    }
}

/// Whether a device is the CPU.
pub fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

/// An engine on a device. No device is looked for where the engine is the CPU's own.
pub fn engine(kind: Kind, choice: &Choice, state: &StateDict) -> Result<NativeEngine> {
    if kind == Kind::Gpu {
        let (device, queue, adapter) = open_gpu(choice)?;
        return Ok(NativeEngine::Gpu(pollster::block_on(GpuEngine::new(device, queue, &adapter, state))?));
    }
    let choice = if kind == Kind::Cpu { &Choice::Cpu } else { choice };
    let (device, name) = open(choice)?;
    let gpu = !is_cpu(&device);
    Ok(NativeEngine::new(kind, state, device, name, gpu))
}

/// A GPU's device for the fused engine, its queue and its description; software ones only by name.
fn open_gpu(choice: &Choice) -> Result<(wgpu::Device, wgpu::Queue, wgpu::AdapterInfo)> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let wanted = |adapter: &&wgpu::Adapter| match (choice, adapter.get_info()) {
        (Choice::Named(part), info) => info.name.to_lowercase().contains(&part.to_lowercase()),
        (_, info) => info.device_type != wgpu::DeviceType::Cpu,
    };
    let adapter = adapters
        .iter()
        .find(wanted)
        .ok_or_else(|| anyhow!("no such GPU on this machine: try --engine cpu"))?;
    let (device, queue) = pollster::block_on(adapter.request_device(&Default::default()))?;
    Ok((device, queue, adapter.get_info()))
}

fn cpu() -> (Device, String) {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    (Device::flex(), format!("CPU, {threads} threads"))
}

fn gpu(kind: DeviceKind, name: &str) -> Result<Device> {
    let options = Device::wgpu_options().device_kind(kind);
    options.init().map_err(|error| anyhow!("{name} cannot be used ({error}): try --device cpu"))
}

fn list(adapters: &[(DeviceKind, String)]) -> String {
    match adapters {
        [] => "this machine has no Vulkan, Metal or DirectX 12 adapter".into(),
        some => {
            let names: Vec<&str> = some.iter().map(|(_, name)| name.as_str()).collect();
            format!("this machine has {}", names.join(", "))
        }
    }
}

/// The machine's adapters, real GPUs first, under the names by which Burn knows them.
fn adapters() -> Vec<(DeviceKind, String)> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let mut infos: Vec<_> = adapters.iter().map(wgpu::Adapter::get_info).collect();
    // One graphics API's adapters: the first that has any is the one that Burn takes.
    if let Some(backend) = infos.first().map(|info| info.backend) {
        infos.retain(|info| info.backend == backend);
    }
    let place = |i: usize| infos[..i].iter().filter(|info| info.device_type == infos[i].device_type).count();
    let mut list: Vec<(DeviceKind, String)> = (0..infos.len())
        .map(|i| {
            let kind = match infos[i].device_type {
                wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(place(i)),
                wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(place(i)),
                wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(place(i)),
                wgpu::DeviceType::Cpu => DeviceKind::Cpu,
                wgpu::DeviceType::Other => DeviceKind::DefaultDevice,
            };
            (kind, format!("{} ({})", infos[i].name, infos[i].backend))
        })
        .collect();
    let rank = |kind: &DeviceKind| match kind {
        DeviceKind::DiscreteGpu(_) => 0,
        DeviceKind::IntegratedGpu(_) => 1,
        DeviceKind::Cpu => 3,
        _ => 2,
    };
    list.sort_by_key(|(kind, _)| rank(kind));
    list
}
