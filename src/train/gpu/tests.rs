//! The shader's gradients and steps are the CPU's, on the software adapter.

use super::*;
use crate::core::image::ImageSpec;
use crate::model::Parameters;
use pollster::block_on;

fn learner(config: &UNetConfig, state: AdamState) -> GpuLearner {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    block_on(async {
        let adapters = instance.enumerate_adapters(wgpu::Backends::VULKAN).await;
        let software = |adapter: &wgpu::Adapter| adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let adapter = adapters.into_iter().find(software).expect("Mesa's software adapter is installed");
        let (device, queue) = adapter.request_device(&Default::default()).await.unwrap();
        GpuLearner::new(device, queue, &adapter.get_info(), config, state).await.unwrap()
    })
}

/// Noise for pictures, at many t and classes.
fn examples(config: &UNetConfig, count: usize, seed: u64) -> Examples {
    let numbers = config.image.numbers();
    let [mut x_0, mut eps] = [vec![0.0; count * numbers], vec![0.0; count * numbers]];
    noise::gaussian_batch(seed, Use::Start, 0, 0, numbers, &mut x_0);
    noise::gaussian_batch(seed, Use::Forward, 0, 0, numbers, &mut eps);
    let class = |i: usize| config.classes.filter(|_| !i.is_multiple_of(3)).map(|classes| i % classes);
    let places = (0..count).map(|i| Place { t: i * 37 % 200, class: class(i) }).collect();
    let importance = (0..count).map(|i| 0.5 + i as f32 / count as f32).collect();
    Examples { x_0, eps, places, importance, whole: count }
}

fn largest(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |most, x| most.max(x.abs()))
}

/// Both learners' losses and weights after some steps, and their last gradients.
fn compare(config: &UNetConfig, counts: &[usize]) {
    let state = AdamState::new(Parameters::init(config, 5).flat);
    let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
    let mut learners: [Box<dyn Learner>; 2] =
        [Box::new(CpuLearner::new(config, state.clone())), Box::new(learner(config, state))];
    for (seed, count) in (1..).zip(counts) {
        let [cpu, gpu] = learners.each_mut().map(|learner| {
            block_on(learner.accumulate(&schedule, &examples(config, *count, seed))).unwrap();
            let gradient = block_on(learner.gradient()).unwrap();
            let loss = block_on(learner.loss()).unwrap().unwrap();
            // The second step's gradient is longer than it may be.
            let clip = (seed == 2).then_some(1e-3);
            let pace = Pace { learning_rate: 1e-3, ema: 0.9, clip };
            block_on(learner.apply(pace)).unwrap();
            assert_eq!(block_on(learner.losses(true)).unwrap(), [loss]);
            (gradient, loss)
        });
        assert!((cpu.1 - gpu.1).abs() < 1e-5 * cpu.1, "{config}: losses {} and {}", cpu.1, gpu.1);
        let parameters = [cpu.0, gpu.0].map(|flat| Parameters::from_flat(config, flat).to_state());
        let [cpu, gpu] = parameters;
        for ((name, cpu), (_, gpu)) in cpu.iter().zip(&gpu) {
            let apart = cpu.data.iter().zip(&gpu.data).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(apart <= 1e-3 * largest(&cpu.data) + 1e-9, "{config}: {name} is {apart} apart");
        }
    }
    let [cpu, gpu] = learners.each_mut().map(|learner| block_on(learner.state()).unwrap());
    assert_eq!(cpu.step, gpu.step);
    for (cpu, gpu) in [(&cpu.weights, &gpu.weights), (&cpu.ema, &gpu.ema)] {
        // Adam divides by the gradient's size: where that is next to nothing, rounding decides the step.
        let far = cpu.iter().zip(gpu).filter(|(a, b)| (*a - *b).abs() > 1e-5).count();
        assert!(far < cpu.len() / 500, "{config}: {far} of {} differ", cpu.len());
    }
}

#[test]
fn steps_of_the_tutorials_network_are_the_cpus() {
    compare(&UNetConfig::tutorial(), &[5, 3]);
}

/// Colour and classes, a side where s/4 is odd and one where it is even, and a batch of several slices.
#[test]
fn steps_of_other_networks_are_the_cpus() {
    let image = |side, channels| ImageSpec { side, channels };
    let small = |image, classes| UNetConfig { image, widths: [3, 6, 9], classes };
    compare(&small(image(12, 3), Some(4)), &[40, 2]);
    compare(&small(image(16, 1), None), &[3]);
}

/// The same adapter gives the same bits.
#[test]
fn a_step_has_the_same_bits_again() {
    let config = UNetConfig { image: ImageSpec { side: 12, channels: 1 }, widths: [3, 4, 5], classes: None };
    let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
    let ends = [(); 2].map(|()| {
        let mut learner = learner(&config, AdamState::new(Parameters::init(&config, 0).flat));
        block_on(async {
            for seed in 0..3 {
                learner.accumulate(&schedule, &examples(&config, 9, seed)).await.unwrap();
                learner.apply(Pace { learning_rate: 1e-3, ema: 0.9, clip: None }).await.unwrap();
            }
            (learner.losses(true).await.unwrap(), learner.state().await.unwrap())
        })
    });
    assert_eq!(ends[0], ends[1]);
}
