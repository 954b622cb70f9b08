//! The loss curve.

use std::error::Error;
use std::path::Path;

use anyhow::{Result, anyhow, ensure};
use plotters::prelude::*;

use crate::files::atomic_write;

/// Of the SVG, in its user units; it scales to wherever it is shown.
const SIZE: (u32, u32) = (800, 500);

/// The most epochs to be numbered on the axis.
const MOST_TICKS: usize = 15;

/// Draws the training loss, `losses[k]` being the mean over epoch k + 1, as SVG, and writes it
/// whole or not at all. Losses that are no numbers, of a run that diverged, are left out.
///
/// # Errors
///
/// No losses, and those of [`atomic_write`].
pub fn loss_curve(losses: &[f64], path: impl AsRef<Path>) -> Result<()> {
    ensure!(!losses.is_empty(), "there is no loss to draw yet: train for at least one epoch");
    let svg = svg(losses).map_err(|error| anyhow!("cannot draw the loss curve: {error}"))?;
    atomic_write(path, svg.as_bytes())
}

fn svg(losses: &[f64]) -> Result<String, Box<dyn Error + '_>> {
    let finite = (1..).zip(losses).filter(|(_, loss)| loss.is_finite());
    let points: Vec<(i32, f64)> = finite.map(|(epoch, &loss)| (epoch, loss)).collect();
    let highest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    // From 0, because a loss is read against 0; a little air above and beside the points.
    let top = if highest > 0.0 { highest * 1.08 } else { 1.0 };
    // Whole numbers, so that the ticks are.
    let epochs = 0..losses.len() as i32 + 1;
    let mut svg = String::new();
    {
        let page = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        page.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&page)
            .margin(20)
            .x_label_area_size(50)
            .y_label_area_size(70)
            .build_cartesian_2d(epochs, 0.0..top)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("loss (MSE on eps)")
            .axis_desc_style(("sans-serif", 20))
            .label_style(("sans-serif", 16))
            .light_line_style(TRANSPARENT)
            .x_labels(MOST_TICKS)
            .draw()?;
        chart.draw_series(LineSeries::new(points, BLUE.stroke_width(2)).point_size(3))?;
        page.present()?;
    }
    Ok(svg)
}
