//! Arrays of other types, dimensions and names than the plainest.

use crate::arrays::{File, file, grey, labels, npy, npz};
use crate::{error, images, open, said};
use ddpm_web::core::image::ImageSpec;
use std::fs;
use tempfile::tempdir;
use zip::CompressionMethod;

/// A file of these floating-point numbers in an array of two images, 12x12.
fn floats(values: [f32; 2]) -> File {
    let body: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes().repeat(144)).collect();
    file("a.npy", &npy("<f4", &[2, 12, 12], &body))
}

#[test]
fn numbers_of_other_types_are_read_where_white_is_sure() {
    for (values, bytes, words) in [
        ([0.0, 1.0], [0, 255], "1 for white"),
        ([0.0, 250.0], [0, 250], "255 for white"),
        ([-1.0, 1.0], [0, 255], "-1 is taken for black"),
    ] {
        let set = open(&floats(values).path).unwrap();
        assert_eq!([set.train.bytes[0], set.test.bytes[0]], bytes);
        assert!(said(&set).contains(words), "{}", said(&set));
    }
    assert!(error(open(&floats([-1.7, 1.7]).path)).contains("from -1.7"), "standardised");
    assert!(error(open(&floats([0.0, f32::NAN]).path)).contains("NaN"));
    let set = |descr: &str, body: &[u8]| open(&file("a.npy", &npy(descr, &[2, 12, 12], body)).path).unwrap();
    let wide: Vec<u8> = [0i64, 200].iter().flat_map(|x| x.to_be_bytes().repeat(144)).collect();
    assert_eq!(set(">i8", &wide).test.bytes, [200; 144]);
    let mask = set("|b1", &[[0; 144], [1; 144]].concat());
    assert_eq!((mask.train.bytes, mask.test.bytes), (vec![0; 144], vec![255; 144]));
    assert!(said(&set("|u1", &[1; 288])).contains("Multiply them by 255"));
}

#[test]
fn colours_before_the_rows_and_images_in_one_row_are_understood() {
    let body: Vec<u8> = (0..2 * 3 * 144).map(|i| (i / 144 * 40) as u8).collect();
    let set = open(&file("torch.npy", &npy("|u1", &[2, 3, 12, 12], &body)).path).unwrap();
    assert_eq!(set.image(), ImageSpec { side: 12, channels: 3 });
    assert_eq!((&set.train.bytes[..], &set.test.bytes[..]), body.split_at(432));
    assert!(said(&set).contains("PyTorch"), "{}", said(&set));
    let set = open(&file("flat.npy", &npy("|u1", &[3, 784], &images(3, 28).bytes)).path).unwrap();
    assert_eq!(set.test, images(3, 28).select([2]));
    assert!(said(&set).contains("28x28 pixels"), "{}", said(&set));
}

#[test]
fn names_are_understood_however_they_are_written() {
    let archive = npz(
        &[
            ("train_images", grey(3, 28)),
            ("train_labels", npy("|u1", &[3, 1], &[0, 1, 0])),
            ("val_images", grey(1, 28)),
            ("test_images", grey(2, 28)),
            ("test_labels", npy("|u1", &[2, 1], &[1, 0])),
        ],
        CompressionMethod::Deflated,
    );
    let set = open(&file("medmnist.npz", &archive).path).unwrap();
    assert_eq!((set.train.len(), set.test.len(), set.test_labels.as_deref()), (3, 2, Some(&[1, 0][..])));
    assert!(said(&set).contains("val_images"), "{}", said(&set));
    // Labels from 1 on, in the second of two arrays without names.
    let archive = npz(&[("arr_0", grey(3, 28)), ("arr_1", labels(&[1, 3, 2]))], CompressionMethod::Stored);
    let set = open(&file("set.npz", &archive).path).unwrap();
    assert_eq!(
        (set.train_labels.as_deref(), set.test_labels.as_deref()),
        (Some(&[0, 2][..]), Some(&[1][..]))
    );
    assert_eq!(set.classes, ["1", "2", "3"]);
    assert!(said(&set).contains("start at 1") && said(&set).contains("arr_1"), "{}", said(&set));
}

#[test]
fn a_folder_of_arrays_is_read_as_an_archive_is() {
    let folder = tempdir().unwrap();
    for (name, bytes) in [
        ("X_train.npy", grey(3, 16)),
        ("y_train.npy", labels(&[0, 1, 1])),
        ("X_test.npy", grey(2, 16)),
        ("y_test.npy", labels(&[1, 0])),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let set = open(folder.path()).unwrap();
    assert_eq!((set.train, set.test), (images(3, 16), images(2, 16)));
    assert_eq!((set.train_labels, set.test_labels), (Some(vec![0, 1, 1]), Some(vec![1, 0])));
    fs::remove_file(folder.path().join("X_train.npy")).unwrap();
    assert!(error(open(folder.path())).contains("several files of arrays"));
}
