//! How far a task that takes long is, for whoever shows it.

/// What a progress callback is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// A line for people.
    Message(&'a str),
    /// So much of a task is done. A task begins with nothing done, and ends with `done` equal to its total.
    Counted {
        /// What is being done, in a few words; another text is another task.
        task: &'a str,
        unit: Unit,
        done: u64,
        /// None where nobody knows it yet.
        total: Option<u64>,
    },
}

/// What a task's progress is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Pictures,
    Steps,
}

/// Counts one task whose total is known.
pub(crate) struct Counter<'a> {
    task: &'a str,
    unit: Unit,
    done: u64,
    total: u64,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Counter<'a> {
    pub(crate) fn new(
        task: &'a str,
        unit: Unit,
        total: usize,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Self {
        let mut counter = Self { task, unit, done: 0, total: total as u64, progress };
        counter.add(0);
        counter
    }

    pub(crate) fn add(&mut self, more: usize) {
        self.done += more as u64;
        let Self { task, unit, done, total, .. } = *self;
        (self.progress)(Progress::Counted { task, unit, done, total: Some(total) });
    }
}
