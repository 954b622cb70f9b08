//! The loss curve.

use std::error::Error;
use std::iter;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use plotters::data::float::FloatPrettyPrinter;
use plotters::prelude::*;

use crate::data::atomic::atomic_write;

/// Of the SVG, in its user units; it scales to wherever it is shown.
const SIZE: (u32, u32) = (800, 500);

/// The most numbers along the axis of epochs, besides the first epoch's.
const MOST_TICKS: i32 = 12;

/// The most epochs with a dot each on the line.
const MOST_DOTS: usize = 60;

/// Losses outside are those of a run that diverged; plotters would never finish with an infinite axis.
const DRAWN: RangeInclusive<f64> = 0.0..=f32::MAX as f64;

/// Matplotlib's first two colours.
const LINE: RGBColor = RGBColor(31, 119, 180);
const TEST_LINE: RGBColor = RGBColor(255, 127, 14);

/// How losses are written: as 0.05 or 1.2e9, so that any fits beside its axis.
const LOSSES: FloatPrettyPrinter =
    FloatPrettyPrinter { allow_scientific: true, min_decimal: 0, max_decimal: 5 };

/// Draws the training loss, `losses[k]` being the mean over epoch k + 1, as SVG, and writes it whole or not at all.
/// `test[k]` is the loss on test images after that epoch, where it was measured: a second line, if it ever was.
/// Losses that are infinite or no numbers, of a run that diverged, are left out.
///
/// # Errors
///
/// No losses, and those of [`atomic_write`].
pub fn loss_curve(losses: &[f64], test: &[Option<f64>], path: impl AsRef<Path>) -> Result<()> {
    ensure!(!losses.is_empty(), "there is no loss to draw yet: train for at least one epoch");
    let svg = svg(losses, test).map_err(|error| anyhow!("cannot draw the loss curve: {error}"))?;
    atomic_write(path, svg.as_bytes())
}

fn svg<'a>(losses: &'a [f64], test: &'a [Option<f64>]) -> Result<String, Box<dyn Error + 'a>> {
    let is_drawn = |(_, loss): &(i32, f64)| DRAWN.contains(loss);
    let points = (1..).zip(losses.iter().copied()).filter(is_drawn);
    let test =
        (1..).zip(test.iter().copied()).filter_map(|(epoch, loss)| Some((epoch, loss?))).filter(is_drawn);
    let highest = points.clone().chain(test.clone()).map(|(_, loss)| loss).fold(0.0, f64::max);
    // From 0, against which a loss is read, and with a little air above and beside the points.
    let range = 0.0..if highest > 0.0 { highest * 1.08 } else { 1.0 };
    let epochs = (0..losses.len() as i32 + 1).with_key_points(ticks(losses.len() as i32));
    // Where they would run into each other, the line is enough.
    let dots = if losses.len() <= MOST_DOTS { 3 } else { 0 };
    let mut svg = String::new();
    // The page borrows `svg` and, when dropped, writes the end of the file.
    {
        let page = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        page.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&page)
            .margin(20)
            .x_label_area_size(55)
            .y_label_area_size(80)
            .build_cartesian_2d(epochs, range)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("loss (MSE on eps)")
            .axis_desc_style(("sans-serif", 20))
            .label_style(("sans-serif", 16))
            .light_line_style(TRANSPARENT)
            .y_label_formatter(&|loss| LOSSES.print(*loss))
            .draw()?;
        let lines =
            [("training", LINE, points.collect::<Vec<_>>()), ("test images", TEST_LINE, test.collect())];
        let are_two = lines.iter().all(|(_, _, points)| !points.is_empty());
        for (name, colour, points) in lines {
            let line = LineSeries::new(points, colour.filled().stroke_width(2)).point_size(dots);
            chart
                .draw_series(line)?
                .label(name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 1), (x + 18, y + 1)], colour.filled()));
        }
        // One line is the training's, as ever.
        if are_two {
            chart
                .configure_series_labels()
                .position(SeriesLabelPosition::UpperRight)
                .label_font(("sans-serif", 16))
                .background_style(WHITE)
                .draw()?;
        }
        page.present()?;
    }
    Ok(svg)
}

