//! Writing what commands make, each with a line that names the file.

use crate::cli::say::out;
use crate::core::image::{self, Grid, ImageSpec};
use crate::data::atomic::atomic_write;
use crate::figures;
use crate::model::file::{Precision, Weights};
use ::image::DynamicImage;
use anyhow::{Context, Result};
use std::path::Path;

/// Pixels of a figure for each pixel of an image.
pub const SCALE: u32 = 2;

/// # Errors
/// When the folder is not there and cannot be made.
pub fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}: choose another --out", folder.display()))
}

/// # Errors
/// When the file cannot be written.
pub fn write_picture(picture: &DynamicImage, folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(name);
    figures::save_png(picture, &path)?;
    out!("{}", path.display());
    Ok(())
}

/// Writes the numbers themselves where asked, as little-endian f32.
///
/// # Errors
/// When the file cannot be written.
pub fn write_raw(path: Option<&Path>, values: &[f32]) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    atomic_write(path, &bytes)?;
    out!("{}", path.display());
    Ok(())
}

/// # Errors
/// When the file cannot be written, or a weight lies beyond the precision's range.
pub fn write_weights(weights: &Weights, path: &Path, precision: Precision) -> Result<()> {
    let bytes = weights.to_bytes(precision)?;
    atomic_write(path, &bytes)?;
    out!("{} ({} KB)", path.display(), bytes.len().div_ceil(1000));
    Ok(())
}

/// Images in [-1, 1] as a grid, as square as possible.
pub fn grid(images: &[f32], spec: ImageSpec) -> Grid {
    Grid::new(images, spec, image::columns_for(images.len() / spec.numbers()))
}
