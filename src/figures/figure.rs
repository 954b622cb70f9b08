//! Figures: titled grids of pictures on a white page.

use image::imageops;
use image::{DynamicImage, GrayImage, ImageBuffer, Pixel, RgbImage};

use super::enlarge::{WHITE, enlarged};
use super::title::Face;
use crate::core::image::Grid;

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
/// title, every pixel of a grid enlarged to `scale` x `scale`. 0 columns or a scale of 0 are 1. The page is in
/// colour where a grid is.
///
/// Grids of one size with titles of one length make figures of one size, as animations need.
pub fn figure(panels: &[Panel], columns: usize, scale: u32) -> DynamicImage {
    let layout = Layout::new(panels, columns as u32, scale.max(1));
    match panels.iter().any(|panel| panel.grid.channels > 1) {
        true => page(panels, &layout, RgbImage::new, DynamicImage::into_rgb8).into(),
        false => page(panels, &layout, GrayImage::new, DynamicImage::into_luma8).into(),
    }
}

/// A page of one kind of pixels, into which `converted` brings pictures.
fn page<P: Pixel<Subpixel = u8>>(
    panels: &[Panel],
    layout: &Layout,
    new: fn(u32, u32) -> ImageBuffer<P, Vec<u8>>,
    converted: fn(DynamicImage) -> ImageBuffer<P, Vec<u8>>,
) -> ImageBuffer<P, Vec<u8>> {
    let (width, height) = layout.page();
    let mut page = new(width, height);
    page.fill(WHITE);
    for (place, panel) in (0..).zip(panels) {
        let (left, top) = layout.cell(place);
        let mut put = |picture: DynamicImage, y: u32| {
            let x = left + (layout.width - picture.width()) / 2;
            imageops::replace(&mut page, &converted(picture), x.into(), y.into());
        };
        put(layout.face.write(&panel.title).into(), top);
        put(enlarged(&picture(&panel.grid), layout.scale), top + layout.title());
    }
    page
}

/// A grid as a picture, without page or title.
pub fn picture(grid: &Grid) -> DynamicImage {
    let (width, height, bytes) = (grid.width as u32, grid.height as u32, grid.bytes.clone());
    let picture = match grid.channels {
        1 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
    };
    picture.expect("a grid has as many bytes as its size says")
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
    use crate::core::image::ImageSpec;
    use image::{GenericImageView, Rgb};

    const PAD: u8 = 128;
    const SPEC: ImageSpec = ImageSpec { side: 28, channels: 1 };

    fn panel(title: &str, pictures: usize, columns: usize) -> Panel {
        Panel::new(title, Grid::new(&vec![-1.0; pictures * SPEC.numbers()], SPEC, columns))
    }

    fn grey(page: &impl GenericImageView<Pixel: Pixel<Subpixel = u8>>, x: u32, y: u32) -> u8 {
        page.get_pixel(x, y).channels()[0]
    }

    /// The columns from the first to the last that are not white in these rows.
    fn extent(
        page: &impl GenericImageView<Pixel: Pixel<Subpixel = u8>>,
        rows: std::ops::Range<u32>,
    ) -> (u32, u32) {
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
        let mut picture = [-1.0; SPEC.numbers()];
        picture[29] = 1.0;
        let scale = 5;
        let page = figure(&[Panel::new("", Grid::new(&picture, SPEC, 1))], 1, scale);
        // The letters would be 7 x 13: a gap of 13, a title of 16.
        let (left, top, side) = (13, 13 + 16, 32 * scale);
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let white = x / scale == 3 && y / scale == 3;
            assert_eq!(grey(&page, left + x, top + y) == 255, white, "{x}, {y}");
        }
    }

    #[test]
    fn a_page_has_colour_where_a_grid_has() {
        let spec = ImageSpec { side: 12, channels: 3 };
        let planes: Vec<u8> = [200, 100, 50].into_iter().flat_map(|byte| [byte; 144]).collect();
        let colour = Panel::new("Colour", Grid::of_bytes(&planes, spec, 1));
        let page = figure(&[colour.clone(), panel("Grey", 1, 1)], 2, 1);
        assert_eq!(page.color(), image::ColorType::Rgb8);
        let page = page.into_rgb8();
        // Letters of 6 x 10, so gaps of 10, titles of 12, and panels as wide as six letters.
        let (top, left) = (10 + 12 + 2, 10 + (36 - 16) / 2 + 2);
        assert_eq!(page.get_pixel(left, top), &Rgb([200, 100, 50]));
        assert_eq!(page.get_pixel(left - 1, top), &Rgb([PAD; 3]));
        assert_eq!(page.get_pixel(10 + 36 + 10 + 4, top), &Rgb([0; 3]));
        assert_eq!(page.get_pixel(0, 0), &Rgb([WHITE; 3]));
        assert_eq!(figure(&[panel("Grey", 1, 1)], 1, 1).color(), image::ColorType::L8);
        assert_eq!(picture(&colour.grid).color(), image::ColorType::Rgb8);
    }

    #[test]
    fn titles_are_centred_over_their_panels() {
        let panels: Vec<_> = (0..16).map(|k| panel(&format!("Step : {}", k * 13), 128, 12)).collect();
        for scale in [1, 2] {
            let page = figure(&panels, 4, scale);
            let layout = Layout::new(&panels, 4, scale);
            assert_eq!(page.dimensions(), layout.page());
            let (left, top) = layout.cell(15);
            let title = page.crop_imm(left, top, layout.width, layout.title());
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
        let middle = extent(&page.crop_imm(10, 22, 26 * 6, 32), 0..32);
        assert_eq!(middle, (62, 93));
    }

    #[test]
    fn odd_numbers_of_panels_and_columns_are_laid_out() {
        let three = [(); 3].map(|()| panel("a", 1, 1));
        let one = figure(&three, 1, 1).width();
        assert_eq!(figure(&three, 0, 0).dimensions(), figure(&three, 1, 1).dimensions());
        assert_eq!(figure(&three, 9, 1).dimensions(), figure(&three, 3, 1).dimensions());
        assert!(figure(&three, 2, 1).width() > one);
        assert!(figure(&[], 4, 2).as_bytes().iter().all(|byte| *byte == WHITE));
    }
}
