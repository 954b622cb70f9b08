//! IDX files of other sizes and in colour, as they are and as they are wanted.

use crate::{STEMS, error, images, images_idx, labels_idx, open, open_as};
use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::data::{Wanted, idx};
use std::fs;
use tempfile::tempdir;

/// Two images of three planes, plane `c` of image `i` all of 100 i + 10 c.
fn colour(side: usize) -> Images {
    let bytes = (0..6).flat_map(|k| vec![(k / 3 * 100 + k % 3 * 10) as u8; side * side]).collect();
    Images { spec: ImageSpec { side, channels: 3 }, bytes }
}

fn side(side: usize) -> Wanted {
    Wanted { side: Some(side), colour: None, background: None }
}

#[test]
fn grey_files_of_any_side_that_a_network_takes_stay_as_they_are() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("images");
    for side in [12, 16, 32, 64] {
        fs::write(&path, images_idx(11, side)).unwrap();
        let set = open(&path).unwrap();
        assert_eq!(set.test, images(11, side).select([9]));
        assert!(set.describe().contains(&format!("{side}x{side} grey")), "{}", set.describe());
    }
}

#[test]
fn other_sides_are_refused_with_the_remedy_or_scaled() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("images");
    for (found, near) in [(8, 12), (27, 28), (30, 32), (100, 64)] {
        fs::write(&path, images_idx(2, found)).unwrap();
        let told = error(open(&path));
        for words in
            [&format!("{found}x{found} pixels"), "from 12 to 64", "divisible by 4", &format!("--size {near}")]
        {
            assert!(told.contains(words), "no {words} in {told}");
        }
        let set = open_as(&path, &side(near)).unwrap();
        assert_eq!((set.train, set.test), (images(2, near).select([0]), images(2, near).select([1])));
    }
    let oblong = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 12, 0, 0, 0, 20][..], &[5; 480]].concat();
    fs::write(&path, oblong).unwrap();
    let told = error(open(&path));
    assert!(told.contains("20x12 pixels") && told.contains("square") && told.contains("--size 12"), "{told}");
    assert_eq!(open_as(&path, &side(12)).unwrap().train.bytes, [5; 144]);
}

#[test]
fn colour_files_have_four_dimensions() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("images");
    fs::write(&path, idx::write(&colour(16))).unwrap();
    let set = open(&path).unwrap();
    assert_eq!((set.train, set.test), (colour(16).select([0]), colour(16).select([1])));
    assert_eq!(open_as(&path, &side(32)).unwrap().test, colour(32).select([1]));
    let grey = Wanted { side: None, colour: Some(false), background: None };
    // 0.7152 of 10 and 0.0722 of 20, cut.
    assert_eq!(
        open_as(&path, &grey).unwrap().train,
        Images { spec: ImageSpec { side: 16, channels: 1 }, bytes: vec![8; 256] }
    );
}

#[test]
fn grey_files_are_not_taken_for_colour() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("images");
    fs::write(&path, images_idx(2, 28)).unwrap();
    let told = error(open_as(&path, &Wanted { side: None, colour: Some(true), background: None }));
    assert!(told.contains("the images are grey") && told.contains("--colour"), "{told}");
}

#[test]
fn training_and_test_images_of_different_sizes_need_one_to_be_said() {
    let folder = tempdir().unwrap();
    let write = |stem: usize, bytes: Vec<u8>| fs::write(folder.path().join(STEMS[stem]), bytes).unwrap();
    write(0, images_idx(3, 32));
    write(1, labels_idx(&[0, 1, 1]));
    write(2, images_idx(2, 28));
    let told = error(open(folder.path()));
    assert!(
        told.contains("32x32 grey") && told.contains("28x28 grey") && told.contains("--size 32"),
        "{told}"
    );
    let set = open_as(folder.path(), &side(32)).unwrap();
    assert_eq!((set.train, set.test), (images(3, 32), images(2, 32)));
}
