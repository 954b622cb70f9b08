//! Measuring samples: that the shipped classifier's distance tells good images from bad, and the two
//! commands as people run them.
#![cfg(all(feature = "native", feature = "burn"))]

mod common;

use common::{ddpm, fixture, ok};
use ddpm_web::classify;
use ddpm_web::core::image::{self, ImageSpec, Images};
use ddpm_web::core::noise::{self, Use};
use ddpm_web::core::schedule::ScheduleConfig;
use ddpm_web::data::{self, Wanted, idx};
use ddpm_web::evaluate::classifier;
use ddpm_web::evaluate::{Comparison, Measured, ReferenceSet, Report, Seen};
use ddpm_web::model::file::{Precision, Weights};
use ddpm_web::model::{Parameters, UNetConfig};
use serde_json::Value;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/classifier.safetensors")
}

const GREY: ImageSpec = ImageSpec { side: 28, channels: 1 };

/// Each pixel the mean of the nine around it that are in the picture.
fn blurred(images: &Images) -> Images {
    let ImageSpec { side, .. } = images.spec;
    let blur = |image: &[u8], at: usize| {
        let around = |x: usize| x.saturating_sub(1)..(x + 2).min(side);
        let (y, x) = (at / side, at % side);
        let near = || around(y).flat_map(|y| around(x).map(move |x| usize::from(image[y * side + x])));
        (near().sum::<usize>() / near().count()) as u8
    };
    let pixels = images.spec.pixels();
    let bytes = (0..images.len()).flat_map(|i| (0..pixels).map(move |at| blur(images.image(i), at)));
    Images { spec: images.spec, bytes: bytes.collect() }
}

/// With Gaussian noise of so much standard deviation, in units of [-1, 1], for their looks.
fn noisy(images: &Images, deviation: f32) -> Images {
    let mut eps = vec![0.0; images.bytes.len()];
    noise::gaussian_batch(0, Use::Forward, 0, 0, images.spec.numbers(), &mut eps);
    let x = image::bytes_to_unit(&images.bytes);
    let x: Vec<f32> = x.iter().zip(eps).map(|(x, eps)| x + deviation * eps).collect();
    Images { spec: images.spec, bytes: image::unit_to_bytes(&x) }
}

#[test]
fn the_shipped_classifier_tells_good_images_from_bad() {
    let (classifier, description) = classifier::load(&shipped(), &common::cpu()).unwrap();
    let data = data::load(None, &Wanted::exactly(GREY), &mut |_| ()).unwrap();
    description.check_data(&data).unwrap();

    // What its file says of it is so.
    let test = classifier.outputs(&data.test).unwrap();
    let labels = data.test_labels.as_ref().unwrap();
    let right = test.classes.iter().zip(labels).filter(|(found, label)| found == label).count();
    let accuracy = right as f64 / labels.len() as f64;
    assert!((accuracy - description.test_accuracy).abs() < 1e-3, "{accuracy}");
    assert!(accuracy > 0.9, "{accuracy}");

    let some = |images: &Images, range: Range<usize>| images.select(range);
    let reference = classifier.outputs(&some(&data.test, 0..4000)).unwrap();
    let reference = ReferenceSet::new(&reference.features, 10);
    let measure = |name: &str, images: &Images| -> Measured {
        let found = reference.measure(images, &classifier.outputs(images).unwrap());
        println!("{name:20} {:9.4} {:?}", found.frechet_distance, found.overlap);
        found
    };
    let others = some(&data.test, 4000..7000);
    let trousers = (0..30_000).filter(|&i| data.train_labels.as_ref().unwrap()[i] == 1);
    let trousers = data.train.select(trousers);
    let good = measure("other test images", &others);
    let training = measure("training images", &some(&data.train, 0..3000));
    let noises =
        [0.05, 0.1, 0.2, 1.0].map(|noise| measure(&format!("noise {noise}"), &noisy(&others, noise)));
    let blurred = measure("blurred", &blurred(&others));
    let trousers = measure("trousers alone", &trousers);

    // 1. More noise is farther; so is a blur, and so is one class alone.
    assert!(noises.is_sorted_by(|a, b| a.frechet_distance < b.frechet_distance));
    assert!(noises[1].frechet_distance > 1.2 * good.frechet_distance);
    for worse in [&noises[2], &blurred, &trousers] {
        assert!(worse.frechet_distance > 3.0 * good.frechet_distance);
    }
    // 2. It was trained on the training images, and yet they seem hardly better or worse than others:
    //    their distance is a floor.
    assert!(training.frechet_distance < 2.0 * good.frechet_distance);
    // 3. Test images overlap with others, noise hardly.
    for set in [&good, &training] {
        assert!(set.overlap.precision > 0.8 && set.overlap.recall > 0.8 && set.overlap.coverage > 0.8);
        assert!((set.overlap.density - 1.0).abs() < 0.2);
    }
    assert!(noises[3].overlap.recall < 0.3 && noises[3].overlap.coverage < 0.2);
    // 4. One class alone is real, but is not all there is.
    assert!(trousers.overlap.precision > 0.8 && trousers.overlap.recall < 0.3);
    assert!(trousers.summary.classes[1] > 0.95);
}

