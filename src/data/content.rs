//! What a file holds: its bytes, decompressed, and images as they are wanted.

use super::inflate::inflate;
use super::raw::RawImages;
use super::{DataError, Wanted};
use crate::core::image::Images;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What is in the file at `path`, decompressed.
pub(super) fn content(path: &Path) -> Result<Vec<u8>, DataError> {
    let content = File::open(path).and_then(|file| inflate(BufReader::new(file)));
    content.map_err(|cause| DataError::Read { path: path.into(), cause })
}

/// The images of the files at `path` as they are wanted.
pub(super) fn fitting(images: RawImages, wanted: &Wanted, path: &Path) -> Result<Images, DataError> {
    images.into_images(wanted).map_err(|cause| DataError::Shape { path: path.into(), cause })
}
