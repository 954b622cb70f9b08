//! The walks of all images, some hundred at a time, and what is kept of them.

use super::film::{Film, Reel};
use crate::cli::progress::{Task, steps_bar};
use crate::core::image::unit_to_bytes;
use crate::core::known::Known;
use crate::core::noise::Towards;
use crate::core::samplers::Step;
use crate::core::sampling::{Start, Walk};
use crate::engine::{Condition, Conditions, Engine, Guidance, Run};
use anyhow::Result;

/// Images on their way at once: some megabytes, and no engine gains from more.
const BATCH: usize = 256;
/// Steps that an engine takes together: enough to keep a GPU busy, few enough for the progress bar.
const STRETCH: usize = 8;
/// What is recorded of these steps may take so many bytes.
const MOST_RECORDED: usize = 64 << 20;
/// What is recorded of each number in a step: x_t, x_0 and eps, a byte each.
const RECORDED: usize = 3;

/// What is kept of the walks: of each step only what a picture will show.
pub struct Kept {
    pub frames: Film,
    pub reel: Option<Reel>,
    /// The finished images, a byte for each number.
    pub last: Vec<u8>,
    /// The finished images as little-endian f32, where asked for.
    pub raw: Option<Vec<u8>>,
}

impl Kept {
    /// What is kept of steps, if anything is.
    fn films(&mut self) -> impl Iterator<Item = &mut Film> {
        [Some(&mut self.frames), self.reel.as_mut().map(|reel| &mut reel.film)].into_iter().flatten()
    }

    /// Takes a batch, of images from number `first` on, after `done` steps.
    fn record(&mut self, done: usize, first: usize, bytes: &[u8]) {
        self.films().for_each(|film| film.record(done, first, bytes));
    }
}

/// Walks that differ only in their images.
pub struct Walks {
    pub steps: Vec<Step>,
    pub seed: u64,
    pub towards: Option<Towards>,
    pub start: Start,
    /// What of a picture stays in every image.
    pub known: Option<Known>,
    /// One for each image.
    pub classes: Vec<Condition>,
    pub guidance: Guidance,
}

impl Walks {
    /// Takes all walks to their ends. Image k of a seed is the same in every batch.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn take(&self, engine: &mut dyn Engine, kept: &mut Kept) -> Result<()> {
        let batches = self.classes.chunks(BATCH);
        let bar = steps_bar("Sampling", batches.len() * self.steps.len());
        for (batch, classes) in batches.enumerate() {
            let first = batch * BATCH;
            let (steps, first_image) = (self.steps.clone(), first as u32);
            let walk = Walk::between(steps, self.seed, self.towards, first_image, classes.len(), &self.start);
            let walk = match &self.known {
                Some(known) => walk.keeping(known.clone()),
                None => walk,
            };
            let conditions = Conditions { classes: classes.to_vec(), guidance: self.guidance.clone() };
            kept.record(0, first, &unit_to_bytes(walk.x()));
            let mut run = pollster::block_on(engine.begin(walk, conditions))?;
            follow(&mut *run, first, kept, &bar)?;
            kept.last.extend(unit_to_bytes(run.walk().x()));
            if let Some(raw) = &mut kept.raw {
                raw.extend(run.walk().x().iter().flat_map(|x| x.to_le_bytes()));
            }
        }
        Ok(())
    }
}

/// Takes one walk to its end.
fn follow(run: &mut dyn Run, first: usize, kept: &mut Kept, bar: &Task) -> Result<()> {
    let stretch = (MOST_RECORDED / (RECORDED * run.walk().x().len())).clamp(1, STRETCH);
    while run.walk().done() < run.walk().total() {
        let recorded = pollster::block_on(run.advance(stretch))?;
        for k in recorded.steps.clone() {
            kept.record(k + 1, first, recorded.x_t(k));
            bar.inc(1);
        }
    }
    Ok(())
}
