//! A picture that a run begins with in place of noise, and what of it stays.

use crate::cli::say::note;
use crate::core::background::Background;
use crate::core::image::{ImageSpec, bytes_to_unit};
use crate::data::single::{self, Fitting};
use anyhow::{Context, Result};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct PictureArgs {
    /// Begin with this picture, noised to --from-t, in place of noise: every image with noise of its own. Its central
    /// square is taken and scaled
    #[arg(long, value_name = "FILE", requires = "from_t", conflicts_with = "start")]
    picture: Option<PathBuf>,
    /// The timestep to which --picture is noised: --steps counts from there, and is one for each timestep if not given
    #[arg(long, value_name = "T", requires = "picture")]
    from_t: Option<usize>,
    /// Keep the picture's pixels where this one is white, and fill in those where it is black
    #[arg(long, value_name = "FILE", requires = "picture")]
    mask: Option<PathBuf>,
    /// How often each step but the last is taken, with noise again in between (RePaint, Lugmayr et al. 2022): what is
    /// filled in fits better to what is kept
    #[arg(long, value_name = "N", default_value_t = 1, requires = "mask")]
    visits: u32,
    /// What transparent parts of --picture become [default: black, or white behind a dark drawing]
    #[arg(long, requires = "picture", value_parser = crate::cli::arguments::choice::<Background>())]
    background: Option<Background>,
}

/// What was read.
pub struct Picture {
    /// In [-1, 1], [C, H, W].
    pub x_0: Vec<f32>,
    /// A byte for each pixel: 255 where it stays.
    pub mask: Option<Vec<u8>>,
}

impl PictureArgs {
    /// The files that are read.
    pub fn files(&self) -> [(&'static str, Option<&PathBuf>); 2] {
        [("--picture", self.picture.as_ref()), ("--mask", self.mask.as_ref())]
    }

    /// Where the run begins, if not in noise.
    pub fn begins_at(&self) -> Option<usize> {
        self.from_t
    }

    pub fn visits(&self) -> u32 {
        self.visits
    }

    /// Reads both, of this size.
    ///
    /// # Errors
    /// When a file cannot be read, or is no picture.
    pub fn load(&self, image: ImageSpec) -> Result<Option<Picture>> {
        let Some(path) = &self.picture else { return Ok(None) };
        let x_0 = bytes_to_unit(&read(path, Fitting { image, background: self.background, crop: true })?);
        // Where a mask is transparent, nothing is kept.
        let grey = ImageSpec { channels: 1, ..image };
        let how = Fitting { image: grey, background: Some(Background::Black), crop: true };
        let mask = self.mask.as_ref().map(|path| read(path, how)).transpose()?;
        Ok(Some(Picture { x_0, mask }))
    }
}

/// A file's picture; what may surprise of it is said on stderr.
fn read(path: &Path, how: Fitting) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let fitted = single::read(&bytes, &path.to_string_lossy(), how)
        .with_context(|| format!("{} cannot be used", path.display()))?;
    for said in fitted.notes() {
        note!("note: {}: {said}", path.display());
    }
    Ok(fitted.bytes)
}
