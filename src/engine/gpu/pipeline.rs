//! Shaders behind the declarations that they expect, compiled, and what is bound where.

use super::layout::{self, BINDINGS, Space};
use super::rounds::Invocations;
use crate::graph::Graph;

/// The operations that sampling and training share.
pub(super) const NETWORK: &str = include_str!("network.wgsl");

pub(super) fn compile(
    device: &wgpu::Device,
    graph: &Graph,
    invocations: Invocations,
) -> wgpu::ComputePipeline {
    let source = layout::declarations(graph, invocations.0) + NETWORK + include_str!("inference.wgsl");
    let module = module(device, "inference.wgsl", source);
    let spaces = BINDINGS.iter().map(|binding| binding.space);
    let entries: Vec<_> =
        (0..).zip(spaces).map(|(number, space)| entry(number, space, space == Space::Uniform)).collect();
    pipeline(device, &module, &bind_group_layout(device, &entries), "main")
}

pub(super) fn module(device: &wgpu::Device, label: &str, source: String) -> wgpu::ShaderModule {
    let source = wgpu::ShaderSource::Wgsl(source.into());
    device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source })
}

pub(super) fn bind_group_layout(
    device: &wgpu::Device,
    entries: &[wgpu::BindGroupLayoutEntry],
) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries })
}

/// An entry point of a module, which binds one group.
pub(super) fn pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    bindings: &wgpu::BindGroupLayout,
    entry_point: &str,
) -> wgpu::ComputePipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(bindings)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(entry_point),
        layout: Some(&layout),
        module,
        entry_point: Some(entry_point),
        compilation_options: Default::default(),
        cache: None,
    })
}

/// `by_rows`: each dispatch says at which offset its row lies.
pub(super) fn entry(number: u32, space: Space, by_rows: bool) -> wgpu::BindGroupLayoutEntry {
    let ty = match space {
        Space::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Space::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
        Space::Uniform => wgpu::BufferBindingType::Uniform,
    };
    wgpu::BindGroupLayoutEntry {
        binding: number,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: by_rows, min_binding_size: None },
        count: None,
    }
}

/// Binds the buffers, of uniforms' a row.
pub(super) fn bind(
    device: &wgpu::Device,
    pipeline: &wgpu::ComputePipeline,
    bound: &layout::Bound,
) -> wgpu::BindGroup {
    let row = wgpu::BufferSize::new(layout::UNIFORM_BYTES as u64);
    let entry = |(binding, (buffer, of)): (u32, (_, &layout::Binding))| {
        let size = if of.space == Space::Uniform { row } else { None };
        let resource = wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size });
        wgpu::BindGroupEntry { binding, resource }
    };
    let entries: Vec<_> = (0..).zip(bound.buffers().into_iter().zip(BINDINGS)).map(entry).collect();
    let layout = &pipeline.get_bind_group_layout(0);
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}
