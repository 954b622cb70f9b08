//! What commands say of the data that they read.

use super::{TINY, ddpm, fails, ok, workplace};
use image::{GrayImage, Luma};
use std::fs;

#[test]
fn every_command_that_reads_data_says_what_it_left_out_and_assumed() {
    let folder = workplace();
    for (part, count) in [("train", 12), ("test", 4)] {
        for class in ["cats", "dogs"] {
            let place = folder.path().join("pictures").join(part).join(class);
            fs::create_dir_all(&place).unwrap();
            for i in 0..count {
                let picture = GrayImage::from_fn(28, 28, |x, y| Luma([(x * y + 20 * i) as u8]));
                picture.save(place.join(format!("{i}.png"))).unwrap();
            }
        }
    }
    fs::write(folder.path().join("pictures/labels.csv"), "a,b,c,d").unwrap();
    for command in [
        "data".to_string(),
        "noise --count 2 --out figures".into(),
        "reconstruct --untrained --count 2 --device cpu --out figures".into(),
        format!("train {TINY} --samples 0 --out run"),
        "export weights --out exported".into(),
        "train-classifier --epochs 1 --device cpu --out classifier".into(),
        "evaluate --weights run --classifier classifier --images 4 --device cpu".into(),
    ] {
        let output = ddpm(&folder, &format!("{command} --data pictures"));
        let said = String::from_utf8_lossy(&output.stderr);
        for words in [
            "note: The images to test on are those in test; they are not trained on.",
            "note: Left out: 1 file that is no picture (labels.csv).",
        ] {
            assert!(said.contains(words), "{command}: no {words} in {said}");
        }
    }
    assert!(ok(&ddpm(&folder, "data --data pictures")).contains("24 to train on, 8 to test on"));
}

#[test]
fn all_damaged_pictures_are_told_before_a_training_begins() {
    let folder = workplace();
    let pictures = folder.path().join("pictures");
    fs::create_dir(&pictures).unwrap();
    for i in 0..20 {
        GrayImage::from_pixel(28, 28, Luma([i])).save(pictures.join(format!("{i:02}.png"))).unwrap();
    }
    fs::write(pictures.join("03.png"), "").unwrap();
    fs::write(pictures.join("new\nline.jpg"), "<html>").unwrap();
    let output = ddpm(&folder, &format!("train --data pictures {TINY} --out run"));
    fails(
        &output,
        &["2 pictures of 21", "03.png: the file is empty", "\"new\\nline.jpg\": it is a web page"],
    );
    assert!(!folder.path().join("run").exists());
}
