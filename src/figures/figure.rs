//! Figures: titled grids of pictures on a white page.

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

use super::title::Face;
use crate::core::image::Grid;

pub const WHITE: Luma<u8> = Luma([u8::MAX]);

/// Titles are at most this part of a panel's height, but neither too small to read nor clumsy.
const TITLES_IN_PANEL: u32 = 13;
const SMALLEST_TITLE: u32 = 13;
const LARGEST_TITLE: u32 = 40;

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

/// A grid as a picture, without page or title.
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
        let title = (height / TITLES_IN_PANEL).clamp(SMALLEST_TITLE, LARGEST_TITLE);
        let face = Face::fitting(letters, width, title);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::PIXELS;

    const PAD: u8 = 128;

    fn panel(title: &str, pictures: usize, columns: usize) -> Panel {
        Panel::new(title, Grid::new(&vec![-1.0; pictures * PIXELS], columns))
    }

    fn grey(page: &GrayImage, x: u32, y: u32) -> u8 {
        page.get_pixel(x, y).0[0]
    }

    /// The columns from the first to the last that are not white in these rows.
    fn extent(page: &GrayImage, rows: std::ops::Range<u32>) -> (u32, u32) {
        let inked = |&x: &u32| rows.clone().any(|y| grey(page, x, y) != 255);
        let mut columns = (0..page.width()).filter(inked);
        let first = columns.next().unwrap();
        (first, columns.next_back().unwrap_or(first))
    }

    #[test]
    fn a_panel_is_where_the_layout_says() {
        // A grid of 122 x 122, 244 when enlarged; 9 x 18 letters, so gaps of 18 and titles of 22.
        let page = figure(&[panel("Batch", 16, 4)], 1, 2);
        assert_eq!(page.dimensions(), (18 + 244 + 18, 18 + 22 + 244 + 18));
        let (left, top) = (18, 18 + 22);
        assert_eq!(grey(&page, left - 1, top), 255);
        assert_eq!(grey(&page, left, top - 1), 255);
        assert_eq!(grey(&page, left, top), PAD);
        assert_eq!(grey(&page, left + 3, top + 3), PAD);
        assert_eq!(grey(&page, left + 4, top + 4), 0);
        assert_eq!(grey(&page, left + 243, top + 243), PAD);
        assert_eq!(grey(&page, left + 244, top + 243), 255);
        assert_eq!(grey(&page, left + 243, top + 244), 255);
    }

    #[test]
    fn pixels_are_enlarged_to_squares() {
        // All black but the pixel at (1, 1), which is at (3, 3) of the grid.
        let mut picture = [-1.0; PIXELS];
        picture[29] = 1.0;
        let scale = 5;
        let page = figure(&[Panel::new("", Grid::new(&picture, 1))], 1, scale);
        // The letters would be 7 x 13: a gap of 13, a title of 16.
        let (left, top, side) = (13, 13 + 16, 32 * scale);
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let white = x / scale == 3 && y / scale == 3;
            assert_eq!(grey(&page, left + x, top + y) == 255, white, "{x}, {y}");
        }
    }

    #[test]
    fn titles_are_centred_over_their_panels() {
        let panels: Vec<_> = (0..16).map(|k| panel(&format!("Step : {}", k * 13), 128, 12)).collect();
        for scale in [1, 2] {
            let page = figure(&panels, 4, scale);
            let layout = Layout::new(&panels, 4, scale);
            assert_eq!(page.dimensions(), layout.page());
            let (left, top) = layout.cell(15);
            let title = imageops::crop_imm(&page, left, top, layout.width, layout.title()).to_image();
            let (first, last) = extent(&title, 0..title.height());
            let center = layout.width / 2;
            assert!(first > 0 && last + 1 < layout.width && last > center, "{first} {last}");
            assert!((first + last).abs_diff(layout.width) <= 2 * layout.face.width(1), "{first} {last}");
        }
    }

    #[test]
    fn long_titles_get_smaller_letters_or_wider_panels() {
        let panels = ["Batch", "Batch reconstruction"].map(|title| panel(title, 16, 4));
        let layout = Layout::new(&panels, 2, 1);
        assert_eq!((layout.width, layout.face.height()), (122, 10));
        let panels = [panel("First batch reconstruction", 1, 1), panel("x", 1, 1)];
        let layout = Layout::new(&panels, 2, 1);
        assert_eq!(layout.width, 26 * 6);
        let page = figure(&panels, 2, 1);
        let (first, last) = extent(&page, 10..20);
        assert!(first >= 10 && last < 2 * 10 + 2 * 26 * 6, "{first} {last}");
        // The narrow grid is in the middle of its wide panel.
        let middle = extent(&imageops::crop_imm(&page, 10, 22, 26 * 6, 32).to_image(), 0..32);
        assert_eq!(middle, (62, 93));
    }

    #[test]
    fn odd_numbers_of_panels_and_columns_are_laid_out() {
        let three = [(); 3].map(|()| panel("a", 1, 1));
        let (one, _) = figure(&three, 1, 1).dimensions();
        assert_eq!(figure(&three, 0, 0).dimensions(), figure(&three, 1, 1).dimensions());
        assert_eq!(figure(&three, 9, 1).dimensions(), figure(&three, 3, 1).dimensions());
        assert!(figure(&three, 2, 1).width() > one);
        assert!(figure(&[], 4, 2).pixels().all(|pixel| *pixel == WHITE));
    }
}
