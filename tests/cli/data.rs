//! What commands say of the data that they read.

use super::{TINY, ddpm, fails, ok, workplace};
use ddpm_web::data::idx;
use flate2::read::GzDecoder;
use image::{GrayImage, Luma};
use std::fs;
use std::io::Read;
use std::path::Path;
use tempfile::TempDir;

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

#[test]
fn a_sample_has_as_many_images_of_each_class() {
    let folder = workplace();
    let data = folder.path().join("data");
    let labels: Vec<u8> = (0..24).map(|i| if i < 6 { 0 } else { 1 + i % 2 }).collect();
    fs::write(data.join("train-labels-idx1-ubyte"), idx::write_labels(&labels)).unwrap();
    fs::write(data.join("t10k-labels-idx1-ubyte"), idx::write_labels(&labels)).unwrap();
    fs::create_dir(folder.path().join("sample")).unwrap();
    ok(&ddpm(&folder, "data --data data --sample sample --count 11"));
    let sampled = || {
        let shown = ok(&ddpm(&folder, "data --data sample --json"));
        let found: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let classes = found["data"]["classes"].as_array().unwrap();
        let of =
            |class: &serde_json::Value| class["train"].as_u64().unwrap() + class["test"].as_u64().unwrap();
        classes.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(sampled(), [4, 4, 3]);
    // All of them, however many of each class there are.
    ok(&ddpm(&folder, "data --data data --sample sample"));
    assert_eq!(sampled(), [6, 9, 9]);
    let output = ddpm(&folder, "data --data data --sample sample --count 21");
    fails(&output, &["no 21 labelled training images", "smaller --count"]);
}

/// What the page trains on is what the command makes, where the whole of Fashion-MNIST is at hand.
#[test]
fn the_shipped_sample_is_what_the_command_makes() {
    let folder = TempDir::new().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
    ok(&ddpm(&folder, "data --sample ."));
    for name in ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"] {
        let [made, there] = [folder.path().join(name), shipped.join(name)].map(|path| {
            let mut bytes = vec![];
            GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
            bytes
        });
        assert!(made == there, "{name}: make it again with `ddpm data --sample assets/sample`");
    }
}

#[test]
fn some_test_images_of_each_class_are_written_in_the_order_of_the_classes() {
    let folder = workplace();
    for (class, level) in [("cats", 40), ("dogs", 90)] {
        for part in ["train", "test"] {
            let place = folder.path().join("pictures").join(part).join(class);
            fs::create_dir_all(&place).unwrap();
            for i in 0..3 {
                GrayImage::from_pixel(28, 28, Luma([level + i]))
                    .save(place.join(format!("{i}.png")))
                    .unwrap();
            }
        }
    }
    ok(&ddpm(&folder, "data --data pictures --write some.idx --each 2"));
    let images = idx::parse_images(&fs::read(folder.path().join("some.idx")).unwrap()).unwrap().squares();
    let levels: Vec<u8> = (0..images.len()).map(|i| images.image(i)[0]).collect();
    assert_eq!(levels, [40, 41, 90, 91]);
    fails(&ddpm(&folder, "data --data pictures --write x.idx --each 4"), &["--each 4", "only 3", "cats"]);
    fails(&ddpm(&folder, "data --data pictures --each 1"), &["--write"]);
}
