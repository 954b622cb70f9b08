//! Arrays of any numbers as images: which dimension is which, and which number is white. Read is what has one
//! meaning; what has several is refused with the remedy. IDX and NumPy's files share this.

use super::raw::RawImages;
use thiserror::Error;

/// Floating-point numbers above this are brightness from 0 to 255; those up to 1 are from 0 to 1; between lies
/// what may be either.
const SURELY_BYTES: f64 = 16.0;

/// The type of an array's numbers, with the bytes that one takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    // IDX has none of these.
    #[cfg_attr(not(feature = "train"), expect(dead_code))]
    Bool,
    Unsigned(usize),
    Signed(usize),
    Float(usize),
}

/// Images, and what was assumed to read them, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub images: RawImages,
    pub notes: Vec<String>,
}

/// Why numbers are no brightness.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RangeError {
    #[error(
        "its numbers go from {least} to {most}, and it is not sure which of them is white; bring them to 0 for \
         dark and 255 for bright and save them with .astype(numpy.uint8)"
    )]
    Unsure { least: String, most: String },
    #[error(
        "it has numbers that are NaN or infinite; bring them to 0 to 255 and save them with .astype(numpy.uint8)"
    )]
    NotFinite,
}

/// What an array's dimensions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// Whether each colour is a plane: [N, C, H, W], as PyTorch has them.
    planes: bool,
    /// Whether the rows of an image lie one after the other: [N, H * W].
    flat: bool,
}

impl Kind {
    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Kind::Bool => 1,
            Kind::Unsigned(size) | Kind::Signed(size) | Kind::Float(size) => size,
        }
    }

    /// The number that these little-endian bytes are.
    fn value(self, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let (number, unused) = (u64::from_le_bytes(wide), 64 - 8 * bytes.len() as u32);
        match self {
            Kind::Bool => f64::from(u8::from(number != 0)),
            Kind::Unsigned(_) => number as f64,
            Kind::Signed(_) => ((number << unused) as i64 >> unused) as f64,
            Kind::Float(2) => half::f16::from_bits(number as u16).to_f64(),
            Kind::Float(4) => f64::from(f32::from_bits(number as u32)),
            Kind::Float(_) => f64::from_bits(number),
        }
    }
}

impl Shape {
    /// What these dimensions, the first of which counts the images, can only be.
    pub(super) fn of(sizes: &[usize]) -> Option<Self> {
        let shape = |height, width, channels| Self { height, width, channels, planes: false, flat: false };
        Some(match *sizes {
            [_, height, width] => shape(height, width, 1),
            [_, height, width, channels @ (1 | 3)] => shape(height, width, channels),
            [_, channels @ (1 | 3), height, width] if width != 4 => {
                Self { planes: true, ..shape(height, width, channels) }
            }
            // One picture alone would be as many rows as columns.
            [count, numbers] if count != numbers && numbers > 1 && numbers.isqrt().pow(2) == numbers => {
                Self { flat: true, ..shape(numbers.isqrt(), numbers.isqrt(), 1) }
            }
            _ => return None,
        })
    }

    /// Images whose bytes have these dimensions.
    pub(super) fn images(self, bytes: Vec<u8>, mut notes: Vec<String>) -> Reading {
        let Self { height, width, channels, planes, flat } = self;
        let pixels = height * width;
        let bytes = if planes && channels > 1 {
            let image = |image: &[u8]| -> Vec<u8> {
                (0..pixels).flat_map(|pixel| image[pixel..].iter().step_by(pixels)).copied().collect()
            };
            bytes.chunks_exact(pixels * channels).flat_map(image).collect()
        } else {
            bytes
        };
        if flat {
            notes.push(format!(
                "Each image is one row of {pixels} numbers: taken for {height}x{width} pixels."
            ));
        }
        if planes && channels > 1 {
            notes.push("The colours come before height and width, as PyTorch has them.".into());
        }
        Reading { images: RawImages { width, height, channels, bytes }, notes }
    }
}

