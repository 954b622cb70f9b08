//! Gzip, told by its first bytes.

use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, Read};

/// A file larger than this, decompressed, is no data set that fits this program.
pub(super) const MAX_CONTENT: u64 = 1 << 30;

/// What gzip files start with.
pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Browsers and servers compress what was compressed before; more often than this is no accident.
const MOST_LAYERS: usize = 4;

/// What `reader` gives, decompressed if it is gzip, which its first bytes tell, and again if that is gzip.
///
/// # Errors
/// If reading fails, the gzip is damaged, or the content is larger than [`MAX_CONTENT`].
pub(super) fn inflate(reader: impl BufRead) -> io::Result<Vec<u8>> {
    let mut content = inflate_up_to(MAX_CONTENT, reader)?;
    for _ in 1..MOST_LAYERS {
        if !content.starts_with(&GZIP) {
            break;
        }
        content = inflate_up_to(MAX_CONTENT, &content[..])?;
    }
    Ok(content)
}

fn inflate_up_to(max: u64, mut reader: impl BufRead) -> io::Result<Vec<u8>> {
    let gzip = reader.fill_buf()?.starts_with(&GZIP);
    let mut content = vec![];
    if gzip {
        let read = MultiGzDecoder::new(reader).take(max + 1).read_to_end(&mut content);
        read.map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => {
                io::Error::other(format!("its gzip is cut short, after {} bytes of content", content.len()))
            }
            _ => io::Error::other(format!("its gzip is damaged ({cause})")),
        })?;
    } else {
        reader.take(max + 1).read_to_end(&mut content)?;
    }
    if content.len() as u64 > max {
        return Err(io::Error::other(format!("it holds more than {} MiB", max >> 20)));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    #[test]
    fn gzip_is_recognised_by_its_bytes_and_bounded() {
        let mut bomb = GzEncoder::new(vec![], Compression::best());
        bomb.write_all(&vec![0; 1 << 20]).unwrap();
        let bomb = bomb.finish().unwrap();
        assert_eq!(inflate(&bomb[..]).unwrap().len(), 1 << 20);
        assert_eq!(inflate_up_to(1 << 20, &bomb[..]).unwrap().len(), 1 << 20);
        assert!(inflate_up_to((1 << 20) - 1, &bomb[..]).is_err());
        assert!(inflate(&bomb[..bomb.len() - 9]).unwrap_err().to_string().contains("cut short"));
        assert_eq!(inflate(&b"plain"[..]).unwrap(), b"plain");
        assert!(inflate_up_to(4, &b"plain"[..]).is_err());
    }
}
