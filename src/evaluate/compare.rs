//! Several reports side by side: a table for a document, and distance against time as a plot.

use super::copying::{Copying, Distances};
use super::recognition::{Recognition, Seen};
use super::report::{Measures, Report};
use crate::core::choice::Choice;
use crate::figures::{self, Point};
use anyhow::{Context, Result, ensure};
use std::fmt;
use std::path::{Path, PathBuf};

/// Reports that compare, with their names.
pub struct Comparison(Vec<(String, Report)>);

impl Comparison {
    /// Reads the files that [`Report`]s were written to as JSON.
    ///
    /// # Errors
    /// When there is none, a file is no report, or reports do not compare: of other numbers of images, or another
    /// classifier.
    pub fn read(paths: &[PathBuf]) -> Result<Self> {
        let reports = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
        let (first_label, first) = reports.first().context("there is no report to compare")?;
        for (label, report) in &reports {
            ensure!(
                report.images == first.images && report.classifier == first.classifier,
                "{label} does not compare with {first_label}: distances are comparable only for as many images, \
                 in the features of one classifier"
            );
        }
        Ok(Self(reports))
    }

    /// The reports, in the order of their files.
    pub fn reports(&self) -> Vec<&Report> {
        self.0.iter().map(|(_, report)| report).collect()
    }

    /// Distance against time, as SVG.
    ///
    /// # Errors
    /// Those of [`figures::scatter`].
    pub fn plot(&self) -> Result<String> {
        let points: Vec<Point> = self.0.iter().map(|(_, report)| point(report)).collect();
        figures::scatter(&points)
    }
}

/// As a table in Markdown.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&table(&self.0))
    }
}

/// A report and its file's name without its extension.
fn read(path: &Path) -> Result<(String, Report)> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let report = serde_json::from_slice(&bytes)
        .with_context(|| format!("{shown} is no report: make one with `ddpm evaluate --json {shown}`"))?;
    let label = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((label, report))
}

fn milliseconds(report: &Report) -> f64 {
    1e3 / report.images_per_second
}

/// As Markdown.
fn table(reports: &[(String, Report)]) -> String {
    let heads = [
        "report",
        "sampler",
        "start",
        "distance",
        "precision",
        "recall",
        "density",
        "coverage",
        "brightness",
        "class right",
        "nearest: least, median",
        "copies",
        "test loss",
        "ms an image",
    ];
    let row = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut table = row(&heads.map(String::from)) + &row(&heads.map(|_| "---".into()));
    for (label, report) in reports {
        let Report { samples, sampler, .. } = report;
        let what = [label.clone(), sampler.describe(), sampler.start.name().to_string()];
        let seen = [class_right(report, |seen| &seen.samples)];
        let copying = nearest(report, |copying| copying.samples);
        let cost = [
            report.mean_loss().map_or(String::new(), |loss| format!("{loss:.4}")),
            format!("{:.2}", milliseconds(report)),
        ];
        table += &row(&[&what[..], &figures(samples), &seen, &copying, &cost].concat());
    }
    let first = &reports[0].1;
    let empty = |count: usize| vec![String::new(); count];
    let floor = [vec!["training images".into()], empty(2), figures(&first.training_images).into(), empty(5)];
    let brightness = format!("{:.3}", first.test_images.brightness);
    let seen = vec![brightness, class_right(first, |seen| &seen.test_images)];
    let copying = nearest(first, |copying| copying.test_images).into();
    let test = [vec!["test images".into()], empty(7), seen, copying, empty(2)];
    table + &row(&floor.concat()) + &row(&test.concat())
}

/// What was found of a set of images, as a row's cells.
fn figures(found: &Measures) -> [String; 6] {
    [
        found.frechet_distance.rounded(2),
        found.precision.rounded(3),
        found.recall.rounded(3),
        found.density.rounded(3),
        found.coverage.rounded(3),
        found.brightness.rounded(3),
    ]
}

/// How often the class is seen that is right, as a cell.
fn class_right(report: &Report, of: fn(&Recognition) -> &Seen) -> String {
    let right = report.recognition.as_ref().and_then(|recognition| of(recognition).right.as_ref());
    right.map_or(String::new(), |right| right.rounded(4))
}

/// How far training images are, and how many copies of them there are, as two cells.
fn nearest(report: &Report, of: fn(&Copying) -> Distances) -> [String; 2] {
    report.copying.as_ref().map_or([String::new(), String::new()], |copying| {
        let Distances { least, median, copies, images } = of(copying);
        [format!("{least:.3}, {median:.3}"), format!("{copies} of {images}")]
    })
}

/// Where a report lies in the plot: one line for each model and sampler, its points told apart by steps.
fn point(report: &Report) -> Point {
    let Report { sampler, weights, .. } = report;
    Point {
        line: format!("{}, {}, {} start", weights.file, sampler.kind.name(), sampler.start.name()),
        x: milliseconds(report),
        y: report.samples.frechet_distance.mean,
        label: sampler.steps.to_string(),
    }
}
