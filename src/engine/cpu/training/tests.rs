//! Gradients against PyTorch's, and against differences of the loss.

use super::*;
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::model::file::Weights;
use crate::model::tensors;
use safetensors::SafeTensors;

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    std::fs::read(format!("{folder}/{name}.safetensors")).unwrap()
}

fn numbers(file: &SafeTensors, name: &str) -> Vec<f32> {
    file.tensor(name).unwrap().data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

#[test]
fn gradients_are_pytorchs() {
    let bytes = fixture("training");
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    let state = Weights::parse(&fixture("unet_random")).unwrap().state;
    let specs: Vec<_> = tensors::tensors().into_iter().filter(|spec| spec.trainable()).collect();
    let weights: Vec<f32> = specs.iter().flat_map(|spec| state[&spec.name].data.clone()).collect();
    let t: Vec<usize> = golden
        .tensor("t_0")
        .unwrap()
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|b| i64::from_le_bytes(*b) as usize)
        .collect();
    let (x_0, eps) = (numbers(&golden, "x0"), numbers(&golden, "eta_0"));
    let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
    let noised = x_0
        .chunks(PIXELS)
        .zip(eps.chunks(PIXELS))
        .zip(&t)
        .flat_map(|((x_0, eps), t)| schedule.noised(Some(*t), x_0, eps));
    let x_t: Vec<f32> = noised.collect();
    for isa in Isa::available() {
        let mut training = CpuTraining::with(isa);
        let mut gradient = vec![0.0; weights.len()];
        let importance = vec![1.0; t.len()];
        let loss = training.loss(
            &weights,
            Batch { x_t: &x_t, target: &eps, t: &t, importance: &importance },
            &mut gradient,
        );
        assert!((loss / f64::from(numbers(&golden, "losses")[0]) - 1.0).abs() < 1e-6, "{loss}");
        let mut rest = &gradient[..];
        for spec in &specs {
            let found;
            (found, rest) = rest.split_at(spec.elements());
            let Ok(_) = golden.tensor(&format!("grad.{}", spec.name)) else {
                assert!(found.iter().all(|x| *x == 0.0), "{}", spec.name);
                continue;
            };
            let expected = numbers(&golden, &format!("grad.{}", spec.name));
            let largest = expected.iter().fold(0f32, |largest, x| largest.max(x.abs()));
            let apart = found.iter().zip(&expected).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
            println!("{} {} {apart} of {largest}", isa.name(), spec.name);
            assert!(
                apart <= 1e-3 * largest + 1e-9,
                "{}: {} differs by {apart} of {largest}",
                isa.name(),
                spec.name
            );
        }
    }
}

/// `cargo test speed -- --ignored --nocapture`: milliseconds of a batch of 128.
#[test]
#[ignore = "measures time"]
fn speed() {
    let state = tensors::init(0);
    let specs = tensors::tensors().into_iter().filter(|spec| spec.trainable());
    let weights: Vec<f32> = specs.flat_map(|spec| state[&spec.name].data.clone()).collect();
    let mut x_t = vec![0.0; 128 * PIXELS];
    crate::core::noise::gaussian_batch(1, crate::core::noise::Use::Start, 0, 0, PIXELS, &mut x_t);
    let t: Vec<usize> = (0..128).collect();
    let batch = Batch { x_t: &x_t, target: &x_t, t: &t, importance: &[1.0; 128] };
    let mut gradient = vec![0.0; weights.len()];
    for isa in Isa::available() {
        let mut training = CpuTraining::with(isa);
        let mut best = f64::INFINITY;
        for _ in 0..20 {
            let start = std::time::Instant::now();
            training.loss(&weights, batch, &mut gradient);
            best = best.min(start.elapsed().as_secs_f64() * 1e3);
        }
        println!("{}: {best:.1} ms", isa.name());
    }
}
