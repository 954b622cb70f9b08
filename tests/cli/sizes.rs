//! Networks of other sizes, colours and classes than the tutorial's.

use super::{TINY, common, ddpm, fails, files, numbers, ok, workplace};
use ddpm_web::data::idx;
use std::fs;
use tempfile::TempDir;

/// A workplace with `icons`: two classes of colour pictures, wider than high.
fn labelled() -> TempDir {
    let folder = workplace();
    for (name, colour) in [("Blue", [10, 40, 220]), ("dark red", [160, 20, 10])] {
        let class = folder.path().join("icons").join(name);
        fs::create_dir_all(&class).unwrap();
        for number in 0..12u8 {
            let pixel = |x, y| {
                let inside = (x as i32 - 8).pow(2) + (y as i32 - 7).pow(2) < i32::from(number) + 9;
                image::Rgb(if inside { colour } else { [30 + number, 120, 90] })
            };
            image::RgbImage::from_fn(18, 14, pixel).save(class.join(format!("{number}.png"))).unwrap();
        }
    }
    folder
}

#[test]
fn another_size_colours_and_classes_go_through_every_command() {
    let folder = labelled();
    let sizes = "--size 12 --colour";
    let run = format!("train --data icons {sizes} --classes --mirror {TINY} --samples 3 --out run");
    ok(&ddpm(&folder, &run));
    assert!(files(&folder.path().join("run")).contains(&"epoch-001.png".to_string()));
    ok(&ddpm(&folder, "export run --precision f16 --out exported"));
    let config = "12x12 colour, widths 2, 3, 4, 2 classes";
    for file in ["run", "exported"] {
        let info = ok(&ddpm(&folder, &format!("info {file}")));
        for words in [config, "can be told    Blue, dark red", "icons"] {
            assert!(info.contains(words), "no {words} in {info}");
        }
    }
    let plan = ok(&ddpm(&folder, "info run --plan"));
    assert_eq!(plan, ok(&ddpm(&folder, &format!("info --plan {sizes} --widths 2,3,4"))));

    // The weights' own size and colour, whatever the pictures'.
    ok(&ddpm(&folder, "reconstruct --data icons --weights run --class blue --device cpu --raw told"));
    ok(&ddpm(&folder, "reconstruct --data icons --weights run --class 1 --device cpu --raw other"));
    ok(&ddpm(&folder, "reconstruct --data icons --weights run --device cpu --raw none"));
    let [told, other, none] = ["told", "other", "none"].map(|name| numbers(&folder, name));
    assert!(told.len() == 2 * 432 && told != other && told != none && other != none, "{}", told.len());
    ok(&ddpm(&folder, &format!("noise --data icons {sizes} --count 2")));
    let noise = image::open(folder.path().join("pictures/noise.png")).unwrap();
    assert!(noise.color().has_color() && noise.to_rgb8().pixels().any(|pixel| pixel[0] != pixel[2]));
    ok(&ddpm(&folder, &format!("data --data icons {sizes} --write first.idx --count 2")));
    let first = idx::parse_images(&fs::read(folder.path().join("first.idx")).unwrap()).unwrap();
    assert_eq!((first.len(), first.width, first.channels), (2, 12, 3));
    ok(&ddpm(&folder, "data --data icons --size 16 --colour=false --write first.idx --count 2"));
    let first = idx::parse_images(&fs::read(folder.path().join("first.idx")).unwrap()).unwrap();
    assert_eq!((first.len(), first.width, first.channels), (2, 16, 1));
    ok(&ddpm(&folder, "reconstruct --data icons --untrained --device cpu --count 1 --raw untrained"));
    assert_eq!(numbers(&folder, "untrained").len(), 28 * 28, "pictures are 28x28 grey where nothing is said");
}

