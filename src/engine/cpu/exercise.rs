//! Nothing but multiply-adds: how fast this machine could be.

use super::isa::Isa;
use super::threads;
use super::vector::{Job, Vector};
use std::hint::black_box;

/// Sums that do not wait for each other: two a cycle, of four cycles each, and some to spare. With
/// the two factors they fit into 16 registers.
const SUMS: usize = 12;

struct Exercise {
    rounds: u32,
}

impl Job for Exercise {
    type Output = f32;

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> f32 {
        unsafe {
            let [factor, term] = [0.999, 1e-3].map(|x| V::splat(x));
            let mut sums = [V::splat(0.0); SUMS];
            for sum in &mut sums {
                // Not one number twelve times, of which one sum would do.
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

/// On all threads; returns the multiply-adds of numbers.
pub(super) fn exercise(isa: Isa, rounds: u32) -> u64 {
    let threads = threads::on_all(|| isa.run(Exercise { rounds }));
    u64::from(rounds) * (threads * SUMS * isa.lanes()) as u64
}
