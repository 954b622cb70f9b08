//! Pictures in the formats that people have, whole and damaged.

use crate::{error, open, open_as, said};
use ddpm_web::data::Wanted;
use image::codecs::gif::GifEncoder;
use image::{
    DynamicImage, Frame, GrayImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage,
};
use std::fs;
use std::io::Cursor;
use std::path::Path;
use tempfile::{TempDir, tempdir};

fn bytes(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(vec![]);
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// A folder with these files.
fn folder(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// A picture in which every pixel differs from those beside it, so that it takes some bytes.
fn busy() -> RgbImage {
    RgbImage::from_fn(60, 40, |x, y| {
        Rgb([(x * 37 + y * 91) as u8, (x * y * 13) as u8, (x * 5 + y * y) as u8])
    })
}

fn light() -> GrayImage {
    GrayImage::from_pixel(28, 28, Luma([200]))
}

const FORMATS: [(&str, ImageFormat); 6] = [
    ("png", ImageFormat::Png),
    ("jpg", ImageFormat::Jpeg),
    ("gif", ImageFormat::Gif),
    ("webp", ImageFormat::WebP),
    ("bmp", ImageFormat::Bmp),
    ("tif", ImageFormat::Tiff),
];

#[test]
fn formats_are_told_by_their_bytes_and_not_by_their_names() {
    let light = DynamicImage::from(light()).to_rgb8();
    for (_, format) in FORMATS {
        let file = bytes(light.clone(), format);
        let names = ["a.jpg", "b.PNG", "c.jfif", "d.dat", "e"];
        let set = open(folder(&names.map(|name| (name, file.clone()))).path()).unwrap();
        assert_eq!((set.train.len(), set.test.len()), (4, 1), "{format:?}");
        assert!(set.train.bytes.iter().all(|byte| byte.abs_diff(200) < 3), "{format:?}");
        assert!(!said(&set).contains("Left out"), "{}", said(&set));
    }
}

#[test]
fn files_that_are_cut_short_are_told_in_every_format() {
    for (extension, format) in FORMATS {
        let whole = bytes(busy(), format);
        for share in [1, 3, 9] {
            let cut = whole[..whole.len() * share / 10].to_vec();
            let name = format!("torn.{extension}");
            let told = error(open(folder(&[("a", whole.clone()), (&*name, cut)]).path()));
            // GIF's decoder has words of its own.
            let words = ["cut short", "damaged: Format error decoding Gif: Unexpected End of File"];
            let is_told = words.iter().any(|words| told.contains(&format!("\n  {name}: it is {words}")));
            assert!(is_told, "{share}: {told}");
        }
    }
    // A download that kept its place on the disk.
    let mut padded = bytes(busy(), ImageFormat::Jpeg);
    let half = padded.len() / 2;
    padded[half..].fill(0);
    assert!(
        error(open(folder(&[("a.png", bytes(light(), ImageFormat::Png)), ("b.jpg", padded)]).path()))
            .contains("b.jpg")
    );
    // What follows a picture's end does no harm.
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
        let file = [bytes(light(), format), vec![0; 4096]].concat();
        assert_eq!(open(folder(&[("a", file.clone()), ("b", file)]).path()).unwrap().train.len(), 1);
    }
}

#[test]
fn all_bad_pictures_are_told_at_once_but_no_more_than_one_reads() {
    let mut files: Vec<(String, Vec<u8>)> = (0..30).map(|i| (format!("bad-{i:02}.png"), vec![])).collect();
    files.push(("page.jpg".into(), b"<!DOCTYPE html><title>404 Not Found</title>".to_vec()));
    files.push(("webp.jpg".into(), bytes(light(), ImageFormat::WebP)));
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (&**name, bytes.clone())).collect();
    let told = error(open(folder(&files).path()));
    assert!(told.contains("31 pictures of 32 cannot be read"), "{told}");
    assert!(told.contains("bad-00.png: the file is empty") && told.contains("bad-19.png"), "{told}");
    assert!(!told.contains("bad-20.png") && told.contains("and 11 more"), "{told}");
    assert!(told.contains("take them out of the folder"), "{told}");
    let told = error(open(folder(&files[29..]).path()));
    assert!(told.contains("page.jpg: it is a web page") && !told.contains("webp.jpg"), "{told}");
}

#[test]
fn files_that_are_no_pictures_are_left_out_and_said() {
    let png = bytes(light(), ImageFormat::Png);
    let files = [
        ("a.png", png.clone()),
        ("b.png", png),
        ("labels.csv", b"a,b,c,d\n".to_vec()),
        ("notes", b"notes".to_vec()),
        ("Thumbs.db", vec![1]),
        (".DS_Store", vec![1]),
    ];
    let set = open(folder(&files).path()).unwrap();
    assert!(
        said(&set).contains("Left out: 2 files that are no pictures (labels.csv, notes)."),
        "{}",
        said(&set)
    );
}

