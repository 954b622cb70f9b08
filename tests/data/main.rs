//! Data sets as users have them: real, broken, their own, and over a bad connection.
#![cfg(feature = "native")]

mod array_kinds;
mod arrays;
mod download;
mod files;
mod formats;
mod layouts;
mod parser;
mod pictures;
mod places;
mod sizes;

use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::idx;
use ddpm_web::data::{DataError, Dataset, Places, RemoteFile, Source, Wanted};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use tempfile::TempDir;

const STEMS: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

const GREY: ImageSpec = ImageSpec { side: 28, channels: 1 };

/// What the files have.
const AS_IT_IS: Wanted = Wanted { side: None, colour: None, background: None };

/// `n` images, image `i` all of grey `i`.
fn images(n: usize, side: usize) -> Images {
    let bytes = (0..n).flat_map(|i| vec![i as u8; side * side]).collect();
    Images { spec: ImageSpec { side, channels: 1 }, bytes }
}

fn images_idx(n: usize, side: usize) -> Vec<u8> {
    idx::write(&images(n, side))
}

fn labels_idx(labels: &[u8]) -> Vec<u8> {
    [&[0, 0, 8, 1], &(labels.len() as u32).to_be_bytes(), labels].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The contents of a small set's four files.
fn contents() -> [Vec<u8>; 4] {
    [images_idx(3, 28), labels_idx(&[0, 2, 2]), images_idx(2, 28), labels_idx(&[1, 0])]
}

/// That set as if it were published at `base_url`.
fn source(base_url: String) -> Source {
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let file =
        |(stem, content): (&str, Vec<u8>)| RemoteFile { name: format!("{stem}.gz"), sha256: hex(&content) };
    Source {
        name: "Tiny".into(),
        classes: ["hat", "shoe", "bag"].map(String::from).into(),
        base_url,
        files: STEMS.into_iter().zip(contents()).map(file).collect(),
    }
}

/// Writes that set to a folder, as `name` makes files of its stems.
fn write_set(folder: &Path, name: impl Fn(&str) -> String) {
    for (stem, content) in STEMS.iter().zip(contents()) {
        let name = name(stem);
        let bytes = if name.ends_with(".gz") { gzip(&content) } else { content };
        fs::write(folder.join(name), bytes).unwrap();
    }
}

fn open(path: &Path) -> Result<Dataset, DataError> {
    open_as(path, &AS_IT_IS)
}

fn open_as(path: &Path, wanted: &Wanted) -> Result<Dataset, DataError> {
    Dataset::open(path, &source(String::new()), wanted, &mut |_| ())
}

/// What is said of a set, in one line.
fn said(set: &Dataset) -> String {
    set.notes.join(" ")
}

fn load(places: &Places) -> Result<Dataset, DataError> {
    places.load(&AS_IT_IS, &mut |_| ())
}

fn error<T: std::fmt::Debug>(result: Result<T, DataError>) -> String {
    result.unwrap_err().to_string()
}

/// Places that are all in `root`, and nothing in them.
fn places(root: &TempDir, base_url: &str) -> Places {
    let [cache, system] = ["cache/tiny", "system"].map(|name| root.path().join(name));
    Places { argument: None, env: None, cache: Some(cache), system, source: source(base_url.into()) }
}

/// An address at which nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn debians_fashion_mnist_is_recognised() {
    let places = Places::new(None, |_| None);
    if !places.system.is_dir() {
        println!("skipped: no {} (apt install dataset-fashion-mnist)", places.system.display());
        return;
    }
    let places = Places { cache: None, ..places };
    let set = load(&places).unwrap();
    assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("Fashion-MNIST", 60_000, 10_000));
    let told = set.describe();
    assert!(told.contains("Ankle boot     6000    1000"), "{told}");
    // The first training image is an ankle boot.
    assert_eq!(set.train_labels.as_ref().unwrap()[0], 9);
    // What `--size 28` and no `--colour` ask for is what the files have.
    assert_eq!(places.load(&Wanted::exactly(GREY), &mut |_| ()).unwrap(), set);
    println!("{told}");
}
