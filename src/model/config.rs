//! The network as a value: its sizes, and which layers follow from them.

use crate::core::image::ImageSpec;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Width of a row of the time-embedding table.
pub const TIME_DIM: usize = 100;
/// The most channels that a level may have; levels that start with a skip connection have twice as many.
pub const MAX_WIDTH: usize = 128;
/// The most classes: labels are bytes.
pub const MAX_CLASSES: usize = 256;
/// The sides that images may have.
pub const SIDES: std::ops::RangeInclusive<usize> = 12..=64;

/// The sizes of a UNet. All else follows: its tensors, the graph, the engines' programs, and how pictures
/// are read, drawn and written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UNetConfig {
    pub image: ImageSpec,
    /// Channels of the three resolutions on the way down, 1 to [`MAX_WIDTH`] each.
    pub widths: [usize; 3],
    /// How many classes the network can be told, 1 to [`MAX_CLASSES`]; none for a network without classes.
    #[serde(default)]
    pub classes: Option<usize>,
}

/// Why there is no such network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "images of {0}x{0} pixels: give a side from {first} to {last} that is divisible by 4, such as 28 or 32",
        first = SIDES.start(), last = SIDES.end()
    )]
    Side(usize),
    #[error("images of {0} channels: only grey (1) and colour (3) ones are known")]
    Channels(usize),
    #[error("widths {0:?}: give three numbers from 1 to {MAX_WIDTH}, such as 10,20,40")]
    Widths([usize; 3]),
    #[error("{0} classes: give a number from 1 to {MAX_CLASSES}")]
    Classes(usize),
}

/// One resolution of the UNet: a time embedding of `channels[0]` numbers and three blocks, block i
/// taking `channels[i]` to `channels[i + 1]` channels on `side` x `side` pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    pub name: &'static str,
    pub side: usize,
    pub channels: [usize; 4],
}

/// Levels, the bottleneck in the middle.
pub const LEVELS: usize = 7;
/// The level at the bottom of the U.
pub const BOTTLENECK: usize = LEVELS / 2;
/// Blocks of a level.
pub const BLOCKS: usize = 3;

impl Level {
    /// Whether block `block` starts with its LayerNorm; the network's very last one does not.
    pub fn normalizes(&self, block: usize) -> bool {
        !(self.name == "layer_6" && block == BLOCKS - 1)
    }
}

/// A convolution between two levels, with as many output channels as inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resample {
    pub name: String,
    pub channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Resample {
    /// Halves the image's side, rounding down; transposed, doubles it.
    fn by_two(name: String, channels: usize) -> Self {
        Self { name, channels, kernel: 4, stride: 2, padding: 1 }
    }

    /// Takes away one pixel; transposed, adds one.
    fn by_one(name: String, channels: usize) -> Self {
        Self { name, channels, kernel: 2, stride: 1, padding: 0 }
    }
}

impl UNetConfig {
    /// The tutorial's network: 28x28 grey images, no classes.
    pub fn tutorial() -> Self {
        Self { image: ImageSpec { side: 28, channels: 1 }, widths: [10, 20, 40], classes: None }
    }

