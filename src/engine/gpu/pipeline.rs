//! The shader with its sizes, compiled, and what is bound where.

use crate::core::image::PIXELS;
use crate::core::noise::Use;
use crate::graph::{EPSILON, Plan};

/// Room for the shader's `Step`, or its `Run`.
pub(super) const UNIFORM_BYTES: usize = 48;

/// Invocations in a workgroup. A GPU's compute unit hides its memory's latency behind four or more
/// subgroups. A software adapter runs the invocations in turns, and switches between all of them at
/// each barrier: there fewer are faster (in Chromium's 64 take 12 % less time than 128, 32 another
/// 7 %), but Mesa's ends an invocation's loops after 65,535 rounds in all, which 32 come close to.
pub(super) fn invocations(device_type: wgpu::DeviceType) -> usize {
    if device_type == wgpu::DeviceType::Cpu { 64 } else { 128 }
}

pub(super) fn compile(device: &wgpu::Device, plan: &Plan, invocations: usize) -> wgpu::ComputePipeline {
    let source = source(plan, invocations);
    let source = wgpu::ShaderSource::Wgsl(source.into());
    let module =
        device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("unet.wgsl"), source });
    let bindings = device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &bindings() });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&bindings)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("reverse step"),
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    })
}

/// The shader behind the sizes that it expects.
fn source(plan: &Plan, invocations: usize) -> String {
    let (scratch, times, noise) = (plan.scratch_len(), plan.time_len(), Use::Reverse as u32);
    format!(
        "const INVOCATIONS = {invocations}u;\nconst PIXELS = {PIXELS}u;\nconst SCRATCH = {scratch}u;\n\
         const TIMES = {times}u;\nconst EPSILON = {EPSILON:e}f;\nconst NOISE_USE = {noise}u;\n{}",
        include_str!("inference.wgsl")
    )
}

/// In the order of the shader: ops, weights, times; scratch, images, recorded; step, run.
fn bindings() -> Vec<wgpu::BindGroupLayoutEntry> {
    use wgpu::BufferBindingType::{Storage, Uniform};
    let [read, write] = [true, false].map(|read_only| Storage { read_only });
    let types = [read, read, read, write, write, write, Uniform, Uniform];
    let entry = |(binding, ty)| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        // One buffer holds all steps, one the batch's parts; a dispatch says where its own are.
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: ty == Uniform, min_binding_size: None },
        count: None,
    };
    (0..).zip(types).map(entry).collect()
}
