//! Nothing but multiply-adds: how fast this device could be.

use super::context::Context;
use crate::engine::EngineError;
use wgpu::BufferUsages as Usage;

/// Enough workgroups for any GPU; each of their 64 invocations has 8 sums of 4 numbers.
const WORKGROUPS: u32 = 512;
const SUMS: u64 = 64 * 8 * 4;

/// Multiply-adds to each sum.
const ROUNDS: u32 = 64;
const SHADER: &str = "
@group(0) @binding(0) var<storage, read_write> kept: array<vec4f>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(f32(id.x));
  let f = vec4f(0.999);
  var a = x; var b = x + 1.0; var c = x + 2.0; var d = x + 3.0;
  var e = x + 4.0; var g = x + 5.0; var h = x + 6.0; var i = x + 7.0;
  for (var n = 0u; n < ROUNDS; n++) {
    a = fma(a, f, f); b = fma(b, f, f); c = fma(c, f, f); d = fma(d, f, f);
    e = fma(e, f, f); g = fma(g, f, f); h = fma(h, f, f); i = fma(i, f, f);
  }
  kept[id.x] = a + b + c + d + e + g + h + i;
}";

/// `times` dispatches of the loop; returns the multiply-adds of numbers once they are done.
pub(super) async fn exercise(context: &Context, times: u32) -> Result<u64, EngineError> {
    let sums = context.checked(|device| {
        let source = format!("const ROUNDS = {ROUNDS}u;\n{SHADER}");
        let source = wgpu::ShaderSource::Wgsl(source.into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("exercise"),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        let bytes = WORKGROUPS as usize * 64 * 16;
        let kept = context.empty(bytes, Usage::STORAGE | Usage::COPY_SRC);
        (pipeline, kept, context.empty(16, Usage::MAP_READ))
    });
    let (pipeline, kept, copy) = sums.await?;
    let submitted = context.checked(|device| {
        let entries = [wgpu::BindGroupEntry { binding: 0, resource: kept.as_entire_binding() }];
        let layout = &pipeline.get_bind_group_layout(0);
        let bindings = wgpu::BindGroupDescriptor { label: None, layout, entries: &entries };
        let mut commands = device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &device.create_bind_group(&bindings), &[]);
        (0..times).for_each(|_| pass.dispatch_workgroups(WORKGROUPS, 1, 1));
        drop(pass);
        commands.copy_buffer_to_buffer(&kept, 0, &copy, 0, copy.size());
        context.queue.submit([commands.finish()]);
    });
    submitted.await?;
    context.read(&copy, copy.size()).await?;
    Ok(u64::from(times) * u64::from(WORKGROUPS) * u64::from(ROUNDS) * SUMS)
}
