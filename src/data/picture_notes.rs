//! What the pictures of a set are like, how they are drawn because of it, and what a user should know of it.

#[cfg(feature = "native")]
use super::Wanted;
use super::counted::counted;
use super::decode::Decoded;
use super::scale::Rendering;
use super::shown::shown;
use crate::core::background::Background;
use crate::core::image::Images;
use image::DynamicImage;
use std::path::Path;

/// Pictures whose brightest pixel is darker than this show next to nothing.
pub(super) const DARK: u8 = 32;
/// Drawings on a transparent ground that are darker than this, on average, need a bright one.
const DARK_DRAWING: u8 = 64;
/// What pictures of 16 bits may reach that hold fewer: those of 8, 10 and 12 bits.
const WHITES: [u16; 3] = [255, 1023, 4095];

/// What a picture was like before it was cropped and scaled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traits {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) animated: bool,
    coloured: bool,
    /// The brightness of what is drawn, on average, if some of the picture is transparent.
    drawing: Option<u8>,
    /// The largest number, if the picture has 16 bits.
    largest: Option<u16>,
}

impl Traits {
    pub(super) fn of(picture: &Decoded) -> Self {
        let image = &picture.image;
        Self {
            width: image.width(),
            height: image.height(),
            animated: picture.animated,
            coloured: image.color().has_color() && is_coloured(image),
            drawing: image.color().has_alpha().then(|| drawing(image)).flatten(),
            largest: largest(image),
        }
    }

    /// Whether some of it is transparent.
    pub(super) fn is_transparent(&self) -> bool {
        self.drawing.is_some()
    }

    /// Whether it has colours to lose.
    pub(super) fn is_coloured(&self) -> bool {
        self.coloured
    }

    /// Whether a picture comes out differently than as usual.
    pub(super) fn depends_on(&self, rendering: Rendering) -> bool {
        let usual = Rendering::default();
        (self.drawing.is_some() && rendering.background != usual.background)
            || (self.largest.is_some() && rendering.white != usual.white)
    }
}

/// Whether any pixel is far from grey.
fn is_coloured(image: &DynamicImage) -> bool {
    let differs = |[r, g, b]: [u8; 3]| r.abs_diff(g).max(g.abs_diff(b)) > 12;
    match image {
        DynamicImage::ImageRgb8(image) => image.pixels().any(|pixel| differs(pixel.0)),
        image => {
            image.to_rgba8().pixels().any(|pixel| pixel[3] > 0 && differs([pixel[0], pixel[1], pixel[2]]))
        }
    }
}

fn drawing(image: &DynamicImage) -> Option<u8> {
    let (mut sum, mut weight, mut transparent) = (0u64, 0u64, false);
    for pixel in image.to_luma_alpha8().pixels() {
        let [grey, alpha] = pixel.0.map(u64::from);
        (sum, weight, transparent) = (sum + grey * alpha, weight + alpha, transparent || alpha < 255);
    }
    transparent.then(|| sum.checked_div(weight).unwrap_or(255) as u8)
}

fn largest(image: &DynamicImage) -> Option<u16> {
    let opaque = |channels: usize, numbers: &[u16]| {
        // The last channel is transparency.
        numbers.chunks_exact(channels).flat_map(|pixel| &pixel[..channels - 1]).copied().max()
    };
    match image {
        DynamicImage::ImageLuma16(image) => image.iter().copied().max(),
        DynamicImage::ImageRgb16(image) => image.iter().copied().max(),
        DynamicImage::ImageLumaA16(image) => opaque(2, image),
        DynamicImage::ImageRgba16(image) => opaque(4, image),
        _ => None,
    }
}

/// How the pictures of a set are drawn: all alike, so that they stay comparable. A background that is asked for is
/// taken; else it is black, or white where most of what is drawn is dark.
pub(super) fn rendering(traits: &[Traits], background: Option<Background>) -> Rendering {
    let usual = Rendering::default();
    let drawings = || traits.iter().filter_map(|traits| traits.drawing);
    let dark = drawings().filter(|drawing| *drawing < DARK_DRAWING).count();
    let largest = traits.iter().filter_map(|traits| traits.largest).max();
    let white =
        largest.filter(|most| *most > 0).and_then(|most| WHITES.into_iter().find(|white| most <= *white));
    let fitting = || if dark * 2 > drawings().count() { 255 } else { usual.background };
    Rendering {
        background: background.map_or_else(fitting, Background::byte),
        white: white.unwrap_or(usual.white),
    }
}

/// What may surprise a user, in sentences.
pub(super) fn notes(
    paths: &[&Path],
    images: &Images,
    traits: &[Traits],
    rendering: Rendering,
) -> Vec<String> {
    let side = images.spec.side;
    let mut notes = vec![];
    // How many pictures something is true of, what, the name of the first, and what follows.
    let mut note = |which: &dyn Fn(usize, &Traits) -> bool, what: &str, follows: &str| {
        let mut places = (0..traits.len()).filter(|i| which(*i, &traits[*i]));
        if let Some(first) = places.next() {
            let (n, first) =
                (1 + places.count(), shown(Path::new(paths[first].file_name().unwrap_or_default())));
            let first = if n == 1 { first } else { format!("first {first}") };
            notes.push(format!("{} {what} ({first}): {follows}.", counted(n, "picture", "pictures")));
        }
    };
    note(&|_, of| of.animated, "with several frames", "only the first frame is read");
    note(&|_, of| of.width != of.height, "not square", "only the central square is used");
    let small = |of: &Traits| of.width.min(of.height) < side as u32;
    note(&|_, of| small(of), &format!("smaller than {side} pixels"), "enlarged, and so without sharp detail");
    let ground = match rendering.background {
        0 => "the transparent parts become black",
        _ => "the transparent parts become white",
    };
    note(&|_, of| of.drawing.is_some(), "partly transparent", ground);
    if rendering.white != Rendering::default().white {
        let bits = (u32::from(rendering.white) + 1).ilog2();
        let follows = format!("only {bits} bits are used, so that {} is taken for white", rendering.white);
        note(&|_, of| of.largest.is_some(), "of 16 bits", &follows);
    }
    let dark = |i: usize| images.image(i).iter().all(|&byte| byte < DARK);
    let remedy = "scale the numbers to the full range, or put another background behind the drawings";
    note(&|i, _| dark(i), "nearly or all black", remedy);
    notes
}

/// What the command line's options would change, in sentences.
#[cfg(feature = "native")]
pub(super) fn unasked(images: &Images, traits: &[Traits], wanted: &Wanted) -> Vec<String> {
    let side = images.spec.side;
    let mut notes = vec![];
    if wanted.colour.is_none() && traits.iter().any(Traits::is_coloured) {
        notes.push("The pictures have colours and are made grey: --colour keeps their colours.".into());
    }
    if wanted.background.is_none() && traits.iter().any(|traits| traits.drawing.is_some()) {
        notes.push("--background black or white chooses what transparent parts become.".into());
    }
    let pixels = images.spec.pixels();
    let grey = |image: &[u8]| image.chunks_exact(pixels).all(|plane| plane == &image[..pixels]);
    if images.spec.channels > 1 && images.bytes.chunks_exact(images.spec.numbers()).all(grey) {
        notes.push("No picture has any colour: without --colour the network has less to learn.".into());
    }
    if wanted.side.is_none() && traits.iter().any(|of| of.width.min(of.height) > side as u32) {
        notes.push(format!(
            "The pictures are scaled down to {side}x{side} pixels: --size keeps more of them."
        ));
    }
    notes
}