#[test]
fn the_shipped_stronger_classifier_knows_the_classes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/strong-classifier.safetensors");
    let (classifier, description) = classify::load(&path).unwrap();
    let data = data::load(None, &Wanted::exactly(GREY), &mut |_| ()).unwrap();
    description.check_data(&data).unwrap();
    // What its file says of it is so, and it is better than the network of features.
    let found = classifier.classes(&data.test).unwrap();
    let labels = data.test_labels.as_deref().unwrap();
    let accuracy = classify::accuracy(&found, labels);
    assert!((accuracy - description.test_accuracy).abs() < 1e-3, "{accuracy}");
    assert!(accuracy > 0.935, "{accuracy}");
    let (_, features) = classifier::load(&shipped(), &common::cpu()).unwrap();
    assert!(accuracy > features.test_accuracy + 0.01, "{} {accuracy}", features.test_accuracy);

    // Test images as samples: those asked for by their labels are right as often, by other labels almost never.
    let sets = [found];
    let right = |wanted: Vec<u8>| Seen::of(&sets, Some(&[wanted]), 10);
    let seen = right(labels.to_vec());
    assert_eq!(seen.right.unwrap().mean, accuracy);
    assert!(seen.right_of_class.iter().all(|share| share.unwrap() > 0.7), "{:?}", seen.right_of_class);
    assert!(seen.classes.iter().all(|share| (share - 0.1).abs() < 0.02), "{:?}", seen.classes);
    // Trousers are not taken for pullovers, nor bags for boots: of the next class, few are.
    let next: Vec<u8> = labels.iter().map(|label| (label + 1) % 10).collect();
    assert!(right(next).right.unwrap().mean < 0.05);
    // Noise costs it much.
    let noisy = classifier.classes(&noisy(&data.test.first(1000), 1.0)).unwrap();
    assert!(classify::accuracy(&noisy, &labels[..1000]) < accuracy - 0.1);
}

/// A folder with 120 labelled images of two classes in `data`, twenty without labels in `bare`, and
/// PyTorch's random weights in `weights`.
fn workplace() -> TempDir {
    let folder = TempDir::new().unwrap();
    let pixel = |i: usize, p: usize| (100 * (i % 2) + i * p % 97) as u8;
    let images = |count| {
        let bytes = (0..count).flat_map(|i| (0..GREY.pixels()).map(move |p| pixel(i, p))).collect();
        Images { spec: GREY, bytes }
    };
    let labels: Vec<u8> = (0..120).map(|i| i % 2).collect();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 120], labels.as_slice()].concat();
    for (place, count) in [("data", 120), ("bare", 20)] {
        let place = folder.path().join(place);
        fs::create_dir(&place).unwrap();
        for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
            fs::write(place.join(name), idx::write(&images(count))).unwrap();
        }
    }
    for name in ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"] {
        fs::write(folder.path().join("data").join(name), &labels).unwrap();
    }
    fs::copy(fixture("unet_random"), folder.path().join("weights")).unwrap();
    folder
}

