//! Runs of many short epochs that are ended at random moments, in every way.

use super::stopped::{TINY, ended};
use super::{data, finish, train};
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// Moments of each kind, unless the environment wants another number.
const MOMENTS: u32 = 3;

/// Numbers in 0..1 that differ from run to run (a linear congruential generator, Knuth's MMIX).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1 << 24)
    }
}

/// What must not depend on interruptions.
fn results(run: &Path, epochs: u32) -> (Vec<u8>, Vec<u8>, Vec<String>) {
    let file = |ending: &str| fs::read(run.join(format!("epoch-{epochs}.{ending}"))).unwrap();
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let loss = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["loss"].to_string();
    (file("safetensors"), file("png"), metrics.lines().map(loss).collect())
}

/// Sends a signal, if the process is still there.
fn send(child: &mut Child, name: &str) {
    if child.try_wait().unwrap().is_none() {
        let _ = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    }
}

#[test]
fn a_run_ended_at_random_moments_in_any_way_ends_with_the_same_weights() {
    let moments = std::env::var("DDPM_MOMENTS").map_or(MOMENTS, |moments| moments.parse().unwrap());
    let epochs = 100 + 60 * moments;
    let seed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let recipe = format!("{TINY} --batch-size 8 --epochs {epochs} --samples 2 --seed 5 --out");
    let began = Instant::now();
    finish(train(folder, &format!("{recipe} whole")));
    // Sittings are about so long that the run takes more of them than moments.
    let sitting = began.elapsed() / (moments + 1);
    let expected = results(&folder.join("whole"), epochs);
    for (way, code) in
        [("-KILL", None), ("-TERM", Some(143)), ("-HUP", Some(129)), ("-INT", Some(130)), ("pipe", Some(143))]
    {
        let run = folder.join(way.trim_start_matches('-'));
        let name = run.file_name().unwrap().to_str().unwrap();
        let mut interrupted = 0;
        for _ in 0..moments {
            let arguments = match run.join("checkpoint.safetensors").exists() {
                true => format!("--resume {name}"),
                false => format!("{recipe} {name}"),
            };
            let mut child = train(folder, &arguments).spawn().unwrap();
            std::thread::sleep(sitting.mul_f64(chance.next()));
            if way == "pipe" {
                drop((child.stdout.take(), child.stderr.take()));
                std::thread::sleep(sitting.mul_f64(chance.next()));
                send(&mut child, "-TERM");
            } else {
                send(&mut child, way);
            }
            let output = child.wait_with_output().unwrap();
            let (said, found) = ended(&output);
            // A signal before the program has asked for it ends it as any other program.
            assert!([code, None, Some(0)].contains(&found), "{way}: {found:?} {said}");
            interrupted += u32::from(found != Some(0));
        }
        println!("{way}: {interrupted} of {moments} moments were within the run");
        assert!(interrupted * 2 > moments, "{way}: too few moments were within the run");
        finish(train(folder, &format!("--resume {name}")));
        assert!(results(&run, epochs) == expected, "{way} changed what the run ends with, seed {seed}");
    }
}

/// A terminal that is closed: the program may write to it no more, and hears of it by HUP.
#[test]
fn a_run_whose_terminal_is_closed_is_saved() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    data(folder);
    let program = env!("CARGO_BIN_EXE_ddpm");
    let line = format!(
        "{program} train --data data --device cpu {TINY} --batch-size 20 --samples 0 --epochs 1000000 --keep 1 \
         --out run; echo $? > code"
    );
    let mut command = super::with_usual_signals("script");
    command.current_dir(folder).args(["-qec", &line, "/dev/null"]).stdout(std::process::Stdio::null());
    if Command::new("script").arg("--version").output().is_err() {
        return println!("no `script` here: nothing was tested");
    }
    let mut child = command.spawn().unwrap();
    super::wait_for_checkpoints(&mut child, &folder.join("run/checkpoint.safetensors"), 2);
    let seen = fs::read(folder.join("run/checkpoint.safetensors")).unwrap();
    // The terminal goes with the program that keeps it.
    send(&mut child, "-KILL");
    child.wait().unwrap();
    let began = Instant::now();
    while folder.join("run/.lock").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "it still trains");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_ne!(
        fs::read(folder.join("run/checkpoint.safetensors")).unwrap(),
        seen,
        "the newest state was saved"
    );
}
