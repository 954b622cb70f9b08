//! Where a run is, where its data are, and the command that continues it.

use super::stopped::{TINY, ended};
use super::{data, finish, images, signal, train, wait_for_checkpoints};
use ddpm_web::data::idx;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The program with exactly these arguments.
fn ddpm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(arguments).env_remove("DDPM_DATA");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a command that must fail says.
fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let (said, code) = ended(&ddpm(folder, arguments).output().unwrap());
    assert!(matches!(code, Some(1 | 2)), "{code:?} {said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in: {said}");
    }
}

const ONE_EPOCH: [&str; 12] = [
    "--size",
    "12",
    "--widths",
    "2,3,4",
    "--timesteps",
    "12",
    "--batch-size",
    "20",
    "--samples",
    "0",
    "--device",
    "cpu",
];

#[test]
fn the_printed_command_continues_the_run_when_it_is_pasted() {
    for (images, run) in [
        ("data", "run"),
        ("my data", "my run"),
        ("it's", "a \"run\" of $HOME"),
        ("größe ✓", "*;#&"),
        ("-data", "-run"),
        ("a\nb", "~"),
    ] {
        let folder = TempDir::new().unwrap();
        let folder = folder.path();
        data(folder);
        fs::rename(folder.join("data"), folder.join(images)).unwrap();
        let arguments = [format!("--data={images}"), format!("--out={run}"), "--epochs=1000000".into()];
        let mut command = ddpm(folder, &["train", "--keep", "1"]);
        let mut child = command.args(ONE_EPOCH).args(arguments).spawn().unwrap();
        let checkpoint = folder.join(run).join("checkpoint.safetensors");
        wait_for_checkpoints(&mut child, &checkpoint, 1);
        signal(&child, "-INT");
        let (said, code) = ended(&child.wait_with_output().unwrap());
        assert_eq!(code, Some(130), "{said}");
        let line = said.split_once("Continue with: ").unwrap().1;
        let line = line.trim_end();
        // Pasted as it is; only its end is brought nearer.
        let before = fs::read(&checkpoint).unwrap();
        let epochs = fs::read_to_string(folder.join(run).join("metrics.jsonl")).unwrap().lines().count() + 1;
        let script = format!("{line} --epochs {epochs}");
        let output = Command::new("sh").current_dir(folder).args(["-c", &script]).output().unwrap();
        let (said, code) = ended(&output);
        assert_eq!(code, Some(0), "{script}: {said}");
        assert!(fs::read(&checkpoint).unwrap() != before, "{script} trained nothing");
    }
}

#[test]
fn a_run_is_found_by_its_folder_or_checkpoint_from_anywhere_and_after_it_moved() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    finish(train(folder, &format!("{TINY} --batch-size 20 --samples 0 --epochs 1 --out run")));
    fs::create_dir_all(folder.join("else/where")).unwrap();
    let resume = |from: &str, path: &str, epochs: usize, more: &[&str]| {
        let epochs = epochs.to_string();
        let mut command = ddpm(&folder.join(from), &["train", "--resume", path, "--epochs", &epochs]);
        command.args(["--device", "cpu"]).args(more);
        finish(command);
    };
    resume("", "run", 2, &[]);
    resume("", "run/", 3, &[]);
    resume("", "run/checkpoint.safetensors", 4, &[]);
    resume("run", "checkpoint.safetensors", 5, &[]);
    resume("run", ".", 6, &[]);
    resume("else/where", "../../run", 7, &[]);
    let absolute = folder.join("run").display().to_string();
    resume("else", &absolute, 8, &[]);
    fs::rename(folder.join("run"), folder.join("else/renamed")).unwrap();
    resume("", "else/renamed", 9, &[]);
    assert!(folder.join("else/renamed/epoch-009.safetensors").exists());

    // The data move as well: then the run has to be told, once.
    fs::rename(folder.join("data"), folder.join("else/data")).unwrap();
    refused(folder, &["train", "--resume", "else/renamed", "--epochs", "10"], &["data, are gone", "--data"]);
    resume("", "else/renamed", 10, &["--data", "else/data"]);
    resume("else", "renamed", 11, &[]);
    // Other images under the same name are refused.
    let other = images(vec![9; 20 * 784]);
    fs::write(folder.join("else/data/train-images-idx3-ubyte"), idx::write(&other)).unwrap();
    refused(folder, &["train", "--resume", "else/renamed", "--epochs", "12"], &["started on", "--data"]);
    let run = folder.join("else/renamed");
    for (path, words) in [
        ("epoch-001.safetensors", ["no checkpoint", "folder"]),
        ("nowhere", ["cannot read", "a run's folder or its checkpoint"]),
        ("../data", ["cannot read", "checkpoint.safetensors"]),
    ] {
        refused(&run, &["train", "--resume", path], &words);
    }
    fs::copy(run.join("checkpoint.safetensors"), run.join("copy")).unwrap();
    refused(&run, &["train", "--resume", "copy"], &["a copy of a checkpoint"]);
    refused(&run, &["train", "--resume", ".", "--epochs", "3", "--data", "../data"], &["--data"]);
}

