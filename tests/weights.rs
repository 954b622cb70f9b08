//! The weights file: what goes in comes out, and nothing else gets in.

mod common;
#[path = "weights/other_files.rs"]
mod other_files;
#[path = "weights/wrappings.rs"]
mod wrappings;

use common::{difference, file, fixture};
use ddpm_web::core::image::ImageSpec;
use ddpm_web::core::schedule::ScheduleConfig;
use ddpm_web::model::file::{Metadata, Precision, Weights, WeightsError};
use ddpm_web::model::tensors::{self, Array, StateDict};
use ddpm_web::model::{Parameters, UNetConfig};
use proptest::prelude::*;
use std::sync::LazyLock;

fn init(seed: u64) -> Parameters {
    Parameters::init(&UNetConfig::tutorial(), seed)
}

fn weights() -> Weights {
    let schedule = ScheduleConfig { timesteps: 100, beta_start: 2e-4, beta_end: 0.04, ..Default::default() };
    let metadata = Metadata {
        schedule,
        dataset: "pictures of cats".into(),
        classes: vec!["cat \"the\" é".into()],
        losses: vec![0.25, 0.125],
        ema_decay: Some(0.999),
        config: Some(UNetConfig::tutorial()),
        image_size: 28,
        ..Metadata::default()
    };
    Weights { parameters: init(3), schedule, metadata: Some(metadata) }
}

static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| weights().to_bytes(Precision::F16).unwrap());

fn refusal(change: impl FnOnce(&mut StateDict)) -> WeightsError {
    let mut state = init(1).to_state();
    change(&mut state);
    Weights::parse(&file(&state)).unwrap_err()
}

#[test]
fn f32_comes_back_exactly_and_f16_nearly() {
    let weights = weights();
    let back = Weights::parse(&weights.to_bytes(Precision::F32).unwrap()).unwrap();
    assert_eq!(back.parameters, weights.parameters);
    let (found, expected) = (back.metadata.unwrap(), weights.metadata.clone().unwrap());
    assert_eq!(found.sha256.len(), 64);
    assert_eq!(Metadata { sha256: String::new(), format_version: 0, ..found }, expected);
    assert_eq!(back.schedule, weights.schedule);

    let half = Weights::parse(&FILE).unwrap();
    assert!(difference(&half.parameters.flat, &weights.parameters.flat) < 5e-4);
    assert!(FILE.len() < 1_250_000, "{} bytes", FILE.len());
    assert_eq!(*FILE, weights.to_bytes(Precision::F16).unwrap(), "the same weights give the same bytes");
}

#[test]
fn pytorchs_own_file_loads_with_the_tutorials_defaults() {
    let weights = Weights::parse(&std::fs::read(fixture("unet_random")).unwrap()).unwrap();
    assert!(weights.metadata.is_none());
    assert_eq!(weights.schedule, ScheduleConfig::default());
    assert_eq!(weights.to_bytes(Precision::F32).unwrap(), file(&weights.parameters.to_state()));
    let table = tensors::sinusoidal_embedding(1000, 100);
    // sin and cos of up to 999: PyTorch's and ours round their arguments alike.
    assert!(difference(&weights.parameters.table, &table) < 1e-4);
}

#[test]
fn the_tutorials_whole_ddpm_module_loads_too() {
    let mut state: StateDict =
        init(1).to_state().into_iter().map(|(name, array)| (format!("network.{name}"), array)).collect();
    let betas: Vec<f32> = (0..100).map(|t| 1e-3 + t as f32 * 1e-4).collect();
    let table = |data: Vec<f32>| Array { shape: vec![data.len()], data };
    state.insert("betas".into(), table(betas.clone()));
    state.insert("alphas".into(), table(vec![0.5; 100]));
    state.insert("alpha_bars".into(), table(vec![0.5; 100]));
    let weights = Weights::parse(&file(&state)).unwrap();
    assert_eq!(weights.parameters, init(1));
    assert_eq!(weights.schedule.timesteps, 100);
    assert!((weights.schedule.beta_end - 0.0109).abs() < 1e-6);

    state.insert("betas".into(), table(betas.iter().map(|b| b * b).collect()));
    assert!(matches!(Weights::parse(&file(&state)), Err(WeightsError::Betas(..))));
}

#[test]
fn refuses_what_is_no_unet() {
    let name = "conv_out.weight".to_string();
    let missing = refusal(|state| drop(state.remove(&name)));
    assert!(matches!(&missing, WeightsError::Missing(names) if *names == [name.clone()]));
    let one = Array { shape: vec![1], data: vec![1.0] };
    let unexpected = refusal(|state| drop(state.insert("head.weight".into(), one.clone())));
    assert!(matches!(&unexpected, WeightsError::Unexpected(names) if names[0] == "head.weight"));
    let shape = refusal(|state| drop(state.insert(name.clone(), one)));
    assert!(matches!(&shape, WeightsError::Shape { name: n, found, .. } if *n == name && *found == [1]));
    for bad in [f32::NAN, f32::INFINITY] {
        let nan = refusal(|state| state.get_mut(&name).unwrap().data[3] = bad);
        assert!(matches!(&nan, WeightsError::NonFinite(n) if *n == name));
    }
    for error in [missing, unexpected, shape] {
        assert!(error.to_string().contains(": "), "names the remedy: {error}");
    }
}

