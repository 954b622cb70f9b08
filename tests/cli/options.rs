//! An option that cannot be honoured is refused, never ignored; and what a script asks for is what it gets.

use super::{TINY, ddpm, fails, fixture, ok, workplace};
use ddpm_web::data::idx;
use serde_json::Value;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

#[test]
fn an_option_that_would_change_nothing_is_refused() {
    let folder = workplace();
    ok(&ddpm(&folder, &format!("train --data data --size 12 {TINY} --samples 0 --out run")));
    let sample = "sample --weights weights --device cpu --count 1";
    for (arguments, words) in [
        (&*format!("{sample} --eta 0"), &["eta", "ddim"][..]),
        (&format!("{sample} --sampler dpm-solver-pp --eta 0"), &["eta", "ddim"]),
        (&format!("{sample} --sampler ddpm-posterior --eta 1"), &["eta", "ddim"]),
        (&format!("{sample} --spacing log-snr"), &["--spacing log-snr", "200", "--steps"]),
        (&format!("{sample} --spacing halfway --steps 200"), &["--spacing halfway", "--steps"]),
        (&format!("{sample} --from-t 10"), &["--picture"]),
        (&format!("{sample} --picture x.png"), &["--from-t"]),
        (&format!("{sample} --picture x.png --from-t 10 --start pure"), &["--picture", "--start"]),
        (&format!("{sample} --picture x.png --from-t 10 --visits 3"), &["--mask"]),
        (&format!("{sample} --picture data --from-t 200"), &["t = 200", "0 to 199"]),
        (&format!("{sample} --picture data --from-t 9 --steps 11"), &["11 steps from t = 9", "1 to 10"]),
        (&format!("{sample} --gif-megabytes 4"), &["--gif"]),
        (&format!("{sample} --gif x.gif --gif-megabytes 0"), &["--gif-megabytes"]),
        (&format!("{sample} --engine gpu"), &["--engine gpu", "--device cpu"]),
        ("sample --weights weights --engine cpu --device gpu", &["--engine cpu", "--device gpu"]),
        ("sample --weights weights --engine cpu --device llvmpipe", &["--engine cpu", "llvmpipe"]),
        ("reconstruct --data data --weights weights --engine gpu --device cpu", &["--engine gpu"]),
        ("predict --weights weights --input weights --out x --engine gpu --device cpu", &["--engine gpu"]),
        ("bench --engine cpu --device gpu", &["--engine cpu", "--device gpu"]),
        ("bench --engine gpu --device cpu", &["--engine gpu", "--device cpu"]),
        ("bench --forward --train", &["nothing to time", "--forward", "--train"]),
        ("bench --forward --train 1 --engine cpu", &["--engine", "--forward"]),
        ("bench --forward 0", &["--forward", "1 to 4096"]),
        ("bench --train 5000", &["--train", "1 to 4096"]),
        ("noise --data data --count 25", &["--count 25", "only 24"]),
        ("reconstruct --data data --weights weights --device cpu --count 25", &["--count 25", "only 24"]),
        ("reconstruct --data data --weights weights --untrained", &["--weights", "--untrained"]),
        ("data --data data --count 3", &["--write"]),
        ("data --data data --count 25 --write x", &["--count 25", "only 24"]),
        ("export weights --raw", &["--raw", "weights file"]),
        ("info weights --plan --json", &["--plan", "--json"]),
        ("info --plan --json", &["--plan", "--json"]),
        ("info run --colour", &["--colour"]),
        ("bench --json", &["--json"]),
    ] {
        println!("ddpm {arguments}");
        let output = ddpm(&folder, arguments);
        fails(&output, words);
        assert!(!folder.path().join("pictures").exists() && !folder.path().join("x").exists());
        assert!(matches!(output.status.code(), Some(1 | 2)));
    }
}

