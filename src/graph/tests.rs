//! The graph is the network: against PyTorch's numbers, its contract, and what breaks it.

use super::backward::TrainingGraph;
use super::gather::{self, PADDING};
use super::*;
use crate::core::image::ImageSpec;
use crate::model::Parameters;
use crate::model::file::Weights;
use safetensors::SafeTensors;

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    std::fs::read(format!("{folder}/{name}.safetensors")).unwrap()
}

fn numbers(file: &SafeTensors, name: &str) -> Vec<f32> {
    file.tensor(name).unwrap().data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Every side with narrow widths, and some other sizes.
fn configs() -> Vec<UNetConfig> {
    let config =
        |side, channels, widths, classes| UNetConfig { image: ImageSpec { side, channels }, widths, classes };
    let mut all: Vec<UNetConfig> =
        (12..=64).step_by(4).map(|side| config(side, 1, [1, 2, 3], None)).collect();
    all.push(UNetConfig::tutorial());
    all.push(config(32, 3, [16, 32, 48], Some(256)));
    all.push(config(16, 3, [128, 5, 64], Some(1)));
    all
}

/// What the graph means is PyTorch's network.
#[test]
fn is_the_tutorials_network() {
    let parameters = Weights::parse(&fixture("unet_random")).unwrap().parameters;
    let graph = Graph::new(&parameters.config);
    let bytes = fixture("forward_random");
    let golden = SafeTensors::deserialize(&bytes).unwrap();
    let [x, expected] = ["x", "eps"].map(|name| numbers(&golden, name));
    let t = golden.tensor("t").unwrap().data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b));
    let len = parameters.config.image.numbers();
    for ((t, x), expected) in t.zip(x.chunks(len)).zip(expected.chunks(len)) {
        for (found, expected) in
            reference::output(&graph, &parameters, x, t as usize, None).iter().zip(expected)
        {
            assert!((found - expected).abs() < 2e-6, "{found} for {expected}");
        }
    }
}

#[test]
fn is_small_and_readable() {
    let graph = Graph::new(&UNetConfig::tutorial());
    assert_eq!(graph.scratch_bytes(), 167_520);
    assert_eq!(graph.multiply_adds() / 10_000, 2493);
    let text = graph.to_string();
    assert_eq!(text.lines().count(), graph.ops.len() + 2);
    assert!(text.contains("layer_4_up.0"));
}

#[test]
fn every_config_keeps_the_contract() {
    for config in configs() {
        let (graph, training) = (Graph::new(&config), TrainingGraph::new(&config));
        assert_eq!(graph.validate(), Ok(()), "{config}");
        assert_eq!(Graph::padded(&config, 1).validate(), Ok(()), "{config}, for interleaved images");
        assert_eq!(training.graph.validate(), Ok(()), "{config}");
        let interleaved = TrainingGraph::padded(&config, 1);
        assert_eq!(interleaved.graph.validate(), Ok(()), "{config}, for interleaved images");
        for (back, op) in training.back.iter().zip(&training.graph.ops) {
            for view in [&back.output, &back.input] {
                let end = view.at(view.side + 1, view.side + 1) + view.channels.depth();
                assert!(end <= training.graph.scratch_len, "{config}: {}", op.name);
            }
        }
    }
}

/// A LayerNorm's output is read by a single convolution, and there is no other part of its gradient.
#[test]
fn a_norms_gradient_may_take_its_tensors_place() {
    for config in configs() {
        let training = TrainingGraph::new(&config).in_place();
        let pairs = || training.graph.ops.iter().zip(&training.back);
        for (norm, back) in pairs().filter(|(op, _)| matches!(op.kind, Kind::Norm(_))) {
            let reads = |op: &Op| op.input.tensor == norm.output.tensor;
            let readers: Vec<_> = pairs().filter(|(op, _)| reads(op)).collect();
            let [(conv, way)] = readers[..] else { panic!("{config}: {}", norm.name) };
            assert!(matches!(conv.kind, Kind::Conv(_)) && !way.slope && way.plus == 0, "{config}");
            for gradient in [&back.output, &way.input] {
                assert_eq!(gradient.at(0, 0), norm.output.at(0, 0), "{config}");
            }
        }
    }
}

/// Each parameter stands in the forward pass's packed weights once, but for the LayerNorm that is never used.
#[test]
fn every_parameter_is_gathered_once() {
    for config in configs() {
        let Graph { gather, .. } = Graph::new(&config);
        let mut counts = vec![0; gather.flat_len];
        for source in gather.sources.iter().filter(|source| **source != PADDING) {
            counts[*source as usize] += 1;
        }
        let [width, ..] = config.widths;
        let unused = 2 * width * config.image.pixels();
        assert_eq!(counts.iter().filter(|count| **count == 0).count(), unused, "{config}");
        assert!(counts.iter().all(|count| *count <= 1), "{config}");
    }
}

/// A gradient comes back through the map that loads weights.
#[test]
fn what_is_gathered_comes_back() {
    let config = UNetConfig { classes: Some(2), ..UNetConfig::tutorial() };
    let parameters = Parameters::init(&config, 3);
    let training = TrainingGraph::new(&config);
    let packed = training.graph.gather.pack(&parameters.flat);
    let own = [&packed[..training.forward_len], &packed[training.graph.weights_len..]].concat();
    assert_eq!(own.len(), training.gradient_len());
    let mut flat = vec![0.0; parameters.flat.len()];
    gather::collect(&training.places, &[&own, &own], &mut flat);
    for (found, expected) in flat.iter().zip(&parameters.flat) {
        // The LayerNorm that is never used has a gradient of 0.
        assert!(*found == 2.0 * expected || *found == 0.0, "{found} for twice {expected}");
    }
}

#[test]
fn a_broken_contract_is_told() {
    let told = |change: &dyn Fn(&mut Graph)| {
        let mut graph = Graph::new(&UNetConfig::tutorial());
        change(&mut graph);
        graph.validate().unwrap_err()
    };
    let conv = |graph: &Graph| graph.ops.iter().position(|op| matches!(op.kind, Kind::Conv(_))).unwrap();
    type Change<'a> = &'a dyn Fn(&mut Graph);
    let cases: [(Change, &str); 6] = [
        (&|graph| graph.scratch_len /= 2, "lies outside"),
        (&|graph| graph.ops.swap(0, 1), "loaded once, first"),
        (&|graph| graph.weights_len = 100, "weights lie outside"),
        (&|graph| graph.gather.sources[0] = u32::MAX - 1, "is not among"),
        (
            &|graph| {
                let at = conv(graph);
                graph.ops[at].output = graph.ops[at].input.clone();
            },
            "must not write where it reads",
        ),
        (
            &|graph| {
                let at = conv(graph);
                let Kind::Conv(conv) = &mut graph.ops[at].kind else { unreachable!() };
                conv.kernel = 5;
            },
            "outside of the border",
        ),
    ];
    for (change, words) in cases {
        let told = told(change);
        assert!(told.contains(words), "no {words:?} in: {told}");
    }
}
