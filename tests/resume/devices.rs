//! A run may change its device: what a GPU began, the CPU goes on with, and the losses are the same but for rounding.

use super::stopped::TINY;
use super::{data, finish, with_usual_signals};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn train(folder: &Path, device: &str, arguments: &str) -> Command {
    let mut command = with_usual_signals(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(["train", "--data", "data", "--device", device]);
    command.args(arguments.split_whitespace());
    command
}

fn metrics(run: &Path) -> Vec<Value> {
    let lines = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// On the software GPU that `make test` installs.
#[test]
fn a_gpus_run_goes_on_on_the_cpu() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 8 --samples 0 --clip 0.5 --seed 3");
    finish(train(folder, "llvmpipe", &format!("{recipe} --epochs 2 --out both")));
    finish(train(folder, "cpu", "--epochs 3 --resume both"));
    finish(train(folder, "cpu", &format!("{recipe} --epochs 3 --out alone")));
    let [both, alone] = ["both", "alone"].map(|run| metrics(&folder.join(run)));
    let device = |line: &Value| line["device"].as_str().unwrap().to_string();
    assert!(device(&both[0]).contains("llvmpipe") && device(&both[2]).contains("CPU"), "{both:?}");
    assert_eq!((both.len(), alone.len()), (3, 3));
    for (both, alone) in both.iter().zip(&alone) {
        let [both, alone] = [both, alone].map(|line| line["loss"].as_f64().unwrap());
        assert!((both / alone - 1.0).abs() < 1e-3, "{both} and {alone}");
    }
}
