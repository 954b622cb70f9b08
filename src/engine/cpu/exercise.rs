//! Independent multiply-adds and nothing else: the limit of this machine's speed.

use super::isa::Isa;
use super::threads;
use super::vector::{Job, Vector};
use std::hint::black_box;

/// Sums that do not wait for each other. A processor begins two multiply-adds a cycle, of four cycles each,
/// so eight sums keep it busy, and the others are to spare. With the two factors they fit into 16 registers.
const SUMS: usize = 12;

struct Exercise {
    rounds: u32,
}

impl Job for Exercise {
    type Output = f32;

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> f32 {
        // Safety: the caller promises the instructions; no memory is touched.
        unsafe {
            let [factor, term] = [0.999, 1e-3].map(|x| V::splat(x));
            let mut sums = [V::splat(0.0); SUMS];
            for sum in &mut sums {
                // The compiler must not see that all sums are the same, or it would compute only one.
                *sum = V::splat(black_box(0.5));
            }
            for _ in 0..self.rounds {
                for sum in &mut sums {
                    *sum = sum.mul_add(factor, term);
                }
            }
            sums.iter().map(|sum| sum.sum()).sum()
        }
    }
}

/// Runs `rounds` rounds on every thread; returns how many multiply-adds of single f32 elements that were.
pub(super) fn exercise(isa: Isa, rounds: u32) -> u64 {
    let threads = threads::on_all(|| isa.run(Exercise { rounds }));
    u64::from(rounds) * (threads * SUMS * isa.lanes()) as u64
}
