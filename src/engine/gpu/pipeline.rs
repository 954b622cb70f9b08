//! The shader behind the declarations that it expects, compiled, and what is bound where.

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
    let source = wgpu::ShaderSource::Wgsl(source.into());
    let module =
        device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("inference.wgsl"), source });
    let bindings = device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries() });
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

fn entries() -> Vec<wgpu::BindGroupLayoutEntry> {
    let ty = |space| match space {
        Space::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Space::ReadWrite => wgpu::BufferBindingType::Storage { read_only: false },
        Space::Uniform => wgpu::BufferBindingType::Uniform,
    };
    let entry = |(binding, space)| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty: ty(space),
            has_dynamic_offset: space == Space::Uniform,
            min_binding_size: None,
        },
        count: None,
    };
    (0..).zip(BINDINGS.iter().map(|binding| binding.space)).map(entry).collect()
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
