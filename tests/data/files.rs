//! Folders of IDX files, and single files.

use crate::{STEMS, contents, error, gzip, images, images_idx, labels_idx, open, said, write_set};
use std::fs;
use tempfile::tempdir;

#[test]
fn all_spellings_of_the_files_are_read() {
    let plain = |stem: &str| stem.to_owned();
    let zipped = |stem: &str| format!("{stem}.gz");
    let dotted = |stem: &str| stem.replace("-idx", ".idx");
    for name in [plain, zipped, dotted] as [fn(&str) -> String; 3] {
        let folder = tempdir().unwrap();
        write_set(folder.path(), name);
        let set = open(folder.path()).unwrap();
        assert_eq!((set.name.as_str(), &set.train, &set.test), ("Tiny", &images(3, 28), &images(2, 28)));
        assert_eq!((set.train_labels, set.test_labels), (Some(vec![0, 2, 2]), Some(vec![1, 0])));
        assert_eq!(set.classes, ["hat", "shoe", "bag"]);
    }
}

#[test]
fn gzip_is_told_by_bytes_and_unknown_sets_are_named_by_their_folder() {
    let parent = tempdir().unwrap();
    let folder = parent.path().join("my-digits");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(STEMS[0]), gzip(&images_idx(25, 28))).unwrap();
    fs::write(folder.join(STEMS[1]), labels_idx(&[3; 25])).unwrap();
    let set = open(&folder).unwrap();
    assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("my-digits", 23, 2));
    assert_eq!((set.test.image(0)[0], set.test.image(1)[0], set.test_labels), (9, 19, Some(vec![3, 3])));
    assert_eq!(set.classes, ["0", "1", "2", "3"]);
}

#[test]
fn a_single_file_is_a_set_without_labels() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("anything");
    fs::write(&path, images_idx(2, 28)).unwrap();
    let set = open(&path).unwrap();
    assert_eq!((set.train.len(), set.test.len(), set.train_labels.as_ref()), (1, 1, None));
    assert!(set.describe().contains("1 to train on, 1 to test on, 28x28 grey"), "{}", set.describe());
    fs::write(&path, images_idx(1, 28)).unwrap();
    assert!(error(open(&path)).contains("holds one image; at least two"));
    fs::write(&path, b"GIF89a").unwrap();
    assert!(error(open(&path)).contains("not an IDX file of images"));
}

#[test]
fn sets_that_do_not_fit_together_are_refused() {
    let folder = tempdir().unwrap();
    write_set(folder.path(), str::to_owned);
    fs::write(folder.path().join(STEMS[1]), labels_idx(&[0; 4])).unwrap();
    assert!(error(open(folder.path())).contains("4 labels for 3 images"));
    fs::write(folder.path().join(STEMS[1]), &gzip(&labels_idx(&[0; 3]))[..20]).unwrap();
    let told = error(open(folder.path()));
    assert!(told.contains("cannot read") && told.contains(STEMS[1]), "{told}");
    fs::remove_file(folder.path().join(STEMS[0])).unwrap();
    assert!(error(open(folder.path())).contains("has no train-images-idx3-ubyte"));
}

/// An IDX file of this type, these sizes and these numbers.
fn idx(kind: u8, sizes: &[u32], body: &[u8]) -> Vec<u8> {
    let dimensions = sizes.len() as u8;
    let sizes = sizes.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, kind, dimensions].into_iter().chain(sizes).chain(body.iter().copied()).collect()
}

#[test]
fn what_torchvision_downloads_is_found_from_every_folder_around_it() {
    let root = tempdir().unwrap();
    let raw = root.path().join("datasets/FashionMNIST/raw");
    fs::create_dir_all(&raw).unwrap();
    write_set(&raw, str::to_owned);
    write_set(&raw, |stem| format!("{stem}.gz"));
    for path in [root.path(), &root.path().join("datasets"), raw.parent().unwrap(), &raw] {
        let set = open(path).unwrap();
        assert_eq!(
            (set.name.as_str(), set.train.len(), set.test.len()),
            ("Tiny", 3, 2),
            "{}",
            path.display()
        );
    }
    // Of two sets, the one to read is to be said.
    let other = root.path().join("datasets/KMNIST/raw");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join(STEMS[0]), images_idx(4, 28)).unwrap();
    let told = error(open(root.path()));
    assert!(
        told.contains("FashionMNIST") && told.contains("KMNIST") && told.contains("pass the one"),
        "{told}"
    );
    // Called by the folder that says what it is.
    assert_eq!(open(&other).unwrap().name, "KMNIST");
}

#[test]
fn files_that_were_unpacked_into_a_folder_each_are_one_set() {
    let root = tempdir().unwrap();
    for (stem, content) in STEMS.iter().zip(contents()) {
        fs::create_dir(root.path().join(stem)).unwrap();
        fs::write(root.path().join(stem).join(stem), content).unwrap();
    }
    let set = open(root.path()).unwrap();
    assert_eq!((set.name.as_str(), set.train, set.test), ("Tiny", images(3, 28), images(2, 28)));
    assert_eq!(set.test_labels, Some(vec![1, 0]));
}