#[test]
fn sixteen_bits_are_read_to_the_brightest_that_the_set_uses() {
    let of = |most: u16| {
        bytes(
            ImageBuffer::from_fn(28, 28, |x, _| Luma([(u32::from(most) * x / 27) as u16])),
            ImageFormat::Png,
        )
    };
    let set = open(folder(&[("a.png", of(65535)), ("b.png", of(65535))]).path()).unwrap();
    assert_eq!((set.train.bytes[27], said(&set).contains("bits")), (255, false));
    // Of a microscope, or a depth map: 12 bits in 16.
    let set = open(folder(&[("a.png", of(3888)), ("b.png", of(2000))]).path()).unwrap();
    assert_eq!([set.train.bytes[27], set.test.bytes[27]], [242, 125]);
    assert!(
        said(&set).contains("2 pictures of 16 bits (first a.png): only 12 bits are used"),
        "{}",
        said(&set)
    );
    // Beside others of the full range they stay dark, and that is said.
    let set = open(folder(&[("a.png", of(65535)), ("b.png", of(3888))]).path()).unwrap();
    assert!(said(&set).contains("1 picture nearly or all black (b.png): scale"), "{}", said(&set));
}

#[test]
fn drawings_on_a_transparent_ground_stay_visible() {
    let drawing = |grey: u8| {
        let pixel = |x: u32, _| if x < 14 { Rgba([grey, grey, grey, 255]) } else { Rgba([0; 4]) };
        bytes(RgbaImage::from_fn(28, 28, pixel), ImageFormat::Png)
    };
    let set = open(folder(&[("a.png", drawing(20)), ("b.png", drawing(30))]).path()).unwrap();
    assert_eq!([set.train.bytes[0], set.train.bytes[27], set.test.bytes[27]], [20, 255, 255]);
    assert!(
        said(&set)
            .contains("2 pictures partly transparent (first a.png): the transparent parts become white")
    );
    let set = open(folder(&[("a.png", drawing(250)), ("b.png", drawing(240))]).path()).unwrap();
    assert_eq!([set.train.bytes[0], set.train.bytes[27]], [250, 0]);
    assert!(said(&set).contains("the transparent parts become black"), "{}", said(&set));
}

#[test]
fn kinds_of_pixels_are_all_read() {
    let palette = {
        let mut file = vec![];
        let encoder = GifEncoder::new(&mut file);
        { encoder }
            .encode_frames([Frame::new(RgbaImage::from_pixel(28, 28, Rgba([200, 200, 200, 255])))])
            .unwrap();
        file
    };
    let grey_alpha = image::GrayAlphaImage::from_pixel(28, 28, LumaA([200, 255]));
    let wide = ImageBuffer::from_pixel(28, 28, Rgb([51400u16; 3]));
    let files = [
        ("palette", palette),
        ("grey-alpha", bytes(grey_alpha, ImageFormat::Png)),
        ("rgb16", bytes(DynamicImage::ImageRgb16(wide.clone()), ImageFormat::Png)),
        ("tiff16", bytes(DynamicImage::ImageRgb16(wide), ImageFormat::Tiff)),
        ("bmp", bytes(light(), ImageFormat::Bmp)),
    ];
    for colour in [None, Some(true)] {
        let wanted = Wanted { side: Some(12), colour, background: None };
        let set = open_as(folder(&files).path(), &wanted).unwrap();
        assert!(set.train.bytes.iter().chain(&set.test.bytes).all(|byte| *byte == 200));
    }
    let float = ImageBuffer::from_pixel(28, 28, Rgb([900f32; 3]));
    let files = [
        ("a.tif", bytes(DynamicImage::ImageRgb32F(float), ImageFormat::Tiff)),
        ("b.png", bytes(light(), ImageFormat::Png)),
    ];
    assert!(error(open(folder(&files).path())).contains("a.tif: its numbers go from 0 to 900"));
}

#[test]
fn of_several_frames_the_first_is_read_and_that_is_said() {
    let mut gif = vec![];
    let frame = |grey: u8| Frame::new(RgbaImage::from_pixel(28, 28, Rgba([grey, grey, grey, 255])));
    { GifEncoder::new(&mut gif) }.encode_frames([frame(200), frame(9)]).unwrap();
    let set = open(folder(&[("a.gif", gif), ("b.png", bytes(light(), ImageFormat::Png))]).path()).unwrap();
    assert_eq!(set.train.bytes, [200; 784]);
    assert!(said(&set).contains("1 picture with several frames (a.gif): only the first"), "{}", said(&set));
}

#[test]
fn pictures_of_odd_sizes_are_read_and_said() {
    let of = |width, height| bytes(GrayImage::from_pixel(width, height, Luma([200])), ImageFormat::Png);
    let set =
        open(folder(&[("a.png", of(1, 1)), ("b.png", of(1, 4000)), ("c.png", of(300, 300))]).path()).unwrap();
    assert!(set.train.bytes.iter().all(|byte| *byte == 200));
    let told = said(&set);
    assert!(told.contains("1 picture not square (b.png): only the central square is used"), "{told}");
    assert!(told.contains("2 pictures smaller than 28 pixels (first a.png): enlarged"), "{told}");
    assert!(told.contains("scaled down to 28x28 pixels: --size keeps more"), "{told}");
    // What was asked for is not told again.
    let wanted = Wanted { side: Some(28), colour: Some(false), background: None };
    let colour = bytes(busy(), ImageFormat::Png);
    let files = folder(&[("a.png", colour.clone()), ("b.png", colour)]);
    assert!(said(&open(files.path()).unwrap()).contains("--colour keeps their colours"));
    let told = said(&open_as(Path::new(files.path()), &wanted).unwrap());
    assert!(!told.contains("--"), "{told}");
}
