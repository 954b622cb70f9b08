//! The program as people run it: what it writes, and what it says when it cannot.

mod common;

use common::fixture;
use ddpm_web::data::idx::Images;
use ddpm_web::model::file::{StateDict, Weights};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn ddpm(folder: &TempDir, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(arguments.split_whitespace());
    command.env_remove("DDPM_DATA").output().unwrap()
}

fn ok(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    out.to_string()
}

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
    let pixels = (0..24 * 784).map(|i| (i * i % 251) as u8).collect();
    let images = Images { width: 28, height: 28, pixels };
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
        fs::write(folder.path().join("data").join(name), images.to_idx()).unwrap();
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

fn picture(path: PathBuf) -> image::GrayImage {
    image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_luma8()
}

#[test]
fn sample_writes_the_tutorials_figures() {
    let folder = workplace();
    let run =
        "sample --weights weights --device cpu --count 4 --steps 16 --gif run.gif --raw run.f32 --out out";
    ok(&ddpm(&folder, run));
    assert_eq!(files(&folder.path().join("out")), ["sample-batch.png", "sample-frames.png"]);
    let frames = picture(folder.path().join("out/sample-frames.png"));
    // 2 x 2 images of 28 pixels with gaps of 2, at least twice as large, four across.
    assert!(frames.width() > 4 * 2 * 62 && frames.height() > 4 * 2 * 62);
    let raw = fs::read(folder.path().join("run.f32")).unwrap();
    assert_eq!(raw.len(), 4 * 784 * 4);
    assert!(raw.as_chunks().0.iter().all(|b| f32::from_le_bytes(*b).is_finite()));
    assert!(fs::read(folder.path().join("run.gif")).unwrap().starts_with(b"GIF89a"));

    ok(&ddpm(&folder, &run.replace("run.f32", "again.f32")));
    assert_eq!(fs::read(folder.path().join("again.f32")).unwrap(), raw, "a seed gives the same images");
    ok(&ddpm(&folder, &format!("{} --seed 7", run.replace("run.f32", "other.f32"))));
    assert_ne!(fs::read(folder.path().join("other.f32")).unwrap(), raw);
    for sampler in ["ddpm-posterior", "ddim --eta 0.5"] {
        let name = "third.f32";
        ok(&ddpm(&folder, &format!("{} --sampler {sampler}", run.replace("run.f32", name))));
        assert_ne!(fs::read(folder.path().join(name)).unwrap(), raw);
    }
}

#[test]
fn noise_and_reconstruct_write_their_figures() {
    let folder = workplace();
    ok(&ddpm(&folder, "noise --data data --count 24"));
    ok(&ddpm(&folder, "reconstruct --data data --weights weights --device cpu --count 8"));
    let names = files(&folder.path().join("pictures"));
    assert_eq!(names, ["noise.png", "original.png", "reconstruct.png"]);
    let trained = picture(folder.path().join("pictures/reconstruct.png"));
    ok(&ddpm(&folder, "reconstruct --data data --untrained --device cpu --count 8"));
    assert_ne!(picture(folder.path().join("pictures/reconstruct.png")), trained);
    // Four panels side by side.
    let noise = picture(folder.path().join("pictures/noise.png"));
    assert!(noise.width() > 3 * noise.height());
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
    let found = lines("bench --device no-such --engine gpu --forward 1 --train --repeat 1");
    assert!(found[0]["skipped"].as_str().unwrap().contains("no such GPU"), "{}", found[0]);
}

#[test]
fn info_prints_the_plan() {
    let folder = workplace();
    let plan = ok(&ddpm(&folder, "info weights --plan"));
    assert!(plan.contains("layer_4_up.0") && plan.contains("bytes of scratch an image"), "{plan}");
    assert_eq!(ok(&ddpm(&folder, "info --plan")), plan, "the numbers in the weights do not show");
    fails(&ddpm(&folder, "info"), &["FILE"]);
    fails(&ddpm(&folder, "info --plan nowhere"), &["nowhere"]);
}

