//! NPY, the file format of NumPy's arrays: a header in Python's syntax, then the numbers.
//!
//! ```text
//! 93 "NUMPY" | version u8 u8 | length of the header u16, from version 2 on u32, little-endian
//! | {'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28), } | the numbers
//! ```
//!
//! (`numpy.lib.format` in NumPy's documentation.) Read are numbers that are surely brightness (see [`super::numbers`]), and labels in whole numbers.

use super::numbers::{self, Kind, RangeError, Reading, Shape};
use std::fmt;
use std::io::{self, Read};
use thiserror::Error;

/// What every file starts with.
pub(super) const MAGIC: [u8; 6] = *b"\x93NUMPY";
/// Far longer than the header of any array of numbers.
const MOST_HEADER: u32 = 1 << 16;

/// Why an array cannot be used.
#[derive(Debug, Error)]
pub enum NpyError {
    #[error("it is no whole .npy array: {0}; save it again with numpy.save")]
    Header(&'static str),
    #[error("the numbers cannot be read: {0}; get the file again")]
    Read(#[from] io::Error),
    #[error("{found} holds no numbers that are read; save it as numbers, with .astype(numpy.uint8)")]
    NotNumbers { found: Header },
    #[error("{found}: {cause}")]
    Range { found: Header, cause: RangeError },
    #[error("{found} holds no images: those are [N, H, W] in grey or [N, H, W, 3] in colour{hint}")]
    NotImages { found: Header, hint: &'static str },
    #[error("{found} holds no images; pass an array that has some")]
    Empty { found: Header },
    #[error("{found} takes {promised} bytes, but {bytes} follow its header: get the file again")]
    Length { found: Header, promised: u128, bytes: usize },
    #[error("{found} holds no labels: those are one whole number for each image{hint}")]
    NotLabels { found: Header, hint: &'static str },
    #[error("the label {0} is none: labels are whole numbers from 0 to 255")]
    Label(f64),
}

/// What an array's file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// NumPy's code for the byte order and type of the numbers; empty for structures.
    descr: String,
    /// Whether the first index, not the last, is the one that runs fastest.
    fortran_order: bool,
    shape: Vec<usize>,
}

/// For people to read: "float32 [60000, 784]".
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = match (self.letter(), self.size()) {
            (b'u', Some(bytes)) => format!("uint{}", 8 * bytes),
            (b'i', Some(bytes)) => format!("int{}", 8 * bytes),
            (b'f', Some(bytes)) => format!("float{}", 8 * bytes),
            (b'c', Some(bytes)) => format!("complex{}", 8 * bytes),
            (b'b', _) => "bool".into(),
            (b'O', _) => "object".into(),
            (b'U' | b'S', _) => "text".into(),
            (0, _) => "structure".into(),
            _ => self.descr.clone(),
        };
        write!(f, "{name} {:?}", self.shape)
    }
}

impl Header {
    /// Reads up to where the numbers start.
    pub(super) fn read(reader: &mut impl Read) -> Result<Self, NpyError> {
        let mut start = [0; 8];
        read_exact(reader, &mut start)?;
        if !start.starts_with(&MAGIC) {
            return Err(NpyError::Header("it starts with other bytes"));
        }
        let mut length = [0; 4];
        read_exact(reader, &mut length[..if start[6] == 1 { 2 } else { 4 }])?;
        let length = u32::from_le_bytes(length);
        if length > MOST_HEADER {
            return Err(NpyError::Header("its header is far too long"));
        }
        let mut text = vec![0; length as usize];
        read_exact(reader, &mut text)?;
        Self::parse(&String::from_utf8_lossy(&text))
            .ok_or(NpyError::Header("its header cannot be understood"))
    }

    fn parse(text: &str) -> Option<Self> {
        let descr = after(text, "descr")?;
        let quote = descr.chars().next()?;
        if quote != '\'' && quote != '"' {
            return Some(Self { descr: String::new(), fortran_order: false, shape: vec![] });
        }
        let descr = descr[1..].split(quote).next()?.to_owned();
        let fortran_order = match after(text, "fortran_order")? {
            word if word.starts_with("True") => true,
            word if word.starts_with("False") => false,
            _ => return None,
        };
        let (sizes, _) = after(text, "shape")?.strip_prefix('(')?.split_once(')')?;
        let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
        // Python 2 wrote some with an L.
        let shape = sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect::<Option<_>>()?;
        Some(Self { descr, fortran_order, shape })
    }

    /// The letter of the numbers' type; 0 for structures.
    fn letter(&self) -> u8 {
        *self.code().as_bytes().first().unwrap_or(&0)
    }

    /// Bytes of one number.
    fn size(&self) -> Option<usize> {
        self.code().get(1..)?.parse().ok()
    }

