//! Training on images that can be told apart by hand, and the file.

use super::*;
use crate::core::image::ImageSpec;
use crate::data::Progress;

const SMALL: ImageSpec = ImageSpec { side: 12, channels: 1 };
const RECIPE: Recipe = Recipe {
    epochs: 4,
    batch_size: 16,
    learning_rate: 4e-3,
    weight_decay: 0.05,
    smoothing: 0.1,
    moves: crate::core::moves::Moves { mirror: true, shift: 1 },
    ema: 0.9,
    seed: 1,
};

/// Images whose top or bottom is bright, and which of the two is their label. Left and right would look the same
/// mirrored.
pub(crate) fn halves(count: usize, image: ImageSpec) -> Dataset {
    let labels: Vec<u8> = (0..count).map(|i| (i % 2) as u8).collect();
    let byte = |i: usize, p: usize| {
        let bright = usize::from(p % image.pixels() >= image.pixels() / 2) == i % 2;
        (if bright { 150 } else { 50 }) + (i * p * p % 97) as u8
    };
    let bytes = (0..count).flat_map(|i| (0..image.numbers()).map(move |p| byte(i, p))).collect();
    let images = Images { spec: image, bytes };
    Dataset {
        name: "halves".into(),
        origin: "halves".into(),
        train: images.clone(),
        test: images,
        train_labels: Some(labels.clone()),
        test_labels: Some(labels),
        classes: vec!["top".into(), "bottom".into()],
        notes: vec![],
    }
}

fn trained(mut training: Training) -> (StrongClassifier, Description) {
    let mut found = training.current().unwrap();
    while !training.is_done() {
        found = training.epoch(&mut |_| ()).unwrap();
    }
    found
}

#[test]
fn learns_what_can_be_learnt() {
    for image in [SMALL, ImageSpec { side: 16, channels: 3 }] {
        let data = halves(120, image);
        let mut training = Training::new(&data, RECIPE, None).unwrap();
        let mut lines = vec![];
        let mut progress = |progress: Progress| {
            if let Progress::Message(line) = progress {
                lines.push(line.to_string());
            }
        };
        training.epoch(&mut progress).unwrap();
        assert!(lines.len() == 1 && lines[0].starts_with("Epoch 1: loss"), "{lines:?}");
        let (classifier, description) = trained(training);
        assert!(description.test_accuracy > 0.95, "{}", description.test_accuracy);
        assert_eq!((description.epochs_done, description.network.image), (4, image));
        let (_, labels) = labels(&data).unwrap();
        let found = classifier.classes(&data.test).unwrap();
        assert_eq!(accuracy(&found, labels), description.test_accuracy);
        // An image's class does not depend on the others.
        assert_eq!(classifier.classes(&data.test.select([3])).unwrap(), found[3..4]);
    }
}

#[test]
fn an_interrupted_training_goes_on_as_if_it_had_not_been() {
    let data = halves(60, SMALL);
    let whole = trained(Training::new(&data, RECIPE, None).unwrap());
    let mut begun = Training::new(&data, RECIPE, None).unwrap();
    begun.epoch(&mut |_| ()).unwrap();
    let state = State::parse(&begun.state().bytes().unwrap()).unwrap();
    assert_eq!(&state, begun.state());
    let rest = Training::new(&data, RECIPE, Some(state.clone())).unwrap();
    assert_eq!(rest.state().epoch(), 1);
    assert_eq!(trained(rest), whole);
    let told = |data: &Dataset, recipe: Recipe| {
        Training::new(data, recipe, Some(state.clone())).err().expect("another training").to_string()
    };
    assert!(told(&data, Recipe { epochs: 5, ..RECIPE }).contains("other settings"));
    assert!(told(&halves(62, SMALL), RECIPE).contains("other images"));
    assert!(State::parse(b"no state").unwrap_err().to_string().contains("safetensors"));
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let data = halves(4, SMALL);
    let told = |data: &Dataset, recipe| Training::new(data, recipe, None).err().expect("refused").to_string();
    assert!(told(&data, Recipe { epochs: 0, ..RECIPE }).contains("--epochs"));
    assert!(told(&data, Recipe { batch_size: 0, ..RECIPE }).contains("--batch-size"));
    assert!(told(&data, Recipe { learning_rate: 0.0, ..RECIPE }).contains("0.004"));
    assert!(told(&Dataset { train_labels: None, ..data.clone() }, RECIPE).contains("label files"));
    let odd = halves(4, ImageSpec { side: 14, channels: 1 });
    assert!(told(&odd, RECIPE).contains("multiple of 4"));
}

#[test]
fn what_is_written_is_read() {
    let data = halves(8, ImageSpec { side: 16, channels: 3 });
    let (classifier, description) = Training::new(&data, RECIPE, None).unwrap().current().unwrap();
    let written = bytes(&classifier, &description).unwrap();
    let (found, read) = parse(&written).unwrap();
    assert_eq!(found, classifier);
    assert_eq!(Description { sha256: String::new(), ..read.clone() }, description);
    assert!(read.command.contains("--strong --size 16 --colour --epochs 4"), "{}", read.command);
    read.check_data(&data).unwrap();
    let error = read.check_data(&halves(8, SMALL)).unwrap_err().to_string();
    assert!(error.contains("16x16 colour") && error.contains("--strong --data halves --size 12"), "{error}");
    let error = classifier.classes(&halves(8, SMALL).test).unwrap_err().to_string();
    assert!(error.contains("takes images of 16x16 colour"), "{error}");

    let told = |bytes: &[u8]| format!("{:#}", parse(bytes).unwrap_err());
    let mut flipped = written.clone();
    flipped[written.len() - 1000] ^= 1;
    assert!(told(&flipped).contains("damaged"));
    assert!(told(&written[..written.len() - 1]).contains("not a whole safetensors file"));
    let newer = Description { format_version: 9, ..description };
    assert!(told(&bytes(&classifier, &newer).unwrap()).contains("version"));
    let features = include_bytes!("../../assets/classifier.safetensors");
    assert!(told(features).contains("--classifier"));
    let unet = include_bytes!("../../assets/fashion-mnist.safetensors");
    assert!(told(unet).contains("does not say that it is a classifier"));
}
