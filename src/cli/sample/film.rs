//! What is kept of a run while it goes: some frames of some images, so many that memory is bounded.

use crate::core::image::{Grid, ImageSpec};
use crate::core::schedule::{FRAMES, frame_indices};
use crate::figures::{self, Animation};
use anyhow::Result;
use std::ops::RangeInclusive;

/// Most frames of an animation, beside the noise that it begins with, and their time on screen.
const MOST_FRAMES: usize = 50;
const DELAY_MS: u32 = 80;
/// The fewest frames that still look like a motion: rather than take fewer, an animation shows fewer images.
const FEWEST_FRAMES: usize = 16;
/// How many times images are enlarged at most.
const MOST_SCALE: u32 = 4;

/// How images lie in a grid, and what of it is shown: the first columns and rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub spec: ImageSpec,
    /// Images in a row, of all and of those shown.
    columns: usize,
    shown_columns: usize,
    shown_rows: usize,
    /// All images.
    count: usize,
}

impl Shape {
    /// All of `count` images.
    pub fn new(spec: ImageSpec, count: usize, columns: usize) -> Self {
        let columns = columns.clamp(1, count);
        Self { spec, columns, shown_columns: columns, shown_rows: count.div_ceil(columns), count }
    }

    /// The first of them, so many that the grid has at most `pixels` pixels; at least one.
    pub fn within(self, pixels: usize) -> Self {
        if self.pixels() <= pixels {
            return self;
        }
        let (cell, _) = Grid::size(self.spec, 1, 1);
        let cells = (pixels / cell.pow(2)).max(1);
        // As many columns as a square has, or more where there are few rows.
        let columns = self.shown_columns.min(cells.isqrt().max(cells / self.shown_rows));
        let rows = self.shown_rows.min(cells / columns);
        Self { shown_columns: columns, shown_rows: rows, ..self }
    }

    fn shows(&self, image: usize) -> bool {
        image / self.columns < self.shown_rows && image % self.columns < self.shown_columns
    }

    /// All images.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Images that are shown.
    pub fn shown(&self) -> usize {
        (0..self.count).filter(|image| self.shows(*image)).count()
    }

    /// Pixels of the grid.
    fn pixels(&self) -> usize {
        let (width, height) = Grid::size(self.spec, self.shown_columns * self.shown_rows, self.shown_columns);
        width * height
    }

    /// The largest scale from `scale` down to 1 at which the grid has at most `pixels` pixels.
    pub fn scale(&self, scale: u32, pixels: usize) -> u32 {
        let fits = |scale: &u32| self.pixels() * (*scale as usize).pow(2) <= pixels;
        (1..=scale).rev().find(fits).unwrap_or(1)
    }

    /// The grid of the bytes of the images that are shown.
    pub fn grid(&self, bytes: &[u8]) -> Grid {
        Grid::of_bytes(bytes, self.spec, self.shown_columns)
    }
}

/// Frames of a run: the images that are shown, after some of its steps.
pub struct Film {
    pub shape: Shape,
    /// After how many steps each frame is taken, never falling.
    moments: Vec<usize>,
    /// The bytes of each frame, which grow image by image.
    frames: Vec<Vec<u8>>,
}

impl Film {
    fn new(shape: Shape, moments: Vec<usize>) -> Self {
        Self { shape, frames: vec![vec![]; moments.len()], moments }
    }

    /// The tutorial's 16 frames of a run of `total` steps.
    pub fn figure(shape: Shape, total: usize) -> Self {
        let moments = frame_indices(total).map(|index| index.min(total - 1) + 1);
        Self::new(shape, moments.to_vec())
    }

    /// Takes what is shown of images from number `first` on, after `done` steps.
    pub fn record(&mut self, done: usize, first: usize, bytes: &[u8]) {
        for (moment, frame) in self.moments.iter().zip(&mut self.frames) {
            if *moment == done {
                let images = bytes.chunks_exact(self.shape.spec.numbers());
                let shown = (first..).zip(images).filter(|(image, _)| self.shape.shows(*image));
                shown.for_each(|(_, bytes)| frame.extend(bytes));
            }
        }
    }

    /// The frames in their order.
    pub fn grids(&self) -> impl Iterator<Item = Grid> {
        self.frames.iter().map(|frame| self.shape.grid(frame))
    }
}

/// Bytes of a GIF for each pixel of an image in a frame, of those that are enlarged so many times. Noise is as good
/// as incompressible; measured over whole runs of 128 images.
fn bytes_of_pixel(scale: u32) -> f64 {
    [1.0, 2.2, 3.7, 5.5][scale as usize - 1]
}

/// An animation of a run that becomes a file of about so many bytes at most.
pub struct Reel {
    pub film: Film,
    scale: u32,
    /// Frames of the longest animation of the run.
    most: usize,
}

