//! The tutorial's figures, as files.

use super::{ddpm, files, ok, workplace};
use std::fs;
use std::path::PathBuf;

fn picture(path: PathBuf) -> image::GrayImage {
    image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_luma8()
}

#[test]
fn sample_writes_the_tutorials_figures() {
    let folder = workplace();
    let run =
        "sample --weights weights --device cpu --count 4 --steps 16 --gif run.gif --raw run.f32 --out out";
    ok(&ddpm(&folder, run));
    assert_eq!(files(&folder.path().join("out")), ["sample-batch.png", "sample-frames.png"]);
    let frames = picture(folder.path().join("out/sample-frames.png"));
    // 2 x 2 images of 28 pixels with gaps of 2, at least twice as large, four across.
    assert!(frames.width() > 4 * 2 * 62 && frames.height() > 4 * 2 * 62);
    let raw = fs::read(folder.path().join("run.f32")).unwrap();
    assert_eq!(raw.len(), 4 * 784 * 4);
    assert!(raw.as_chunks().0.iter().all(|b| f32::from_le_bytes(*b).is_finite()));
    assert!(fs::read(folder.path().join("run.gif")).unwrap().starts_with(b"GIF89a"));

    ok(&ddpm(&folder, &run.replace("run.f32", "again.f32")));
    assert_eq!(fs::read(folder.path().join("again.f32")).unwrap(), raw, "a seed gives the same images");
    ok(&ddpm(&folder, &format!("{} --seed 7", run.replace("run.f32", "other.f32"))));
    assert_ne!(fs::read(folder.path().join("other.f32")).unwrap(), raw);
    let mut found = vec![raw];
    for sampler in [
        "ddpm-posterior",
        "ddim --eta 0.5",
        "dpm-solver-pp",
        "dpm-solver-pp --spacing log-snr",
        "dpm-solver-pp --spacing halfway",
    ] {
        ok(&ddpm(&folder, &format!("{} --sampler {sampler}", run.replace("run.f32", "third.f32"))));
        let raw = fs::read(folder.path().join("third.f32")).unwrap();
        assert!(!found.contains(&raw), "{sampler} gives what another sampler gave");
        found.push(raw);
    }
}

#[test]
fn noise_and_reconstruct_write_their_figures() {
    let folder = workplace();
    ok(&ddpm(&folder, "noise --data data --count 24"));
    ok(&ddpm(&folder, "reconstruct --data data --weights weights --device cpu --count 8"));
    let names = files(&folder.path().join("pictures"));
    assert_eq!(names, ["noise.png", "original.png", "reconstruct.png"]);
    let trained = picture(folder.path().join("pictures/reconstruct.png"));
    ok(&ddpm(&folder, "reconstruct --data data --untrained --device cpu --count 8"));
    assert_ne!(picture(folder.path().join("pictures/reconstruct.png")), trained);
    // Four panels side by side.
    let noise = picture(folder.path().join("pictures/noise.png"));
    assert!(noise.width() > 3 * noise.height());
}

#[test]
fn seeds_are_those_that_a_number_of_javascript_holds() {
    let folder = workplace();
    let run = "sample --weights weights --device cpu --count 1 --steps 2 --out out --seed";
    ok(&ddpm(&folder, &format!("{run} 9007199254740991")));
    for command in [run, "noise --data data --seed", "train --data data --out other --seed"] {
        let refused = ddpm(&folder, &format!("{command} 9007199254740992"));
        assert_eq!(refused.status.code(), Some(2));
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(words.contains("is not in 0..=9007199254740991"), "{words}");
    }
}