#[test]
fn training_can_begin_with_weights_and_add_classes() {
    let folder = labelled();
    let sizes = "--size 12 --colour --schedule cosine --predict v";
    ok(&ddpm(&folder, &format!("train --data icons {sizes} {TINY} --samples 0 --out plain")));
    let more = "--epochs 1 --batch-size 8 --learning-rate 1e-9 --ema 0 --device cpu --samples 0";
    ok(&ddpm(&folder, &format!("train --data icons --weights plain --classes {more} --out told")));
    let info = ok(&ddpm(&folder, "info told"));
    for words in ["2 classes", "widths 2, 3, 4", "T = 8", "from the weights"] {
        assert!(info.contains(words), "no {words} in {info}");
    }
    // Nothing but the table of classes is new, and it begins with zeros.
    let sampled = |weights: &str, arguments: &str| {
        ok(&ddpm(
            &folder,
            &format!("sample --weights {weights} --device cpu --count 2 --out out --raw raw {arguments}"),
        ));
        numbers(&folder, "raw")
    };
    let plain = sampled("plain", "");
    for (told, arguments) in [("told", ""), ("told", "--class blue")] {
        let far = plain.iter().zip(sampled(told, arguments)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(far < 1e-3, "{arguments}: {far}");
    }
    fails(
        &ddpm(&folder, &format!("train --data icons --weights plain --timesteps 9 {more} --out never")),
        &["--weights", "--timesteps"],
    );
}

#[test]
fn a_class_can_be_asked_for_and_guided_towards() {
    let folder = labelled();
    ok(&ddpm(
        &folder,
        &format!("train --data icons --size 12 --colour --classes {TINY} --samples 0 --out run"),
    ));
    let sampled = |arguments: &str| -> Vec<f32> {
        let run =
            format!("sample --weights run --device cpu --count 3 --steps 4 --out out --raw raw {arguments}");
        ok(&ddpm(&folder, &run));
        numbers(&folder, "raw")
    };
    let none = sampled("--class none");
    let blue = sampled("--class BLUE");
    assert_eq!((none.len(), blue.len()), (3 * 432, 3 * 432));
    assert!(none != blue);
    assert!(sampled("--class 0") == blue, "classes have numbers too");
    assert!(sampled("--class blue --guidance 1") == blue, "1 is no guidance");
    let guided = sampled("--class blue --guidance 2.5");
    assert!(guided != blue && guided.iter().all(|number| number.is_finite()));
    assert!(
        common::difference(&sampled("--class blue --guidance 0"), &none) < 1e-3,
        "0 takes the class away"
    );

    // Where none is asked for, the seed draws each image's.
    let any = sampled("");
    assert!(sampled("--class any") == any);
    let both = [blue.clone(), sampled("--class 1")];
    assert!(
        any.chunks(432).enumerate().all(|(k, image)| both.iter().any(|of| &of[k * 432..][..432] == image))
    );
    let any = sampled("--seed 5 --guidance 2.5");
    let both = [0, 1].map(|class| sampled(&format!("--seed 5 --guidance 2.5 --class {class}")));
    assert!(
        any.chunks(432).enumerate().all(|(k, image)| both.iter().any(|of| &of[k * 432..][..432] == image))
    );

    // A row a class, the first of which has the images that it has alone.
    let all = sampled("--class all --gif run.gif");
    assert_eq!(all.len(), 2 * 3 * 432);
    assert_eq!(all[..3 * 432], blue);
    assert!(fs::read(folder.path().join("run.gif")).unwrap().starts_with(b"GIF89a"));

    ok(&ddpm(&folder, "sample --weights run --device cpu --count 8 --steps 1 --class all --out wide"));
    let (width, height) = image::image_dimensions(folder.path().join("wide/sample-batch.png")).unwrap();
    // Eight images of 12 pixels with gaps of 2, four times as large, and two rows of them under a title.
    assert!((4 * 114..700).contains(&width) && (4 * 30..4 * 44).contains(&height), "{width} {height}");

    // Autoguidance: by the run's own first weights.
    let guide = "--guide run/epoch-000.safetensors";
    let auto = sampled(&format!("{guide} --guidance 2 --class none"));
    assert!(auto != none && auto.iter().all(|number| number.is_finite()));
    assert!(sampled(&format!("{guide} --guidance 1 --class none")) == none);
    assert!(sampled(&format!("{guide} --guidance 2 --class blue")) != auto);

    ok(&ddpm(&folder, &format!("train --data data {TINY} --samples 0 --out grey")));
    let cosine = "--schedule cosine --size 12 --colour --classes";
    ok(&ddpm(&folder, &format!("train --data icons {cosine} {TINY} --samples 0 --out cosine")));
    for (arguments, words) in [
        ("--class green", &["green", "Blue, dark red", "number"][..]),
        ("--class 2", &["\"2\"", "Blue, dark red"]),
        ("--class all --count 2049", &["4098", "4096"]),
        ("--class none --guidance 2", &["--class", "--guide"]),
        ("--guide grey --guidance 2", &["grey", "12x12 colour", "28x28 grey"]),
        ("--guide cosine --guidance 2", &["cosine", "schedule"]),
    ] {
        println!("{arguments}");
        fails(&ddpm(&folder, &format!("sample --weights run --device cpu --out never {arguments}")), words);
        assert!(!folder.path().join("never").exists());
    }
    fails(&ddpm(&folder, "reconstruct --weights run --class green"), &["green", "Blue, dark red"]);
}

/// An .npy file of uint8.
fn npy(shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let shape: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}), }}", shape.join(" "));
    let header = format!("{header:117}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

#[test]
fn an_array_is_trained_on_in_its_own_size() {
    let folder = workplace();
    let bytes: Vec<u8> = (0..20 * 256).map(|i| (i * 7 % 241) as u8).collect();
    fs::write(folder.path().join("array.npy"), npy(&[20, 16, 16], &bytes)).unwrap();
    ok(&ddpm(&folder, &format!("train --data array.npy {TINY} --samples 0")));
    let info = ok(&ddpm(&folder, "info runs/array-npy"));
    assert!(info.contains("16x16 grey, widths 2, 3, 4, no classes"), "{info}");
    fails(&ddpm(&folder, &format!("train --data array.npy --colour {TINY} --out never")), &["--colour"]);
    fails(&ddpm(&folder, &format!("train --data array.npy --classes {TINY} --out never")), &["no labels"]);
    assert!(!folder.path().join("never").exists());
}