    /// # Errors
    /// When a size is outside its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let Self { image: ImageSpec { side, channels }, widths, classes } = *self;
        if !SIDES.contains(&side) || !side.is_multiple_of(4) {
            return Err(ConfigError::Side(side));
        }
        if channels != 1 && channels != 3 {
            return Err(ConfigError::Channels(channels));
        }
        if widths.iter().any(|width| !(1..=MAX_WIDTH).contains(width)) {
            return Err(ConfigError::Widths(widths));
        }
        match classes {
            Some(classes) if !(1..=MAX_CLASSES).contains(&classes) => Err(ConfigError::Classes(classes)),
            _ => Ok(()),
        }
    }

    /// The side at the bottom of the U. Where a quarter of the image's side is odd, one pixel goes before the
    /// last halving, as the tutorial takes 7 to 6 to 3.
    fn bottom(&self) -> usize {
        self.image.side / 4 / 2
    }

    /// Whether a quarter of the image's side is odd, so that a pixel has to go before the last halving.
    fn is_odd(&self) -> bool {
        !(self.image.side / 4).is_multiple_of(2)
    }

    /// Down to the bottleneck and up again; levels 4, 5 and 6 start from twice the channels, the skip
    /// connection's and those from below.
    pub fn levels(&self) -> [Level; LEVELS] {
        let (side, [w1, w2, w3]) = (self.image.side, self.widths);
        let level = |name, side, channels| Level { name, side, channels };
        [
            level("layer_1", side, [self.image.channels, w1, w1, w1]),
            level("layer_2", side / 2, [w1, w2, w2, w2]),
            level("layer_3", side / 4, [w2, w3, w3, w3]),
            level("layer_bottleneck", self.bottom(), [w3, w2, w2, w3]),
            level("layer_4", side / 4, [2 * w3, w3, w2, w2]),
            level("layer_5", side / 2, [2 * w2, w2, w1, w1]),
            level("layer_6", side, [2 * w1, w1, w1, w1]),
        ]
    }

    /// The convolutions after levels 1, 2 and 3: one each, or two with a SiLU between them.
    pub fn down(&self) -> [Vec<Resample>; 3] {
        let [w1, w2, w3] = self.widths;
        let third = match self.is_odd() {
            true => vec![
                Resample::by_one("layer_3_down.0".into(), w3),
                Resample::by_two("layer_3_down.2".into(), w3),
            ],
            false => vec![Resample::by_two("layer_3_down".into(), w3)],
        };
        [
            vec![Resample::by_two("layer_1_down".into(), w1)],
            vec![Resample::by_two("layer_2_down".into(), w2)],
            third,
        ]
    }

    /// The transposed convolutions before levels 4, 5 and 6, likewise.
    pub fn up(&self) -> [Vec<Resample>; 3] {
        let [w1, w2, w3] = self.widths;
        let first = match self.is_odd() {
            true => {
                vec![Resample::by_two("layer_4_up.0".into(), w3), Resample::by_one("layer_4_up.2".into(), w3)]
            }
            false => vec![Resample::by_two("layer_4_up".into(), w3)],
        };
        [
            first,
            vec![Resample::by_two("layer_5_up".into(), w2)],
            vec![Resample::by_two("layer_6_up".into(), w1)],
        ]
    }
}

/// For people to read.
impl fmt::Display for UNetConfig {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { image, widths: [w1, w2, w3], classes } = self;
        write!(f, "{image}, widths {w1}, {w2}, {w3}, ")?;
        match classes {
            Some(1) => write!(f, "1 class"),
            Some(n) => write!(f, "{n} classes"),
            None => write!(f, "no classes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(side: usize, channels: usize, widths: [usize; 3], classes: Option<usize>) -> UNetConfig {
        UNetConfig { image: ImageSpec { side, channels }, widths, classes }
    }

    #[test]
    fn sides_follow_from_the_images() {
        let sides = |side| config(side, 1, [1; 3], None).levels().map(|level| level.side);
        assert_eq!(sides(28), [28, 14, 7, 3, 7, 14, 28]);
        assert_eq!(sides(32), [32, 16, 8, 4, 8, 16, 32]);
        assert_eq!(sides(12), [12, 6, 3, 1, 3, 6, 12]);
        assert_eq!(sides(64), [64, 32, 16, 8, 16, 32, 64]);
    }

    #[test]
    fn sizes_outside_their_ranges_are_refused_with_the_remedy() {
        let error = |config: UNetConfig| config.check().unwrap_err();
        for side in [0, 8, 30, 68] {
            let error = error(config(side, 1, [1; 3], None));
            assert_eq!(error, ConfigError::Side(side));
            assert!(error.to_string().contains("from 12 to 64 that is divisible by 4"), "{error}");
        }
        assert_eq!(error(config(28, 2, [1; 3], None)), ConfigError::Channels(2));
        assert_eq!(error(config(28, 1, [0, 1, 1], None)), ConfigError::Widths([0, 1, 1]));
        assert_eq!(error(config(28, 1, [1, 1, 129], None)), ConfigError::Widths([1, 1, 129]));
        assert_eq!(error(config(28, 1, [1; 3], Some(0))), ConfigError::Classes(0));
        assert_eq!(error(config(28, 1, [1; 3], Some(257))), ConfigError::Classes(257));
        for side in (12..=64).step_by(4) {
            assert_eq!(config(side, 3, [1, 128, 1], Some(256)).check(), Ok(()));
        }
    }

    #[test]
    fn describes_itself() {
        assert_eq!(UNetConfig::tutorial().to_string(), "28x28 grey, widths 10, 20, 40, no classes");
        assert_eq!(config(32, 3, [1, 2, 3], Some(7)).to_string(), "32x32 colour, widths 1, 2, 3, 7 classes");
    }
}
