//! What commands write is looked at before any work, and nothing that was made is lost.

use super::{TINY, ddpm, fails, files, fixture, ok, workplace};
use ddpm_web::model::file::Found;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// Every option that names what is written, without its value, in a command that would succeed with one.
const COMMANDS: [(&str, &str); 12] = [
    ("sample --weights weights --device cpu --steps 2 --count 1", "--gif"),
    ("sample --weights weights --device cpu --steps 2 --count 1", "--raw"),
    ("sample --weights weights --device cpu --steps 2 --count 1", "--out"),
    ("noise --data data", "--out"),
    ("reconstruct --data data --weights weights --device cpu", "--out"),
    ("reconstruct --data data --weights weights --device cpu", "--raw"),
    ("predict --weights weights --input weights --device cpu", "--out"),
    ("export weights", "--out"),
    ("data --data data", "--write"),
    // These are not what they should be: paths are looked at before that is found.
    ("import weights", "--out"),
    ("train-classifier --data data", "--out"),
    ("evaluate --data data --weights weights --classifier weights", "--json"),
];

#[test]
fn an_output_that_cannot_be_written_is_refused_before_any_work() {
    let folder = workplace();
    fs::create_dir(folder.path().join("folder")).unwrap();
    fs::write(folder.path().join("file"), "x").unwrap();
    fs::write(folder.path().join("protected"), "x").unwrap();
    let mut permissions = fs::metadata(folder.path().join("protected")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(folder.path().join("protected"), permissions).unwrap();
    let before = files(folder.path());
    for (command, option) in COMMANDS {
        let is_folder =
            option == "--out" && ["sample", "noise", "recon"].iter().any(|name| command.starts_with(name));
        let bad: &[(&str, &[&str])] = match is_folder {
            true => &[("file", &["file is no folder", "another --out"]), ("file/x", &["file is no folder"])],
            false => &[
                ("folder", &["folder", "add a file name"]),
                ("nowhere/x", &["nowhere/x", "create the folder nowhere"]),
                ("file/x", &["file/x"]),
                ("protected", &["protected", "write-protected"]),
                ("weights", &["weights", "is read"]),
                ("data", &["data"]),
                ("data/new", &["images of --data"]),
            ],
        };
        for (path, words) in bad {
            // What is read differs from command to command.
            let reads = |what: &str| command.contains(&format!("{what} {what}")) || command.ends_with(what);
            if *path == "weights" && !reads("weights") || path.starts_with("data/") && !reads("data") {
                continue;
            }
            println!("ddpm {command} {option} {path}");
            let output = ddpm(&folder, &format!("{command} {option} {path}"));
            fails(&output, words);
            fails(&output, &[option]);
            let err = String::from_utf8_lossy(&output.stderr);
            assert_eq!(err.lines().count(), 1, "work was begun before {path} was looked at: {err}");
            assert_eq!(files(folder.path()), before);
        }
    }
    assert_eq!(fs::read(folder.path().join("protected")).unwrap(), b"x");
}

#[test]
fn two_outputs_of_one_name_are_refused() {
    let folder = workplace();
    let sample = "sample --weights weights --device cpu --steps 2 --count 1";
    for (more, words) in [
        ("--gif same --raw same", &["--gif and --raw", "same"][..]),
        ("--gif same --raw data/../same", &["--gif and --raw"]),
        ("--out pics --raw pics/sample-batch.png", &["--out and --raw", "sample-batch.png"]),
    ] {
        fails(&ddpm(&folder, &format!("{sample} {more}")), words);
    }
    assert!(!folder.path().join("pics").exists());
    // A file in the folder that the command makes is fine, and so is doing it again.
    for _ in 0..2 {
        ok(&ddpm(&folder, &format!("{sample} --out pics --gif pics/run.gif --raw pics/raw")));
    }
    assert_eq!(
        files(&folder.path().join("pics")),
        ["raw", "run.gif", "sample-batch.png", "sample-frames.png"]
    );
}

#[test]
fn a_run_read_by_its_folder_and_a_guide_are_inputs_too() {
    let folder = workplace();
    ok(&ddpm(&folder, &format!("train --data data --size 12 {TINY} --samples 0 --out run")));
    let checkpoint = fs::read(folder.path().join("run/checkpoint.safetensors")).unwrap();
    for arguments in [
        "export run --out run/checkpoint.safetensors",
        "sample --weights run --raw run/checkpoint.safetensors",
        "sample --weights weights --guide run --guidance 2 --raw run/checkpoint.safetensors",
    ] {
        fails(&ddpm(&folder, arguments), &["run/checkpoint.safetensors", "is read"]);
    }
    assert_eq!(fs::read(folder.path().join("run/checkpoint.safetensors")).unwrap(), checkpoint);
    // Pictures beside a run's own are no harm.
    ok(&ddpm(&folder, "sample --weights run --device cpu --count 1 --out run"));
    fails(
        &ddpm(&folder, "export run/epoch-001.safetensors --raw --out x"),
        &["--raw", "weights file", "run's folder"],
    );
    ok(&ddpm(&folder, "export run --raw --out x"));
}

#[test]
fn the_last_kept_epochs_can_be_averaged_when_a_run_is_over() {
    let folder = workplace();
    let tiny = TINY.replace("--epochs 1", "--epochs 3");
    ok(&ddpm(&folder, &format!("train --data data --size 12 {tiny} --samples 0 --out run")));
    let flat = |name: &str| {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        Found::parse(&bytes, None).unwrap().weights.parameters.flat
    };
    ok(&ddpm(&folder, "export run --average 2 --out mean"));
    let [second, third, mean] = ["run/epoch-002.safetensors", "run/epoch-003.safetensors", "mean"].map(flat);
    assert_ne!(second, third);
    for ((second, third), mean) in second.iter().zip(&third).zip(&mean) {
        assert!((0.5 * (second + third) - mean).abs() <= 1e-6 * mean.abs().max(1.0));
    }
    ok(&ddpm(&folder, "export run --average 1 --out last"));
    assert_eq!(flat("last"), third);
    let info = ok(&ddpm(&folder, "info mean"));
    assert!(info.contains("mean of the weights after the last 2 kept epochs"), "{info}");
    fails(&ddpm(&folder, "export run --average 4 --out never"), &["--average 4", "3 epochs"]);
}

#[test]
fn the_shipped_classifier_is_not_replaced_by_default() {
    let folder = workplace();
    fs::create_dir(folder.path().join("assets")).unwrap();
    let shipped = folder.path().join("assets/classifier.safetensors");
    fs::write(&shipped, "shipped").unwrap();
    // A file of this name in the way tells which one the command would write.
    fs::create_dir(folder.path().join("classifier.safetensors")).unwrap();
    let output = ddpm(&folder, "train-classifier --data data");
    fails(&output, &["cannot write classifier.safetensors", "--out"]);
    assert_eq!(fs::read(shipped).unwrap(), b"shipped");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_on_which_no_file_can_be_made_is_found_before_any_work() {
    let folder = workplace();
    let output = ddpm(&folder, "sample --weights weights --device cpu --raw /proc/raw");
    fails(&output, &["/proc/raw", "--raw"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("Sampling"));
}

#[test]
fn what_was_made_is_kept_elsewhere_when_its_folder_is_gone_at_the_end() {
    let folder = workplace();
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let arguments = "sample --weights weights --device cpu --count 64 --steps 100 --out pics --raw gone/raw";
    let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(&folder).env("TMPDIR", folder.path()).args(arguments.split_whitespace());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // 1. Once it samples, its paths have been looked at; the folder goes.
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains("Sampling") {
        assert!(err.read_line(&mut text).unwrap() > 0, "{text}");
    }
    fs::remove_dir(&gone).unwrap();
    err.read_to_string(&mut text).unwrap();
    // 2. The others are written, and the numbers are where the error says.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(files(&folder.path().join("pics")), ["sample-batch.png", "sample-frames.png"]);
    assert!(text.contains("cannot write gone/raw"), "{text}");
    let (_, place) = text.split_once("What was made is in ").expect(&text);
    assert_eq!(fs::read(place.trim()).unwrap().len(), 64 * 784 * 4);
}

#[test]
fn an_animation_is_as_large_as_allowed_and_its_size_is_said() {
    let folder = workplace();
    let long = TINY.replace("--timesteps 8", "--timesteps 30");
    ok(&ddpm(&folder, &format!("train --data data --size 12 {long} --samples 0 --out run")));
    let mut sizes = vec![];
    for more in ["--gif-megabytes 1", "--gif-megabytes 40"] {
        let sample = "sample --weights run --device cpu --count 256 --gif x.gif";
        let printed = ok(&ddpm(&folder, &format!("{sample} {more}")));
        let size = fs::metadata(folder.path().join("x.gif")).unwrap().len();
        assert!(printed.contains(&format!("x.gif ({} KB)", size.div_ceil(1000))), "{printed}");
        sizes.push(size);
    }
    assert!(sizes[0] < 1_100_000 && sizes[0] > 300_000, "{sizes:?}");
    assert!(sizes[1] > 2 * sizes[0], "all of it can be had: {sizes:?}");
}

#[test]
fn a_large_batch_is_that_of_small_ones() {
    let folder = workplace();
    ok(&ddpm(&folder, &format!("train --data data --size 12 {TINY} --samples 0 --out run")));
    let sample = "sample --weights run --device cpu --steps 3";
    let output = ddpm(&folder, &format!("{sample} --count 4096 --raw all --gif x.gif --gif-megabytes 1"));
    ok(&output);
    ok(&ddpm(&folder, &format!("{sample} --count 300 --raw first")));
    let [all, first] = ["all", "first"].map(|name| super::numbers(&folder, name));
    assert_eq!((all.len(), first.len()), (4096 * 144, 300 * 144));
    assert_eq!(all[..300 * 144], first, "images do not depend on how many there are");
    assert!(fs::metadata(folder.path().join("x.gif")).unwrap().len() < 1_200_000);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("of 4096"), "what is left out is said: {err}");
    assert!(!err.contains(|letter: char| letter.is_control() && letter != '\n'), "no bar in a log: {err:?}");
}

#[test]
fn an_import_does_not_replace_the_file_it_reads() {
    let folder = workplace();
    let file = folder.path().join("unet.pt");
    fs::copy(fixture("unet_random").with_file_name("unet_random_f16.pt"), &file).unwrap();
    let before = fs::read(&file).unwrap();
    fails(&ddpm(&folder, "import unet.pt --out ./unet.pt"), &["./unet.pt", "is read", "another --out"]);
    assert_eq!(fs::read(&file).unwrap(), before);
}