/// The numbers of `body`, an array's, as bytes from 0 for dark to 255 for bright; and what was assumed.
///
/// # Errors
/// If it is not sure what is white.
pub(super) fn brightness(
    kind: Kind,
    big_endian: bool,
    mut body: Vec<u8>,
) -> Result<(Vec<u8>, Vec<String>), RangeError> {
    if kind == Kind::Unsigned(1) {
        return Ok((body, vec![]));
    }
    if big_endian {
        body.chunks_exact_mut(kind.size()).for_each(<[u8]>::reverse);
    }
    let values = || body.chunks_exact(kind.size()).map(|number| kind.value(number));
    let (least, most) = values().fold((f64::MAX, f64::MIN), |(least, most), x| (least.min(x), most.max(x)));
    if !values().all(f64::is_finite) {
        return Err(RangeError::NotFinite);
    }
    let float = matches!(kind, Kind::Float(_));
    // Black, white, and what to say of them.
    let (black, white, note) = match kind {
        Kind::Bool => (0.0, 1.0, None),
        Kind::Float(_) if least >= 0.0 && most <= 1.0 => {
            (0.0, 1.0, Some("0 is taken for black and 1 for white"))
        }
        Kind::Float(_) if least >= -1.0 && most <= 1.0 => {
            (-1.0, 1.0, Some("-1 is taken for black and 1 for white"))
        }
        _ if least >= 0.0 && most <= 255.0 && (!float || most >= SURELY_BYTES) => {
            (0.0, 255.0, float.then_some("0 is taken for black and 255 for white"))
        }
        Kind::Unsigned(2) if most >= f64::from(i16::MAX) => (0.0, 65535.0, Some("65535 is taken for white")),
        _ => return Err(RangeError::Unsure { least: least.to_string(), most: most.to_string() }),
    };
    let byte = |x: f64| ((x - black) / (white - black) * 255.0).round() as u8;
    let note = note.map(|what| format!("The numbers go from {least} to {most}: {what}."));
    Ok((values().map(byte).collect(), note.into_iter().collect()))
}

/// The labels in `body`: the first number of each row of `columns`.
///
/// # Errors
/// A number that is no label: those are whole, from 0 to 255.
pub(super) fn labels(kind: Kind, big_endian: bool, columns: usize, body: &[u8]) -> Result<Vec<u8>, f64> {
    let label = |row: &[u8]| {
        let mut number = row[..kind.size()].to_vec();
        if big_endian {
            number.reverse();
        }
        let value = kind.value(&number);
        if value.fract() == 0.0 && (0.0..=255.0).contains(&value) { Ok(value as u8) } else { Err(value) }
    };
    body.chunks_exact(kind.size() * columns).map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(values: &[f32]) -> Result<Vec<u8>, RangeError> {
        let body = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        brightness(Kind::Float(4), false, body).map(|(bytes, _)| bytes)
    }

    #[test]
    fn numbers_with_one_meaning_become_bytes() {
        assert_eq!(floats(&[0.0, 0.5, 1.0]), Ok(vec![0, 128, 255]));
        assert_eq!(floats(&[-1.0, 0.0, 1.0]), Ok(vec![0, 128, 255]));
        assert_eq!(floats(&[0.0, 99.6, 255.0]), Ok(vec![0, 100, 255]));
        assert_eq!(brightness(Kind::Bool, false, vec![0, 1, 1]).unwrap().0, [0, 255, 255]);
        let body = [0u16, 257, 65535].iter().flat_map(|x| x.to_be_bytes()).collect();
        assert_eq!(brightness(Kind::Unsigned(2), true, body).unwrap().0, [0, 1, 255]);
        let body = [0i64, 200, 255].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(brightness(Kind::Signed(8), false, body).unwrap(), (vec![0, 200, 255], vec![]));
        let half = half::f16::from_f32(0.5).to_le_bytes().to_vec();
        assert_eq!(brightness(Kind::Float(2), false, half).unwrap().0, [128]);
    }

    #[test]
    fn numbers_with_several_meanings_are_refused() {
        for values in [&[0.0, 3.0][..], &[-2.0, 1.0], &[0.0, 4095.0], &[-128.0, 127.0]] {
            assert!(matches!(floats(values), Err(RangeError::Unsure { .. })), "{values:?}");
        }
        assert_eq!(floats(&[0.0, f32::NAN]), Err(RangeError::NotFinite));
        let body = [0i16, 4095].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert!(brightness(Kind::Signed(2), false, body).unwrap_err().to_string().contains("from 0 to 4095"));
        let body = [0i8, -1].map(|x| x as u8).to_vec();
        assert!(brightness(Kind::Signed(1), false, body).is_err());
    }

    #[test]
    fn dimensions_are_told_apart_where_they_can_be() {
        let of = |sizes: &[usize]| Shape::of(sizes).map(|s| (s.height, s.width, s.channels));
        assert_eq!(of(&[5, 28, 30]), Some((28, 30, 1)));
        assert_eq!(of(&[5, 28, 30, 3]), Some((28, 30, 3)));
        assert_eq!(of(&[5, 3, 28, 30]), Some((28, 30, 3)));
        assert_eq!(of(&[5, 1, 28, 28]), Some((28, 28, 1)));
        assert_eq!(of(&[5, 784]), Some((28, 28, 1)));
        for unsure in
            [&[5][..], &[784, 784], &[5, 3072], &[5, 28, 28, 4], &[5, 4, 28, 28], &[5, 1, 1, 28, 28]]
        {
            assert_eq!(of(unsure), None, "{unsure:?}");
        }
        let planes = Shape::of(&[1, 3, 1, 2]).unwrap().images((1..=6).collect(), vec![]);
        assert_eq!(planes.images.bytes, [1, 3, 5, 2, 4, 6]);
    }
}
