//! The signals that ask a training to stop: Ctrl-C (INT), a scheduler's or `docker stop`'s TERM, and HUP when its
//! terminal is closed.
//!
//! Before the training begins such a signal ends the program. Then the first one asks it to save and stop, and
//! a later INT or TERM ends it at once.

use crate::cli::say::{self, note};
use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

/// How often the thread that tells of a signal looks for one.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Signals that come together are one wish: a terminal that is closed hangs up twice, a wrapper passes on a
/// Ctrl-C that its child has had as well.
const TOGETHER: Duration = Duration::from_millis(300);

/// What a signal meets.
const LOADING: u8 = 0;
const TRAINING: u8 = 1;
const ENDED: u8 = 2;

/// Whether a signal has asked to stop.
#[derive(Clone)]
pub struct Stop {
    /// Number of the signal that did; 0 before.
    signal: Arc<AtomicUsize>,
    stage: Arc<AtomicU8>,
    /// Whether it has been said that the run is being saved.
    told: Arc<AtomicBool>,
}

impl Stop {
    /// Catches the signals; HUP not where the process was started to ignore it, as `nohup` does.
    ///
    /// # Errors
    /// When they cannot be caught.
    pub fn on_signals() -> Result<Self> {
        let stop = Self { signal: Arc::default(), stage: Arc::default(), told: Arc::default() };
        let at_once = Arc::new(AtomicBool::new(false));
        for &signal in STOPPING {
            let is_hang_up = signal != SIGINT && signal != SIGTERM;
            if is_hang_up && is_ignored(signal) {
                continue;
            }
            // In this order: a signal must not meet what it sets itself.
            if !is_hang_up {
                flag::register_conditional_shutdown(signal, 128 + signal, at_once.clone())
                    .context("signals cannot be caught")?;
            }
            flag::register_usize(signal, stop.signal.clone(), signal as usize)
                .context("signals cannot be caught")?;
        }
        survive_limits()?;
        let watched = stop.clone();
        std::thread::spawn(move || watched.tell(&at_once));
        Ok(stop)
    }

    /// Waits for a signal and says what it does.
    fn tell(&self, at_once: &AtomicBool) {
        while !self.is_requested() {
            std::thread::sleep(LOOK_EVERY);
        }
        if self.enter(ENDED) {
            say::problem(format_args!(
                "\nStopped before the training began. Nothing was lost: give the same command again."
            ));
            low_level::exit(i32::from(self.code()));
        }
        note!("\nSaving after this batch; a second Ctrl-C ends the program at once.");
        self.told.store(true, Ordering::Release);
        std::thread::sleep(TOGETHER);
        at_once.store(true, Ordering::Relaxed);
    }

    /// From now on a signal lets the training save.
    pub fn begin_training(&self) {
        if !self.enter(TRAINING) {
            // The other thread is ending the program.
            loop {
                std::thread::park();
            }
        }
    }

    /// Leaves the stage of loading, unless it has been left.
    fn enter(&self, stage: u8) -> bool {
        self.stage.compare_exchange(LOADING, stage, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    pub fn is_requested(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// After a signal: waits until it has been said that the run is being saved, so that what is said of the saved run
    /// comes after it.
    pub fn wait_told(&self) {
        while !self.told.load(Ordering::Acquire) {
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// What the program ends with after the signal, as shells have it: 130 for INT, 143 for TERM, 129 for HUP.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        128 + self.signal.load(Ordering::Relaxed) as u8
    }
}

#[cfg(unix)]
const STOPPING: &[i32] = &[SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const STOPPING: &[i32] = &[SIGINT, SIGTERM];

/// Whether the process was started to ignore the signal.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    // SAFETY: zeros are a valid `sigaction`, and without a new action the call only writes the old one there.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(not(unix))]
fn is_ignored(_: i32) -> bool {
    false
}

/// A limit on the size of files (`ulimit -f`) makes a write fail, which is told, in place of ending the program.
#[cfg(unix)]
fn survive_limits() -> Result<()> {
    flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))
        .context("signals cannot be caught")?;
    Ok(())
}

#[cfg(not(unix))]
fn survive_limits() -> Result<()> {
    Ok(())
}
