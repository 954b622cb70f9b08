//! The fast CPU engine, with every kind of vectors this machine has, against PyTorch's numbers and
//! against the reference engine.

mod common;

use common::{Golden, cpu, difference, trained, unet_random};
use ddpm_web::core::image::PIXELS;
use ddpm_web::core::noise::{Use, gaussian_batch};
use ddpm_web::core::samplers::{self, SamplerConfig};
use ddpm_web::core::sampling::Denoiser;
use ddpm_web::core::schedule::{Schedule, ScheduleConfig};
use ddpm_web::engine::Engine;
use ddpm_web::engine::burn::BurnEngine;
use ddpm_web::engine::cpu::CpuEngine;
use pollster::block_on;

fn noise(images: usize) -> Vec<f32> {
    let mut x = vec![0.0; images * PIXELS];
    gaussian_batch(3, Use::Start, 0, 0, PIXELS, &mut x);
    x
}

fn eps(engine: &mut CpuEngine, x: &[f32], t: usize) -> Vec<f32> {
    let mut eps = vec![f32::NAN; x.len()];
    engine.eps(x, t, &mut eps);
    eps
}

#[test]
fn the_forward_is_pytorchs() {
    let golden = Golden::open("forward_random");
    let [x, expected] = ["x", "eps"].map(|name| golden.get(name));
    for mut engine in CpuEngine::all(&unet_random()) {
        for ((t, x), expected) in
            golden.integers("t").into_iter().zip(x.chunks(PIXELS)).zip(expected.chunks(PIXELS))
        {
            let difference = difference(&eps(&mut engine, x, t), expected);
            assert!(difference < 1e-6, "{} at {t}: {difference}", engine.describe());
        }
    }
}

#[test]
fn the_reverse_process_is_pytorchs() {
    let golden = Golden::open("reverse");
    let [x_start, z, expected] = ["x_T", "z", "x_beta"].map(|name| golden.get(name));
    let z: Vec<&[f32]> = z.chunks(x_start.len()).collect();
    let steps =
        samplers::steps(&Schedule::new(ScheduleConfig::default()).unwrap(), &SamplerConfig::default());
    let steps = steps.unwrap();
    for mut engine in CpuEngine::all(&unet_random()) {
        let mut recorded = expected.chunks(x_start.len());
        let mut x = x_start.clone();
        for step in &steps {
            let eps = eps(&mut engine, &x, step.t);
            step.apply(&mut x, &eps, z[step.t]);
            if step.t % 20 == 0 {
                let difference = difference(&x, recorded.next().unwrap());
                assert!(difference < 1e-4, "{} at {}: {difference}", engine.describe(), step.t);
            }
        }
    }
}

#[test]
fn batches_of_all_sizes_are_the_reference_engines() {
    for state in [unet_random(), trained().state] {
        let mut reference = BurnEngine::new(&state, cpu(), "the CPU".into());
        for (images, t) in [(1, 0), (3, 57), (16, 199), (5, 999)] {
            let x = noise(images);
            let expected = block_on(reference.predict(&x, t)).unwrap();
            for mut engine in CpuEngine::all(&state) {
                let difference = difference(&eps(&mut engine, &x, t), &expected);
                assert!(difference < 2e-5, "{}, {images} images at {t}: {difference}", engine.describe());
            }
        }
    }
}

#[test]
fn an_image_has_the_same_bits_in_every_batch() {
    let x = noise(19);
    for mut engine in CpuEngine::all(&trained().state) {
        let together = eps(&mut engine, &x, 100);
        for (x, together) in x.chunks(PIXELS).zip(together.chunks(PIXELS)) {
            let alone = eps(&mut engine, x, 100);
            assert!(
                alone.iter().zip(together).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{}",
                engine.describe()
            );
        }
    }
}

#[test]
fn an_image_of_nan_spoils_no_other() {
    for mut engine in CpuEngine::all(&trained().state) {
        let mut x = noise(6);
        let expected = eps(&mut engine, &x[PIXELS..], 100);
        x[..PIXELS].fill(f32::NAN);
        for _ in 0..2 {
            assert!(eps(&mut engine, &x, 100)[PIXELS..] == expected, "{}", engine.describe());
        }
    }
}

#[test]
fn new_weights_take_effect() {
    let x = noise(1);
    let expected = eps(&mut CpuEngine::new(&trained().state), &x, 5);
    let mut engine = CpuEngine::new(&unet_random());
    assert_ne!(eps(&mut engine, &x, 5), expected);
    engine.load(&trained().state);
    assert_eq!(eps(&mut engine, &x, 5), expected);
}

/// The network's first operation is a LayerNorm over the whole image: what is added to every pixel is
/// gone, and so is a common factor. It is why a start's brightness stays in a run that eps is predicted
/// in, and why the page's own model predicts v.
#[test]
fn the_network_sees_neither_brightness_nor_contrast() {
    let x = noise(1);
    let other: Vec<f32> = x.iter().map(|x| 0.5 * x + 0.3).collect();
    let mut engine = CpuEngine::new(&trained().state);
    let expected = eps(&mut engine, &x, 100);
    let found = eps(&mut engine, &other, 100);
    assert!(difference(&found, &expected) < 1e-3, "{}", difference(&found, &expected));
    let mirrored: Vec<f32> = x.iter().rev().copied().collect();
    assert!(difference(&eps(&mut engine, &mirrored, 100), &expected) > 1e-1, "it does see the image");
}
