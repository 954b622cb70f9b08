//! The program as people run it: what it writes, and what it says when it cannot.

#[path = "../common/mod.rs"]
mod common;
mod data;
mod errors;
mod figures;
mod import;
mod options;
mod outputs;
mod predict;
mod sizes;
mod torch_file;

use common::{ddpm, fixture, ok};
use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::idx;
use std::fs;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// A run that takes a moment.
const TINY: &str = "--widths 2,3,4 --epochs 1 --batch-size 8 --timesteps 8 --device cpu";

/// Fails with a message on stderr that holds every word, without a panic.
fn fails(output: &Output, words: &[&str]) {
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "should have failed");
    assert!(!err.contains("panicked"), "{err}");
    for word in words {
        assert!(err.contains(word), "no {word:?} in: {err}");
    }
}

/// A folder with images in `data` and PyTorch's random weights in `weights`.
fn workplace() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let bytes = (0..24 * 784).map(|i| (i * i % 251) as u8).collect();
    let images = Images { spec: ImageSpec { side: 28, channels: 1 }, bytes };
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
        fs::write(folder.path().join("data").join(name), idx::write(&images)).unwrap();
    }
    fs::copy(fixture("unet_random"), folder.path().join("weights")).unwrap();
    folder
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Raw f32 numbers that a command wrote.
fn numbers(folder: &TempDir, name: &str) -> Vec<f32> {
    let bytes = fs::read(folder.path().join(name)).unwrap();
    bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

#[test]
fn bench_reports_every_engine() {
    let folder = workplace();
    let lines = |arguments: &str| -> Vec<serde_json::Value> {
        let printed = ok(&ddpm(&folder, arguments));
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let found = lines("bench --device cpu --forward 1,3 --train 2 --repeat 1");
    let engines: Vec<&str> =
        found.iter().map(|line| line["engine"].as_str().unwrap().split(' ').next().unwrap()).collect();
    assert_eq!(engines, ["cpu", "cpu", "burn", "burn", "cpu", "burn"]);
    for line in &found[..4] {
        let number = |name: &str| line[name].as_f64().unwrap();
        assert!(number("ms_per_step") > 0.0 && number("ms_to_first_step") > number("ms_start"), "{line}");
        assert!(number("share_of_limit") > 0.0, "{line}");
    }
    assert_eq!(found[0]["scratch_bytes_per_image"], 167_520);

    let found = lines("bench --device llvmpipe --engine gpu --forward 1 --train --repeat 1");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["dispatches_per_step"], 1);
    assert!(found[0]["limit_gmacs"].as_f64().unwrap() > 0.0);
    let found = lines("bench --device no-such --engine gpu --forward 1 --train 1 --repeat 1");
    assert_eq!(found.len(), 4);
    for skipped in [&found[0], &found[2], &found[3]] {
        assert!(skipped["skipped"].as_str().unwrap().contains("no such GPU"), "{skipped}");
    }

    let trained =
        &lines("bench --device llvmpipe --forward --train 2 --repeat 1 --size 12 --widths 2,3,4")[1];
    assert_eq!(trained["dispatches_per_step"], 4);
    assert!(trained["images_per_second"].as_f64().unwrap() > 0.0, "{trained}");

    // Burn's device is opened once and shared, and other sizes are measured likewise.
    let found = lines(
        "bench --device llvmpipe --engine burn --forward 1,2 --train 2 --repeat 1 --size 12 --colour \
         --widths 2,3,4",
    );
    let measured: Vec<_> =
        found.iter().map(|line| (line["engine"].as_str().unwrap(), &line["batch"])).collect();
    assert_eq!(measured.len(), 5, "{measured:?}");
    for (line, (engine, batch)) in
        [("burn on", 1), ("burn on", 2), ("cpu", 2), ("gpu on", 2), ("burn on", 2)].into_iter().enumerate()
    {
        assert!(measured[line].0.starts_with(engine) && *measured[line].1 == batch, "{measured:?}");
    }
}

#[test]
fn info_prints_the_plan() {
    let folder = workplace();
    let plan = ok(&ddpm(&folder, "info weights --plan"));
    assert!(plan.contains("layer_4_up.0") && plan.contains("bytes of scratch an image"), "{plan}");
    assert_eq!(ok(&ddpm(&folder, "info --plan")), plan, "the numbers in the weights do not show");
    let other = ok(&ddpm(&folder, "info --plan --size 32 --colour --widths 2,3,4"));
    assert!(other.contains("32x32x3") && other.contains("layer_4_up "), "{other}");
    fails(&ddpm(&folder, "info"), &["FILE"]);
    fails(&ddpm(&folder, "info --plan nowhere"), &["nowhere"]);
}

#[test]
fn export_info_and_data_say_what_they_did() {
    let folder = workplace();
    ok(&ddpm(&folder, "export weights --precision f16 --out half.safetensors"));
    let info = ok(&ddpm(&folder, "info half.safetensors"));
    for words in ["28x28 grey, widths 10, 20, 40, no classes", "506852 trainable", "T = 200"] {
        assert!(info.contains(words), "no {words} in {info}");
    }
    let data = ok(&ddpm(&folder, "data --data data --write first.idx --count 5"));
    assert!(data.contains("24"), "{data}");
    let first = idx::parse_images(&fs::read(folder.path().join("first.idx")).unwrap()).unwrap();
    assert_eq!((first.len(), first.width, first.channels), (5, 28, 1));
}

#[test]
fn import_reads_pytorchs_own_file() {
    let folder = workplace();
    let file = fixture("unet_random").with_file_name("unet_random_f16.pt");
    ok(&ddpm(&folder, &format!("import {} --precision f16 --out imported", file.display())));
    ok(&ddpm(&folder, "export weights --precision f16 --out exported"));
    let read = |name| fs::read(folder.path().join(name)).unwrap();
    assert!(read("imported") == read("exported"));

    let whole = fs::read(file).unwrap();
    fs::write(folder.path().join("cut.pt"), &whole[..whole.len() / 2]).unwrap();
    fails(&ddpm(&folder, "import cut.pt --out never"), &["cut.pt", "torch.save"]);
    assert!(!folder.path().join("never").exists());
}
