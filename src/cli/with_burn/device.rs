//! Burn's devices: the CPU, or one of the machine's graphics adapters.

use crate::cli::device::{DeviceChoice, MakeLearner, adapter_name, cpu_name, graphics_adapters, list};
use crate::engine::Engine;
use crate::engine::burn::BurnEngine;
use crate::model::Parameters;
use crate::train::burn::BurnLearner;
use anyhow::{Result, anyhow, bail};
use burn::prelude::*;
use burn::tensor::DeviceKind;

/// A device of Burn's, and its name for people to read.
pub struct Opened {
    device: Device,
    name: String,
}

/// Opens the device of this name. In one process a graphics adapter can be opened only once.
///
/// # Errors
/// When there is none, or it cannot be used.
pub fn open(choice: &DeviceChoice) -> Result<Opened> {
    if *choice == DeviceChoice::Cpu {
        return Ok(cpu());
    }
    let adapters = adapters();
    let found = adapters.iter().find(|(kind, name)| match choice {
        DeviceChoice::Named(part) => name.to_lowercase().contains(&part.to_lowercase()),
        _ => !matches!(kind, DeviceKind::Cpu),
    });
    match (choice, found) {
        (_, Some((kind, name))) => gpu(kind.clone(), name),
        (DeviceChoice::Auto, None) => Ok(cpu()),
        (_, None) => {
            let names: Vec<String> = adapters.into_iter().map(|(_, name)| name).collect();
            bail!("no such GPU: {}. Use --device cpu, or one of these names", list(&names))
        }
    }
}

/// Burn's forward, the reference.
pub fn engine(opened: &Opened, parameters: &Parameters) -> Box<dyn Engine> {
    Box::new(BurnEngine::new(parameters, opened.device.clone(), opened.name.clone()))
}

/// Burn's autodiff, and the name of what it runs on.
pub fn learner(opened: &Opened) -> (MakeLearner, String) {
    let device = opened.device.clone();
    let make: MakeLearner =
        Box::new(|config, _, state| Ok(Box::new(BurnLearner::new(config, state, device))));
    (make, opened.name.clone())
}

/// The CPU, for the classifier that `evaluate` looks through.
pub(super) fn cpu_device() -> Device {
    cpu().device
}

impl Opened {
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn cpu() -> Opened {
    Opened { device: Device::flex(), name: cpu_name() }
}

fn gpu(kind: DeviceKind, name: &str) -> Result<Opened> {
    let opened = Device::wgpu_options().device_kind(kind).init();
    let device = opened.map_err(|error| anyhow!("{name} cannot be used ({error}): try --device cpu"))?;
    Ok(Opened { device, name: name.into() })
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
            (kind, adapter_name(&infos[i]))
        })
        .collect()
}
