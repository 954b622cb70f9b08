//! Which class images shall be of, and how much.

use crate::cli::loading::load_weights;
use crate::cli::say::note;
use crate::engine::{Guidance, GuidedBy};
use crate::model::file::Weights;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What `--class` calls a class that the seed draws for each image, and none.
pub const ANY: &str = "any";
pub const NONE: &str = "none";

#[derive(Args)]
pub struct GuidanceArgs {
    /// Guidance: 1 is none, more makes images more like their class, or less like what --guide makes of them
    #[arg(long, value_name = "W", value_parser = scale, allow_negative_numbers = true)]
    guidance: Option<f32>,
    /// Guide only the steps at this timestep and below: the first steps of a run decide what is drawn, and guided
    /// they make all of a class alike
    /// [default: every step]
    #[arg(long, value_name = "T", requires = "guidance")]
    guidance_from: Option<usize>,
    /// Guide by other weights of the same network, such as an early epoch's, in place of the network without
    /// its class (autoguidance, Karras et al. 2024)
    #[arg(long, value_name = "FILE", requires = "guidance")]
    guide: Option<PathBuf>,
}

/// A scale of guidance.
pub fn scale(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|scale: &f32| scale.is_finite() && *scale >= 0.0);
    number.ok_or_else(|| "give a number of 0 or more; 1 is no guidance".into())
}

impl GuidanceArgs {
    /// The file of the weights that guide.
    pub fn guide(&self) -> Option<&PathBuf> {
        self.guide.as_ref()
    }

    /// The guidance of these weights, which are those of `path`; `told` is whether the network is told a
    /// class.
    ///
    /// # Errors
    /// When there is nothing to guide by.
    pub fn guidance(&self, weights: &Weights, path: &Path, told: bool) -> Result<Guidance> {
        let Some(scale) = self.guidance else { return Ok(Guidance::NONE) };
        let from = self.guidance_from;
        note_built_in(weights, path, scale);
        if let Some(t) = from.filter(|t| *t >= weights.schedule.timesteps) {
            bail!(
                "--guidance-from {t}: the schedule's timesteps are 0 to {}",
                weights.schedule.timesteps - 1
            );
        }
        if let Some(guide) = &self.guide {
            let by = GuidedBy::Weights(Rc::new(guide_of(weights, path, guide)?.parameters));
            return Ok(Guidance { scale, by, from });
        }
        if scale == 1.0 {
            return Ok(Guidance::NONE);
        }
        ensure!(
            weights.config().classes.is_some(),
            "--guidance {scale}: {} is of a network without classes, so there is nothing to guide by; name \
             other weights of the same network with --guide",
            path.display()
        );
        ensure!(
            told,
            "--guidance {scale}: guidance leads towards a class, so say which with --class, or name --guide"
        );
        Ok(Guidance { from, ..Guidance::classifier_free(scale) })
    }
}

/// Says of a distilled model that is guided once more that it has its guidance built in.
fn note_built_in(weights: &Weights, path: &Path, scale: f32) {
    if let Some(distilled) = weights.distilled().filter(|_| scale != 1.0) {
        note!(
            "note: {} was distilled with guidance {} built in; guidance {scale} comes on top of it",
            path.display(),
            distilled.guidance
        );
    }
}

/// The weights that guide: their outputs can be subtracted from the others only where they mean the same.
fn guide_of(weights: &Weights, path: &Path, guide: &Path) -> Result<Weights> {
    let found = load_weights(guide, false)?;
    let (shown, path) = (guide.display(), path.display());
    ensure!(
        found.config() == weights.config(),
        "--guide {shown} is of a network of {}, {path} of {}: a guide is of the same network",
        found.config(),
        weights.config()
    );
    ensure!(
        found.schedule == weights.schedule,
        "--guide {shown} was trained along another schedule ({}) than {path} ({}): a guide has the same",
        found.schedule,
        weights.schedule
    );
    Ok(found)
}

/// The names of the classes that a network can be told, for an argument that asks for one.
///
/// # Errors
/// When it can be told none.
pub fn class_names(weights: &Weights, path: &Path) -> Result<Vec<String>> {
    let names = weights.class_names();
    ensure!(
        !names.is_empty(),
        "--class: {} is of a network without classes; train one with `ddpm train --classes`",
        path.display()
    );
    Ok(names)
}

/// The class of a name, in upper or lower case, or else of a number.
///
/// # Errors
/// When there is none, with a list of those that there are.
pub fn class(weights: &Weights, path: &Path, wanted: &str) -> Result<usize> {
    let names = class_names(weights, path)?;
    let named = names.iter().position(|name| name.to_lowercase() == wanted.to_lowercase());
    let numbered = || wanted.parse().ok().filter(|class| *class < names.len());
    let list = || format!("there is no class {wanted:?}: choose {}, or a number from 0", names.join(", "));
    named.or_else(numbered).with_context(list)
}
