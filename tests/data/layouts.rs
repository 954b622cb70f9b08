//! Folders of pictures as people arrange them.

use crate::{error, open, said};
use ddpm_web::data::Dataset;
use image::{GrayImage, Luma};
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// A folder with a picture at each of these paths, all of the grey `10 * (1 + its place)`.
fn folder(paths: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    for (i, path) in paths.iter().enumerate() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        GrayImage::from_pixel(28, 28, Luma([10 * (1 + i as u8)])).save(path).unwrap();
    }
    folder
}

/// The greys of the images to train and to test on.
fn greys(set: &Dataset) -> [Vec<u8>; 2] {
    [&set.train, &set.test].map(|images| (0..images.len()).map(|i| images.image(i)[0]).collect())
}

#[test]
fn test_folders_are_never_trained_on() {
    for (train, test) in [("train", "test"), ("Training", "Validation"), ("training_set", "test_set")] {
        let paths = [format!("{train}/1.png"), format!("{train}/2.png"), format!("{test}/3.png")];
        let set = open(folder(&paths.each_ref().map(|path| &**path)).path()).unwrap();
        assert_eq!((greys(&set), set.classes.len()), ([vec![10, 20], vec![30]], 0));
        assert!(said(&set).contains(&format!("those in {test}; they are not trained on")), "{}", said(&set));
        assert!(!said(&set).contains("held out"), "{}", said(&set));
    }
}

#[test]
fn classes_are_found_below_and_above_train_and_test() {
    let below = ["train/cats/1.png", "train/dogs/2.png", "test/cats/3.png", "test/dogs/4.png"];
    let above = ["cats/train/1.png", "dogs/train/2.png", "cats/test/3.png", "dogs/test/4.png"];
    let wrapped =
        ["a/a/train/cats/1.png", "a/a/train/dogs/2.png", "a/a/test/cats/3.png", "a/a/test/dogs/4.png"];
    for paths in [below, above, wrapped] {
        let set = open(folder(&paths).path()).unwrap();
        assert_eq!(greys(&set), [[10, 20], [30, 40]]);
        assert_eq!((set.train_labels, set.test_labels), (Some(vec![0, 1]), Some(vec![0, 1])));
        assert_eq!(set.classes, ["cats", "dogs"]);
    }
}

#[test]
fn a_folder_in_a_folder_is_read() {
    let set =
        open(folder(&["my-pictures/my-pictures/1.png", "my-pictures/my-pictures/2.png"]).path()).unwrap();
    assert_eq!((greys(&set), set.classes.len()), ([vec![10], vec![20]], 0));
    let deep = folder(&["x/y/z/a/1.png", "x/y/z/b/2.png", "x/__MACOSX/z/a/3.png", "x/.cache/4.png"]);
    let set = open(deep.path()).unwrap();
    assert_eq!((greys(&set), set.classes), ([vec![10], vec![20]], vec!["a".to_string(), "b".into()]));
}

#[test]
fn loose_pictures_beside_folders_are_said_to_take_the_classes_away() {
    let set = open(folder(&["1.png", "extra/2.png", "more/3.png"]).path()).unwrap();
    assert_eq!((set.classes.len(), set.train_labels.as_ref()), (0, None));
    assert!(said(&set).contains("1 picture lies beside the 2 folders"), "{}", said(&set));
    let set = open(folder(&["shoes/1.png", "shoes/2.png"]).path()).unwrap();
    assert_eq!(set.classes, ["shoes"]);
    assert!(said(&set).contains("of one class, shoes"), "{}", said(&set));
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_those_that_lead_nowhere_are_told() {
    use std::os::unix::fs::symlink;
    let (folder, elsewhere) = (folder(&["a/1.png", "a/2.png"]), folder(&["3.png"]));
    symlink(".", folder.path().join("loop")).unwrap();
    symlink(elsewhere.path(), folder.path().join("b")).unwrap();
    symlink(folder.path(), elsewhere.path().join("back")).unwrap();
    let set = open(folder.path()).unwrap();
    assert_eq!((greys(&set), set.classes.len()), ([vec![10, 20], vec![10]], 2));
    assert!(said(&set).contains("2 links to a folder that is searched anyway"), "{}", said(&set));
    symlink("gone.png", folder.path().join("a/broken.png")).unwrap();
    let told = error(open(folder.path()));
    assert!(told.contains("broken.png: the link leads nowhere"), "{told}");
}

#[cfg(unix)]
#[test]
fn names_cannot_break_the_line_they_are_told_on() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&["a/1.png", "new\nclass/2.png"]);
    let set = open(folder.path()).unwrap();
    assert_eq!(set.classes, ["\"new\\nclass\"", "a"], "{:?}", set.classes);
    for name in [&b"new\nline.png"[..], b"latin1-\xe9.png", b"quote'\".png", b"\x1b[31mred.png"] {
        fs::write(folder.path().join("a").join(OsStr::from_bytes(name)), "torn").unwrap();
    }
    let told = error(open(folder.path()));
    assert_eq!(told.lines().count(), 6, "{told}");
    for name in [r#""a/new\nline.png""#, r#""a/latin1-\xE9.png""#, "a/quote'\".png", r"\u{1b}[31mred.png"] {
        assert!(told.contains(name), "{name}: {told}");
    }
}

#[test]
fn a_folder_of_one_kind_that_is_not_read_is_answered_with_the_way_out() {
    let folder = tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    for i in 0..5 {
        write(&format!("IMG_{i}.HEIC"), b"\0\0\0\x18ftypheic........");
    }
    let told = error(open(folder.path()));
    assert!(
        told.contains("5 files (IMG_0.HEIC, IMG_1.HEIC, IMG_2.HEIC, ...), each a HEIC photo: convert"),
        "{told}"
    );
    // Beside others they are left out, and that is said.
    GrayImage::from_pixel(28, 28, Luma([9])).save(folder.path().join("a.png")).unwrap();
    GrayImage::from_pixel(28, 28, Luma([9])).save(folder.path().join("b.png")).unwrap();
    let set = open(folder.path()).unwrap();
    assert_eq!(set.train.len(), 1);
    assert!(said(&set).contains("Left out: 5 files (IMG_0.HEIC"), "{}", said(&set));
    let pickles = tempdir().unwrap();
    fs::write(pickles.path().join("data_batch_1"), b"\x80\x02}q\x01").unwrap();
    fs::write(pickles.path().join("readme.html"), "<html>").unwrap();
    let told = error(open(Path::new(pickles.path())));
    assert!(told.contains("numpy.savez") && !told.contains("web page"), "{told}");
}
