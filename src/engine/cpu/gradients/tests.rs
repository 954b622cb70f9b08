//! Gradients against PyTorch's, and against the reference interpreter's.

mod interleaved;

use super::*;
use crate::core::image::ImageSpec;
use crate::core::noise::{Use, gaussian_batch};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::graph::reference;
use crate::model::Parameters;
use crate::model::file::Weights;
use crate::model::tensors::{TensorSpec, tensors};
use safetensors::SafeTensors;

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    std::fs::read(format!("{folder}/{name}.safetensors")).unwrap()
}

fn numbers(file: &SafeTensors, name: &str) -> Vec<f32> {
    file.tensor(name).unwrap().data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn integers(file: &SafeTensors, name: &str) -> Vec<usize> {
    let data = file.tensor(name).unwrap().data().as_chunks().0;
    data.iter().map(|b| i64::from_le_bytes(*b) as usize).collect()
}

/// Noises `x_0` to x_t by the tutorial's schedule.
fn noised(x_0: &[f32], eps: &[f32], t: &[usize]) -> Vec<f32> {
    let (schedule, len) = (Schedule::new(ScheduleConfig::default()).unwrap(), x_0.len() / t.len());
    let images = x_0.chunks(len).zip(eps.chunks(len)).zip(t);
    images.flat_map(|((x_0, eps), t)| schedule.noised(Some(*t), x_0, eps)).collect()
}

/// A golden file's batch, its loss, and the file itself with the gradients.
struct Case {
    parameters: Parameters,
    x_t: Vec<f32>,
    eps: Vec<f32>,
    places: Vec<Place>,
    loss: f32,
    golden: Vec<u8>,
}

impl Case {
    fn tutorial() -> Self {
        let golden = fixture("training");
        let file = SafeTensors::deserialize(&golden).unwrap();
        let (eps, t) = (numbers(&file, "eta_0"), integers(&file, "t_0"));
        let x_t = noised(&numbers(&file, "x0"), &eps, &t);
        let places = t.into_iter().map(|t| Place { t, class: None }).collect();
        let loss = numbers(&file, "losses")[0];
        Self {
            parameters: Weights::parse(&fixture("unet_random")).unwrap().parameters,
            x_t,
            eps,
            places,
            loss,
            golden,
        }
    }

    fn general(name: &str, side: usize, channels: usize, widths: [usize; 3], classes: Option<usize>) -> Self {
        let golden = fixture(&format!("general/{name}"));
        let file = SafeTensors::deserialize(&golden).unwrap();
        let config = UNetConfig { image: ImageSpec { side, channels }, widths, classes };
        let trainable = tensors(&config).into_iter().filter(TensorSpec::trainable);
        let flat = trainable.flat_map(|spec| numbers(&file, &format!("state.{}", spec.name))).collect();
        let t = integers(&file, "t");
        let y = classes.map(|_| integers(&file, "y"));
        let class = |i: usize| y.as_ref().map(|y| y[i]).filter(|class| Some(*class) < classes);
        let places = t.iter().enumerate().map(|(i, t)| Place { t: *t, class: class(i) }).collect();
        let (x_t, eps) = (numbers(&file, "x_t"), numbers(&file, "eta"));
        let loss = numbers(&file, "loss")[0];
        Self { parameters: Parameters::from_flat(&config, flat), x_t, eps, places, loss, golden }
    }

    /// The tutorial's config and the four general reference configs.
    fn all() -> Vec<Self> {
        vec![
            Self::tutorial(),
            Self::general("grey_28_classes", 28, 1, [6, 10, 14], Some(10)),
            Self::general("colour_32", 32, 3, [5, 8, 12], None),
            Self::general("colour_16_classes", 16, 3, [10, 20, 40], Some(5)),
            Self::general("wide_28", 28, 1, [18, 22, 26], None),
        ]
    }

    /// The gradient of the case's images, so many times each: the mean is the same.
    fn check_times(&self, times: usize, isa: Isa, who: &str) {
        let mut gradients = CpuGradients::with(&self.parameters.config, isa);
        let mut gradient = vec![0.0; self.parameters.flat.len()];
        let images = times * self.places.len();
        let batch = Batch {
            x_t: &self.x_t.repeat(times),
            target: &self.eps.repeat(times),
            places: &self.places.repeat(times),
            importance: &vec![1.0; images],
            whole: images,
        };
        let loss = gradients.loss(&self.parameters.flat, batch, &mut gradient);
        self.check(loss, &gradient, who);
    }

    fn check(&self, loss: f64, gradient: &[f32], who: &str) {
        let golden = SafeTensors::deserialize(&self.golden).unwrap();
        assert!((loss / f64::from(self.loss) - 1.0).abs() < 1e-6, "{who}: {loss}");
        let mut rest = gradient;
        for spec in tensors(&self.parameters.config).into_iter().filter(TensorSpec::trainable) {
            let found;
            (found, rest) = rest.split_at(spec.elements());
            let name = format!("grad.{}", spec.name);
            if golden.tensor(&name).is_err() {
                assert!(found.iter().all(|x| *x == 0.0), "{}", spec.name);
                continue;
            }
            let expected = numbers(&golden, &name);
            let largest = expected.iter().fold(0f32, |largest, x| largest.max(x.abs()));
            let apart = found.iter().zip(&expected).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(
                apart <= 1e-3 * largest + 1e-9,
                "{who}, {}: {} differs by {apart} of {largest}",
                self.parameters.config,
                spec.name
            );
        }
    }
}

#[test]
fn gradients_are_pytorchs() {
    for case in Case::all() {
        for isa in Isa::available() {
            case.check_times(1, isa, isa.name());
        }
    }
}

/// The loss and the gradient of the reference interpreter's backward pass, from each operation's definition.
fn oracle(parameters: &Parameters, x_t: &[f32], eps: &[f32], places: &[Place]) -> (f64, Vec<f32>) {
    let graph = TrainingGraph::new(&parameters.config);
    let len = parameters.config.image.numbers();
    let (mut loss, mut sum) = (0.0, vec![0f64; parameters.flat.len()]);
    let scale = 1.0 / x_t.len() as f64;
    for (place, (x_t, eps)) in places.iter().zip(x_t.chunks(len).zip(eps.chunks(len))) {
        let output = reference::output(&graph.graph, parameters, x_t, place.t, place.class);
        let error: Vec<f32> = output.iter().zip(eps).map(|(output, eps)| output - eps).collect();
        loss += error.iter().map(|error| f64::from(*error).powi(2)).sum::<f64>() * scale;
        let of_output: Vec<f32> =
            error.iter().map(|error| (2.0 * f64::from(*error) * scale) as f32).collect();
        let gradient = reference::gradient(&graph, parameters, x_t, (place.t, place.class), &of_output);
        sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
    }
    (loss, sum.into_iter().map(|g| g as f32).collect())
}

#[test]
fn the_oracles_gradients_are_pytorchs() {
    for case in Case::all().into_iter().skip(1) {
        let (loss, gradient) = oracle(&case.parameters, &case.x_t, &case.eps, &case.places);
        case.check(loss, &gradient, "the oracle");
    }
}

/// Images of sides that leave Winograd's last tiles any number of outputs.
#[test]
fn gradients_of_other_sides_are_the_oracles() {
    for (side, widths) in [(20, [3, 5, 7]), (24, [2, 6, 4]), (28, [4, 3, 9]), (44, [2, 3, 5])] {
        let config = UNetConfig { image: ImageSpec { side, channels: 1 }, widths, classes: None };
        let parameters = Parameters::init(&config, 3);
        let [mut x_t, mut eps] = [vec![0.0; config.image.numbers()], vec![0.0; config.image.numbers()]];
        gaussian_batch(1, Use::Start, 0, 0, x_t.len(), &mut x_t);
        gaussian_batch(2, Use::Start, 0, 0, eps.len(), &mut eps);
        let places = [Place { t: 300, class: None }];
        let (loss, expected) = oracle(&parameters, &x_t, &eps, &places);
        let largest = expected.iter().fold(0f32, |largest, x| largest.max(x.abs()));
        for isa in Isa::available() {
            let mut found = vec![0.0; parameters.flat.len()];
            let batch = Batch { x_t: &x_t, target: &eps, places: &places, importance: &[1.0], whole: 1 };
            let found_loss = CpuGradients::with(&config, isa).loss(&parameters.flat, batch, &mut found);
            assert!((found_loss / loss - 1.0).abs() < 1e-6, "{config}, {}: {found_loss}", isa.name());
            let apart = found.iter().zip(&expected).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(apart <= 1e-5 * largest, "{config}, {}: {apart} of {largest}", isa.name());
        }
    }
}

/// Two halves of a batch add up to the whole.
#[test]
fn parts_of_a_batch_add_up() {
    let case = Case::tutorial();
    let mut gradients = CpuGradients::new(&case.parameters.config);
    let len = case.parameters.config.image.numbers();
    let mut part = |images: std::ops::Range<usize>| {
        let mut gradient = vec![0.0; case.parameters.flat.len()];
        let importance = vec![1.0; images.len()];
        let batch = Batch {
            x_t: &case.x_t[images.start * len..images.end * len],
            target: &case.eps[images.start * len..images.end * len],
            places: &case.places[images],
            importance: &importance,
            whole: 16,
        };
        let loss = gradients.loss(&case.parameters.flat, batch, &mut gradient);
        (loss, gradient)
    };
    let [(loss_a, a), (loss_b, b)] = [0..5, 5..16].map(&mut part);
    let sum: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    case.check(loss_a + loss_b, &sum, "two parts");
}

/// The embeddings' gradients, which the oracle takes unchecked, against finite differences of their outputs.
#[test]
fn embedding_gradients_are_differences() {
    let config =
        UNetConfig { image: ImageSpec { side: 16, channels: 1 }, widths: [2, 3, 4], classes: Some(3) };
    let graph = TrainingGraph::new(&config).graph;
    let parameters = Parameters::init(&config, 1);
    let own = graph.gather.pack(&parameters.flat).split_off(graph.weights_len);
    let mut of_output = vec![0.0; graph.embeddings.len()];
    gaussian_batch(0, Use::Start, 0, 0, of_output.len(), &mut of_output);
    let value = |own: &[f32], class| {
        let mut out = vec![0.0; graph.embeddings.len()];
        graph.embeddings.forward(own, &parameters.table, 17, class, &mut out);
        out.iter().zip(&of_output).map(|(x, g)| f64::from(*x) * f64::from(*g)).sum::<f64>()
    };
    for class in [None, Some(2)] {
        let mut gradient = vec![0.0; own.len()];
        graph.embeddings.backward(&own, &parameters.table, 17, class, &of_output, &mut gradient);
        let largest = gradient.iter().fold(0f32, |largest, g| largest.max(g.abs()));
        for place in (0..own.len()).step_by(7) {
            let at = |by: f32| {
                let mut moved = own.clone();
                moved[place] += by;
                value(&moved, class)
            };
            let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
            let found = f64::from(gradient[place]);
            assert!(
                (found - difference).abs() < 2e-3 * f64::from(largest),
                "{place}: {found} for {difference}"
            );
        }
    }
}

/// Prints the milliseconds that a batch of 128 images takes, its images one by one and interleaved, in turns. As for
/// `cpu::tests::profile`, it is built without a test build's checks: `cargo test --lib --config
/// profile.test.debug-assertions=false --config profile.test.overflow-checks=false gradients::tests::speed -- --ignored
/// --nocapture`.
#[test]
#[ignore = "measures time"]
fn speed() {
    let parameters = Parameters::init(&UNetConfig::tutorial(), 0);
    let len = parameters.config.image.numbers();
    let mut x_t = vec![0.0; 128 * len];
    gaussian_batch(1, Use::Start, 0, 0, len, &mut x_t);
    let places: Vec<Place> = (0..128).map(|t| Place { t, class: None }).collect();
    let batch = Batch { x_t: &x_t, target: &x_t, places: &places, importance: &[1.0; 128], whole: 128 };
    let mut gradient = vec![0.0; parameters.flat.len()];
    for isa in Isa::available() {
        let mut both = [false, true].map(|interleaved| {
            let mut gradients = CpuGradients::with(&parameters.config, isa);
            gradients.interleaved = gradients.interleaved.filter(|_| interleaved);
            (gradients, f64::INFINITY)
        });
        for _ in 0..20 {
            for (gradients, best) in &mut both {
                let start = std::time::Instant::now();
                gradients.loss(&parameters.flat, batch, &mut gradient);
                *best = best.min(start.elapsed().as_secs_f64() * 1e3);
            }
        }
        let [(_, alone), (_, interleaved)] = both;
        println!("{}: {alone:.1} ms, interleaved {interleaved:.1} ms", isa.name());
    }
}
