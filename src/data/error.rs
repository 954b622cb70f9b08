//! What can go wrong on the way to a data set, each with what to do about it.

use super::counted::counted;
use super::decode::PictureError;
use super::foreign::Foreign;
use super::idx::IdxError;
use super::raw::ShapeError;
use super::shown::shown;
use super::{NpyError, Via};
use crate::core::image::ImageSpec;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why there is no data set.
#[derive(Debug, Error)]
pub enum DataError {
    /// Which of the places where data may be is at fault.
    #[error("{via}: {cause}")]
    At { via: Via, cause: Box<DataError> },

    #[error(
        "there is no file or folder {path}; pass a folder of IDX or picture files, a .npy or .npz file, or \
         nothing at all for Fashion-MNIST", path = shown(.path)
    )]
    Absent { path: PathBuf },

    #[error("no data found in {path}: {found}", path = shown(.path))]
    NoData {
        path: PathBuf,
        /// What is there instead, and the remedy.
        found: String,
    },

    #[error(
        "{} has no {missing}; put it there, plain or .gz, or pass another folder, or the file of images itself",
        shown(.folder)
    )]
    Incomplete { folder: PathBuf, missing: String },

    #[error("cannot read {path}: {cause}; check its permissions, or get it again if it is damaged", path = shown(.path))]
    Read { path: PathBuf, cause: io::Error },

    #[error("cannot write {path}: {cause}; make room there or check its permissions", path = shown(.path))]
    Write { path: PathBuf, cause: io::Error },

    #[error("{path}: {cause}", path = shown(.path))]
    Idx { path: PathBuf, cause: IdxError },

    #[error("{path}{array}: {cause}", path = shown(.path))]
    Array {
        path: PathBuf,
        /// Which one of the file's arrays; empty where there is only one.
        array: String,
        cause: Box<NpyError>,
    },

    #[error(
        "{path} has no array that is sure to be the images; name one `images` (or `x`, `data`, `x_train`), uint8 \
         [N, H, W] or [N, H, W, 3]; its arrays: {found}", path = shown(.path)
    )]
    NoImages { path: PathBuf, found: String },

    #[error("{path} has several {what}, {file} and {other}; pass the one to read", path = shown(.path))]
    Several { path: PathBuf, what: &'static str, file: String, other: String },

    #[error("{path} is {}: {}", .kind.what, .kind.remedy, path = shown(.path))]
    Foreign { path: PathBuf, kind: Foreign },

    #[error("{path} has more than {most} files: pass the folder of the images themselves", path = shown(.path))]
    TooMany { path: PathBuf, most: usize },

    #[error("{path}: {cause}", path = shown(.path))]
    Shape { path: PathBuf, cause: ShapeError },

    #[error("{0}")]
    Wanted(ShapeError),

    #[error(
        "{path}: the images to train on are {train}, those to test on {test}; pass files that belong together, \
         or bring them to one size with `--size {side}`",
        side = .train.side, path = shown(.path)
    )]
    Differ { path: PathBuf, train: ImageSpec, test: ImageSpec },

    #[error("{}", bad_pictures(.folder, *.of, .bad))]
    Pictures {
        folder: PathBuf,
        /// How many pictures there are.
        of: usize,
        /// Those that cannot be read, at least one.
        bad: Vec<(PathBuf, PictureError)>,
    },

    #[error("{path}: {labels} labels for {images} images; pass files that belong together", path = shown(.path))]
    Labels { path: PathBuf, labels: usize, images: usize },

    #[error("{path} holds one image; at least two are needed, one to train and one to test on", path = shown(.path))]
    TooFew { path: PathBuf },

    #[error("{path} has {found} class folders, at most 256 are possible; put the pictures into one folder", path = shown(.path))]
    Classes { path: PathBuf, found: usize },

    #[error(
        "the files in {path} are not {name} as published; delete them to have them downloaded, or \
         pass `--data {path}` to use them as they are", path = shown(.path)
    )]
    Altered { path: PathBuf, name: String },

    #[error(
        "cannot download {url}: {cause}\n\
         Try again later; or fetch the files by hand ({by_hand}) and pass their folder with \
         `--data DIR`; or, on Debian and Ubuntu, `apt install dataset-fashion-mnist`"
    )]
    Download { url: String, cause: String, by_hand: String },

    #[error("there is no cache folder to download into: set $HOME, or pass a data set with --data")]
    NoCache,
}

/// So many of the pictures that cannot be read are told.
const MOST_TOLD: usize = 20;

/// All pictures that cannot be read, one on a line.
fn bad_pictures(folder: &Path, of: usize, bad: &[(PathBuf, PictureError)]) -> String {
    let line = |(path, cause): &(PathBuf, PictureError)| {
        let path = path.strip_prefix(folder).unwrap_or(path);
        format!("\n  {}: {cause}", shown(path))
    };
    let lines: String = bad.iter().take(MOST_TOLD).map(line).collect();
    let more = match bad.len().saturating_sub(MOST_TOLD) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    format!(
        "{} of {of} cannot be read:{lines}{more}\nRepair {them}, or take {them} out of the folder {}",
        counted(bad.len(), "picture", "pictures"),
        shown(folder),
        them = if bad.len() == 1 { "it" } else { "them" },
    )
}
