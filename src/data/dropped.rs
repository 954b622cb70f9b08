//! Files that somebody drops on the page: single pictures, or arrays of them with their labels. What `ddpm data`
//! makes of a folder, byte for byte, but without a folder to look into: each file comes with its name and content.

mod arrays;
mod pictures;

use self::arrays::Arrays;
use self::pictures::Pictures;
use super::Wanted;
use super::counted::counted;
use super::decode::{FORMAT_NAMES, Kind, START, kind};
use super::inflate::{GZIP, inflate};
use super::npy;
use super::raw::ShapeError;
use super::shown::shown;
use crate::core::image::Images;
use std::path::Path;
use zip::ZipArchive;

/// What was made of all files.
#[derive(Debug)]
pub struct Taken {
    pub images: Images,
    /// One for each image, an index into `classes`.
    pub labels: Option<Vec<u8>>,
    /// None without labels.
    pub classes: Vec<String>,
    /// What to call the set.
    pub name: String,
    /// What was assumed and what may surprise, in sentences.
    pub notes: Vec<String>,
    /// Files of which nothing was taken, and why.
    pub refused: Vec<(String, String)>,
}

/// Files so far.
pub struct Dropped {
    wanted: Wanted,
    pictures: Pictures,
    arrays: Arrays,
    refused: Vec<(String, String)>,
}

impl Dropped {
    /// # Errors
    /// When no network has images of the wanted side.
    pub fn new(wanted: Wanted) -> Result<Self, String> {
        wanted.check().map_err(|cause| words(&cause))?;
        let pictures = Pictures::new(&wanted);
        Ok(Self { wanted, pictures, arrays: Arrays::default(), refused: vec![] })
    }

    /// Takes a file. Its name may have folders before it, with slashes: they can tell classes.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        let path = Path::new(name);
        if path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.')) {
            return; // what systems leave beside files
        }
        if let Err(why) = self.take(path, bytes) {
            self.refused.push((shown(path), why));
        }
    }

    fn take(&mut self, path: &Path, bytes: Vec<u8>) -> Result<(), String> {
        let content = if bytes.starts_with(&GZIP) { inflate(&bytes[..]).map_err(told)? } else { bytes };
        if content.starts_with(&npy::MAGIC) {
            return self.arrays.add_npy(path, &content);
        }
        if arrays::is_idx(&content) {
            return self.arrays.add_idx(path, &content);
        }
        if let Some(mut archive) = arrays::archive(&content) {
            return self.arrays.add_members(path, &mut archive);
        }
        match kind(&content[..content.len().min(START)], path) {
            Kind::Picture => self.pictures.add(path, content).map_err(told),
            Kind::Foreign(kind) => Err(format!("it is {}: {}", kind.what, kind.remedy)),
            Kind::Unknown => Err(format!(
                "it is no picture ({FORMAT_NAMES}) and no array (IDX, .npy or .npz) that is read"
            )),
        }
    }

    /// All files as one set. Where there are arrays, the pictures beside them are left out.
    ///
    /// # Errors
    /// When there is no picture in them, in a sentence that says why.
    pub fn finish(self) -> Result<Taken, String> {
        let Self { wanted, pictures, arrays, mut refused } = self;
        if arrays.is_empty() {
            return match pictures.is_empty() {
                true => Err(nothing(&refused)),
                false => Ok(Taken { refused, ..pictures.finish() }),
            };
        }
        let beside = "there is an array of pictures too: drop either that or the pictures";
        refused.extend(pictures.names().map(|name| (name, beside.to_string())));
        arrays.finish(&wanted, refused)
    }
}

fn told(error: impl ToString) -> String {
    error.to_string()
}

/// Why there are no pictures.
fn nothing(refused: &[(String, String)]) -> String {
    match refused {
        [] => {
            format!("there are no files in it: drop pictures ({FORMAT_NAMES}), or an IDX, .npy or .npz file")
        }
        [(name, why)] => format!("{name} cannot be used: {why}"),
        [(name, why), rest @ ..] => {
            format!(
                "none of the {} can be used, first {name}: {why}",
                counted(1 + rest.len(), "file", "files")
            )
        }
    }
}

/// What does not fit, without the command line's options.
fn words(cause: &ShapeError) -> String {
    match cause {
        ShapeError::Wanted(side) => {
            format!(
                "a side of {side} pixels is none that a network has: choose one from 12 to 64, divisible by 4"
            )
        }
        ShapeError::Grey => "the images are grey: choose grey instead of colour".into(),
        other => other.to_string(),
    }
}
