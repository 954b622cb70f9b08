//! What commands write: all of it is looked at before any work, and written when the work is done, each file with
//! a line that names it.

mod plan;

pub use self::plan::Plan;

use crate::cli::say::out;
use crate::core::image::{self, Grid, ImageSpec};
use crate::data::atomic::atomic_write;
use crate::figures;
use crate::model::file::{Precision, Weights};
use ::image::DynamicImage;
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Pixels of a figure for each pixel of an image.
pub const SCALE: u32 = 2;
/// The most pixels of a figure: in colour, 200 MB while it is drawn.
pub const MOST_PIXELS: usize = 64 << 20;

/// Writes what a [`Plan`] allowed. What cannot be written all the same, because the disk is full or a folder is
/// gone by now, is written elsewhere, so that no work is lost, and the command fails in the end.
pub struct Outputs {
    /// What is found, and the files, as JSON; none where lines for people are wanted.
    json: Option<Map<String, Value>>,
    files: Vec<Value>,
    errors: Vec<String>,
}

impl Outputs {
    /// `json`: whether stdout gets one object in the end, in place of lines.
    fn new(json: bool) -> Self {
        Self { json: json.then(Map::new), files: vec![], errors: vec![] }
    }

    /// Whether stdout gets lines for people.
    pub fn is_for_people(&self) -> bool {
        self.json.is_none()
    }

    /// Adds what was found to the object that `--json` asks for.
    ///
    /// # Errors
    /// When the value has no JSON.
    pub fn add(&mut self, name: &str, value: impl Serialize) -> Result<()> {
        if let Some(json) = &mut self.json {
            json.insert(name.into(), serde_json::to_value(value)?);
        }
        Ok(())
    }

    /// Writes a file whole or not at all.
    pub fn write(&mut self, path: &Path, bytes: &[u8]) {
        self.save(path, bytes, String::new());
    }

    /// Writes a file whose size people want to know.
    pub fn write_sized(&mut self, path: &Path, bytes: &[u8]) {
        self.save(path, bytes, format!(" ({} KB)", bytes.len().div_ceil(1000)));
    }

    /// Writes a picture as PNG into a folder, which is made where it is missing.
    ///
    /// # Errors
    /// When the picture has no pixels.
    pub fn picture(&mut self, picture: &DynamicImage, folder: &Path, name: &str) -> Result<()> {
        // A folder that cannot be made is an error of the file that cannot be written into it.
        let _ = std::fs::create_dir_all(folder);
        self.write(&folder.join(name), &figures::png(picture)?);
        Ok(())
    }

    /// # Errors
    /// When a weight lies beyond the precision's range.
    pub fn weights(&mut self, path: &Path, weights: &Weights, precision: Precision) -> Result<()> {
        self.write_sized(path, &weights.to_bytes(precision)?);
        Ok(())
    }

    /// Prints the object where one is asked for.
    ///
    /// # Errors
    /// When a file could not be written where it was wanted; the error says where it is.
    pub fn finish(self) -> Result<()> {
        if let Some(mut json) = self.json {
            json.insert("files".into(), self.files.into());
            out!("{}", Value::from(json));
        }
        ensure!(self.errors.is_empty(), "{}", self.errors.join("\n"));
        Ok(())
    }

    fn save(&mut self, path: &Path, bytes: &[u8], size: String) {
        if let Err(error) = atomic_write(path, bytes) {
            self.errors.push(match rescued(path, bytes) {
                Ok(place) => format!("{error}. What was made is in {}", place.display()),
                Err(_) => format!("{error}"),
            });
            return;
        }
        if self.is_for_people() {
            out!("{}{size}", path.display());
        }
        self.files.push(json!({ "path": path.to_string_lossy(), "bytes": bytes.len() }));
    }
}

/// Writes bytes that have no place into the folder for temporary files, under a name that tells which they are.
fn rescued(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut file = tempfile::Builder::new().prefix("ddpm-").suffix(&format!("-{name}")).tempfile()?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file.keep()?.1)
}

/// Numbers as their bytes, little-endian f32.
pub fn raw(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Images in [-1, 1] as a grid, as square as possible.
pub fn grid(images: &[f32], spec: ImageSpec) -> Grid {
    Grid::new(images, spec, image::columns_for(images.len() / spec.numbers()))
}

/// How much larger `panels` grids of `count` images each can be drawn: [`SCALE`], or less where the figure would
/// have more than [`MOST_PIXELS`] pixels.
///
/// # Errors
/// When it would have more even at their own size.
pub fn figure_scale(spec: ImageSpec, count: usize, panels: usize) -> Result<u32> {
    let (width, height) = Grid::size(spec, count, image::columns_for(count));
    let pixels = panels * width * height;
    let fits = |scale: &u32| pixels * (*scale as usize).pow(2) <= MOST_PIXELS;
    (1..=SCALE).rev().find(fits).with_context(|| {
        let [pixels, most] = [pixels, MOST_PIXELS].map(|pixels| pixels >> 20);
        format!(
            "{panels} times {count} images of {spec} are a figure of {pixels} megapixels, and at most {most} are \
             drawn: give a lower --count"
        )
    })
}

/// So many of the images that there are: `wanted`, or `usual` of them (all, if there are fewer).
///
/// # Errors
/// When there are not as many as wanted.
pub fn count_of(wanted: Option<u32>, usual: usize, found: usize) -> Result<usize> {
    match wanted {
        Some(wanted) if wanted as usize > found => {
            bail!("--count {wanted}: there are only {found} test images, give at most that")
        }
        wanted => Ok(wanted.map_or(usual.min(found), |wanted| wanted as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::tempdir;

    #[test]
    fn what_cannot_be_written_in_the_end_is_written_elsewhere_and_named() {
        let folder = tempdir().unwrap();
        let (good, gone) = (folder.path().join("good"), folder.path().join("gone").join("found.json"));
        let mut outputs = Outputs::new(false);
        outputs.write(&gone, b"first");
        outputs.write(&good, b"second");
        assert_eq!(
            fs::read(&good).unwrap(),
            b"second",
            "one failure does not keep the others from being written"
        );
        let error = outputs.finish().unwrap_err().to_string();
        let (what, place) = error.split_once("What was made is in ").unwrap();
        assert!(what.contains(gone.to_str().unwrap()) && what.contains("create the folder"), "{error}");
        assert!(place.ends_with("-found.json"), "{error}");
        assert_eq!(fs::read(place).unwrap(), b"first");
        fs::remove_file(place).unwrap();
    }

    #[test]
    fn figures_are_drawn_smaller_or_refused_where_they_would_be_too_large() {
        let spec = |side, channels| ImageSpec { side, channels };
        assert_eq!(figure_scale(spec(28, 1), 128, 4).unwrap(), 2);
        assert_eq!(figure_scale(spec(28, 1), 4096, 5).unwrap(), 1);
        let error = figure_scale(spec(64, 3), 4096, 5).unwrap_err().to_string();
        assert!(error.contains("--count") && error.contains("megapixels"), "{error}");
    }

    #[test]
    fn more_images_than_there_are_can_be_usual_but_not_asked_for() {
        assert_eq!(count_of(None, 128, 24).unwrap(), 24);
        assert_eq!(count_of(Some(24), 128, 24).unwrap(), 24);
        assert!(count_of(Some(25), 128, 24).unwrap_err().to_string().contains("only 24"));
    }
}