impl Reel {
    /// The more frames, the larger and the more images the better, in this order: a smaller file has smaller
    /// images first, then fewer frames, then fewer images.
    pub fn new(shape: Shape, total: usize, bytes: usize) -> Self {
        let moments = |frames: usize| (0..total).step_by(total.div_ceil(frames)).chain([total]);
        let (most, fewest) = (total.min(MOST_FRAMES), total.min(FEWEST_FRAMES));
        let bytes = bytes as f64;
        let frames = |scale: u32| (bytes / (bytes_of_pixel(scale) * shape.pixels() as f64)) as usize;
        let largest =
            |scales: RangeInclusive<u32>, least: usize| scales.rev().find(|scale| frames(*scale) > least);
        // 1. All frames, enlarged at least twice; 2. fewer frames; 3. fewer images.
        let scale = largest(2..=MOST_SCALE, most).or_else(|| largest(1..=2, fewest)).unwrap_or(1);
        let frames = frames(scale).saturating_sub(1).clamp(fewest, most);
        let pixels = bytes / (frames + 1) as f64 / bytes_of_pixel(scale);
        let film = Film::new(shape.within(pixels as usize), moments(frames).collect());
        Self { film, scale, most: moments(most).count() }
    }

    /// What of the run the animation shows, for people to read; none where it is as much as there can be.
    pub fn reduced(&self) -> Option<String> {
        let Shape { count, .. } = self.film.shape;
        let (frames, shown) = (self.film.moments.len(), self.film.shape.shown());
        let images =
            if shown == count { format!("{count}") } else { format!("the first {shown} of {count}") };
        (self.scale < MOST_SCALE || shown < count || frames < self.most)
            .then(|| format!("{frames} frames of {images} images, enlarged {} times", self.scale))
    }

    /// The bytes of the GIF.
    ///
    /// # Errors
    /// When a frame has a side of more than 65,535 pixels.
    pub fn encoded(&self) -> Result<Vec<u8>> {
        let mut animation = Animation::new(DELAY_MS);
        for grid in self.film.grids() {
            animation.push(figures::enlarged(&figures::picture(&grid), self.scale))?;
        }
        Ok(animation.encoded()?)
    }
}

/// Titles of the tutorial's 16 frames.
pub fn titles(total: usize) -> [String; FRAMES] {
    frame_indices(total).map(|k| format!("Step : {k}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: ImageSpec = ImageSpec { side: 28, channels: 1 };
    const LARGEST: ImageSpec = ImageSpec { side: 64, channels: 3 };

    #[test]
    fn what_is_shown_are_the_first_rows_and_columns() {
        let all = Shape::new(GREY, 10, 4);
        assert_eq!((all.shown(), all.within(usize::MAX)), (10, all));
        // Two cells by two, of a grid of 4 by 3.
        let some = all.within(4 * 32 * 32);
        assert_eq!((0..10).filter(|image| some.shows(*image)).collect::<Vec<_>>(), [0, 1, 4, 5]);
        assert_eq!(all.within(0).shown(), 1);
        // A long row keeps more columns than a square would.
        assert_eq!(Shape::new(GREY, 100, 100).within(20 * 32 * 32).shown(), 20);
    }

    #[test]
    fn frames_hold_their_moments_whatever_the_batches() {
        let mut film = Film::new(Shape::new(ImageSpec { side: 1, channels: 1 }, 5, 2), vec![1, 3, 3]);
        for (first, batch) in [(0, 0..3), (3, 3..5)] {
            for done in 0..=3 {
                let bytes: Vec<u8> = batch.clone().map(|image| 10 * done + image).collect();
                film.record(done.into(), first, &bytes);
            }
        }
        assert_eq!(
            film.frames,
            [vec![10, 11, 12, 13, 14], vec![30, 31, 32, 33, 34], vec![30, 31, 32, 33, 34]]
        );
    }

    #[test]
    fn what_is_kept_is_bounded_for_the_most_and_largest_images() {
        for (count, columns) in [(4096, 12), (4096, 4096), (4096, 1), (16, 4)] {
            for total in [1, 2, 50, 1000] {
                let shape = Shape::new(LARGEST, count, columns);
                for megabytes in [1, 8, 256] {
                    let Film { shape, moments, .. } = Reel::new(shape, total, megabytes * 1_000_000).film;
                    let bytes = shape.shown() * LARGEST.pixels() * moments.len();
                    let fits = bytes <= megabytes * 1_000_000;
                    assert!(fits, "{count} {columns} {total} {megabytes}: {bytes}");
                    assert!(2 * moments.len() > total.min(FEWEST_FRAMES) && moments.len() <= MOST_FRAMES + 1);
                    assert!(moments.is_sorted() && moments[0] == 0 && moments.last() == Some(&total));
                }
            }
        }
    }

    #[test]
    fn a_small_run_is_shown_whole_and_a_large_one_as_allowed() {
        let reel = |count: usize, megabytes: usize| {
            Reel::new(Shape::new(GREY, count, count.isqrt().min(12)), 200, megabytes * 1_000_000)
        };
        let small = reel(16, 8);
        assert_eq!((small.reduced(), small.scale, small.film.moments.len()), (None, 4, 51));
        let large = reel(128, 8);
        assert!(large.scale == 2 && large.film.shape.shown() == 128, "{:?}", large.reduced());
        assert!(large.reduced().unwrap().contains("of 128 images"));
        assert_eq!(reel(128, 40).reduced(), None);
        assert!(reel(4096, 8).reduced().unwrap().contains("of 4096 images"));
    }
}
