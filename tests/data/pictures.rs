//! Folders of people's own pictures.

use crate::{AS_IT_IS, error, open, open_as, said};
use ddpm_web::core::background::Background;
use ddpm_web::core::image::ImageSpec;
use ddpm_web::data::Wanted;
use image::{DynamicImage, GrayImage, ImageEncoder, Luma, Rgba, RgbaImage};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

fn save(folder: &Path, name: &str, image: impl Into<DynamicImage>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.into().save(path).unwrap();
}

fn flat(grey: u8) -> GrayImage {
    GrayImage::from_pixel(28, 28, Luma([grey]))
}

#[test]
fn subfolders_are_classes_and_small_grey_pictures_stay_as_they_are() {
    let folder = tempdir().unwrap();
    let pattern = GrayImage::from_fn(28, 28, |x, y| Luma([(x * 9 + y) as u8]));
    save(folder.path(), "cats/b.png", pattern.clone());
    save(folder.path(), "cats/a.PNG", flat(7));
    save(folder.path(), "dogs/1.png", flat(8));
    save(folder.path(), "dogs/deeper/2.png", flat(9));
    fs::write(folder.path().join("cats/._b.png"), "what macOS leaves").unwrap();
    fs::write(folder.path().join("README.txt"), "cats and dogs").unwrap();
    let set = open(folder.path()).unwrap();
    assert_eq!(
        (set.train.image(0)[0], set.train.image(1), set.test.image(0)[0]),
        (7, &pattern.as_raw()[..], 9)
    );
    assert_eq!(
        (set.train_labels.as_deref(), set.test_labels.as_deref()),
        (Some(&[0, 0, 1][..]), Some(&[1][..]))
    );
    assert_eq!(set.classes, ["cats", "dogs"]);
    let told = set.describe();
    assert!(told.contains("cats       2       0"), "{told}");
    let told = said(&set);
    assert!(told.contains("1 file that is no picture (README.txt)"), "{told}");
    assert!(told.contains("the outermost folders; 1 picture lies deeper"), "{told}");
    save(folder.path(), "beside.png", flat(1));
    let set = open(folder.path()).unwrap();
    assert_eq!((set.train_labels, set.classes.len(), set.train.image(0)[0]), (None, 0, 1));
}

#[test]
fn large_pictures_are_cropped_scaled_and_laid_over_black() {
    let folder = tempdir().unwrap();
    // Red beside a white square, in the middle of which is a hole.
    let wide = RgbaImage::from_fn(300, 100, |x, y| match (x, y) {
        (0..100 | 200.., _) => Rgba([255, 0, 0, 255]),
        (130..170, 30..70) => Rgba([255, 255, 255, 0]),
        _ => Rgba([255; 4]),
    });
    save(folder.path(), "1.png", wide);
    save(
        folder.path(),
        "2.jpg",
        DynamicImage::from(flat(200)).resize_exact(64, 40, image::imageops::Nearest).to_rgb8(),
    );
    save(folder.path(), "3.png", RgbaImage::from_pixel(5, 5, Rgba([0, 0, 0, 0])));
    let set = open(folder.path()).unwrap();
    let [square, jpeg] = [set.train.image(0), set.train.image(1)];
    assert_eq!((square[0], square[27], square[783], square[14 * 28 + 14]), (255, 255, 255, 0));
    assert!(jpeg.iter().all(|pixel| pixel.abs_diff(200) < 3));
    assert!(said(&set).contains("1 picture nearly or all black (3.png)"), "{}", said(&set));
    assert!(
        said(&set)
            .contains("2 pictures partly transparent (first 1.png): the transparent parts become black")
    );
    assert!(said(&set).contains("2 pictures not square (first 1.png)"), "{}", said(&set));
}

#[test]
fn a_background_that_is_asked_for_is_put_behind_drawings_dark_or_bright() {
    let folder = tempdir().unwrap();
    save(
        folder.path(),
        "dark.png",
        RgbaImage::from_fn(12, 12, |x, _| Rgba([0, 0, 0, if x < 6 { 255 } else { 0 }])),
    );
    save(folder.path(), "grey.png", RgbaImage::from_pixel(12, 12, Rgba([0, 0, 0, 51])));
    let corner = |background| {
        let set = open_as(folder.path(), &Wanted { side: Some(12), colour: None, background }).unwrap();
        let mut all: Vec<u8> =
            [&set.train, &set.test].into_iter().map(|images| images.image(0)[11]).collect();
        all.sort_unstable();
        (all, said(&set).contains("--background"))
    };
    // Dark drawings are put on white by themselves.
    assert_eq!(corner(None), (vec![204, 255], true));
    assert_eq!(corner(Some(Background::White)), (vec![204, 255], false));
    assert_eq!(corner(Some(Background::Black)), (vec![0, 0], false));
}

