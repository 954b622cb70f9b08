//! How far a training is: a bar for each epoch in a terminal, else a line now and then.

use crate::cli::progress::tqdm;
use crate::cli::say::note;
use crate::train::trainer::Trainer;
use indicatif::{HumanDuration, ProgressBar};
use std::time::{Duration, Instant};

/// Time until the first line, which tells the speed, and between two lines.
const FIRST: Duration = Duration::from_secs(2);
const BETWEEN: Duration = Duration::from_secs(10);

/// Shows one sitting of a training.
pub struct TrainingProgress {
    bar: ProgressBar,
    began: Instant,
    /// Batches of the run before this sitting.
    before: usize,
    /// When the next line is due.
    due: Instant,
}

/// Batches of the run so far.
fn batches_done(trainer: &Trainer) -> usize {
    let progress = trainer.progress();
    progress.epochs.len() * trainer.batches() + progress.batch
}

impl TrainingProgress {
    pub fn new(trainer: &Trainer) -> Self {
        let began = Instant::now();
        Self { bar: ProgressBar::hidden(), began, before: batches_done(trainer), due: began + FIRST }
    }

    /// An epoch's bar, continued where the epoch stands.
    pub fn begin_epoch(&mut self, trainer: &Trainer) {
        let bar = tqdm(trainer.batches()).with_position(trainer.progress().batch as u64);
        bar.set_prefix(format!("Epoch {}/{}", trainer.progress().epochs.len() + 1, trainer.config().epochs));
        bar.reset_eta();
        self.bar = bar;
    }

    /// Counts a batch, with the loss so far.
    pub fn batch(&mut self, trainer: &Trainer) {
        self.bar.inc(1);
        let loss = trainer.running_loss().or_else(|| Some(trainer.progress().epochs.last()?.loss));
        let loss = loss.map_or_else(String::new, |loss| format!(", loss={loss:.3}"));
        if self.bar.is_hidden() {
            let now = Instant::now();
            if now >= self.due {
                self.due = now + BETWEEN;
                note!("{}", self.line(trainer, &loss));
            }
        }
        self.bar.set_message(loss);
    }

    fn line(&self, trainer: &Trainer, loss: &str) -> String {
        let (batches, epochs) = (trainer.batches(), trainer.config().epochs);
        let done = batches_done(trainer);
        let (epoch, batch) = ((done - 1) / batches + 1, (done - 1) % batches + 1);
        let for_a_batch = self.began.elapsed() / (done - self.before) as u32;
        let images = trainer.images() as f64 / (batches as f64 * for_a_batch.as_secs_f64());
        let left = HumanDuration(for_a_batch * (batches * epochs - done) as u32);
        format!(
            "Epoch {epoch}/{epochs}, batch {batch}/{batches}{loss}, {images:.0} images a second, {left} left"
        )
    }

    /// The bar stays where the epoch is one that is kept.
    pub fn end_epoch(&self, is_kept: bool) {
        match is_kept {
            true => self.bar.finish(),
            false => self.bar.finish_and_clear(),
        }
    }

    /// Leaves the bar where it is.
    pub fn abandon(&self) {
        self.bar.abandon();
    }
}
