//! Folders of IDX files, and single files.

use crate::{STEMS, error, gzip, images, images_idx, labels_idx, open, write_set};
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
