//! NumPy's arrays: .npy and .npz files.

use crate::{error, gzip, images, labels_idx, open, open_as};
use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::Wanted;
use image::{GrayImage, Luma};
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// An array as numpy.save writes it.
pub fn npy(descr: &str, shape: &[usize], body: &[u8]) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(|size| format!("{size}, ")).collect();
    let sizes = sizes.concat();
    let sizes = if shape.len() > 1 { sizes.trim_end_matches(", ") } else { sizes.trim_end() };
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}");
    // Spaces up to where the numbers start at a multiple of 64, and a line break.
    let text = format!("{text:<width$}\n", width = (10 + text.len() + 1).next_multiple_of(64) - 11);
    [b"\x93NUMPY\x01\0", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), body].concat()
}

/// Arrays as numpy.savez_compressed, or numpy.savez, writes them.
pub fn npz(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    for (name, array) in arrays {
        let options = SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(array).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Images all of grey `i`, as an array.
pub fn grey(n: usize, side: usize) -> Vec<u8> {
    npy("|u1", &[n, side, side], &images(n, side).bytes)
}

pub fn labels(labels: &[i64]) -> Vec<u8> {
    npy("<i8", &[labels.len()], &labels.iter().flat_map(|label| label.to_le_bytes()).collect::<Vec<_>>())
}

pub struct File {
    _folder: TempDir,
    pub path: PathBuf,
}

pub fn file(name: &str, bytes: &[u8]) -> File {
    let folder = tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    File { _folder: folder, path }
}

/// What is said of an archive of these arrays.
fn refusal(arrays: &[(&str, Vec<u8>)]) -> String {
    error(open(&file("a.npz", &npz(arrays, CompressionMethod::Stored)).path))
}

#[test]
fn an_array_of_grey_images_is_a_set_whatever_its_name() {
    for name in ["icons.npy", "icons"] {
        for bytes in [grey(11, 16), gzip(&grey(11, 16))] {
            let file = file(name, &bytes);
            let set = open(&file.path).unwrap();
            assert_eq!((set.name.as_str(), set.train_labels.as_ref(), set.train.len()), (name, None, 10));
            assert_eq!(set.test, images(11, 16).select([9]));
        }
    }
}

#[test]
fn an_array_of_colour_images_becomes_planes() {
    let body: Vec<u8> = (0..2 * 12 * 12 * 3).map(|i| i as u8).collect();
    let file = file("colour.npy", &npy("|u1", &[2, 12, 12, 3], &body));
    let set = open(&file.path).unwrap();
    assert_eq!(set.image(), ImageSpec { side: 12, channels: 3 });
    let plane = |channel: usize| body.iter().skip(channel).step_by(3).take(144).copied();
    assert!((0..3).flat_map(plane).eq(set.train.bytes.iter().copied()));
    let wanted = Wanted { side: Some(16), colour: Some(false), background: None };
    assert_eq!(open_as(&file.path, &wanted).unwrap().image(), ImageSpec { side: 16, channels: 1 });
}

#[test]
fn arrays_in_an_archive_are_found_by_their_names() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for (name, of_labels) in [("images", "labels"), ("x", "y"), ("data", "label"), ("faces", "labels")] {
            let arrays =
                [(of_labels, labels(&[2, 0, 1])), (name, grey(3, 28)), ("more", npy("<f4", &[1], &[0; 4]))];
            let file = file("set.npz", &npz(&arrays, method));
            let set = open(&file.path).unwrap();
            assert_eq!((set.train, set.test), (images(3, 28).select([0, 1]), images(3, 28).select([2])));
            assert_eq!((set.train_labels, set.test_labels), (Some(vec![2, 0]), Some(vec![1])));
            assert_eq!(set.classes, ["0", "1", "2"]);
            assert!(set.notes.iter().any(|note| note.contains("more (float32 [1])")), "{:?}", set.notes);
        }
    }
    // numpy.savez without names.
    let file =
        file("set.npz", &npz(&[("arr_0", grey(3, 28)), ("arr_1", grey(3, 28))], CompressionMethod::Stored));
    assert_eq!(open(&file.path).unwrap().train_labels, None);
}

#[test]
fn training_and_test_images_are_found_as_keras_saves_them() {
    let column = npy("|u1", &[3, 1], &[1, 0, 1]);
    let arrays = [
        ("x_test", grey(2, 32)),
        ("x_train", grey(3, 32)),
        ("y_train", column),
        ("y_test", npy(">u2", &[2], &[0, 1, 0, 0])),
    ];
    let set = open(&file("mnist.npz", &npz(&arrays, CompressionMethod::Deflated)).path).unwrap();
    assert_eq!((set.train, set.test), (images(3, 32), images(2, 32)));
    assert_eq!((set.train_labels, set.test_labels), (Some(vec![1, 0, 1]), Some(vec![1, 0])));
    assert!(set.notes.is_empty(), "{:?}", set.notes);
    let set = open(&file("half.npz", &npz(&arrays[1..3], CompressionMethod::Stored)).path).unwrap();
    assert_eq!((set.train.len(), set.test_labels), (2, Some(vec![1])));
}

#[test]
fn test_images_are_held_out_of_each_class() {
    // Classes in turn: every tenth image of all would be of class 4.
    let of: Vec<i64> = (0..100).map(|i| i % 5).collect();
    let archive = npz(&[("images", grey(100, 12)), ("labels", labels(&of))], CompressionMethod::Deflated);
    let set = open(&file("icons.npz", &archive).path).unwrap();
    let places: Vec<usize> = (45..50).chain(95..100).collect();
    assert_eq!(set.test, images(100, 12).select(places.clone()));
    assert_eq!(set.test_labels, Some([0, 1, 2, 3, 4].repeat(2)));
    assert_eq!(set.train, images(100, 12).select((0..100).filter(|i| !places.contains(i))));
    assert!(set.notes[0].contains("every tenth image of each class"), "{:?}", set.notes);
}

