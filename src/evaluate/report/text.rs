//! A report as people read it.

use super::Report;
use crate::core::choice::Choice;
use crate::evaluate::estimate::Estimate;
use crate::evaluate::losses::Loss;
use crate::evaluate::recognition::{Noised, Recognition};
use std::fmt;

impl Report {
    /// For each of the losses' timesteps a line: the loss, the error of x_0, and what the stronger classifier still
    /// recognises.
    fn by_time(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for Loss { t, mse, x_0 } in &self.losses {
            write!(f, "  t = {t:<4} {mse:.5}")?;
            if let Some(x_0) = x_0 {
                write!(f, ", {x_0:.5} of the predicted x_0")?;
            }
            let noised = self.recognition.iter().flat_map(|recognition| &recognition.noised);
            for Noised { accuracy, .. } in noised.filter(|noised| noised.t == *t) {
                write!(f, "; {:.1} % of x_t recognised", 100.0 * accuracy)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The mean and, where it is known, the interval; both to four digits after the point.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.rounded(4))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { samples, training_images: training, sampler, classifier, .. } = self;
        writeln!(f, "weights     {}, {} epochs", self.weights.file, self.weights.epochs)?;
        if let Some(config) = &self.weights.config {
            writeln!(f, "network     {config}")?;
        }
        writeln!(f, "sampler     {}, {} start", sampler.describe(), sampler.start.name())?;
        let accuracy = 100.0 * classifier.test_accuracy;
        writeln!(f, "classifier  {accuracy:.2} % of the test images of {} right", classifier.dataset)?;
        if let Some(Recognition { classifier, .. }) = &self.recognition {
            let accuracy = 100.0 * classifier.test_accuracy;
            writeln!(f, "stronger    {accuracy:.2} % right: it says what samples show")?;
        }
        let (seeds, count) = (self.seeds.len(), self.images);
        writeln!(f, "compared    {seeds} x {count} images with {} test images", classifier.test_images)?;
        if seeds > 1 {
            writeln!(f, "            ± is the 95 % confidence interval over the {seeds} seeds")?;
        }
        writeln!(f, "\n{:26}{:20}training images (the floor)", "", "samples")?;
        for (name, sample, floor) in [
            ("Fréchet distance*", &samples.frechet_distance, &training.frechet_distance),
            ("precision (k = 3)", &samples.precision, &training.precision),
            ("recall (k = 3)", &samples.recall, &training.recall),
            ("density (k = 5)", &samples.density, &training.density),
            ("coverage (k = 5)", &samples.coverage, &training.coverage),
            ("brightness**", &samples.brightness, &training.brightness),
        ] {
            writeln!(f, "{name:26}{sample:20}{floor}")?;
        }
        writeln!(
            f,
            "*  squared, between Gaussians in this classifier's features: comparable only with itself,"
        )?;
        writeln!(f, "   and only for as many images")?;
        writeln!(f, "** mean of all pixels, -1 to 1; of the test images {:.4}", self.test_images.brightness)?;
        let even = 100.0 / classifier.classes.len() as f64;
        writeln!(f, "\n{:26}samples   training  test       (%, as classified; even: {even:.1})", "class")?;
        for (class, name) in classifier.classes.iter().enumerate() {
            let shares = [&samples.classes, &training.classes, &self.test_images.classes];
            let [sample, floor, test] = shares.map(|shares| 100.0 * shares[class]);
            writeln!(f, "{name:26}{sample:<10.1}{floor:<10.1}{test:.1}")?;
        }
        if let Some(mean) = self.mean_loss() {
            writeln!(f, "\nloss on the test images: mean {mean:.5}")?;
            self.by_time(f)?;
        }
        if let Some(recognition) = &self.recognition {
            write!(f, "\n{recognition}")?;
        }
        if let Some(copying) = &self.copying {
            write!(f, "\n{copying}")?;
        }
        let (seconds, rate) = (self.seconds, self.images_per_second);
        writeln!(f, "\nsampled in {seconds:.1} s: {rate:.2} images/s, {}", self.engine)?;
        self.measuring_seconds.map_or(Ok(()), |seconds| writeln!(f, "measured in {seconds:.1} s more"))
    }
}
