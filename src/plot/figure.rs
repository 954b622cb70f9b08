//! Figures: titled grids of pictures on a white page.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

use super::title::Face;
use crate::pixels::Grid;

pub const WHITE: Luma<u8> = Luma([u8::MAX]);

/// Titles are at most this part of a panel's height, but not so small as to be hard to read.
const TITLES_IN_PANEL: u32 = 12;
const SMALLEST_TITLE: u32 = 13;

/// A grid of pictures and what is written above it.
#[derive(Clone, Debug)]
pub struct Panel {
    /// One line of Latin-1 text; other characters become question marks.
    pub title: String,
    pub grid: Grid,
}

impl Panel {
    pub fn new(title: impl Into<String>, grid: Grid) -> Self {
        Self { title: title.into(), grid }
    }
}

/// Lays `panels` out on a white page, row by row, `columns` to a row, each under its centred black
/// title, every pixel of a grid enlarged to `scale` x `scale`. 0 columns or a scale of 0 are 1.
///
/// Grids of one size with titles of one length make figures of one size, as animations need.
pub fn figure(panels: &[Panel], columns: usize, scale: u32) -> GrayImage {
    let layout = Layout::new(panels, columns as u32, scale.max(1));
    let (width, height) = layout.page();
    let mut page = GrayImage::from_pixel(width, height, WHITE);
    for (place, panel) in (0..).zip(panels) {
        let (left, top) = layout.cell(place);
        let mut put = |picture: &GrayImage, y: u32| {
            let x = left + (layout.width - picture.width()) / 2;
            imageops::replace(&mut page, picture, x.into(), y.into());
        };
        put(&layout.face.write(&panel.title), top);
        put(&enlarged(&picture(&panel.grid), layout.scale), top + layout.title());
    }
    page
}

/// A grid as a picture.
pub fn picture(grid: &Grid) -> GrayImage {
    GrayImage::from_raw(grid.width as u32, grid.height as u32, grid.pixels.clone())
        .expect("a grid has as many pixels as its size says")
}

/// The picture with its pixels as squares of `scale` x `scale`.
pub fn enlarged(picture: &GrayImage, scale: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    imageops::resize(picture, width * scale, height * scale, FilterType::Nearest)
}

/// Where everything is on a page, in its pixels.
struct Layout {
    /// What each panel has for its grid and its title: as much as the largest needs.
    width: u32,
    /// What each panel has for its grid: as much as the largest needs.
    height: u32,
    columns: u32,
    rows: u32,
    scale: u32,
    face: Face,
}

impl Layout {
    fn new(panels: &[Panel], columns: u32, scale: u32) -> Self {
        let most = |of: fn(&Panel) -> usize| panels.iter().map(of).max().unwrap_or(0) as u32;
        let width = most(|panel| panel.grid.width) * scale;
        let height = most(|panel| panel.grid.height) * scale;
        let letters = most(|panel| panel.title.chars().count());
        let face = Face::fitting(letters, width, (height / TITLES_IN_PANEL).max(SMALLEST_TITLE));
        // A title too long even for the smallest face makes its panel wider.
        let width = width.max(face.width(letters));
        let columns = columns.min(panels.len() as u32).max(1);
        let rows = (panels.len() as u32).div_ceil(columns);
        Self { width, height, columns, rows, scale, face }
    }

    /// Between panels and around them.
    fn gap(&self) -> u32 {
        self.face.height()
    }

    /// From the top of a title to that of its grid.
    fn title(&self) -> u32 {
        self.face.height() * 5 / 4
    }

    /// From a panel to the next, across and down.
    fn pitch(&self) -> (u32, u32) {
        (self.width + self.gap(), self.title() + self.height + self.gap())
    }

    /// The page's width and height.
    fn page(&self) -> (u32, u32) {
        let (across, down) = self.pitch();
        (self.columns * across + self.gap(), self.rows * down + self.gap())
    }

    /// The top left corner of a panel's title and grid, panels being counted row by row.
    fn cell(&self, place: u32) -> (u32, u32) {
        let (across, down) = self.pitch();
        (self.gap() + place % self.columns * across, self.gap() + place / self.columns * down)
    }
}
