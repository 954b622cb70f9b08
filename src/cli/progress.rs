//! Progress bars, in the manner of tqdm, and lines where there is no terminal.

mod task;

pub use self::task::Task;

use crate::cli::say;
use crate::data::{Progress, Unit};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Shows what the library reports while it works: counted tasks as bars; `say` prints the messages.
pub fn watch(say: fn(&str)) -> impl FnMut(Progress<'_>) {
    let mut bar: Option<Task> = None;
    move |progress| match progress {
        Progress::Message(line) => match &bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        },
        Progress::Counted { task, unit, done, total } => {
            if done == 0 {
                bar = None;
            }
            let shown = bar.get_or_insert_with(|| task_bar(task, unit, total));
            shown.set_position(done);
            if total == Some(done) {
                shown.finish_and_clear();
                bar = None;
            }
        }
    }
}

/// The bar of a task whose end may be unknown.
fn task_bar(task: &str, unit: Unit, total: Option<u64>) -> Task {
    let template = match (unit, total) {
        (Unit::Bytes, Some(_)) => "{prefix} [{bar:30}] {bytes} of {total_bytes}, {eta} left",
        (Unit::Bytes, None) => "{prefix} {spinner} {bytes}",
        (Unit::Pictures | Unit::Steps, Some(total)) => return steps_bar(task, total as usize),
        (Unit::Pictures | Unit::Steps, None) => "{prefix} {spinner} {pos}",
    };
    let bar = shown(total.map_or_else(ProgressBar::new_spinner, ProgressBar::new));
    bar.set_style(style(template));
    Task::new(bar.with_prefix(task.to_string()), unit)
}

/// A bar for anything that counts steps.
pub fn steps_bar(name: &str, steps: usize) -> Task {
    Task::new(tqdm(steps).with_prefix(name.to_string()), Unit::Steps)
}

/// A bar in the manner of tqdm, with a prefix and a message to be set.
pub fn tqdm(length: usize) -> ProgressBar {
    let template = "{prefix}: {percent:>3}%|{bar:24}| {pos}/{len} [{elapsed}<{eta}, {rate}{msg}]";
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{:.2}it/s", state.per_sec());
    };
    let bar = shown(ProgressBar::new(length as u64));
    bar.set_style(style(template).with_key("rate", rate).progress_chars("█▉▊▋▌▍▎▏ "));
    bar
}

/// The bar, unless `--quiet` was given.
fn shown(bar: ProgressBar) -> ProgressBar {
    if say::is_quiet() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file are right")
}
