//! Pictures as PNG files.

use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result};
use image::{DynamicImage, ImageFormat};

use crate::data::atomic::atomic_write;

/// A picture as the bytes of a PNG file.
///
/// # Errors
///
/// When it has no pixels.
pub fn png(picture: &DynamicImage) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).context("cannot encode a picture as PNG")?;
    Ok(bytes.into_inner())
}

/// Writes a picture as PNG, whatever the extension, whole or not at all.
///
/// # Errors
///
/// Those of [`atomic_write`].
pub fn save_png(picture: &DynamicImage, path: impl AsRef<Path>) -> Result<()> {
    atomic_write(path, &png(picture)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::{Grid, ImageSpec};
    use crate::figures::{Panel, figure};
    use std::fs;
    use tempfile::tempdir;

    /// A figure of one picture.
    fn drawn(channels: usize) -> DynamicImage {
        let spec = ImageSpec { side: 28, channels };
        let picture: Vec<u8> = (0..spec.numbers()).map(|k| (k * k % 251) as u8).collect();
        figure(&[Panel::new("Step : 7", Grid::of_bytes(&picture, spec, 1))], 1, 2)
    }

    #[test]
    fn a_png_is_read_back_pixel_by_pixel_whatever_its_name() {
        let folder = tempdir().unwrap();
        for (name, channels) in [("figure.png", 1), ("figure", 1), ("figure.jpg", 3)] {
            let path = folder.path().join(name);
            save_png(&drawn(channels), &path).unwrap();
            let read =
                image::load_from_memory_with_format(&fs::read(&path).unwrap(), ImageFormat::Png).unwrap();
            assert_eq!(read, drawn(channels));
            assert_eq!(usize::from(read.color().channel_count()), channels);
        }
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_it() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("nowhere").join("figure");
        let error = save_png(&drawn(1), &path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains("create the folder"), "{error}");
    }
}