#[test]
fn a_classifier_is_trained_and_used() {
    let folder = workplace();
    let trained = ok(&ddpm(&folder, "train-classifier --data data --device cpu --epochs 2 --out own"));
    assert!(trained.contains("Epoch 2: loss") && trained.contains("own ("), "{trained}");
    let run = "evaluate --data data --classifier own --weights weights --engine cpu --sampler ddim --steps 3 \
               --images 70 --seeds 2 --times 2 --json";
    let text = ok(&ddpm(&folder, &format!("{run} first.json")));
    for words in ["Fréchet distance*", "in this classifier's features", "ddim, 3 steps", "pure start", "±"]
    {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let json = |name: &str| -> Value {
        let mut found: Value = serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap();
        for time in ["seconds", "images_per_second", "measuring_seconds"] {
            assert!(found.as_object_mut().unwrap().remove(time).unwrap().as_f64().unwrap() > 0.0);
        }
        found
    };
    let found = json("first.json");
    let distances = found["samples"]["frechet_distance"]["values"].as_array().unwrap();
    assert_eq!(distances.len(), 2);
    assert_ne!(distances[0], distances[1]);
    // Untrained weights draw no pictures.
    let [samples, floor] =
        ["samples", "training_images"].map(|set| found[set]["frechet_distance"]["mean"].as_f64().unwrap());
    assert!(samples > 10.0 * floor, "{samples} {floor}");
    assert_eq!(found["losses"].as_array().unwrap().len(), 2);
    assert!((found["losses"][1]["mse"].as_f64().unwrap() - 1.0).abs() < 0.3, "{}", found["losses"]);
    // Nor do they copy any.
    let copying = &found["copying"];
    assert_eq!((&copying["samples"]["copies"], &copying["samples"]["images"]), (&0.into(), &70.into()));
    assert!(text.contains(copying["verdict"].as_str().unwrap()), "{text}");
    assert!(
        copying["samples"]["least"].as_f64().unwrap() > copying["test_images"]["median"].as_f64().unwrap()
    );

    ok(&ddpm(&folder, &format!("{run} nearest.json --nearest nearest.png")));
    let figure = ::image::open(folder.path().join("nearest.png")).unwrap();
    assert_eq!(figure.width() / (8 * 30 * 3), 1, "four pairs in a row, enlarged three times");

    ok(&ddpm(&folder, &format!("{run} again.json")));
    assert_eq!(json("again.json"), found, "seeds give the same numbers");
    ok(&ddpm(&folder, &format!("{run} other.json --seed 5 --eta 0.5")));
    assert_ne!(json("other.json")["samples"], found["samples"]);

    let table = ok(&ddpm(&folder, "compare first.json other.json --plot plot.svg"));
    for words in
        ["| first | ddim, 3 steps | pure |", "| other | ddim, 3 steps, eta 0.5 | pure |", "training images"]
    {
        assert!(table.contains(words), "no {words} in {table}");
    }
    assert!(
        fs::read_to_string(folder.path().join("plot.svg")).unwrap().contains("weights, ddim, pure start")
    );
    let object: Value =
        serde_json::from_str(&ok(&ddpm(&folder, "compare first.json other.json --json"))).unwrap();
    assert_eq!(object["reports"][0]["samples"], found["samples"]);
    ok(&ddpm(&folder, &format!("{run} more.json").replace("--images 70", "--images 71")));
    for (reports, words) in
        [("first.json more.json", "more does not compare with first"), ("own", "own is no report")]
    {
        let output = ddpm(&folder, &format!("compare {reports}"));
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && err.contains(words), "no {words:?} in: {err}");
    }
}

/// Another folder: 120 colour images of 12x12 pixels, of two classes, in `data`, and untrained weights of a
/// network that knows them in `weights`.
fn colourful_workplace() -> TempDir {
    let folder = TempDir::new().unwrap();
    let spec = ImageSpec { side: 12, channels: 3 };
    let byte = |i: usize, p: usize| (100 * (i % 2) + i * p % 97) as u8;
    let bytes = (0..120).flat_map(|i| (0..spec.numbers()).map(move |p| byte(i, p))).collect();
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 120][..], &(0..120).map(|i| i % 2).collect::<Vec<u8>>()].concat();
    fs::create_dir(folder.path().join("data")).unwrap();
    for set in ["train", "t10k"] {
        let write = |name: &str, bytes: &[u8]| {
            fs::write(folder.path().join("data").join(format!("{set}-{name}")), bytes)
        };
        write("images-idx3-ubyte", &idx::write(&Images { spec, bytes: Vec::clone(&bytes) })).unwrap();
        write("labels-idx1-ubyte", &labels).unwrap();
    }
    let config = UNetConfig { image: spec, widths: [2, 3, 4], classes: Some(2) };
    let parameters = Parameters::init(&config, 0);
    let weights = Weights { parameters, metadata: None, schedule: ScheduleConfig::default() };
    fs::write(folder.path().join("weights"), weights.to_bytes(Precision::F32).unwrap()).unwrap();
    folder
}

