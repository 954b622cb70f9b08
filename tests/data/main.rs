//! Data sets as users have them: real, broken, their own, and over a bad connection.
#![cfg(feature = "native")]

mod download;
mod files;
mod parser;
mod pictures;
mod places;

use ddpm_web::data::idx::Images;
use ddpm_web::data::{DataError, Dataset, Places, RemoteFile, Source};
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

/// `n` images, image `i` all of grey `i`.
fn images(n: usize, side: usize) -> Images {
    let pixels = (0..n).flat_map(|i| vec![i as u8; side * side]).collect();
    Images { width: side, height: side, pixels }
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
    [images(3, 28).to_idx(), labels_idx(&[0, 2, 2]), images(2, 28).to_idx(), labels_idx(&[1, 0])]
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
    Dataset::open(path, &source(String::new()))
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
    let set = Places { cache: None, ..places }.load().unwrap();
    assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("Fashion-MNIST", 60_000, 10_000));
    let told = set.describe();
    assert!(told.contains("Ankle boot     6000    1000"), "{told}");
    // The first training image is an ankle boot.
    assert_eq!(set.train_labels.unwrap()[0], 9);
    println!("{told}");
}