#[test]
fn a_folder_with_one_file_of_arrays_will_do() {
    let folder = tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("readme.txt", b"one array");
    write("icons.NPY", &grey(3, 16));
    assert_eq!(open(folder.path()).unwrap().train.len(), 2);
    write("icons.npz", &npz(&[("images", grey(3, 16))], CompressionMethod::Stored));
    let told = error(open(folder.path()));
    assert!(
        told.contains("icons.NPY") && told.contains("icons.npz") && told.contains("pass the one"),
        "{told}"
    );
    // Pictures come first.
    for name in ["a.png", "b.png"] {
        GrayImage::from_pixel(28, 28, Luma([9])).save(folder.path().join(name)).unwrap();
    }
    let set = open(folder.path()).unwrap();
    assert_eq!(
        (set.image().side, set.notes.iter().any(|note| note.contains("3 files that are no pictures"))),
        (28, true)
    );
}

#[test]
fn arrays_that_are_no_images_are_refused_with_what_was_found() {
    let said = |descr: &str, shape: &[usize], bytes: usize| {
        error(open(&file("a.npy", &npy(descr, shape, &vec![1; bytes])).path))
    };
    for (told, words) in [
        // Bytes of 200 make floating-point numbers far beyond white, and negative ones.
        (
            error(open(&file("a.npy", &npy("<f4", &[2, 28, 28], &[200; 6272])).path)),
            ["float32 [2, 28, 28]", "astype(numpy.uint8)"],
        ),
        (said("<i8", &[2], 16), ["int64 [2]", "[N, H, W]"]),
        (said("|u1", &[2, 4, 28, 28], 6272), ["[2, 4, 28, 28]", "[N, H, W, 3]"]),
        (said("|u1", &[2, 3072], 6144), ["[2, 3072]", "reshape(-1, 3, 32, 32)"]),
        (said("|O", &[2], 16), ["object [2]", "no numbers"]),
        (said("|u1", &[2, 30, 30], 1800), ["30x30 pixels", "--size 32"]),
        (said("|u1", &[2, 20, 30], 1200), ["30x20 pixels", "--size 20"]),
        (said("|u1", &[2, 28, 28], 1567), ["1568 bytes", "get the file again"]),
        (said("|u1", &[0, 28, 28], 0), ["uint8 [0, 28, 28]", "no images"]),
        (said("|u1", &[1, 28, 28], 784), ["holds one image", "at least two"]),
        (error(open(&file("a.npy", &grey(2, 28)[..40]).path)), ["no whole .npy array", "cut short"]),
        (
            refusal(&[("first", grey(2, 28)), ("other", grey(2, 28))]),
            ["first (uint8 [2, 28, 28])", "name one `images`"],
        ),
        (
            refusal(&[("images", npy("<f8", &[2], &[0; 16])), ("other", grey(2, 28))]),
            ["array images", "float64 [2]"],
        ),
        (refusal(&[("x", grey(2, 28)), ("y", labels(&[0]))]), ["1 labels for 2 images", "belong together"]),
        (refusal(&[("x", grey(2, 28)), ("y", labels(&[0, 256]))]), ["array y", "the label 256"]),
        (refusal(&[("x", grey(2, 28)), ("y", labels(&[0, -1]))]), ["the label -1", "0 to 255"]),
        (refusal(&[("x", grey(2, 28)), ("y", npy("<f4", &[2], &[0; 8]))]), ["float32 [2]", "no labels"]),
        (refusal(&[("x", grey(2, 28)), ("y", npy("|u1", &[2, 2], &[0; 4]))]), ["uint8 [2, 2]", "argmax"]),
        (refusal(&[("x_train", grey(2, 28)), ("x_test", grey(2, 32))]), ["28x28 grey", "32x32 grey"]),
        (refusal(&[]), ["no array", "name one `images`"]),
        (error(open(&file("a.npz", b"PK and no more").path)), ["cannot read", "get it again"]),
    ] {
        assert!(words.iter().all(|word| told.contains(word)), "{words:?}: {told}");
    }
}

#[test]
fn grey_arrays_are_not_taken_for_colour() {
    let wanted = Wanted { side: None, colour: Some(true), background: None };
    let archive = npz(&[("images", grey(2, 28))], CompressionMethod::Deflated);
    for bytes in [grey(2, 28), archive] {
        let told = error(open_as(&file("a", &bytes).path, &wanted));
        assert!(told.contains("the images are grey") && told.contains("--colour"), "{told}");
    }
}

#[test]
fn other_sizes_are_cropped_and_scaled_where_one_is_wanted() {
    // Bright middles of 20 pixels between dark sides.
    let row: Vec<u8> = (0..40).map(|x| if (10..30).contains(&x) { 200 } else { 0 }).collect();
    let file = file("wide.npy", &npy("|u1", &[2, 20, 40], &row.repeat(40)));
    let wanted = Wanted { side: Some(12), colour: None, background: None };
    let expected = Images { spec: ImageSpec { side: 12, channels: 1 }, bytes: vec![200; 144] };
    assert_eq!(open_as(&file.path, &wanted).unwrap().train, expected);
}

#[test]
fn idx_labels_are_no_images_whatever_the_file_is_called() {
    let file = file("labels.npy", &labels_idx(&[0, 1]));
    assert!(error(open(Path::new(&file.path))).contains("it holds labels"));
}