#[test]
fn a_network_with_classes_is_told_them_and_guided() {
    let folder = colourful_workplace();
    // Where nothing is said, the classifier becomes a file of the current folder, and no shipped one.
    let trained = ok(&ddpm(&folder, "train-classifier --data data --device cpu --epochs 1 --json"));
    let object: Value = serde_json::from_str(&trained).unwrap();
    assert!(object["test_accuracy"].as_f64().unwrap() > 0.0, "{object}");
    assert_eq!(object["files"][0]["path"], "classifier.safetensors", "{object}");
    assert!(folder.path().join("classifier.safetensors").exists() && !folder.path().join("assets").exists());
    ok(&ddpm(&folder, "train-classifier --data data --device cpu --epochs 1 --out own"));
    let run = "evaluate --data data --classifier own --weights weights --engine cpu --sampler ddim --steps 2 \
               --images 70 --seeds 1 --times 1 --json";
    let found = |name: &str, more: &str| -> Value {
        ok(&ddpm(&folder, &format!("{run} {name} {more}")));
        serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
    };
    let usual = found("usual.json", "");
    assert_eq!(usual["sampler"]["class"], "even");
    assert_eq!(usual["weights"]["config"]["widths"], serde_json::json!([2, 3, 4]));
    assert_eq!(usual["classifier"]["image"], serde_json::json!({ "side": 12, "channels": 3 }));
    for more in ["--class even", "--guidance 1"] {
        assert_eq!(found("again.json", more)["samples"], usual["samples"], "{more}");
    }
    for more in ["--class 1", "--class any", "--class none", "--guidance 3"] {
        assert_ne!(found("other.json", more)["samples"], usual["samples"], "{more}");
    }
    // What the same weights make is no worse, so they lead nowhere; and nothing is asked of the network without a class.
    let guided = found("guided.json", "--guidance 3 --guide weights");
    assert_eq!(guided["samples"], usual["samples"]);
    let table = ok(&ddpm(&folder, "compare usual.json other.json guided.json"));
    for words in
        ["every class |", "every class, guidance 3 |", "every class, guidance 3, guided by weights |"]
    {
        assert!(table.contains(words), "no {words} in {table}");
    }
    // A stronger classifier says what the samples show; the other numbers are the same.
    ok(&ddpm(&folder, "train-classifier --data data --strong --epochs 2 --out strong"));
    assert!(!folder.path().join("strong.training").exists());
    let seen = found("seen.json", "--strong-classifier strong");
    assert_eq!(seen["samples"], usual["samples"]);
    assert!(usual.get("recognition").is_none(), "{usual}");
    let recognition = &seen["recognition"];
    assert!(recognition["classifier"]["command"].as_str().unwrap().contains("--strong --size 12 --colour"));
    let share = |value: &Value| value.as_f64().filter(|share| (0.0..=1.0).contains(share)).unwrap();
    let halves = recognition["samples"]["right_of_class"].as_array().unwrap();
    let mean = halves.iter().map(share).sum::<f64>() / 2.0;
    assert!((share(&recognition["samples"]["right"]["mean"]) - mean).abs() < 1e-12, "{recognition}");
    let accuracy = share(&recognition["classifier"]["test_accuracy"]);
    assert_eq!(share(&recognition["test_images"]["right"]["mean"]), accuracy);
    assert_eq!(recognition["noised"][0]["t"], seen["losses"][0]["t"]);
    share(&recognition["noised"][0]["accuracy"]);
    let text = ok(&ddpm(&folder, &format!("{run} one.json --strong-classifier strong --class 1")));
    for words in ["class asked for is seen", "of the predicted x_0", "% of x_t recognised", "measured in"] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let one: Value = serde_json::from_slice(&fs::read(folder.path().join("one.json")).unwrap()).unwrap();
    let of_class = &one["recognition"]["samples"]["right_of_class"];
    assert!(of_class[0].is_null() && of_class[1] == one["recognition"]["samples"]["right"]["mean"]);
    let table = ok(&ddpm(&folder, "compare seen.json usual.json"));
    for words in ["| class right | nearest: least, median | copies |", "| test images |", "of 70 |"] {
        assert!(table.contains(words), "no {words} in {table}");
    }
    let run = format!("{run} more.json");
    let other = run.replace("--classifier own", &format!("--classifier {}", shipped().display()));
    for (arguments, words) in [
        (format!("{run} --class 2"), &["2", "0", "1"][..]),
        (format!("{run} --guidance -1"), &["guidance"]),
        (format!("{run} --guidance nan"), &["guidance"]),
        (other, &["Fashion-MNIST", "28x28 grey", "--size 12 --colour"]),
        (format!("{run} --strong-classifier own"), &["own", "--classifier"]),
        (run.replace("--classifier own", "--classifier strong"), &["strong", "--strong-classifier"]),
    ] {
        println!("ddpm {arguments}");
        let output = ddpm(&folder, &arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !err.contains("panicked"), "{err}");
        for word in words {
            assert!(err.contains(word), "no {word:?} in: {err}");
        }
    }
}

