//! `ddpm predict`: PyTorch's numbers, and each image by itself.

use super::common::{self, fixture};
use super::{TINY, ddpm, fails, ok, workplace};
use ddpm_web::core::image::ImageSpec;
use ddpm_web::model::UNetConfig;
use ddpm_web::model::tensors::{Array, Parameters, StateDict, TIME_EMBED};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::fs;
use tempfile::TempDir;

/// A safetensors file of tensors with their kinds and shapes.
fn tensors(list: &[(&str, Dtype, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let views = list
        .iter()
        .map(|(name, dtype, shape, bytes)| (*name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn integers(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// What `ddpm predict` wrote, and its shape.
fn prediction(folder: &TempDir) -> (Vec<usize>, Vec<f32>) {
    let bytes = fs::read(folder.path().join("y")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.names(), ["prediction"]);
    let view = file.tensor("prediction").unwrap();
    assert_eq!(view.dtype(), Dtype::F32);
    (view.shape().to_vec(), view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
}

#[test]
fn predict_gives_pytorchs_numbers() {
    let folder = workplace();
    let golden = fs::read(fixture("general/colour_16_classes")).unwrap();
    let golden = SafeTensors::deserialize(&golden).unwrap();
    // 1. The golden file's network as a weights file; its time table is the usual one.
    let config =
        UNetConfig { image: ImageSpec { side: 16, channels: 3 }, classes: Some(5), ..UNetConfig::tutorial() };
    let mut state = StateDict::new();
    let table = Parameters::init(&config, 0).table;
    state.insert(TIME_EMBED.into(), Array { shape: vec![1000, 100], data: table });
    for (name, view) in golden.tensors() {
        let Some(name) = name.strip_prefix("state.") else { continue };
        let data = view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        state.insert(name.into(), Array { shape: view.shape().to_vec(), data });
    }
    fs::write(folder.path().join("model"), common::file(&state)).unwrap();
    // 2. Its batch.
    let input = ["x_t", "t", "y"].map(|name| {
        let view = golden.tensor(name).unwrap();
        (if name == "x_t" { "x" } else { name }, view.dtype(), view.shape().to_vec(), view.data().to_vec())
    });
    fs::write(folder.path().join("x"), tensors(&input)).unwrap();
    let expected: Vec<f32> =
        golden.tensor("eps").unwrap().data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    for engine in ["--engine cpu", "--engine burn --device cpu", "--engine gpu --device llvmpipe"] {
        ok(&ddpm(&folder, &format!("predict --weights model --input x --out y {engine}")));
        let (shape, found) = prediction(&folder);
        assert_eq!(shape, [2, 3, 16, 16]);
        let difference = common::difference(&found, &expected);
        println!("{engine}: {difference}");
        assert!(difference < 1e-4, "{engine}: {difference}");
    }
    // 3. What does not belong to this network.
    let [x, t, y] = input.clone();
    for (list, words) in [
        (vec![x.clone(), t.clone()], &["bad: y is missing", "none"][..]),
        (vec![x.clone(), t.clone(), y.clone(), ("z", Dtype::F32, vec![1], floats(&[0.0]))], &["tensor z"]),
        (vec![x.clone(), ("t", Dtype::I64, vec![2], integers(&[0, 1000])), y.clone()], &["0 to 999"]),
        (vec![x.clone(), t.clone(), ("y", Dtype::I64, vec![2], integers(&[0, 6]))], &["0 to 5"]),
        (
            vec![("x", Dtype::F32, vec![2, 1, 16, 16], floats(&[0.0; 512])), t, y],
            &["[2, 1, 16, 16]", "[N, 3, 16, 16]"],
        ),
    ] {
        fs::write(folder.path().join("bad"), tensors(&list)).unwrap();
        fails(&ddpm(&folder, "predict --weights model --input bad --out never"), words);
    }
    fails(&ddpm(&folder, "predict --weights model --input nowhere --out never"), &["nowhere", "--input"]);
    fails(&ddpm(&folder, "predict --weights model --input x"), &["--out"]);
    fails(
        &ddpm(&folder, "predict --weights weights --input x --out never"),
        &["y", "no classes", "leave y away"],
    );
    assert!(!folder.path().join("never").exists());
}

#[test]
fn a_prediction_depends_on_its_own_image_and_timestep_alone() {
    let folder = workplace();
    ok(&ddpm(&folder, &format!("train --data data --size 12 {TINY} --samples 0 --out run")));
    let image = |k: usize| (0..144).map(move |i| ((k * 131 + i * 17) % 200) as f32 / 100.0 - 1.0);
    let input = |images: &[usize]| {
        let x: Vec<f32> = images.iter().flat_map(|k| image(*k)).collect();
        let t: Vec<i64> = images.iter().map(|k| (*k * 7 % 1000) as i64).collect();
        tensors(&[
            ("x", Dtype::F32, vec![images.len(), 1, 12, 12], floats(&x)),
            ("t", Dtype::I64, vec![images.len()], integers(&t)),
        ])
    };
    let predicted = |images: &[usize]| {
        fs::write(folder.path().join("x"), input(images)).unwrap();
        ok(&ddpm(&folder, "predict --weights run --input x --out y --device cpu"));
        prediction(&folder)
    };
    // More than an engine is given at once.
    let whole: Vec<usize> = (0..300).collect();
    let (shape, found) = predicted(&whole);
    assert_eq!(shape, [300, 1, 12, 12]);
    for k in [0, 255, 256, 299] {
        assert_eq!(predicted(&[k]).1, found[k * 144..(k + 1) * 144], "image {k}");
    }
}
