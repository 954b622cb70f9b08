//! A training run that is killed, interrupted or out of disk space loses nothing.

mod devices;
mod distill;
mod length;
mod moments;
mod places;
mod stopped;

use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::idx;
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// 20 images in batches of 6: four batches an epoch, the last one smaller.
fn data(folder: &Path) {
    fs::create_dir(folder.join("data")).unwrap();
    let images = images((0..20 * 784).map(|i| (i * 7 % 253) as u8).collect());
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
        fs::write(folder.join("data").join(name), idx::write(&images)).unwrap();
    }
}

/// Two classes, in turns.
fn label(folder: &Path, classes: &[u8]) {
    let labels: Vec<u8> = (0..20).map(|i| classes[i % classes.len()]).collect();
    let bytes = [&[0, 0, 8, 1, 0, 0, 0, 20], labels.as_slice()].concat();
    for name in ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"] {
        fs::write(folder.join("data").join(name), &bytes).unwrap();
    }
}

fn images(bytes: Vec<u8>) -> Images {
    Images { spec: ImageSpec { side: 28, channels: 1 }, bytes }
}

const RECIPE: &str =
    "--batch-size 6 --epochs 3 --samples 2 --timesteps 12 --seed 5 --warmup 7 --clip 0.5 --out";

/// A program that a signal ends as usual, even where the tests themselves run under `nohup` or in a shell's
/// background, which have HUP or INT ignored.
fn with_usual_signals(program: &str) -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal", program]);
    command
}

fn train(folder: &Path, arguments: &str) -> Command {
    let mut command = with_usual_signals(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(["train", "--data", "data", "--device", "cpu"]);
    command.args(arguments.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Waits until the run's checkpoint has changed `times` times, or the run has ended.
fn wait_for_checkpoints(child: &mut Child, file: &Path, times: usize) {
    let start = Instant::now();
    let stamp = || fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
    for _ in 0..times {
        let before = stamp();
        while stamp() == before && child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(120), "no checkpoint in two minutes");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Everything that must not depend on interruptions: all but times.
fn results(run: &Path) -> Vec<(String, Vec<u8>)> {
    let names = ["epoch-001.safetensors", "epoch-002.safetensors", "epoch-003.safetensors", "epoch-003.png"];
    let files = names.iter().map(|name| (name.to_string(), fs::read(run.join(name)).unwrap()));
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let losses = metrics.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["test_loss"].is_number(), "an epoch of a few that is kept: {line}");
        ("loss".to_string(), format!("{} {}", line["loss"], line["test_loss"]).into_bytes())
    });
    files.chain(losses).collect()
}

#[test]
fn a_killed_run_ends_with_the_same_weights() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    finish(train(folder, &format!("{RECIPE} whole")));
    let expected = results(&folder.join("whole"));
    assert_eq!(expected.len(), 7);

    // Killed in the first epoch, in the second, and then again at once: no warning, no clean-up.
    let run = folder.join("killed");
    let mut arguments = format!("{RECIPE} killed --save-every 0");
    for (checkpoints, milliseconds) in [(3, 0), (3, 40), (1, 15)] {
        let mut child = train(folder, &arguments).spawn().unwrap();
        wait_for_checkpoints(&mut child, &run.join("checkpoint.safetensors"), checkpoints);
        // Between checkpoints too, wherever the next step has got to.
        std::thread::sleep(Duration::from_millis(milliseconds));
        signal(&child, "-KILL");
        assert!(!child.wait().unwrap().success(), "the run ended before it was killed");
        arguments = "--resume killed --save-every 0".into();
    }
    assert!(!run.join("epoch-003.safetensors").exists(), "killed before its end");
    finish(train(folder, "--resume killed"));
    let found = results(&run);
    let differ: Vec<&str> = found
        .iter()
        .zip(&expected)
        .filter(|(found, expected)| found != expected)
        .map(|((name, _), _)| name.as_str())
        .collect();
    assert!(
        differ.is_empty() && found.len() == expected.len(),
        "an interrupted run must end with the same bytes; {differ:?} are others"
    );

    // A finished run is left as it is, and goes on when asked for more epochs.
    finish(train(folder, "--resume killed"));
    assert!(results(&run) == expected);
    finish(train(folder, "--resume killed --epochs 4"));
    assert!(run.join("epoch-004.safetensors").exists());
}

#[test]
fn ctrl_c_saves_first() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let checkpoint = folder.join("run/checkpoint.safetensors");
    let mut child = train(folder, "--batch-size 4 --epochs 1000 --samples 0 --out run").spawn().unwrap();
    wait_for_checkpoints(&mut child, &checkpoint, 2);
    let before = fs::read(&checkpoint).unwrap();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("ddpm train --resume run"), "{said}");
    assert_ne!(fs::read(&checkpoint).unwrap(), before, "the newest state was saved");
}