    /// The numbers' type, if they are numbers that are read.
    fn kind(&self) -> Option<Kind> {
        match (self.letter(), self.size()?) {
            (b'b', 1) => Some(Kind::Bool),
            (b'u', size @ (1 | 2 | 4 | 8)) => Some(Kind::Unsigned(size)),
            (b'i', size @ (1 | 2 | 4 | 8)) => Some(Kind::Signed(size)),
            (b'f', size @ (2 | 4 | 8)) => Some(Kind::Float(size)),
            _ => None,
        }
    }

    fn is_big_endian(&self) -> bool {
        self.descr.starts_with('>')
    }

    fn code(&self) -> &str {
        self.descr.trim_start_matches(['<', '>', '=', '|'])
    }

    fn elements(&self) -> Option<u128> {
        self.shape.iter().try_fold(1u128, |product, size| product.checked_mul(*size as u128))
    }

    /// Whether the array can be images.
    pub(super) fn is_images(&self) -> bool {
        self.kind().is_some() && self.shape.len() > 2 && Shape::of(&self.shape).is_some()
    }

    /// Whether the array can be labels of so many images.
    pub(super) fn is_labels(&self, count: usize) -> bool {
        matches!(self.kind(), Some(Kind::Unsigned(_) | Kind::Signed(_)))
            && matches!(self.shape[..], [n] | [n, 1] if n == count)
    }

    /// How many images or labels there are.
    pub(super) fn count(&self) -> usize {
        *self.shape.first().unwrap_or(&0)
    }

    /// The images.
    pub(super) fn images(self, body: Vec<u8>) -> Result<Reading, NpyError> {
        let Some(kind) = self.kind() else { return Err(NpyError::NotNumbers { found: self }) };
        let Some(shape) = Shape::of(&self.shape) else {
            let hint = self.images_hint();
            return Err(NpyError::NotImages { found: self, hint });
        };
        let body = self.checked(body, kind.size())?;
        if body.is_empty() {
            return Err(NpyError::Empty { found: self });
        }
        match numbers::brightness(kind, self.is_big_endian(), body) {
            Ok((bytes, notes)) => {
                let bytes = if self.fortran_order { transposed(&self.shape, &bytes) } else { bytes };
                Ok(shape.images(bytes, notes))
            }
            Err(cause) => Err(NpyError::Range { found: self, cause }),
        }
    }

    fn images_hint(&self) -> &'static str {
        match self.shape[..] {
            [_, _, _, 4] => "; images[..., :3] leaves the transparency out",
            [_, 3072] => "; CIFAR's are .reshape(-1, 3, 32, 32)",
            [_, _] => "; .reshape gives each image its rows",
            [] | [_] => "; a list of arrays of one size is made one with numpy.stack",
            _ => "",
        }
    }

    /// The labels.
    pub(super) fn labels(self, body: Vec<u8>) -> Result<Vec<u8>, NpyError> {
        let whole = self.kind().filter(|kind| matches!(kind, Kind::Unsigned(_) | Kind::Signed(_)));
        let Some(kind) = whole else {
            return Err(NpyError::NotLabels { found: self, hint: "; save them with .astype(int)" });
        };
        // Keras saves some as [N, 1].
        if !matches!(self.shape[..], [_] | [_, 1]) {
            let hint = if self.shape.len() == 2 {
                "; of rows with a single 1 each, save labels.argmax(1)"
            } else {
                ""
            };
            return Err(NpyError::NotLabels { found: self, hint });
        }
        let body = self.checked(body, kind.size())?;
        numbers::labels(kind, self.is_big_endian(), 1, &body).map_err(NpyError::Label)
    }

    /// The numbers, if there are as many as there should be, of `size` bytes each.
    fn checked(&self, body: Vec<u8>, size: usize) -> Result<Vec<u8>, NpyError> {
        let promised = self.elements().and_then(|elements| elements.checked_mul(size as u128));
        let promised = promised.unwrap_or(u128::MAX);
        if promised == body.len() as u128 {
            Ok(body)
        } else {
            Err(NpyError::Length { found: self.clone(), promised, bytes: body.len() })
        }
    }
}

fn read_exact(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), NpyError> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => NpyError::Header("it is cut short"),
        _ => NpyError::Read(error),
    })
}

/// What follows `'key':` in a dictionary of Python's.
fn after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let quoted = ['\'', '"'].map(|quote| format!("{quote}{key}{quote}"));
    let (_, rest) = quoted.iter().find_map(|key| text.split_once(key.as_str()))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// Bytes whose first index runs fastest in the order in which the last does.
fn transposed(shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let place = |mut place: usize| {
        let mut stride = bytes.len();
        let mut from = 0;
        for size in shape.iter().rev() {
            stride /= size;
            from += place % size * stride;
            place /= size;
        }
        from
    };
    (0..bytes.len()).map(|i| bytes[place(i)]).collect()
}

#[cfg(test)]
mod tests;
