//! Signals, closed pipes, a folder that is taken, a training that diverged.

use super::{data, finish, images, signal, train, wait_for_checkpoints, with_usual_signals};
use ddpm_web::data::idx;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A network that takes a millisecond a batch.
pub const TINY: &str = "--size 12 --widths 2,3,4 --timesteps 12";

/// What a process that ended said on stderr, and its exit code; without a panic.
pub fn ended(output: &Output) -> (String, Option<i32>) {
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(!said.contains("panicked"), "{said}");
    (said, output.status.code())
}

/// What the process says once it has been told to stop.
fn after(child: Child, name: &str) -> (String, Option<i32>) {
    signal(&child, name);
    ended(&child.wait_with_output().unwrap())
}

/// Starts a run and waits until it trains.
fn started(folder: &Path, arguments: &str, run: &str) -> Child {
    let mut child = train(folder, &format!("{arguments} --out {run}")).spawn().unwrap();
    wait_for_checkpoints(&mut child, &folder.join(run).join("checkpoint.safetensors"), 1);
    child
}

#[test]
fn each_signal_saves_and_has_its_own_exit_code() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    // An epoch is one batch.
    let recipe = format!("{TINY} --batch-size 20 --epochs 1000000 --samples 0 --keep 1");
    for (name, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let run = format!("run{name}");
        let (said, found) = after(started(folder, &recipe, &run), name);
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains(&format!("train --resume {run} --data data --device cpu")), "{said}");
        let metrics = fs::read_to_string(folder.join(&run).join("metrics.jsonl")).unwrap();
        let info = Command::new(env!("CARGO_BIN_EXE_ddpm")).current_dir(folder).args(["info", &run]).output();
        let info = String::from_utf8(info.unwrap().stdout).unwrap();
        assert!(info.contains(&format!("{} of 1000000 epochs", metrics.lines().count())), "{info}");
    }
}

#[test]
fn a_signal_while_samples_are_drawn_loses_neither_the_epoch_nor_its_samples() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = "--size 12 --widths 2,3,4 --timesteps 1000 --batch-size 20 --seed 3";
    finish(train(folder, &format!("{recipe} --samples 16 --epochs 1 --out whole")));
    let mut child = train(folder, &format!("{recipe} --samples 16 --epochs 1 --out run")).spawn().unwrap();
    // The weights are written right before the samples are drawn.
    let weights = folder.join("run/epoch-001.safetensors");
    let began = Instant::now();
    while !weights.exists() && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(1));
    }
    let (said, code) = after(child, "-TERM");
    assert!(code == Some(143) && !folder.join("run/epoch-001.png").exists(), "{code:?} {said}");
    finish(train(folder, "--resume run"));
    for name in ["epoch-001.png", "epoch-001.safetensors"] {
        let [whole, run] = ["whole", "run"].map(|run| fs::read(folder.join(run).join(name)).unwrap());
        assert!(whole == run, "{name} is another");
    }
}

#[test]
fn a_signal_before_the_training_ends_the_program_and_a_run_under_nohup_outlives_its_terminal() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    // So many images that reading them takes a while.
    fs::create_dir(folder.join("many")).unwrap();
    let many = idx::write(&images(vec![7; 60_000 * 784]));
    fs::write(folder.join("many/train-images-idx3-ubyte"), many).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(["train", "--data", "many", "--size", "12", "--out", "none"]);
    let child = command.args(["--device", "cpu"]).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let (said, code) = after(child, "-TERM");
    // A signal before the program has asked for it ends it as any other program.
    assert!(code.is_none() || code == Some(143) && said.contains("Nothing was lost"), "{code:?} {said}");
    assert!(!folder.join("none").exists());

    let program = env!("CARGO_BIN_EXE_ddpm");
    let script = format!(
        "trap '' HUP; exec {program} train --data data --device cpu {TINY} --batch-size 20 --samples 0 \
         --epochs 1000000 --keep 1 --out run"
    );
    let mut command = with_usual_signals("sh");
    command.current_dir(folder).args(["-c", &script]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    wait_for_checkpoints(&mut child, &folder.join("run/checkpoint.safetensors"), 1);
    signal(&child, "-HUP");
    wait_for_checkpoints(&mut child, &folder.join("run/checkpoint.safetensors"), 1);
    assert!(child.try_wait().unwrap().is_none(), "HUP was to be ignored");
    assert_eq!(after(child, "-INT").1, Some(130));
}

