//! `mpirun -n 2 ddpm ...`: what several processes compute is what one does. Built with the feature `mpi`; it needs
//! `mpirun` (`make ranks` installs it).
#![cfg(feature = "mpi")]

use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::idx;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// 80 pictures of two classes: bars of which the place and the grey differ.
fn data(folder: &Path) {
    let spec = ImageSpec { side: 16, channels: 1 };
    let pixel = |n: usize, i: usize| if (i / 16 + n) % 8 < 3 + n % 2 { 255 - 2 * n as u8 } else { 5 };
    let bytes = (0..80).flat_map(|n| (0..256).map(move |i| pixel(n, i))).collect();
    let images = idx::write(&Images { spec, bytes });
    let labels = idx::write_labels(&(0..80).map(|n| n % 2).collect::<Vec<u8>>());
    for set in ["train", "t10k"] {
        fs::write(folder.join(format!("{set}-images-idx3-ubyte")), &images).unwrap();
        fs::write(folder.join(format!("{set}-labels-idx1-ubyte")), &labels).unwrap();
    }
}

/// `ddpm` with these arguments in so many processes of one thread each.
fn ranks(count: usize, folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new("mpirun");
    command.args(["--allow-run-as-root", "--oversubscribe", "-n", &count.to_string()]);
    command.arg(env!("CARGO_BIN_EXE_ddpm")).args(arguments.split(' '));
    command.current_dir(folder).env("RAYON_NUM_THREADS", "1");
    command
}

fn ok(mut command: Command) -> Output {
    let output = command.output().expect("mpirun starts: `make ranks` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

const RUN: &str = "train --data data --classes --widths 4,6,8 --batch-size 80 --timesteps 20 --samples 2 --keep 1 --seed 1 --device cpu";

fn losses(run: &Path) -> Vec<f64> {
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let loss =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["loss"].as_f64().unwrap();
    metrics.lines().map(loss).collect()
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    data(&folder.path().join("data"));
    folder
}

#[test]
fn ranks_learn_what_one_learns_and_the_same_count_the_same_bits() {
    let folder = folder();
    let path = folder.path();
    // An epoch is a step.
    for (count, out) in [(1, "one"), (2, "two"), (2, "again"), (3, "three")] {
        ok(ranks(count, path, &format!("{RUN} --epochs 10 --out {out}")));
    }
    let one = losses(&path.join("one"));
    assert_eq!(one.len(), 10);
    for out in ["two", "three"] {
        for (ours, theirs) in one.iter().zip(losses(&path.join(out))) {
            assert!((ours - theirs).abs() <= 1e-5 * ours, "{out}: {ours} and {theirs}");
        }
    }
    let weights = |out: &str| fs::read(path.join(out).join("epoch-010.safetensors")).unwrap();
    assert!(weights("two") == weights("again"), "two ranks, twice");
}

#[test]
fn a_run_goes_on_with_another_number_of_ranks() {
    let folder = folder();
    let path = folder.path();
    ok(ranks(1, path, &format!("{RUN} --epochs 6 --out whole")));
    ok(ranks(2, path, &format!("{RUN} --epochs 3 --out run")));
    ok(ranks(3, path, "train --resume run --epochs 6 --device cpu"));
    for (whole, parts) in losses(&path.join("whole")).iter().zip(losses(&path.join("run"))) {
        assert!((whole - parts).abs() <= 1e-5 * whole, "{whole} and {parts}");
    }
}

#[test]
fn a_rank_that_dies_ends_all_and_the_checkpoint_is_whole() {
    let folder = folder();
    let path = folder.path();
    let mut all = ranks(2, path, &format!("{RUN} --epochs 100000 --out run")).spawn().unwrap();
    while !path.join("run/metrics.jsonl").exists() {
        assert!(all.try_wait().unwrap().is_none(), "it has begun");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // The processes of this folder; the second is not the leader, which holds the run's lock.
    let is_theirs = |pid: &u32| {
        let link = |name: &str| fs::read_link(format!("/proc/{pid}/{name}")).unwrap_or_default();
        link("cwd") == fs::canonicalize(path).unwrap() && link("exe").ends_with("ddpm")
    };
    let rank = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).split('\0').any(|line| line == "OMPI_COMM_WORLD_RANK=1")
    };
    let pids = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let helper = pids.filter(is_theirs).find(rank).expect("the second rank runs");
    assert!(Command::new("kill").args(["-KILL", &helper.to_string()]).status().unwrap().success());
    assert!(!all.wait().unwrap().success(), "all have ended");
    let done = losses(&path.join("run")).len();
    ok(ranks(1, path, &format!("train --resume run --epochs {} --device cpu", done + 1)));
}

#[cfg(feature = "burn")]
#[test]
fn an_evaluation_is_the_same_however_many_share_it() {
    let folder = folder();
    let path = folder.path();
    ok(ranks(1, path, &format!("{RUN} --epochs 2 --out run")));
    ok(ranks(1, path, "train-classifier --data data --epochs 1 --device cpu --out classifier.safetensors"));
    let report = |count: usize| {
        let json = format!("{count}.json");
        let call = "evaluate --weights run --data data --classifier classifier.safetensors --images 70 --seeds 2 --times 0 --guidance 2";
        ok(ranks(count, path, &format!("{call} --device cpu --sampler ddim --steps 3 --json {json}")));
        let mut report: serde_json::Value =
            serde_json::from_slice(&fs::read(path.join(json)).unwrap()).unwrap();
        let about = report.as_object_mut().unwrap();
        about.retain(|key, _| {
            !["engine", "seconds", "measuring_seconds", "images_per_second"].contains(&key.as_str())
        });
        report
    };
    assert_eq!(report(1), report(2));
}