#[test]
fn one_training_at_a_time_is_at_work_in_a_folder() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 20 --samples 0 --epochs 1000000 --keep 1 --out run");
    let mut child = train(folder, &recipe).spawn().unwrap();
    wait_for_checkpoints(&mut child, &folder.join("run/checkpoint.safetensors"), 2);
    let process = format!("process {}", child.id());
    refused(folder, &["train", "--resume", "run"], &["another training", &process, "stop it first"]);
    refused(folder, &["train", "--data", "data", "--out", "run"], &["--out"]);
    // Killed without a warning it leaves its lock file and half a file; neither is in the way.
    signal(&child, "-KILL");
    child.wait().unwrap();
    fs::write(folder.join("run/.ddpm-half"), b"half").unwrap();
    let done = fs::read_to_string(folder.join("run/metrics.jsonl")).unwrap().lines().count();
    finish(train(folder, &format!("--resume run --epochs {}", done + 1)));
    let names = fs::read_dir(folder.join("run")).unwrap().map(|entry| entry.unwrap().file_name());
    let hidden: Vec<_> = names.filter(|name| name.to_str().unwrap().starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
    refused(folder, &["train", "--data", "data", "--out", "run"], &["train --resume run", "start anew"]);
    fs::remove_file(folder.join("run/checkpoint.safetensors")).unwrap();
    refused(folder, &["train", "--data", "data", "--out", "run"], &["remove the folder"]);
}

#[test]
fn a_folder_that_is_deleted_or_full_in_mid_run_is_a_clear_error() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 20 --samples 0 --epochs 1000000 --keep 1");
    let mut child = train(folder, &format!("{recipe} --out gone")).spawn().unwrap();
    wait_for_checkpoints(&mut child, &folder.join("gone/checkpoint.safetensors"), 2);
    fs::rename(folder.join("gone"), folder.join("kept")).unwrap();
    let (said, code) = ended(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot write gone/") && said.contains("start anew"), "{said}");
    let done = fs::read_to_string(folder.join("kept/metrics.jsonl")).unwrap().lines().count();
    finish(train(folder, &format!("--resume kept --epochs {}", done + 1)));

    // A file with all losses in its header grows with each epoch, until it is larger than allowed.
    let program = env!("CARGO_BIN_EXE_ddpm");
    let kibibytes = fs::metadata(folder.join("kept/epoch-000.safetensors")).unwrap().len().div_ceil(1024) + 1;
    let recipe = format!("{TINY} --batch-size 20 --samples 0 --epochs 1000 --keep 1000 --save-every 0");
    let script =
        format!("ulimit -f {kibibytes}; exec {program} train --data data --device cpu {recipe} --out full");
    let output = Command::new("bash").current_dir(folder).args(["-c", &script]).output().unwrap();
    let (said, code) = ended(&output);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ulimit -f") && said.contains("train --resume full"), "{said}");
    let mut left = fs::read_dir(folder.join("full")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.all(|name| !name.to_str().unwrap().starts_with('.')), "no half-written file");
    let info = ddpm(folder, &["info", "full"]).output().unwrap();
    let (said, code) = ended(&info);
    assert_eq!(code, Some(0), "the last checkpoint is whole: {said}");
}
