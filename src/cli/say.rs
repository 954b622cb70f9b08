//! What a command says: results on stdout, everything else on stderr.
//!
//! Neither ever ends a command. `println!` and `eprintln!` panic when whoever reads them has left, as in
//! `ddpm info FILE | head -1`, or when a terminal was closed; a training run must outlive both.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether `--quiet` was given. Set once, before the command runs.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Why stdout takes no more, once it does not.
static STDOUT_FAILED: OnceLock<io::Error> = OnceLock::new();

/// From now on notes and progress are not shown.
pub fn set_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether notes and progress are not shown.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// A line of results on stdout: `out!("{} images", count)`.
macro_rules! out {
    ($($part:tt)*) => { $crate::cli::say::text(format_args!("{}\n", format_args!($($part)*))) };
}

/// A line on stderr that tells what is being done, unless `--quiet` was given.
macro_rules! note {
    ($($part:tt)*) => { $crate::cli::say::note_line(format_args!($($part)*)) };
}

pub(super) use {note, out};

/// Text on stdout as it is. Once stdout has failed, nothing more is written to it.
pub fn text(text: Arguments) {
    if STDOUT_FAILED.get().is_none()
        && let Err(error) = io::stdout().write_fmt(text)
    {
        let _ = STDOUT_FAILED.set(error);
    }
}

/// What `note!` does.
pub fn note_line(line: Arguments) {
    if !is_quiet() {
        problem(line);
    }
}

/// A line on stderr that is shown in any case.
pub fn problem(line: Arguments) {
    // There is no other place left to tell that stderr is closed.
    let _ = io::stderr().write_fmt(format_args!("{line}\n"));
}

/// Whether nobody reads stdout any more: a command that only prints may stop.
pub fn is_unheard() -> bool {
    STDOUT_FAILED.get().is_some()
}

/// Checks at a command's end that its results were written. A reader that left has read what it wanted.
///
/// # Errors
/// When stdout failed otherwise: a full disk, for example.
pub fn check_stdout() -> anyhow::Result<()> {
    match STDOUT_FAILED.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(anyhow::anyhow!(
            "the results could not be written to stdout: {error}. Files that the command writes are there"
        )),
        _ => Ok(()),
    }
}