#[test]
fn emnist_is_put_upright_and_its_letters_are_named() {
    let folder = tempdir().unwrap();
    // Bright first rows in the file are bright first columns in the pictures.
    let image: Vec<u8> = (0..144).map(|i| if i < 12 { 250 } else { 0 }).collect();
    let labels: Vec<u8> = (1..=26).collect();
    for (part, n) in [("train", 26), ("test", 2)] {
        let name = |kind: &str| folder.path().join(format!("emnist-letters-{part}-{kind}-ubyte"));
        fs::write(name("images-idx3"), idx(8, &[n, 12, 12], &image.repeat(n as usize))).unwrap();
        fs::write(name("labels-idx1"), labels_idx(&labels[..n as usize])).unwrap();
    }
    let images = folder.path().join("emnist-letters-train-images-idx3-ubyte");
    for path in [folder.path(), &images] {
        let set = open(path).unwrap();
        assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("emnist-letters", 26, 2));
        assert!(set.test.image(1).iter().enumerate().all(|(i, byte)| (*byte == 250) == (i % 12 == 0)));
        assert_eq!((set.classes[25].as_str(), set.test_labels.as_deref()), ("Z", Some(&[0, 1][..])));
        assert!(said(&set).contains("put upright") && said(&set).contains("start at 1"), "{}", said(&set));
    }
    fs::copy(&images, folder.path().join("emnist-digits-train-images-idx3-ubyte")).unwrap();
    let told = error(open(folder.path()));
    assert!(told.contains("emnist-letters-train-images") && told.contains("emnist-digits-train"), "{told}");
    assert_eq!(open(&images).unwrap().classes.len(), 26);
}

#[test]
fn qmnists_labels_have_the_class_in_front() {
    let folder = tempdir().unwrap();
    let rows: Vec<u8> = [2u32, 0, 1]
        .iter()
        .flat_map(|class| [*class, 7, 7, 7, 7, 7, 7, 7])
        .flat_map(u32::to_be_bytes)
        .collect();
    fs::write(folder.path().join("qmnist-train-images-idx3-ubyte.gz"), gzip(&images_idx(3, 28))).unwrap();
    fs::write(folder.path().join("qmnist-train-labels-idx2-int.gz"), gzip(&idx(12, &[3, 8], &rows))).unwrap();
    let set = open(folder.path()).unwrap();
    assert_eq!(
        (set.name.as_str(), set.train_labels, set.test_labels),
        ("qmnist", Some(vec![2, 0]), Some(vec![1]))
    );
}

#[test]
fn other_types_and_dimensions_are_read_where_they_mean_one_thing() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("images");
    let bytes = images(20, 12).bytes;
    let as_wide: Vec<u8> = bytes.iter().flat_map(|x| i16::from(*x).to_be_bytes()).collect();
    let as_float: Vec<u8> = bytes.iter().flat_map(|x| (f32::from(*x) / 255.0).to_be_bytes()).collect();
    for (what, file) in [
        ("int16", idx(0x0b, &[20, 12, 12], &as_wide)),
        ("float32", idx(0x0d, &[20, 12, 12], &as_float)),
        ("one channel first", idx(8, &[20, 1, 12, 12], &bytes)),
        ("one row", idx(8, &[20, 144], &bytes)),
        ("gzip in gzip", gzip(&gzip(&idx(8, &[20, 12, 12], &bytes)))),
    ] {
        fs::write(&path, file).unwrap();
        assert_eq!(
            open(&path).unwrap().train,
            images(20, 12).select((0..20).filter(|i| i % 10 != 9)),
            "{what}"
        );
    }
    for (file, words) in [
        (idx(0x0b, &[2, 12, 12], &[0x7f; 576]), "not sure which of them is white"),
        (idx(8, &[2, 3072], &[0; 6144]), "2 x 3072 numbers"),
        (idx(8, &[2, 12, 12, 4], &[0; 1152]), "4 numbers for each pixel"),
        ([idx(8, &[2, 12, 12], &[0; 288]), vec![b'\n']].concat(), "has more at its end"),
        (idx(8, &[2, 12, 12], &[0; 287]), "is cut short"),
        (b"<!DOCTYPE html><title>403</title>".to_vec(), "a web page"),
        (gzip(&images_idx(2, 28))[..40].to_vec(), "gzip is cut short"),
        (b"PK\x03\x04 and no array".to_vec(), "get it again"),
        (b"label,pixel1,pixel2\n2,0,0\n".to_vec(), "numpy.loadtxt"),
        (b"\x80\x02}q\x01".to_vec(), "numpy.savez"),
    ] {
        fs::write(&path, file).unwrap();
        assert!(error(open(&path)).contains(words), "{words}: {}", error(open(&path)));
    }
}

#[test]
fn test_images_alone_are_no_set_but_a_file_of_images_is() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(STEMS[2]);
    fs::write(&path, images_idx(11, 28)).unwrap();
    let told = error(open(folder.path()));
    assert!(
        told.contains("has no train-images-idx3-ubyte") && told.contains("the file of images itself"),
        "{told}"
    );
    assert_eq!(open(&path).unwrap().test, images(11, 28).select([9]));
}

#[test]
fn archives_of_pictures_are_to_be_unpacked() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("pictures.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    archive.start_file("a.png", zip::write::SimpleFileOptions::default()).unwrap();
    archive.finish().unwrap();
    let told = error(open(&path));
    assert!(told.contains("is a zip archive: unpack it"), "{told}");
    assert!(error(open(folder.path())).contains("pictures.zip"));
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    fs::write(&path, gzip(&tar)).unwrap();
    assert!(error(open(&path)).contains("is a tar archive: unpack it"));
}
