//! Kinds of files that people have and that are not read, recognised by their first bytes or their names, each
//! with the way to something that is read.

use std::path::Path;

/// What a file is that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign {
    /// With an article: "a HEIC photo".
    pub what: &'static str,
    /// What to do, as an imperative.
    pub remedy: &'static str,
    /// Whether it is a picture.
    pub picture: bool,
}

const fn picture(what: &'static str, remedy: &'static str) -> Foreign {
    Foreign { what, remedy, picture: true }
}

const fn other(what: &'static str, remedy: &'static str) -> Foreign {
    Foreign { what, remedy, picture: false }
}

const TO_JPEG: &str = "convert it to JPEG or PNG, for example with ImageMagick: magick mogrify -format png *";
const HEIC: Foreign = picture("a HEIC photo", TO_JPEG);
const AVIF: Foreign = picture("an AVIF picture", TO_JPEG);
const RAW: Foreign = picture("a camera's raw picture", "develop it, and save it as JPEG or PNG");
const SVG: Foreign = picture("an SVG drawing", "draw it as PNG, for example with: rsvg-convert");
const PSD: Foreign = picture("a Photoshop document", "save it as PNG");
pub(super) const WEB_PAGE: Foreign =
    other("a web page, not data", "the download went wrong: get the file again");
const ZIP: Foreign = other("a zip archive", "unpack it, and pass the folder");
const TAR: Foreign = other("a tar archive", "unpack it, and pass the folder");
const PACKED: Foreign = other("a packed archive", "unpack it, and pass what is in it");
const CSV: Foreign = other(
    "a table of text",
    "save its pixels as an array; of a table with the columns label, pixel1, pixel2, ... for example with: \
     t = numpy.loadtxt(FILE, delimiter=',', skiprows=1, dtype=int); numpy.savez('set.npz', \
     images=t[:, 1:].reshape(-1, 28, 28).astype('uint8'), labels=t[:, 0])",
);
const PICKLE: Foreign = other(
    "a file of Python's pickle",
    "save its arrays with numpy.savez(FILE, images=..., labels=...); CIFAR's with \
     images=data.reshape(-1, 3, 32, 32)",
);
const TORCH: Foreign = other(
    "a file of torch.save",
    "save its tensors with numpy.savez(FILE, images=images.numpy(), labels=labels.numpy())",
);
const NUMBERS: Foreign = other(
    "a file of bare numbers",
    "load it with numpy.fromfile(FILE, 'uint8'), and save its arrays with numpy.savez(FILE, images=..., labels=...); \
     CIFAR-10's with data = data.reshape(-1, 3073), images=data[:, 1:].reshape(-1, 3, 32, 32), labels=data[:, 0]",
);
const MATLAB: Foreign =
    other("a MATLAB file", "load it with scipy.io.loadmat, and save its arrays with numpy.savez");
const HDF5: Foreign = other("an HDF5 file", "load it with h5py, and save its arrays with numpy.savez");
const PARQUET: Foreign =
    other("a Parquet table", "load it with `datasets` or pandas, and save its pictures as PNG");
pub(super) const TEXT: Foreign = other("text", "pass the pictures themselves");

/// What a file is that starts with these bytes (at least 264 of them, or all) and has this name, if it is a kind
/// that is known and not read.
pub(super) fn foreign(start: &[u8], name: &Path) -> Option<Foreign> {
    let extension = name.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let at = |offset: usize, bytes: &[u8]| start.get(offset..).is_some_and(|rest| rest.starts_with(bytes));
    let brand = || start.get(8..12).filter(|_| at(4, b"ftyp"));
    let tiff = at(0, b"II") || at(0, b"MM");
    Some(match &*extension {
        // Raw pictures are TIFF files whose first picture is a thumbnail.
        "dng" | "nef" | "arw" | "cr2" | "pef" | "orf" | "rw2" | "srw" if tiff => RAW,
        _ if at(0, b"FUJIFILMCCD-RAW") => RAW,
        _ => match brand() {
            Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => HEIC,
            Some(b"avif" | b"avis") => AVIF,
            Some(b"crx ") => RAW,
            Some(_) => other("a film", "save single frames of it as pictures"),
            None => return by_signature(start, &extension),
        },
    })
}