/// The epochs that are numbered: the first, and the multiples of 1, 2 or 5 times a power of ten.
fn ticks(epochs: i32) -> Vec<i32> {
    let steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i32.pow(power)));
    let step = steps.into_iter().find(|step| epochs / step <= MOST_TICKS).unwrap_or(epochs);
    let multiples = (step..=epochs).step_by(step as usize).filter(|&epoch| epoch > 1);
    iter::once(1).chain(multiples).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text of the SVG.
    fn texts(svg: &str) -> Vec<&str> {
        let texts = svg.split("<text").skip(1).filter_map(|text| text.split(['>', '<']).nth(1));
        texts.map(str::trim).collect()
    }

    fn circles(svg: &str) -> usize {
        svg.matches("<circle").count()
    }

    #[test]
    fn epochs_are_numbered_by_few_round_whole_numbers() {
        assert_eq!(ticks(1), [1]);
        assert_eq!(ticks(3), [1, 2, 3]);
        assert_eq!(ticks(30), [1, 5, 10, 15, 20, 25, 30]);
        assert_eq!(ticks(100), [1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        assert!(ticks(1_000_000).len() <= MOST_TICKS as usize + 1);
    }

    #[test]
    fn one_epoch_and_thirty_are_drawn() {
        let losses: Vec<f64> = (1..=30).map(|epoch| 0.09 + 0.16 / f64::from(epoch)).collect();
        for epochs in [1, 2, 30] {
            let svg = svg(&losses[..epochs], &[]).unwrap();
            assert!(svg.trim_end().ends_with("</svg>"));
            assert_eq!(circles(&svg), epochs);
            let texts = texts(&svg);
            for text in ["epoch", "loss (MSE on eps)", "1", "0", "0.25", &epochs.to_string()] {
                assert!(texts.contains(&text), "{text} is not among {texts:?}");
            }
        }
        assert_eq!(circles(&svg(&[0.1; 400], &[]).unwrap()), 0);
    }

    #[test]
    fn the_loss_on_test_images_is_a_line_of_its_own() {
        let svg = svg(&[0.3, 0.2, 0.1], &[None, Some(0.35), Some(f64::NAN)]).unwrap();
        let texts = texts(&svg);
        assert!(texts.contains(&"training") && texts.contains(&"test images"), "{texts:?}");
        assert_eq!(circles(&svg), 4);
        let colours = ["#1F77B4", "#FF7F0E"].map(|colour| svg.matches(colour).count());
        assert!(colours.iter().all(|count| *count > 1), "{colours:?}");
    }

    #[test]
    fn losses_that_are_no_numbers_are_left_out() {
        for (losses, drawn) in [
            (vec![0.2, 0.1, f64::NAN, f64::INFINITY], 2),
            (vec![f64::NAN], 0),
            (vec![0.0], 1),
            (vec![3e38, f64::MAX, 1e-300], 2),
        ] {
            assert_eq!(circles(&svg(&losses, &[]).unwrap()), drawn, "{losses:?}");
        }
    }

    #[test]
    fn the_file_is_written_or_the_error_says_why_not() {
        let folder = tempfile::tempdir().unwrap();
        loss_curve(&[0.2, 0.1], &[None, Some(0.1)], folder.path().join("loss.svg")).unwrap();
        assert!(std::fs::read_to_string(folder.path().join("loss.svg")).unwrap().starts_with("<svg"));
        let missing = loss_curve(&[0.2], &[], folder.path().join("nowhere/loss.svg")).unwrap_err();
        assert!(missing.to_string().contains("create the folder"), "{missing}");
        let empty = loss_curve(&[], &[], folder.path().join("none.svg")).unwrap_err();
        assert!(empty.to_string().contains("train"), "{empty}");
    }
}
