//! How long a run is, and which epochs stay to be looked at.

use super::stopped::{TINY, ended};
use super::{data, finish, signal, train};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use tempfile::TempDir;

/// The kept epochs' numbers.
fn kept(run: &Path, ending: &str) -> Vec<usize> {
    let names = fs::read_dir(run).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let number = |name: String| name.strip_prefix("epoch-")?.strip_suffix(ending)?.parse().ok();
    let mut numbers: Vec<usize> = names.filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

fn losses(run: &Path) -> usize {
    fs::read_to_string(run.join("metrics.jsonl")).unwrap().lines().count()
}

#[test]
fn few_images_are_trained_on_for_as_many_steps_as_a_model_needs() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    for (batch, epochs) in [(20, 5000), (7, 1667)] {
        let mut child = train(folder, &format!("{TINY} --batch-size {batch} --out {batch}")).spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let said: Vec<String> = said.take_while(|line| !line.contains("Training on")).collect();
        signal(&child, "-KILL");
        child.wait().unwrap();
        let line = said.iter().find(|line| line.contains("Few images")).unwrap();
        assert!(line.contains(&format!("{epochs} epochs")) && line.contains("--steps"), "{line}");
        let config = fs::read_to_string(folder.join(batch.to_string()).join("config.toml")).unwrap();
        assert!(config.contains(&format!("epochs = {epochs}\n")), "{config}");
    }
}

#[test]
fn steps_say_how_long_a_run_is_in_whole_epochs() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    finish(train(folder, &format!("{TINY} --batch-size 7 --samples 0 --steps 10 --out run")));
    assert_eq!(losses(&folder.join("run")), 4, "3 batches an epoch");
    finish(train(folder, "--resume run --steps 18"));
    assert_eq!(losses(&folder.join("run")), 6);
    for (arguments, words) in [
        ("--steps 3 --epochs 4", "cannot be used with"),
        ("--steps 0", "0"),
        ("--keep 0 --out other", "--keep"),
        ("--resume run --epochs 2", "6 epochs already"),
        ("--resume run --learning-rate 0 --epochs 9", "learning rate"),
        ("--resume run --keep 3", "cannot be used with"),
        ("--clip 0 --out other", "--clip"),
        ("--shift 17 --out other", "--shift 16"),
        ("--batch-accumulate 0 --out other", "--batch-accumulate 1"),
        ("--resume run --clip 1", "cannot be used with"),
        ("--resume run --warmup 10", "cannot be used with"),
        ("--resume run --batch-accumulate 2", "cannot be used with"),
        ("--resume run --shift 1", "cannot be used with"),
    ] {
        let (said, code) = ended(&train(folder, arguments).output().unwrap());
        assert!(matches!(code, Some(1 | 2)) && said.contains(words), "{arguments}: {said}");
    }
    let (said, _) = ended(&train(folder, "--resume run --seed 3").output().unwrap());
    assert!(said.contains("another run"), "the reason is said: {said}");
}

#[test]
fn a_step_of_several_batches_counts_once() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    finish(train(
        folder,
        &format!("{TINY} --batch-size 3 --batch-accumulate 2 --shift 1 --steps 5 --out run"),
    ));
    let run = folder.join("run");
    assert_eq!(losses(&run), 2, "20 images are 4 steps of 6");
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    for line in ["batch_size = 3", "accumulate = 2", "shift = 1", "warmup = 0"] {
        assert!(config.lines().any(|found| found == line), "{config}");
    }
}

#[test]
fn short_epochs_are_tested_where_they_are_kept() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let output =
        train(folder, &format!("{TINY} --batch-size 20 --samples 0 --epochs 12 --keep 3 --out run")).output();
    let said = String::from_utf8(output.unwrap().stdout).unwrap();
    let is_tested: Vec<bool> = said.lines().take(12).map(|line| line.contains("on test images")).collect();
    assert_eq!((1..=12).filter(|epoch| is_tested[epoch - 1]).collect::<Vec<_>>(), [4, 8, 12], "{said}");
    let metrics = fs::read_to_string(folder.join("run/metrics.jsonl")).unwrap();
    let tested = metrics.lines().map(|line| line.contains("\"test_loss\""));
    assert_eq!(tested.collect::<Vec<_>>(), is_tested);
    assert!(fs::read_to_string(folder.join("run/loss.svg")).unwrap().contains("test images"));
}

#[test]
fn kept_epochs_are_as_many_as_asked_and_metrics_have_them_all() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 20 --samples 1 --seed 4");
    finish(train(folder, &format!("{recipe} --epochs 100 --out usual")));
    let usual = folder.join("usual");
    let found = kept(&usual, ".safetensors");
    assert_eq!((found.len(), found[0], found[30], losses(&usual)), (31, 0, 100, 100));
    assert_eq!(kept(&usual, ".png"), found[1..]);
    finish(train(folder, &format!("{recipe} --epochs 100 --keep 2 --out few")));
    assert_eq!(kept(&folder.join("few"), ".safetensors"), [0, 50, 100]);
    let last = |run: &str| fs::read(folder.join(run).join("epoch-100.safetensors")).unwrap();
    assert!(last("usual") == last("few"), "what is kept changes no weights");
}