#[test]
fn reports_of_before_there_were_classes_still_compare() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/evaluation");
    let paths = ["page-ddpm-200", "page-ddim-20"].map(|name| assets.join(name).with_extension("json"));
    let table = Comparison::read(&paths).unwrap().to_string();
    assert!(table.contains("| page-ddpm-200 | ddpm, 200 steps | matched |"), "{table}");
    let report: Report = serde_json::from_slice(&fs::read(&paths[0]).unwrap()).unwrap();
    assert!(report.recognition.is_none() && report.measuring_seconds.is_none());
    assert!(report.losses.iter().all(|loss| loss.x_0.is_none()));
    let text = report.to_string();
    assert!(text.contains("loss on the test images: mean") && !text.contains("predicted x_0"), "{text}");
}

#[test]
fn what_cannot_be_measured_is_a_clear_error() {
    let folder = workplace();
    ok(&ddpm(&folder, "train-classifier --data data --device cpu --epochs 1 --out own"));
    let own = fs::read(folder.path().join("own")).unwrap();
    fs::write(folder.path().join("cut"), &own[..own.len() / 2]).unwrap();
    let run = "evaluate --data data --weights weights --classifier own";
    for (arguments, words) in [
        ("train-classifier --data bare", &["labels", "label files"][..]),
        ("train-classifier --data data --epochs 0", &["--epochs"]),
        ("train-classifier --data data --learning-rate 0", &["learning rate", "0.002"]),
        (&format!("{run} --images 64"), &["64 generated images", "at least 65"]),
        (&format!("{run} --images 2000000"), &["--images 2000000", "at most"]),
        (&format!("{run} --seeds 11"), &["--seeds"]),
        (&format!("{run} --times 201"), &["--times", "at most"]),
        (&format!("{run} --steps 201"), &["1 to 200"]),
        (&format!("{run} --start matched"), &["pure noise", "--data"]),
        (&format!("{run} --class 1"), &["without classes"]),
        (&format!("{run} --guidance 2"), &["classes"]),
        (&format!("{run} --guide weights"), &["--guidance"]),
        (&format!("{run} --class any"), &["without classes"]),
        (&format!("{run} --class none --guidance 2"), &["classes"]),
        (&run.replace("own", "cut"), &["cut", "not a whole safetensors file", "ddpm train-classifier"]),
        (&run.replace("own", "weights"), &["does not say", "ddpm train-classifier"]),
        (&run.replace("own", "nowhere"), &["nowhere", "ddpm train-classifier"]),
        (&run.replace("weights weights", "weights nowhere"), &["nowhere", "ddpm train"]),
        (&run.replace("data data", "data bare"), &["trained on data", "--data bare", "--classifier"]),
        (&run.replace("data data", "data nowhere"), &["nowhere"]),
    ] {
        println!("ddpm {arguments}");
        let output = ddpm(&folder, arguments);
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && !err.contains("panicked"), "{err}");
        for word in words {
            assert!(err.contains(word), "no {word:?} in: {err}");
        }
    }
}