fn by_signature(start: &[u8], extension: &str) -> Option<Foreign> {
    let at = |offset: usize, bytes: &[u8]| start.get(offset..).is_some_and(|rest| rest.starts_with(bytes));
    let signatures: [(&[u8], Foreign); 15] = [
        (b"8BPS", PSD),
        (b"\0\0\0\x0cjP  ", picture("a JPEG 2000 picture", TO_JPEG)),
        (b"\0\0\0\x0cJXL ", picture("a JPEG XL picture", TO_JPEG)),
        (b"\xff\x0a", picture("a JPEG XL picture", TO_JPEG)),
        (b"\0\0\x01\0", picture("an icon (.ico)", "save it as PNG")),
        (b"gimp xcf", picture("a GIMP document", "export it as PNG")),
        (b"%PDF", picture("a PDF document", "save its pages as PNG, for example with: pdftoppm -png")),
        (b"\x76\x2f\x31\x01", picture("an OpenEXR picture", TO_JPEG)),
        (b"PK\x03\x04", ZIP),
        (b"7z\xbc\xaf\x27\x1c", PACKED),
        (b"Rar!", PACKED),
        (b"\xfd7zXZ", PACKED),
        (b"MATLAB", MATLAB),
        (b"\x89HDF", HDF5),
        (b"PAR1", PARQUET),
    ];
    if let Some((_, kind)) = signatures.iter().find(|(bytes, _)| at(0, bytes)) {
        let torch = *kind == ZIP && matches!(extension, "pt" | "pth");
        return Some(if torch { TORCH } else { *kind });
    }
    // CIFAR's binary version, which is no IDX.
    if extension == "bin" && !matches!(start, [0, 0, 8..=14, 1..=4, ..]) {
        return Some(NUMBERS);
    }
    if at(257, b"ustar") {
        return Some(TAR);
    }
    if start.first() == Some(&0x80) && start.get(1).is_some_and(|version| (2..=5).contains(version)) {
        return Some(if matches!(extension, "pt" | "pth") { TORCH } else { PICKLE });
    }
    by_text(start, extension)
}

fn by_text(start: &[u8], extension: &str) -> Option<Foreign> {
    // The first bytes of some are letters: GIF89a.
    if image::guess_format(start).is_ok() {
        return None;
    }
    // A character may be cut at the end.
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let starts = |word: &str| text.starts_with(word);
    let line = text.lines().next().unwrap_or_default();
    match () {
        _ if starts("<svg") || (starts("<?xml") && (text.contains("<svg") || extension == "svg")) => {
            Some(SVG)
        }
        _ if starts("<!doctype html") || starts("<html") || starts("<head") || starts("<?xml") => {
            Some(WEB_PAGE)
        }
        _ if text.is_empty() || text.contains(|c: char| c.is_control() && !c.is_whitespace()) => None,
        _ if matches!(extension, "csv" | "tsv") || is_table(line) => Some(CSV),
        _ => Some(TEXT),
    }
}

/// Whether a text whose first line is this is a table, and not prose.
fn is_table(line: &str) -> bool {
    line.matches(',').count() > 1 && !line.contains(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_bytes() {
        for (start, name, what) in [
            (&b"\0\0\0\x18ftypheic"[..], "a.jpg", "a HEIC photo"),
            (b"\0\0\0\x1cftypavif", "a", "an AVIF picture"),
            (b"\0\0\0\x1cftypisom", "a", "a film"),
            (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'>", "a.png", "an SVG drawing"),
            (b"8BPS\0\x01", "a", "a Photoshop document"),
            (b"II*\0\x08\0\0\0", "a.NEF", "a camera's raw picture"),
            (b"<!DOCTYPE html><title>404</title>", "a.jpg", "a web page, not data"),
            (b"PK\x03\x04....", "a.zip", "a zip archive"),
            (b"PK\x03\x04....", "training.pt", "a file of torch.save"),
            (b"\x80\x02}q\x01", "data_batch_1", "a file of Python's pickle"),
            (b"MATLAB 5.0 MAT-file", "train_32x32.mat", "a MATLAB file"),
            (b"label,pixel1,pixel2\n2,0,0\n", "fashion-mnist_train.csv", "a table of text"),
            (b"\x06\x3b\x2b\x32", "data_batch_1.bin", "a file of bare numbers"),
            (b"what this is", "README.txt", "text"),
        ] {
            assert_eq!(foreign(start, Path::new(name)).map(|kind| kind.what), Some(what), "{name}");
        }
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(foreign(&tar, Path::new("a")), Some(TAR));
    }

    #[test]
    fn what_is_read_or_unknown_is_not_named() {
        for start in [
            &b"\x89PNG\r\n\x1a\n"[..],
            b"\xff\xd8\xff\xe0",
            b"\0\0\x08\x03\0\0\0\x01",
            b"\x93NUMPY",
            b"",
            b"II*\0",
            b"GIF89a",
        ] {
            assert_eq!(foreign(start, Path::new("a")), None, "{start:?}");
        }
    }
}
