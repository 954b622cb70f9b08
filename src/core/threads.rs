//! Work that is shared out: natively to all threads, in the browser there is one.

/// How many numbers are worth handing to another thread, where each takes about a nanosecond.
pub const WORTH: usize = 1 << 14;

/// Applies `work` to each item; the results are in the items' order.
#[cfg(feature = "native")]
pub fn map<I: Send, T: Send>(items: Vec<I>, work: impl Fn(I) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;
    items.into_par_iter().map(work).collect()
}

/// Applies `work` to each item; the results are in the items' order.
#[cfg(not(feature = "native"))]
pub fn map<I, T>(items: Vec<I>, work: impl Fn(I) -> T) -> Vec<T> {
    items.into_iter().map(work).collect()
}