/// The sizes are read off the shapes, and stand in the description too.
#[test]
fn a_network_of_any_sizes_comes_back() {
    for (side, channels, widths, classes) in [
        (32, 3, [5, 8, 12], None),
        (28, 1, [6, 10, 14], Some(10)),
        (12, 1, [1, 1, 1], Some(1)),
        (64, 3, [1, 2, 1], None),
    ] {
        let config = UNetConfig { image: ImageSpec { side, channels }, widths, classes };
        let parameters = Parameters::init(&config, 5);
        let bare = Weights::parse(&file(&parameters.to_state())).unwrap();
        assert_eq!((bare.config(), bare.metadata.is_none()), (&config, true));
        assert_eq!(bare.parameters, parameters);
        let numbers: Vec<String> = (0..classes.unwrap_or(0)).map(|class| class.to_string()).collect();
        assert_eq!(bare.class_names(), numbers);
        let described = Weights { metadata: Some(Metadata::default()), ..bare };
        let back = Weights::parse(&described.to_bytes(Precision::F32).unwrap()).unwrap();
        assert_eq!(back.metadata.as_ref().unwrap().config, Some(config));
        assert_eq!(back.parameters, parameters);
    }
}

/// The refusal names the tensor that broke the pattern.
#[test]
fn shapes_of_no_config_are_refused_by_name() {
    let config = UNetConfig { classes: Some(4), ..UNetConfig::tutorial() };
    let state = Parameters::init(&config, 0).to_state();
    let told = |name: &str, shape: &[usize]| {
        let mut state = state.clone();
        let data = vec![0.0; shape.iter().product()];
        state.insert(name.into(), Array { shape: shape.to_vec(), data });
        Weights::parse(&file(&state)).unwrap_err().to_string()
    };
    for (name, shape, words) in [
        ("layer_2_block.1.conv_2.weight", &[20, 20, 5, 5][..], "[20, 20, 3, 3]"),
        ("layer_5_up.weight", &[20, 21, 4, 4], "[20, 20, 4, 4]"),
        ("class_embed.weight", &[5, 99], "[5, 100]"),
        ("layer_1_block.0.layer_norm.weight", &[28, 28], "number of axes"),
    ] {
        let told = told(name, shape);
        assert!(told.contains(name) && told.contains(words), "{told}");
    }
    let told = told("layer_1_block.0.layer_norm.weight", &[1, 30, 30]);
    assert!(told.contains("30x30") && told.contains("divisible by 4"), "{told}");
}

#[test]
fn refuses_other_dtypes_and_other_files() {
    use safetensors::tensor::{Dtype, TensorView};
    let state = init(1).to_state();
    let raw: Vec<(&String, Vec<u8>)> = state
        .iter()
        .map(|(name, array)| (name, array.data.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let view = |(name, raw)| {
        let (name, raw): (&String, &Vec<u8>) = (name, raw);
        let dtype = if name == "conv_out.bias" { Dtype::I32 } else { Dtype::F32 };
        (name, TensorView::new(dtype, state[name].shape.clone(), raw).unwrap())
    };
    let integers = safetensors::serialize(raw.iter().map(|(name, raw)| view((*name, raw))), None).unwrap();
    assert!(
        matches!(Weights::parse(&integers), Err(WeightsError::Dtype { name, .. }) if name == "conv_out.bias")
    );
    for bytes in [&b""[..], b"PK\x03\x04 a zip file, as .pt files are", &[0xff; 64]] {
        assert!(matches!(Weights::parse(bytes), Err(WeightsError::NotSafetensors(_))));
    }
}

#[test]
fn refuses_numbers_that_f16_cannot_hold() {
    let mut weights = weights();
    weights.parameters.flat[17] = 1e6;
    assert!(matches!(weights.to_bytes(Precision::F16), Err(WeightsError::NonFinite(_))));
    assert!(weights.to_bytes(Precision::F32).is_ok());
}

#[test]
fn refuses_a_newer_format() {
    let version = br#"format_version\":1"#;
    let at =
        FILE.windows(version.len()).position(|found| found == version).expect("the header holds the version");
    let at = at + version.len() - 1;
    let mut newer = FILE.clone();
    newer[at] = b'9';
    assert!(matches!(Weights::parse(&newer), Err(WeightsError::Version(9))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cut_is_noticed(length in 0..FILE.len()) {
        prop_assert!(Weights::parse(&FILE[..length]).is_err());
    }

    /// Only a flip in the description's own text can pass unnoticed, never one in the numbers.
    #[test]
    fn no_flipped_bit_changes_the_network(at in 0..FILE.len(), bit in 0..8u8) {
        let mut bytes = FILE.clone();
        bytes[at] ^= 1u8 << bit;
        if let Ok(weights) = Weights::parse(&bytes) {
            prop_assert_eq!(weights.parameters, Weights::parse(&FILE).unwrap().parameters);
        }
    }

    #[test]
    fn flips_in_the_header_never_panic(at in 0..20_000usize, byte in any::<u8>()) {
        let mut bytes = FILE.clone();
        bytes[at] = byte;
        let _ = Weights::parse(&bytes);
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        prop_assert!(Weights::parse(&bytes).is_err());
    }

    /// A right length before wrong JSON gets further into the parser.
    #[test]
    fn random_headers_never_panic(header in "[\\{\\}\\[\\]\":,a-z0-9 ]{0,200}") {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        prop_assert!(Weights::parse(&bytes).is_err());
    }
}
