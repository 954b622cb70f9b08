//! What is put behind pictures that are partly transparent.

use super::choice::choice;

/// What transparent parts of pictures become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    Black,
    White,
}

choice!(Background {
    Black = "black", "The background of MNIST and its relatives";
    White = "white", "Paper: for icons and emoji";
});

impl Background {
    /// Its number in every channel.
    pub fn byte(self) -> u8 {
        match self {
            Self::Black => 0,
            Self::White => 255,
        }
    }
}