#[test]
fn a_run_is_neither_overwritten_nor_continued_on_other_data() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    finish(train(folder, "--epochs 1 --batch-size 20 --samples 0 --out run"));
    let kept = fs::read(folder.join("run/checkpoint.safetensors")).unwrap();
    let refused = |arguments: &str, word: &str| {
        let output = train(folder, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(!output.status.success() && said.contains(word) && !said.contains("panicked"), "{said}");
    };
    refused("--epochs 1 --out run", "--resume run");
    let images = images(vec![9; 20 * 784]);
    fs::write(folder.join("data/train-images-idx3-ubyte"), idx::write(&images)).unwrap();
    refused("--resume run --epochs 2", "--data");
    assert_eq!(fs::read(folder.join("run/checkpoint.safetensors")).unwrap(), kept);
    fs::write(folder.join("run/checkpoint.safetensors"), &kept[..kept.len() / 2]).unwrap();
    refused("--resume run", "no checkpoint that can be continued");
}

/// A limit on file sizes stands in for a full disk: the same write fails, half-way.
#[test]
fn a_full_disk_is_a_clear_error_and_leaves_no_partial_file() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let program = env!("CARGO_BIN_EXE_ddpm");
    let script = format!(
        "trap '' XFSZ; ulimit -f 4000; exec {program} train --data data --device cpu --batch-size 20 --out run"
    );
    let output = Command::new("bash").current_dir(folder).args(["-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && !said.contains("panicked"), "{said}");
    assert!(said.contains("checkpoint.safetensors"), "{said}");
    let mut left: Vec<_> =
        fs::read_dir(folder.join("run")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["config.toml", "epoch-000.safetensors"], "no half-written file");
    let whole = fs::read(folder.join("run/epoch-000.safetensors")).unwrap();
    assert!(ddpm_web::model::file::Weights::parse(&whole).is_ok(), "what fitted is whole");
}

#[test]
fn a_run_keeps_its_network_and_needs_none_of_it_again() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    label(folder, &[0, 1]);
    let recipe = "--size 16 --widths 2,3,4 --classes --mirror --batch-size 6 --samples 2 --timesteps 12";
    finish(train(folder, &format!("{recipe} --epochs 2 --out whole")));
    finish(train(folder, &format!("{recipe} --epochs 1 --out parts")));
    finish(train(folder, "--resume parts --epochs 2"));
    for name in ["epoch-002.safetensors", "epoch-002.png"] {
        let [whole, parts] = ["whole", "parts"].map(|run| fs::read(folder.join(run).join(name)).unwrap());
        assert!(whole == parts, "{name} is another");
    }
    let config = fs::read_to_string(folder.join("parts/config.toml")).unwrap();
    assert!(config.contains("widths = [2, 3, 4]") && config.contains("classes = 2"), "{config}");

    let refused = |arguments: &str, words: &[&str]| {
        let output = train(folder, arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(!output.status.success() && !said.contains("panicked"), "{said}");
        for word in words {
            assert!(said.contains(word), "no {word:?} in: {said}");
        }
    };
    for argument in [
        "--size 16",
        "--colour",
        "--widths 2,3,4",
        "--classes",
        "--mirror",
        "--batch-size 6",
        "--schedule cosine",
        "--beta-end 0.1",
        "--samples 2",
        "--out other",
    ] {
        let name = argument.split(' ').next().unwrap();
        refused(&format!("--resume parts {argument}"), &["--resume", name, "cannot be used with"]);
    }
    label(folder, &[1, 0]);
    refused("--resume parts --epochs 3", &["other labels", "--data"]);
    for name in ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"] {
        fs::remove_file(folder.join("data").join(name)).unwrap();
    }
    refused("--resume parts --epochs 3", &["other labels", "--data"]);
    assert!(!folder.join("parts/epoch-003.safetensors").exists());
}

/// Checkpoints of before there were other networks than the tutorial's do not say which they are of.
#[test]
fn a_run_of_an_older_program_goes_on() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = "--batch-size 20 --samples 0 --timesteps 12 --ema 0";
    finish(train(folder, &format!("{recipe} --epochs 2 --out whole")));
    finish(train(folder, &format!("{recipe} --epochs 1 --out old")));
    let path = folder.join("old/checkpoint.safetensors");
    let bytes = fs::read(&path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let said = &header.metadata().as_ref().unwrap()["ddpm_web_checkpoint"];
    let mut said: serde_json::Value = serde_json::from_str(said).unwrap();
    assert!(said["config"].as_object_mut().unwrap().remove("network").is_some());
    said["data"].as_object_mut().unwrap().remove("labels_sha256");
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let metadata = HashMap::from([("ddpm_web_checkpoint".to_string(), said.to_string())]);
    fs::write(&path, safetensors::serialize(file.tensors(), Some(metadata)).unwrap()).unwrap();
    finish(train(folder, "--resume old --epochs 2"));
    let [whole, old] =
        ["whole", "old"].map(|run| fs::read(folder.join(run).join("epoch-002.safetensors")).unwrap());
    assert!(whole == old);
}
