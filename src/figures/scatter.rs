//! Points on two logarithmic axes, in lines: quality against time.

use anyhow::{Result, anyhow, ensure};
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;

/// Of the SVG, in its user units.
const SIZE: (u32, u32) = (800, 600);
/// Height of a line of the legend, likewise.
const LEGEND_LINE: i32 = 20;

/// A measured point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Points of one line are joined, from left to right, and have its name in the legend.
    pub line: String,
    /// Milliseconds for an image, above 0.
    pub x: f64,
    /// Squared Fréchet distance, above 0.
    pub y: f64,
    /// Beside the point.
    pub label: String,
}

/// The points as SVG.
///
/// # Errors
/// No points, and points that have no logarithm.
pub fn scatter(points: &[Point]) -> Result<String> {
    let drawable = |value: f64| value > 0.0 && value.is_finite();
    ensure!(
        !points.is_empty() && points.iter().all(|point| drawable(point.x) && drawable(point.y)),
        "cannot draw the plot: it needs points, with a time and a distance above 0 each"
    );
    svg(points).map_err(|error| anyhow!("cannot draw the plot: {error}"))
}

/// From a little below the least to a little above the largest, on a logarithmic axis.
fn range(values: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let largest = values.fold(0.0, f64::max);
    least / 1.5..largest * 1.5
}

/// A number beside an axis.
fn short(value: &f64) -> String {
    ((value * 1e3).round() / 1e3).to_string()
}

fn svg(all: &[Point]) -> Result<String, Box<dyn Error + '_>> {
    let mut lines: Vec<&str> = vec![];
    for point in all {
        if !lines.contains(&point.line.as_str()) {
            lines.push(&point.line);
        }
    }
    let mut svg = String::new();
    // The page borrows `svg` and, when dropped, writes the end of the file.
    {
        let page = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        page.fill(&WHITE)?;
        // Evenly round the circle of hues, dark enough for a white page.
        let colour = |k: usize| HSLColor(k as f64 / lines.len() as f64, 0.8, 0.4);
        let font = ("sans-serif", 15).into_font().color(&BLACK.mix(0.8));
        // Above the points, where it can hide none.
        let (legend, plot) = page.split_vertically(20 + LEGEND_LINE * lines.len() as i32);
        for (k, line) in lines.iter().enumerate() {
            let y = 20 + LEGEND_LINE * k as i32;
            legend.draw(&Circle::new((100, y + 7), 4, colour(k).filled()))?;
            legend.draw(&Text::new(*line, (112, y), font.clone()))?;
        }
        let x = range(all.iter().map(|point| point.x)).log_scale();
        let y = range(all.iter().map(|point| point.y)).log_scale();
        let mut chart = ChartBuilder::on(&plot)
            .margin(20)
            .x_label_area_size(55)
            .y_label_area_size(80)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc("milliseconds an image")
            .y_desc("squared Fréchet distance")
            .x_label_formatter(&short)
            .y_label_formatter(&short)
            .axis_desc_style(("sans-serif", 20))
            .label_style(("sans-serif", 16))
            .light_line_style(TRANSPARENT)
            .draw()?;
        for (k, line) in lines.iter().enumerate() {
            let mut points: Vec<&Point> = all.iter().filter(|point| point.line == *line).collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            let at = points.iter().map(|point| (point.x, point.y));
            chart.draw_series(LineSeries::new(at, colour(k).filled().stroke_width(2)).point_size(4))?;
            for Point { x, y, label, .. } in points {
                let beside = EmptyElement::at((*x, *y)) + Text::new(label.clone(), (7, -18), font.clone());
                chart.plotting_area().draw(&beside)?;
            }
        }
        page.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(line: &str, x: f64, y: f64, label: &str) -> Point {
        Point { line: line.into(), x, y, label: label.into() }
    }

    #[test]
    fn every_point_is_drawn_with_its_label_and_every_line_named_once() {
        let all =
            [point("one", 1.0, 40.0, "11"), point("one", 2.0, 20.0, "22"), point("two", 9.0, 5.0, "222")];
        let svg = svg(&all).unwrap();
        // Three points and two in the legend.
        assert_eq!(svg.matches("<circle").count(), 5);
        let words: Vec<&str> = svg
            .split("<text")
            .skip(1)
            .filter_map(|text| text.split(['>', '<']).nth(1))
            .map(str::trim)
            .collect();
        for word in ["one", "two", "11", "22", "222", "milliseconds an image"] {
            assert_eq!(words.iter().filter(|found| **found == word).count(), 1, "{word} in {words:?}");
        }
    }

    #[test]
    fn points_without_a_logarithm_are_refused() {
        for bad in [vec![], vec![point("one", 0.0, 1.0, "")], vec![point("one", 1.0, f64::NAN, "")]] {
            assert!(scatter(&bad).unwrap_err().to_string().contains("cannot draw the plot"));
        }
        assert!(scatter(&[point("one", 1.0, 1.0, "")]).unwrap().starts_with("<svg"));
    }
}
