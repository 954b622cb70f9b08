//! A task under way: a bar in a terminal, and a line now and then where there is none.

use crate::cli::say::{self, note};
use crate::data::Unit;
use indicatif::{HumanBytes, HumanDuration, ProgressBar};
use std::fmt::Write;
use std::ops::Deref;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Time between two lines.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Time after which a terminal's bar is drawn anew though nothing was counted.
const TICK: Duration = Duration::from_millis(500);

/// A bar that goes when the task is dropped. Where it is not shown, a log file gets a line every ten seconds, also
/// while a single step takes longer than that.
pub struct Task {
    bar: ProgressBar,
    _lines: Option<Lines>,
}

impl Task {
    /// Shows a bar, or where it is hidden lines; with `--quiet` neither.
    pub fn new(bar: ProgressBar, unit: Unit) -> Self {
        let is_shown = !bar.is_hidden();
        if is_shown {
            bar.enable_steady_tick(TICK);
        }
        let lines = || Lines::start(&bar, unit, LINE_EVERY, |line| note!("{line}"));
        let lines = (!is_shown && !say::is_quiet()).then(lines);
        Self { bar, _lines: lines }
    }
}

impl Deref for Task {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.bar.is_finished() {
            self.bar.finish_and_clear();
        }
    }
}

/// A thread that writes how far a bar is, until this is dropped.
struct Lines {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Lines {
    fn start(
        bar: &ProgressBar,
        unit: Unit,
        every: Duration,
        mut write: impl FnMut(String) + Send + 'static,
    ) -> Self {
        let (stop, stopped) = mpsc::channel();
        let bar = bar.clone();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                write(line(&bar.prefix(), unit, bar.position(), bar.length(), bar.elapsed()));
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that failed to write lines is no reason to fail.
            let _ = thread.join();
        }
    }
}

/// How far a task is, as a line for a log.
fn line(task: &str, unit: Unit, done: u64, total: Option<u64>, elapsed: Duration) -> String {
    let shown = |count: u64| match unit {
        Unit::Bytes => HumanBytes(count).to_string(),
        Unit::Pictures | Unit::Steps => count.to_string(),
    };
    let mut line = format!("{task}: {}", shown(done));
    let mut add = |text: String| line.write_str(&text).expect("strings can be written to");
    if let Some(total) = total {
        add(format!(" of {}", shown(total)));
    }
    add(format!(" after {}", HumanDuration(elapsed)));
    if let Some(total) = total.filter(|total| done > 0 && done < *total) {
        let left = elapsed.mul_f64((total - done) as f64 / done as f64);
        add(format!(", {} left", HumanDuration(left)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_line_says_how_far_a_task_is_and_how_long_it_takes_yet() {
        let minute = Duration::from_secs(60);
        for (unit, done, total, expected) in [
            (Unit::Steps, 50, Some(200), "Sampling: 50 of 200 after 60 seconds, 3 minutes left"),
            (Unit::Steps, 0, Some(200), "Sampling: 0 of 200 after 60 seconds"),
            (Unit::Pictures, 70, None, "Sampling: 70 after 60 seconds"),
            (
                Unit::Bytes,
                2048,
                Some(4096),
                "Sampling: 2.00 KiB of 4.00 KiB after 60 seconds, 60 seconds left",
            ),
        ] {
            let line = line("Sampling", unit, done, total, minute);
            assert_eq!(line, expected);
            assert!(line.chars().all(|letter| !letter.is_control()));
        }
    }

    #[test]
    fn lines_come_while_a_single_step_takes_long_and_end_with_the_task() {
        let (sender, lines) = channel();
        let bar = ProgressBar::hidden().with_prefix("Predicting");
        bar.set_length(4);
        let shown = Lines::start(&bar, Unit::Steps, Duration::from_millis(5), move |line| {
            let _ = sender.send(line);
        });
        assert!(lines.recv().unwrap().starts_with("Predicting: 0 of 4 after"));
        bar.inc(3);
        assert!(lines.iter().any(|line| line.starts_with("Predicting: 3 of 4")), "the next lines count on");
        drop(shown);
        // The sender went with the thread, so what was sent is all that comes.
        assert!(lines.iter().all(|line| line.starts_with("Predicting: 3 of 4")));
    }
}