#[test]
fn export_info_and_data_say_what_they_did() {
    let folder = workplace();
    ok(&ddpm(&folder, "export weights --precision f16 --out half.safetensors"));
    let info = ok(&ddpm(&folder, "info half.safetensors"));
    assert!(info.contains("506852 trainable") && info.contains("T = 200"), "{info}");
    let data = ok(&ddpm(&folder, "data --data data --write first.idx --count 5"));
    assert!(data.contains("24"), "{data}");
    assert_eq!(Images::parse(&fs::read(folder.path().join("first.idx")).unwrap()).unwrap().len(), 5);
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

#[test]
fn bad_arguments_are_clear_errors() {
    let folder = workplace();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (arguments, words) in [
        ("train --data data --timesteps 0", &["timesteps", "1 to 1000"][..]),
        ("train --data data --timesteps 2000", &["1 to 1000"]),
        ("train --data data --beta-start 0.5", &["betas", "0.02"]),
        ("train --data data --epochs 0", &["--epochs"]),
        ("train --data data --batch-size 0", &["--batch-size"]),
        ("train --data data --learning-rate 0", &["learning rate", "0.001"]),
        ("train --data data --ema 1.5", &["EMA", "between 0 and 1"]),
        ("train --data empty", &["empty"]),
        ("train --data nowhere", &["nowhere"]),
        ("train --data data --device no-such-gpu", &["no such GPU", "--device cpu"]),
        ("train --data data --out weights", &["weights"]),
        ("train --data data --resume nowhere", &["nowhere", "run's folder"]),
        ("noise --data data --percent 101", &["101", "0 to 100"]),
        ("noise --data data --percent nan", &["0 to 100"]),
        ("noise --data data --out weights/x", &["weights/x", "--out"]),
        ("sample --weights nowhere", &["nowhere", "ddpm train"]),
        ("sample --weights weights --steps 201", &["1 to 200"]),
        ("sample --weights weights --eta 0.5", &["eta", "ddim"]),
        ("sample --weights weights --sampler ddim --eta 2", &["0 (no noise) to 1"]),
        ("sample --weights weights --count 0", &["--count"]),
        ("sample --weights weights --device cpu --steps 2 --count 1 --gif nowhere/x.gif", &["nowhere/x.gif"]),
        ("reconstruct --data data --weights weights --t 1000", &["--t"]),
        ("import weights", &["PyTorch", "torch.save"]),
        ("info data/train-images-idx3-ubyte", &["not a whole safetensors file"]),
    ] {
        println!("ddpm {arguments}");
        fails(&ddpm(&folder, arguments), words);
        assert!(!folder.path().join("runs").exists(), "nothing was begun");
    }
}

#[test]
fn damaged_weights_are_clear_errors() {
    let folder = workplace();
    ok(&ddpm(&folder, "train --data data --device cpu --epochs 1 --batch-size 24 --samples 0 --out run"));
    ok(&ddpm(&folder, "export run --out whole"));
    let whole = fs::read(folder.path().join("whole")).unwrap();
    let Weights { state, .. } = Weights::parse(&whole).unwrap();
    let changed = |change: &dyn Fn(&mut StateDict)| {
        let mut state = state.clone();
        change(&mut state);
        common::file(&state)
    };
    let name = || "conv_out.weight".to_string();
    let missing = changed(&|state| drop(state.remove(&name())));
    let misshapen = changed(&|state| state.get_mut(&name()).unwrap().shape = vec![10, 9]);
    let nan = changed(&|state| state.get_mut(&name()).unwrap().data[0] = f32::NAN);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for (bytes, words) in [
        (&whole[..whole.len() / 2], &["not a whole safetensors file", "again"][..]),
        (&flipped, &["damaged", "again"]),
        (&[], &["not a whole safetensors file"]),
        (&missing, &["conv_out.weight", "missing", "state_dict()"]),
        (&misshapen, &["conv_out.weight", "[10, 9]", "[1, 10, 3, 3]"]),
        (&nan, &["conv_out.weight", "NaN", "checkpoint"]),
    ] {
        fs::write(folder.path().join("damaged"), bytes).unwrap();
        fails(&ddpm(&folder, "sample --weights damaged --out out"), words);
        fails(&ddpm(&folder, "export damaged --out exported"), words);
        assert!(!folder.path().join("out").exists() && !folder.path().join("exported").exists());
    }
}
