//! Weights in the wrappings that people have, by every command that takes some.

use super::torch_file::{Kind, Value, legacy, tensors, zipped};
use super::{TINY, common, ddpm, fails, ok, workplace};
use ddpm_web::core::image::ImageSpec;
use ddpm_web::model::tensors::{Array, StateDict};
use ddpm_web::model::{Parameters, UNetConfig};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::{Cursor, Write};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn state(seed: u64) -> StateDict {
    let image = ImageSpec { side: 12, channels: 1 };
    Parameters::init(&UNetConfig { image, widths: [2, 3, 4], classes: None }, seed).to_state()
}

fn under(prefix: &str, state: StateDict) -> StateDict {
    state.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)).collect()
}

fn put(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(folder.path().join(name), bytes).unwrap();
}

fn get(folder: &TempDir, name: &str) -> Vec<u8> {
    fs::read(folder.path().join(name)).unwrap()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn pytorchs_files_are_read_whatever_is_around_the_weights() {
    let folder = TempDir::new().unwrap();
    let adam = || Value::List(vec![tensors(&StateDict::from([("exp_avg".into(), array(3))]))]);
    let on = |kind, place| Value::Tensors(state(1), kind, place);
    put(&folder, "plain", common::file(&state(1)));
    for (name, bytes, note) in [
        ("plain.pt", zipped(&tensors(&state(1))), "the tutorial's schedule is assumed"),
        ("legacy.pt", legacy(&tensors(&state(1))), "the tutorial's schedule is assumed"),
        ("cuda.pt", zipped(&on(Kind::Float, "cuda:0")), "the tutorial's schedule is assumed"),
        ("parallel.pth", zipped(&tensors(&under("module.", state(1)))), "\"module.\""),
        (
            "checkpoint.pt",
            zipped(&Value::Dict(vec![
                ("epoch", Value::Int(30)),
                ("model", tensors(&state(1))),
                ("optimizer", Value::Dict(vec![("state", adam())])),
            ])),
            "One other tensor was left out: optimizer.state.0.exp_avg.",
        ),
        (
            "lightning.ckpt",
            legacy(&Value::Dict(vec![
                ("state_dict", tensors(&under("model._orig_mod.", state(1)))),
                ("optimizer_states", adam()),
            ])),
            "\"state_dict.model._orig_mod.\"",
        ),
        ("no-name-at-all", gzipped(&zipped(&tensors(&state(1)))), "assumed"),
        (
            "weights.zip",
            zip_of(&[("a/w.safetensors", &common::file(&state(1))), ("a/README.md", b"#")]),
            "assumed",
        ),
        ("weights.gz", gzipped(&common::file(&state(1))), "assumed"),
    ] {
        put(&folder, name, bytes);
        let info = ok(&ddpm(&folder, &format!("info {name}")));
        assert!(info.contains(note) && info.contains("12x12 grey, widths 2, 3, 4"), "no {note} in {info}");
        ok(&ddpm(&folder, &format!("import {name} --out imported")));
        assert!(get(&folder, "imported") == get(&folder, "plain"), "{name}");
    }
    // Every command reads them so, and says on stderr what was assumed.
    let sampled =
        ddpm(&folder, "sample --weights parallel.pth --device cpu --count 1 --steps 2 --out pictures");
    ok(&sampled);
    let err = String::from_utf8_lossy(&sampled.stderr).to_string();
    assert!(err.contains("parallel.pth: The network's tensors were found under \"module.\"."), "{err}");
    let halves = |kind| zipped(&Value::Tensors(state(1), kind, "cpu"));
    for (kind, info) in [(Kind::Half, "assumed"), (Kind::BFloat16, "bfloat16")] {
        put(&folder, "half.pt", halves(kind));
        assert!(ok(&ddpm(&folder, "info half.pt")).contains(info));
    }
}

fn array(length: usize) -> Array {
    Array { shape: vec![length], data: vec![0.5; length] }
}

#[test]
fn of_two_sets_of_weights_one_has_to_be_chosen() {
    let folder = TempDir::new().unwrap();
    let both = Value::Dict(vec![("model", tensors(&state(1))), ("ema", tensors(&state(2)))]);
    put(&folder, "both.pt", zipped(&both));
    for command in ["info both.pt", "import both.pt", "sample --weights both.pt", "export both.pt"] {
        fails(&ddpm(&folder, command), &["both.pt", "2 sets of weights", "import FILE --prefix ema."]);
    }
    for (prefix, seed) in [("ema", 2), ("model.", 1)] {
        ok(&ddpm(&folder, &format!("import both.pt --prefix {prefix} --out chosen")));
        assert!(get(&folder, "chosen") == common::file(&state(seed)));
    }
    fails(&ddpm(&folder, "import both.pt --prefix net"), &["\"net.\"", "\"ema.\" and \"model.\""]);
}

#[test]
fn import_says_the_schedule_of_a_bare_state_dict() {
    let folder = TempDir::new().unwrap();
    put(&folder, "bare", common::file(&state(1)));
    ok(&ddpm(&folder, "import bare --timesteps 1000 --out thousand"));
    let info = ok(&ddpm(&folder, "info thousand"));
    assert!(info.contains("linear, T = 1000, β from 0.0001 to 0.02; the network predicts ε"), "{info}");
    assert!(info.contains("imported from bare") && !info.contains("assumed"), "{info}");
    let options = "--schedule cosine --predict v --timesteps 300 --beta-start 0.001 --beta-end 0.9";
    ok(&ddpm(&folder, &format!("import bare {options} --precision f16 --out cosine")));
    let info = ok(&ddpm(&folder, "info cosine"));
    assert!(info.contains("cosine, T = 300, β from 0.001 to 0.9; the network predicts v"), "{info}");
    fails(&ddpm(&folder, "sample --weights cosine --steps 301"), &["1 to 300"]);
    ok(&ddpm(&folder, "import bare --timesteps 200 --out said"));
    assert!(!ok(&ddpm(&folder, "info said")).contains("assumed"), "what was said is not assumed");

    // A schedule that the file says is not overruled; what it does not say can be added.
    fails(&ddpm(&folder, "import thousand --timesteps 200 --out never"), &["T = 1000", "leave"]);
    let betas = |rows: usize| (0..rows).map(|t| 1e-4 + 0.01 * t as f32 / (rows - 1) as f32).collect();
    let mut ddpm_module = under("network.", state(1));
    ddpm_module.insert("betas".into(), Array { shape: vec![50], data: betas(50) });
    put(&folder, "ddpm.pt", zipped(&tensors(&ddpm_module)));
    fails(&ddpm(&folder, "import ddpm.pt --timesteps 200 --out never"), &["T = 50", "leave"]);
    ok(&ddpm(&folder, "import ddpm.pt --timesteps 50 --predict v --out with-v"));
    assert!(
        ok(&ddpm(&folder, "info with-v")).contains("T = 50, β from 0.0001 to 0.0101; the network predicts v")
    );
    ok(&ddpm(&folder, "import ddpm.pt --out betas"));
    assert!(ok(&ddpm(&folder, "info betas")).contains("T = 50"), "the schedule is not lost with the betas");

    // The time table's rows bound T.
    let mut short = state(1);
    let table = short.get_mut("time_embed.weight").unwrap();
    *table = Array { shape: vec![60, 100], data: table.data[..6000].to_vec() };
    put(&folder, "short", common::file(&short));
    fails(&ddpm(&folder, "import short --timesteps 61 --out never"), &["60 rows"]);
    ok(&ddpm(&folder, "import short --out sixty"));
    assert!(ok(&ddpm(&folder, "info sixty")).contains("T = 60"));
    for options in ["--timesteps 0", "--timesteps 1001", "--beta-start 0.5", "--beta-end 1"] {
        fails(&ddpm(&folder, &format!("import bare {options} --out never")), &["bare"]);
    }
    assert!(!folder.path().join("never").exists());
}

#[test]
fn a_checkpoint_or_a_run_is_read_by_every_command() {
    let folder = workplace();
    ok(&ddpm(&folder, &format!("train --data data --size 12 {TINY} --samples 0 --out run")));
    ok(&ddpm(&folder, "export run --out exported"));
    fs::copy(folder.path().join("run/checkpoint.safetensors"), folder.path().join("renamed.bin")).unwrap();
    for from in ["run", "run/checkpoint.safetensors", "renamed.bin"] {
        ok(&ddpm(&folder, &format!("import {from} --out imported")));
        assert!(get(&folder, "imported") == get(&folder, "exported"), "{from}");
        ok(&ddpm(
            &folder,
            &format!("sample --weights {from} --device cpu --count 1 --steps 2 --out pictures"),
        ));
    }
    fails(&ddpm(&folder, "import run --prefix ema"), &["checkpoint", "--prefix"]);
    fails(&ddpm(&folder, "export exported --raw --out never"), &["--raw", "holds its weights once"]);
}

#[test]
fn a_folder_with_one_weights_file_is_that_file() {
    let folder = TempDir::new().unwrap();
    let model = folder.path().join("model");
    fs::create_dir(&model).unwrap();
    fails(&ddpm(&folder, "info model"), &["model", "ddpm train"]);
    fs::write(model.join("README.md"), "# A model").unwrap();
    fs::write(model.join("unet.pth"), zipped(&tensors(&state(1)))).unwrap();
    assert!(ok(&ddpm(&folder, "info model")).contains("12x12 grey"));
    fs::write(model.join("ema.safetensors"), common::file(&state(2))).unwrap();
    fails(&ddpm(&folder, "info model"), &["2 weights files", "ema.safetensors", "unet.pth", "name one"]);
}

#[test]
fn files_without_usable_weights_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let whole = zipped(&tensors(&state(1)));
    let nan = StateDict::from_iter(state(1).into_iter().map(|(name, mut array)| {
        array.data[0] = if name == "conv_out.bias" { f32::NAN } else { array.data[0] };
        (name, array)
    }));
    for (bytes, words) in [
        (whole[..whole.len() / 2].to_vec(), &["torch.save", "download it again"][..]),
        (legacy(&tensors(&state(1)))[..20_000].to_vec(), &["torch.save", "download it again"]),
        (zipped(&Value::List(vec![Value::Int(1)])), &["dictionary", "state_dict()"]),
        (
            zipped(&tensors(&StateDict::from([("fc.weight".into(), array(3))]))),
            &["fc.weight", "another network"],
        ),
        (zipped(&tensors(&nan)), &["conv_out.bias", "NaN"]),
        (zip_of(&[("a.pt", b"x"), ("b.pt", b"x")]), &["2 weights files", "a.pt", "unpack"]),
        (zip_of(&[("notes.txt", b"x")]), &["zip archive without a weights file"]),
        (zip_of(&[("x.npy", b"x")]), &["NumPy archive", "save_file"]),
        (gzipped(b"hello"), &["text"]),
        (gzipped(&whole)[..1000].to_vec(), &["gzip", "download it again"]),
        (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), &["`git lfs pull`"]),
    ] {
        put(&folder, "given.pt", bytes);
        for command in ["import given.pt --out never", "info given.pt", "sample --weights given.pt"] {
            fails(&ddpm(&folder, command), words);
        }
    }
    assert!(!folder.path().join("never").exists());
}
