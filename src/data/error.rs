//! What can go wrong on the way to a data set, each with what to do about it.

use super::idx::IdxError;
use super::raw::ShapeError;
use super::{NpyError, Via};
use crate::core::image::ImageSpec;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why there is no data set.
#[derive(Debug, Error)]
pub enum DataError {
    /// Which of the places where data may be is at fault.
    #[error("{via}: {cause}")]
    At { via: Via, cause: Box<DataError> },

    #[error(
        "there is no file or folder {path}; pass a folder of IDX or picture files, a .npy or .npz file, or \
         nothing at all for Fashion-MNIST"
    )]
    Absent { path: PathBuf },

    #[error(
        "no data found in {path}: {found}; pass a folder with train-images-idx3-ubyte (and \
         t10k-images-idx3-ubyte and the labels) or with PNG or JPEG files, in itself or in one \
         subfolder per class, or pass an IDX, .npy or .npz file itself"
    )]
    NoData { path: PathBuf, found: String },

    #[error("{folder} has no {missing}; put it there, plain or .gz, or pass another folder")]
    Incomplete { folder: PathBuf, missing: &'static str },

    #[error("cannot read {path}: {cause}; check its permissions, or get it again if it is damaged")]
    Read { path: PathBuf, cause: io::Error },

    #[error("cannot write {path}: {cause}; make room there or check its permissions")]
    Write { path: PathBuf, cause: io::Error },

    #[error("{path}: {cause}")]
    Idx { path: PathBuf, cause: IdxError },

    #[error("{path}{array}: {cause}")]
    Array {
        path: PathBuf,
        /// Which one of the file's arrays; empty where there is only one.
        array: String,
        cause: Box<NpyError>,
    },

    #[error(
        "{path} has no array that is sure to be the images; name one `images` (or `x`, `data`, `x_train`), uint8 \
         [N, H, W] or [N, H, W, 3]; its arrays: {found}"
    )]
    NoImages { path: PathBuf, found: String },

    #[error("{path} has several files of arrays, {file} and {other}; pass the one to read")]
    Several { path: PathBuf, file: String, other: String },

    #[error("{path}: {cause}")]
    Shape { path: PathBuf, cause: ShapeError },

    #[error("{0}")]
    Wanted(ShapeError),

    #[error(
        "{path}: the images to train on are {train}, those to test on {test}; pass files that belong together, \
         or bring them to one size with `--size {side}`",
        side = .train.side
    )]
    Differ { path: PathBuf, train: ImageSpec, test: ImageSpec },

    #[error("cannot read the picture {path}: {cause}; repair it, or take it out of the folder")]
    Picture { path: PathBuf, cause: image::ImageError },

    #[error("{path}: {labels} labels for {images} images; pass files that belong together")]
    Labels { path: PathBuf, labels: usize, images: usize },

    #[error("{path} holds one image; at least two are needed, one to train and one to test on")]
    TooFew { path: PathBuf },

    #[error("{path} has {found} class folders, at most 256 are possible; put the pictures into one folder")]
    Classes { path: PathBuf, found: usize },

    #[error(
        "the files in {path} are not {name} as published; delete them to have them downloaded, or \
         pass `--data {path}` to use them as they are"
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