#[test]
fn nobody_has_to_read_what_is_printed() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 5 --epochs 40 --samples 1 --seed 1");
    let mut child = train(folder, &format!("{recipe} --out run")).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("Loss at epoch 1"), "{first}");
    // Both ends are closed by now: `2>&1 | head -1`.
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(folder.join("run/epoch-040.safetensors").exists() && folder.join("run/epoch-040.png").exists());

    for arguments in
        ["info run", "data --data data", "info --plan run", "help train", "help", "noise --data data"]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
        command.current_dir(folder).args(arguments.split(' ')).env_remove("DDPM_DATA");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let (said, code) = ended(&child.wait_with_output().unwrap());
        assert!(code == Some(0) && said.is_empty(), "ddpm {arguments}: {code:?} {said}");
    }
}

#[test]
fn a_stdout_that_takes_nothing_is_told_and_ends_no_run() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else { return };
    let mut command = train(folder, &format!("{TINY} --batch-size 20 --epochs 3 --samples 0 --out run"));
    let (said, code) = ended(&command.stdout(full).output().unwrap());
    assert!(code == Some(1) && said.contains("could not be written to stdout"), "{code:?} {said}");
    assert!(folder.join("run/epoch-003.safetensors").exists());
}

#[test]
fn json_prints_the_metrics_alone_and_quiet_nothing_at_all() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 20 --epochs 3 --samples 0");
    let printed = |arguments: &str| {
        let output = train(folder, &format!("{recipe} {arguments}")).output().unwrap();
        assert_eq!(ended(&output).1, Some(0));
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let [out, err] = printed("--json --out json");
    assert_eq!(out, fs::read_to_string(folder.join("json/metrics.jsonl")).unwrap());
    assert!(err.contains("Training on") && err.contains("ddpm export json"), "{err}");
    assert_eq!(printed("--quiet --out quiet"), ["", ""]);
    let [out, err] = printed("-q --json --out both");
    assert_eq!((out.lines().count(), err.as_str()), (3, ""));
}

#[test]
fn a_log_file_has_a_line_now_and_then() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    // One epoch that takes long: thousands of batches.
    let mut child =
        train(folder, &format!("{TINY} --batch-size 1 --epochs 1000000 --samples 0 --keep 1 --out run"))
            .spawn()
            .unwrap();
    let err = BufReader::new(child.stderr.take().unwrap());
    let line = err.lines().map(Result::unwrap).find(|line| line.contains("images a second")).unwrap();
    signal(&child, "-KILL");
    child.wait().unwrap();
    for words in ["Epoch ", "/1000000, batch ", "/20, loss=", " left"] {
        assert!(line.contains(words), "no {words:?} in {line}");
    }
    assert!(!line.contains(char::is_control), "{line:?}");
}

#[test]
fn a_training_that_diverged_goes_on_from_its_last_good_state() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    // Where a checkpoint follows each batch, and where an epoch is one batch.
    for (run, recipe) in [
        ("within", "--batch-size 2 --learning-rate 1e6 --save-every 0"),
        ("between", "--batch-size 20 --learning-rate 1e20"),
        ("overflow", "--batch-size 20 --learning-rate 1e38"),
    ] {
        let output = train(folder, &format!("{TINY} {recipe} --samples 0 --epochs 9 --out {run}")).output();
        let (said, code) = ended(&output.unwrap());
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("no longer a number") && said.contains("--learning-rate 0.001"), "{said}");
        let bytes = fs::read(folder.join(run).join("checkpoint.safetensors")).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        for (name, view) in file.tensors() {
            let mut numbers = view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
            assert!(numbers.all(f32::is_finite), "{run}: {name}");
        }
        finish(train(folder, &format!("--resume {run} --learning-rate 1e-4")));
        let config = fs::read_to_string(folder.join(run).join("config.toml")).unwrap();
        assert!(config.contains("learning_rate = 0.0001"), "{config}");
        assert!(folder.join(run).join("epoch-009.safetensors").exists());
    }
}
