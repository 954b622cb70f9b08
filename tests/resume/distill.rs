//! A distillation that is killed or stopped loses nothing, and goes on with no other teacher.

use super::{data, finish, signal, train, wait_for_checkpoints, with_usual_signals};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const RECIPE: &str =
    "--steps 1,2 --teacher-steps 4 --paths 24 --batch-size 6 --epochs 3 --samples 2 --seed 5 --out";

fn distill(folder: &Path, arguments: &str) -> Command {
    let mut command = with_usual_signals(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(["distill", "--device", "cpu"]).args(arguments.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a command that failed said.
fn refused(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

fn weights(run: &Path) -> Vec<Vec<u8>> {
    (0..=3).map(|epoch| fs::read(run.join(format!("epoch-00{epoch}.safetensors"))).unwrap()).collect()
}

#[test]
fn a_killed_distillation_ends_with_the_same_weights_and_keeps_its_teacher() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let small = "--size 12 --widths 2,3,4 --batch-size 6 --epochs 1 --samples 0 --timesteps 40 --out";
    finish(train(folder, &format!("{small} teacher --seed 1")));
    finish(train(folder, &format!("{small} other --seed 2")));
    finish(distill(folder, &format!("--weights teacher {RECIPE} whole")));
    let expected = weights(&folder.join("whole"));

    // 1. Killed in the midst of it, and then without its paths, which are made again.
    let run = folder.join("killed");
    let mut child =
        distill(folder, &format!("--weights teacher {RECIPE} killed --save-every 0")).spawn().unwrap();
    wait_for_checkpoints(&mut child, &run.join("checkpoint.safetensors"), 3);
    signal(&child, "-KILL");
    assert!(!child.wait().unwrap().success(), "the run ended before it was killed");
    fs::remove_file(run.join("paths.safetensors")).unwrap();

    // 2. Another teacher, or another recipe, would make another run.
    for (arguments, remedy) in [
        ("--resume killed --weights other", "leave --weights away"),
        ("--resume killed --steps 1", "a resumed distillation keeps"),
        ("--resume teacher", "train --resume teacher"),
        (&format!("--weights teacher {RECIPE} killed"), "distill --resume killed"),
        (&format!("--weights teacher --guidance 2 {RECIPE} new"), "without classes"),
    ] {
        let said = refused(distill(folder, arguments));
        assert!(said.contains(remedy), "{arguments}: {said}");
    }
    assert!(refused(train(folder, "--resume killed")).contains("distill --resume killed"));

    // 3. The teacher need not be named, and may be.
    finish(distill(folder, "--resume killed"));
    assert!(weights(&run) == expected);
    finish(distill(folder, "--resume killed --weights teacher"));

    // 4. What the model says of itself, and which walk it takes.
    let ddpm = |arguments: &str| {
        let mut command = with_usual_signals(env!("CARGO_BIN_EXE_ddpm"));
        let output = command.current_dir(folder).args(arguments.split_whitespace()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    assert!(ddpm("info whole").0.contains("for walks of 1 and 2 steps"));
    let sample = "sample --weights whole --engine cpu --count 2 --raw";
    let (_, said) = ddpm(&format!("{sample} usual"));
    assert!(!said.contains("not taught"), "{said}");
    ddpm(&format!("{sample} spelt --sampler ddim --eta 0 --spacing distilled --steps 2"));
    assert!(fs::read(folder.join("usual")).unwrap() == fs::read(folder.join("spelt")).unwrap());
    for other in ["--steps 3", "--sampler ddpm", "--steps 2 --spacing even", "--eta 0.5"] {
        let (_, said) = ddpm(&format!("{sample} third {other}"));
        assert!(said.contains("was not taught this walk"), "{other}: {said}");
    }
}
