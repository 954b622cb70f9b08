//! Images shared out over rayon's threads.

use super::part::{Part, SHARERS};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many threads [`map`] and [`Memories`] use.
pub(super) fn count() -> usize {
    rayon::current_num_threads()
}

/// Calls `work` on every thread; returns how many there are.
pub(super) fn on_all<T: Send>(work: impl Fn() -> T + Sync) -> usize {
    rayon::broadcast(|_| std::hint::black_box(work())).len()
}

/// Applies `work` to each item; the results are in the items' order.
pub(crate) fn map<I: Send, T: Send>(items: Vec<I>, work: impl Fn(I) -> T + Sync + Send) -> Vec<T> {
    items.into_par_iter().map(work).collect()
}

/// Applies `work` to each item, with working memory that `new` makes for a thread's items.
pub(super) fn map_with<I: Send, M: Send>(
    items: Vec<I>,
    new: impl Fn() -> M + Sync + Send,
    work: impl Fn(&mut M, I) + Sync + Send,
) {
    items.into_par_iter().for_each_init(new, work);
}

/// Calls `work` for each part of each pass; a pass begins when all parts of the one before are done. Another thread runs
/// the second part of each pass from the one on at whose start it is there.
pub(super) fn by_two(passes: usize, work: impl Fn(usize, Part) + Sync) {
    let [first, second] = [0, 1].map(|index| Part { index, count: SHARERS });
    // How many passes have begun for the helper, and how many it has done.
    let [begun, done] = [(); 2].map(|()| AtomicUsize::new(0));
    let here = AtomicBool::new(false);
    let lead = || {
        let _over = Over(&begun);
        for pass in 0..passes {
            if here.load(Ordering::Acquire) {
                begun.store(pass + 1, Ordering::Release);
                work(pass, first);
                wait(|| done.load(Ordering::Acquire) > pass);
            } else {
                work(pass, first);
                work(pass, second);
            }
        }
    };
    let help = || {
        let _over = Over(&done);
        here.store(true, Ordering::Release);
        let mut last = 0;
        loop {
            wait(|| begun.load(Ordering::Acquire) != last);
            last = begun.load(Ordering::Acquire);
            if last == OVER {
                return;
            }
            work(last - 1, second);
            done.store(last, Ordering::Release);
        }
    };
    // The calling thread leads, which need not be one of rayon's.
    rayon::in_place_scope(|scope| {
        scope.spawn(|_| help());
        lead();
    });
}

/// More passes than there are: nobody has to wait any more.
const OVER: usize = usize::MAX;

/// Sets a count to [`OVER`] when its thread is done, or panics.
struct Over<'a>(&'a AtomicUsize);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(OVER, Ordering::Release);
    }
}

/// Waits for another thread that is about to be done. Where it has to wait for a core, it gets this one.
fn wait(until: impl Fn() -> bool) {
    let mut rounds = 0;
    while !until() {
        rounds += 1;
        if rounds < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
    }
}

/// How many rounds a thread waits before it lets others have its core: some tens of microseconds.
const SPINS: usize = 1 << 10;

/// Working memory for whoever needs some: no more than were ever used at once.
pub(super) struct Memories<M>(Mutex<Vec<M>>);

impl<M: Send> Memories<M> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(vec![]))
    }

    /// Calls `run` with each group of `group` images: the first one's index, the images, their part of `out`, and
    /// working memory, which `new` makes. `image_len` is one image's length in f32 elements.
    pub(super) fn each_group(
        &mut self,
        group: usize,
        image_len: usize,
        x: &[f32],
        out: &mut [f32],
        new: impl Fn() -> M + Sync,
        run: impl Fn(usize, &[f32], &mut [f32], &mut M) + Sync,
    ) {
        let memories = &self.0;
        let free = || memories.lock().unwrap_or_else(PoisonError::into_inner);
        let groups = x.par_chunks(group * image_len).zip(out.par_chunks_mut(group * image_len));
        let each = |(i, (x, out))| {
            // The lock is not held while the group runs.
            let memory = free().pop();
            let mut memory = memory.unwrap_or_else(&new);
            run(i * group, x, out, &mut memory);
            free().push(memory);
        };
        groups.enumerate().for_each(each);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Each part sees both parts of the pass before done, from inside the pool and from outside it, many at once.
    #[test]
    fn a_pass_begins_when_all_parts_of_the_one_before_are_done() {
        const PASSES: usize = 1000;
        let trial = || {
            let done: Vec<AtomicUsize> = (0..PASSES).map(|_| AtomicUsize::new(0)).collect();
            by_two(PASSES, |pass, part| {
                assert!(
                    pass == 0 || done[pass - 1].load(Ordering::Relaxed) == 0b11,
                    "pass {pass} begins early"
                );
                assert_eq!(done[pass].fetch_or(1 << part.index, Ordering::Relaxed) >> part.index & 1, 0);
            });
            assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == 0b11));
        };
        trial();
        (0..2 * count() + 1).into_par_iter().for_each(|_| trial());
    }

    /// Whichever thread panics, nobody waits for it, and the caller learns of it.
    #[test]
    fn a_panic_ends_both_threads() {
        for index in 0..SHARERS {
            let all =
                || by_two(100, |pass, part| assert!(pass < 50 || part.index != index, "as the test asks"));
            assert!(catch_unwind(AssertUnwindSafe(all)).is_err());
        }
    }
}