#[test]
fn evaluate_refuses_what_it_would_ignore() {
    let folder = workplace();
    let run = "evaluate --data data --weights weights --classifier nowhere";
    for (more, words) in [
        ("--eta 0.5", &["eta", "ddim"][..]),
        ("--eta 0", &["eta", "ddim"]),
        ("--spacing log-snr", &["--spacing", "--steps"]),
    ] {
        fails(&ddpm(&folder, &format!("{run} {more}")), words);
    }
}

/// What a command prints with --json --quiet: one object, and nothing on stderr.
fn object(folder: &TempDir, arguments: &str) -> Value {
    let output = ddpm(folder, &format!("{arguments} --json --quiet"));
    let text = ok(&output);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "ddpm {arguments}");
    assert_eq!(text.lines().count(), 1, "ddpm {arguments}: {text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn scripts_get_one_object_and_silence() {
    let folder = workplace();
    ok(&ddpm(&folder, &format!("train --data data --size 12 {TINY} --samples 0 --out run")));
    let pt = fixture("unet_random").with_file_name("unet_random_f16.pt");
    for (arguments, files) in [
        ("sample --weights run --device cpu --steps 2 --gif run.gif --raw raw".to_string(), 4),
        ("noise --data data".into(), 2),
        ("reconstruct --data data --weights weights --device cpu --raw raw".into(), 2),
        ("export run --out exported".into(), 1),
        (format!("import {} --out imported", pt.display()), 1),
        ("data --data data --write first.idx".into(), 1),
        ("data --data data".into(), 0),
    ] {
        let found = object(&folder, &arguments);
        let list = found["files"].as_array().unwrap();
        assert_eq!(list.len(), files, "{arguments}: {found}");
        for file in list {
            let bytes = fs::metadata(folder.path().join(file["path"].as_str().unwrap())).unwrap().len();
            assert_eq!(file["bytes"], bytes, "{file}");
        }
    }
    let data = object(&folder, "data --data data")["data"].clone();
    assert_eq!(
        (&data["train"], &data["side"], &data["channels"]),
        (&24.into(), &28.into(), &1.into()),
        "{data}"
    );
    let first = idx::parse_images(&fs::read(folder.path().join("first.idx")).unwrap()).unwrap();
    assert_eq!(first.len(), 16);

    let info = object(&folder, "info run");
    assert_eq!(info["network"]["widths"], serde_json::json!([2, 3, 4]), "{info}");
    assert_eq!(
        (&info["schedule"]["timesteps"], &info["training"]["epochs_done"]),
        (&8.into(), &1.into()),
        "{info}"
    );
    let info = object(&folder, "info weights");
    assert_eq!((&info["trainable_parameters"], &info["training"]), (&506_852.into(), &Value::Null), "{info}");
}

#[test]
fn quiet_keeps_results_and_errors_alone() {
    let folder = workplace();
    let sample = "sample --weights weights --device cpu --count 1 --steps 2";
    let loud = ddpm(&folder, sample);
    assert!(String::from_utf8_lossy(&loud.stderr).contains("Sampling 1 images"));
    for quiet in [format!("{sample} --quiet"), format!("-q {sample}")] {
        let output = ddpm(&folder, &quiet);
        assert_eq!(ok(&output), ok(&loud), "the results are those that are printed without it");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    fails(&ddpm(&folder, &format!("{} --quiet", sample.replace("--steps 2", "--steps 900"))), &["1 to 200"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_a_desktop_gets_no_errors_of_its_libraries() {
    let folder = workplace();
    for runtime in [None, Some("not/absolute")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
        command.current_dir(&folder).args("sample --weights weights --count 1 --steps 1".split(' '));
        for name in ["XDG_RUNTIME_DIR", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(name);
        }
        runtime.map(|folder| command.env("XDG_RUNTIME_DIR", folder));
        let output = command.output().unwrap();
        ok(&output);
        let err = String::from_utf8_lossy(&output.stderr);
        let ours = |line: &str| {
            line.starts_with("weights: The file does not say") || line.starts_with("Sampling 1 images")
        };
        assert!(err.lines().count() == 2 && err.lines().all(ours), "{err}");
    }
}
