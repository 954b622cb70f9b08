//! Names of files in a form that is safe to print.

use std::path::Path;

/// The path for people to read, on one line whatever its name is. A name with control characters, with bytes
/// that are no text, or with marks that change the direction of writing is quoted, and these are escaped.
pub fn shown(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.chars().any(is_unsafe) => text.to_owned(),
        _ => format!("{path:?}"),
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_are_unless_a_terminal_would_obey_them() {
        for plain in ["a b.png", "日本語.png", "emoji 👟.png", "quote'\".png", "-dash"] {
            assert_eq!(shown(Path::new(plain)), plain);
        }
        assert_eq!(shown(Path::new("new\nline.png")), r#""new\nline.png""#);
        assert_eq!(shown(Path::new("red\x1b[31m")), r#""red\u{1b}[31m""#);
        assert!(!shown(Path::new("gnp.\u{202e}txt")).contains('\u{202e}'));
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_escaped() {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"latin1-\xe9.png");
        assert_eq!(shown(Path::new(name)), r#""latin1-\xE9.png""#);
    }
}