#[test]
fn colour_is_kept_where_it_is_wanted_and_any_side_can_be() {
    let folder = tempdir().unwrap();
    let wide = RgbaImage::from_fn(60, 40, |x, _| match x {
        0..30 => Rgba([250, 120, 10, 255]),
        _ => Rgba([250, 120, 10, 51]),
    });
    save(folder.path(), "a/1.png", wide);
    save(folder.path(), "b/2.png", RgbaImage::from_pixel(16, 16, Rgba([1, 2, 3, 255])));
    let wanted = Wanted { side: Some(16), colour: Some(true), background: None };
    let set = open_as(folder.path(), &wanted).unwrap();
    assert_eq!(set.image(), ImageSpec { side: 16, channels: 3 });
    let at = |channel: usize, x: usize| set.train.image(0)[channel * 256 + 5 * 16 + x];
    assert_eq!([at(0, 0), at(1, 0), at(2, 0)], [250, 120, 10]);
    // Over black: a fifth of it.
    assert_eq!([at(0, 15), at(1, 15), at(2, 15)], [50, 24, 2]);
    assert_eq!(set.test.image(0), [[1; 256], [2; 256], [3; 256]].concat());
    assert_eq!(set.classes, ["a", "b"]);
    assert!(set.describe().contains("16x16 colour"), "{}", set.describe());

    // The tutorial's size, and grey, where nothing is said.
    for wanted in [AS_IT_IS, Wanted { side: None, colour: Some(false), background: None }] {
        assert_eq!(open_as(folder.path(), &wanted).unwrap().image(), ImageSpec { side: 28, channels: 1 });
    }
    for (side, colour) in [(Some(20), None), (Some(20), Some(false))] {
        let set = open_as(folder.path(), &Wanted { side, colour, background: None }).unwrap();
        assert_eq!(set.image(), ImageSpec { side: 20, channels: 1 });
    }
    let told = error(open_as(folder.path(), &Wanted { side: Some(30), colour: None, background: None }));
    assert!(
        told.contains("--size 30") && told.contains("from 12 to 64") && told.contains("such as 32"),
        "{told}"
    );
}

#[test]
fn grey_pictures_in_colour_are_mentioned() {
    let folder = tempdir().unwrap();
    save(folder.path(), "1.png", flat(7));
    save(folder.path(), "2.png", flat(9));
    let wanted = Wanted { side: Some(12), colour: Some(true), background: None };
    let set = open_as(folder.path(), &wanted).unwrap();
    assert_eq!(set.train.image(0), [7; 3 * 144]);
    assert!(said(&set).contains("No picture has any colour"), "{}", said(&set));
    save(folder.path(), "3.png", RgbaImage::from_pixel(5, 5, Rgba([9, 9, 8, 255])));
    assert!(!said(&open_as(folder.path(), &wanted).unwrap()).contains("No picture has any colour"));
}

#[test]
fn pictures_are_turned_upright() {
    let folder = tempdir().unwrap();
    // Black left half; orientation 6, "turn clockwise to see", makes it the upper half.
    let image = GrayImage::from_fn(56, 56, |x, _| Luma([if x < 28 { 0 } else { 255 }]));
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut file = fs::File::create(folder.path().join("a.jpg")).unwrap();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut file);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder.write_image(&image, 56, 56, image::ExtendedColorType::L8).unwrap();
    save(folder.path(), "b.png", flat(1));
    let set = open(folder.path()).unwrap();
    let upright = set.train.image(0);
    assert!(upright[3] < 9 && upright[24] < 9 && upright[27 * 28 + 3] > 246, "{upright:?}");
}

#[test]
fn folders_without_pictures_and_broken_pictures_are_named() {
    let folder = tempdir().unwrap();
    let told = error(open(folder.path()));
    assert!(told.contains("no data found in") && told.contains("there are no files"), "{told}");
    fs::write(folder.path().join("notes.txt"), "none").unwrap();
    assert!(
        error(open(folder.path()))
            .contains("none of the files in it (1: notes.txt) is a picture; pass a folder")
    );
    save(folder.path(), "a.png", flat(1));
    fs::write(folder.path().join("torn.png"), &fs::read(folder.path().join("a.png")).unwrap()[..40]).unwrap();
    let told = error(open(folder.path()));
    assert!(
        told.contains("torn.png")
            && told.contains("1 picture of 2")
            && told.contains("take it out of the folder"),
        "{told}"
    );
}

#[test]
fn a_picture_of_unreasonable_size_is_refused() {
    let folder = tempdir().unwrap();
    save(folder.path(), "a.png", flat(1));
    let mut png = fs::read(folder.path().join("a.png")).unwrap();
    png[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]); // 100,000 x 100,000
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    fs::write(folder.path().join("b.png"), png).unwrap();
    let told = error(open(folder.path()));
    assert!(told.contains("b.png") && told.to_lowercase().contains("limit"), "{told}");
}
