//! Commands for people to paste into their shell.

use std::ffi::{OsStr, OsString};

/// This program's command with these words, as the shell has to be given it: under the name that the program was
/// called by, and with quotes where a word needs them.
pub fn command<S: AsRef<OsStr>>(words: impl IntoIterator<Item = S>) -> String {
    let program = std::env::args_os().next().unwrap_or_else(|| "ddpm".into());
    let words = words.into_iter().map(|word| quoted(word.as_ref()));
    std::iter::once(quoted(&program)).chain(words).collect::<Vec<_>>().join(" ")
}

/// An option with its value, as one word or two: a value that begins with a dash is no other option.
pub fn option(name: &str, value: impl AsRef<OsStr>) -> Vec<OsString> {
    let value = value.as_ref();
    match value.as_encoded_bytes().first() {
        Some(b'-') => {
            let mut word = OsString::from(format!("{name}="));
            word.push(value);
            vec![word]
        }
        _ => vec![name.into(), value.into()],
    }
}

/// A word in quotes, where it needs some. Bytes that are no text are written as bash, zsh and ksh read them.
fn quoted(word: &OsStr) -> String {
    let text = word.to_str().and_then(|text| shlex::try_quote(text).ok());
    text.map_or_else(|| escaped(word.as_encoded_bytes()), Into::into)
}

fn escaped(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\'' && byte != b'\\';
    let escape =
        |&byte: &u8| if plain(byte) { char::from(byte).to_string() } else { format!("\\x{byte:02x}") };
    format!("$'{}'", bytes.iter().map(escape).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        let written = |word: &str| quoted(OsStr::new(word));
        assert_eq!(written("runs/fashion-mnist"), "runs/fashion-mnist");
        for word in ["my run", "it's", "\"", "a\nb", "$HOME", "~", "*", "", "#1", "a;b", "=x", "größe", "!!"]
        {
            let back = shlex::split(&written(word)).unwrap();
            assert_eq!(back, [word], "{}", written(word));
        }
        assert_eq!(option("--out", "-x"), ["--out=-x"]);
        assert_eq!(option("--out", "x"), ["--out", "x"]);
        assert_eq!(escaped(b"a \xff'b"), r"$'a\x20\xff\x27b'");
    }
}
