//! Data sets of pictures: a folder of PNG and JPEG files, of any size and colour.

use super::dataset::{Split, name_of};
use super::{DataError, Dataset};
use crate::core::image::{PIXELS, SIDE};
use crate::data::idx::Images;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader, ImageResult, Limits, Luma, LumaA};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];
/// Labels are bytes.
const MAX_CLASSES: usize = 256;

/// Reads the pictures in `folder` and in its subfolders, each of which is a class, in the order of
/// their paths. If there are pictures beside the subfolders too, there are no classes.
///
/// See [`grey`] for what becomes of each picture. Hidden files, and files with other names than
/// PNG's and JPEG's, are left out; the latter are mentioned in the set's notes.
pub(super) fn load_folder(folder: &Path) -> Result<Dataset, DataError> {
    let Found { pictures, classes, others } = find(folder)?;
    if pictures.is_empty() {
        let found = match others {
            0 => "there are no files in it or in its subfolders".to_owned(),
            n => format!("none of the files in it ({n}) is PNG or JPEG"),
        };
        return Err(DataError::NoData { path: folder.into(), found });
    }
    if classes.len() > MAX_CLASSES {
        return Err(DataError::Classes { path: folder.into(), found: classes.len() });
    }
    let (images, blank) = read_all(&pictures)?;
    let labels: Option<Vec<u8>> =
        pictures.iter().map(|picture| picture.class.map(|class| class as u8)).collect();
    let classes = if labels.is_some() { classes } else { vec![] };
    let mut set = Dataset::assemble(name_of(folder), folder, Split { images, labels }, None, Some(classes))?;
    if others > 0 {
        set.notes.push(format!("Left out as neither PNG nor JPEG: {others}."));
    }
    if let Some(first) = blank.first() {
        let (n, first) = (blank.len(), first.display());
        set.notes.push(format!(
            "All black came out {n}, first {first}. Transparent parts turn black: put a background behind \
             dark drawings."
        ));
    }
    Ok(set)
}

struct Picture {
    path: PathBuf,
    /// An index into [`Found::classes`], below 256 once their number is checked.
    class: Option<usize>,
}

/// What is in a folder.
#[derive(Default)]
struct Found {
    /// In the order of their paths.
    pictures: Vec<Picture>,
    /// Names of the subfolders that have pictures.
    classes: Vec<String>,
    /// How many other files there are.
    others: usize,
}

fn find(folder: &Path) -> Result<Found, DataError> {
    let mut found = Found::default();
    for entry in list(folder)? {
        if !entry.is_dir() {
            found.add(entry, None);
            continue;
        }
        let (class, before) = (found.classes.len(), found.pictures.len());
        for file in list(&entry)?.into_iter().filter(|path| !path.is_dir()) {
            found.add(file, Some(class));
        }
        if found.pictures.len() > before {
            found.classes.push(entry.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, path: PathBuf, class: Option<usize>) {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension {
            Some(extension) if EXTENSIONS.contains(&&*extension) => {
                self.pictures.push(Picture { path, class })
            }
            _ => self.others += 1,
        }
    }
}

/// What is in `folder`, sorted, without what is hidden: macOS leaves `._name.png` beside `name.png`.
fn list(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = paths.map_err(|cause| DataError::Read { path: folder.into(), cause })?;
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    paths.retain(|path| !hidden(path));
    paths.sort();
    Ok(paths)
}

/// The pictures as images, and the paths of those that came out black all over.
fn read_all(pictures: &[Picture]) -> Result<(Images, Vec<&Path>), DataError> {
    let bar = ProgressBar::new(pictures.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("reading pictures [{bar:30}] {pos} of {len}, {eta} left")
    {
        bar.set_style(style);
    }
    let mut pixels = Vec::with_capacity(pictures.len() * PIXELS);
    let mut blank = vec![];
    for Picture { path, .. } in pictures {
        let image = grey(path).map_err(|cause| DataError::Picture { path: path.clone(), cause })?;
        if image.iter().all(|&pixel| pixel == 0) {
            blank.push(path.as_path());
        }
        pixels.extend(image.into_raw());
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((Images { width: SIDE, height: SIDE, pixels }, blank))
}

/// The picture as the model takes it: upright (cameras note how they were held), its central
/// square, 28x28, grey. What is transparent becomes black, the background of MNIST and its
/// relatives. A 28x28 grey picture stays as it is.
fn grey(path: &Path) -> ImageResult<GrayImage> {
    let mut decoder = ImageReader::open(path)?.with_guessed_format()?.into_decoder()?;
    // Files of a few bytes can decode to gigabytes; no decoder looks at the whole before it starts.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width(), image.height());
    let side = width.min(height);
    let image = image.crop_imm((width - side) / 2, (height - side) / 2, side, side).into_luma_alpha8();
    let over_black = |LumaA([grey, alpha]): LumaA<u8>| (u16::from(grey) * u16::from(alpha) + 127) / 255;
    let square = GrayImage::from_fn(side, side, |x, y| Luma([over_black(*image.get_pixel(x, y)) as u8]));
    // Triangle averages over what it shrinks and, unlike Lanczos, rings at no edge.
    Ok(imageops::resize(&square, SIDE as u32, SIDE as u32, FilterType::Triangle))
}
