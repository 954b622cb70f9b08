//! The fast CPU engine: runs the plan on one image at a time, in a scratch buffer that stays in the
//! cache, with whatever vectors the machine has.

mod aligned;
mod border;
mod conv;
mod matmul;
mod norm;
mod program;
mod to_one;
mod vector;
mod winograd;

#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
#[path = "cpu/isa/portable.rs"]
mod isa;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[path = "cpu/isa/wasm.rs"]
mod isa;
#[cfg(target_arch = "x86_64")]
#[path = "cpu/isa/x86.rs"]
mod isa;

#[cfg(feature = "native")]
#[path = "cpu/threads/rayon.rs"]
mod threads;
#[cfg(not(feature = "native"))]
#[path = "cpu/threads/one.rs"]
mod threads;

use self::program::{Memory, Program};
use self::vector::Isa;
use super::{Engine, EngineError};
use crate::pixels::PIXELS;
use crate::plan::Plan;
use crate::sampling::Denoiser;
use crate::weights::StateDict;

/// The UNet on the CPU.
pub struct CpuEngine {
    isa: Isa,
    plan: Plan,
    program: Program,
    /// Of the step in progress.
    time: Vec<f32>,
    /// One for each thread.
    memories: threads::Memories,
}

impl CpuEngine {
    /// With the widest vectors of this machine. `state` is complete and of the right shapes.
    pub fn new(state: &StateDict) -> Self {
        Self::with(state, isa::available()[0])
    }

    /// One for each kind of vectors that this machine has, widest first: for comparisons.
    pub fn all(state: &StateDict) -> Vec<Self> {
        isa::available().into_iter().map(|isa| Self::with(state, isa)).collect()
    }

    fn with(state: &StateDict, isa: Isa) -> Self {
        let plan = Plan::new(state);
        let program = Program::new(&plan, isa.lanes);
        Self { time: vec![0.0; plan.time_len()], memories: threads::Memories::new(), isa, plan, program }
    }

    /// eps_theta(x_t, t) for a batch whose images are all at `t`. An image's result has the same
    /// bits in every batch.
    ///
    /// # Panics
    /// When `x_t` and `out` are not the same number of whole images.
    pub fn eps(&mut self, x_t: &[f32], t: usize, out: &mut [f32]) {
        assert!(x_t.len() == out.len() && x_t.len().is_multiple_of(PIXELS));
        self.plan.time_embeddings(t, &mut self.time);
        let Self { isa, program, time, memories, .. } = self;
        memories.each_image(program, x_t, out, |x_t, out, memory: &mut Memory| {
            // Safety: `isa` is one of those that this machine has, and the program is made for it.
            unsafe { (isa.run)(program, x_t, time, out, memory) }
        });
    }
}

impl Denoiser for CpuEngine {
    type Error = EngineError;

    async fn predict_eps(&mut self, x_t: &[f32], t: usize) -> Result<Vec<f32>, EngineError> {
        let mut eps = vec![0.0; x_t.len()];
        self.eps(x_t, t, &mut eps);
        Ok(eps)
    }
}

impl Engine for CpuEngine {
    fn load(&mut self, state: &StateDict) {
        *self = Self::with(state, self.isa);
    }

    fn describe(&self) -> String {
        format!("cpu with {}", self.isa.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{Use, gaussian_batch};
    use crate::plan::reference;

    fn noise(images: usize) -> Vec<f32> {
        let mut x = vec![0.0; images * PIXELS];
        gaussian_batch(1, Use::Start, 0, 0, PIXELS, &mut x);
        x
    }

    /// The largest difference; NaN counts.
    fn difference(found: &[f32], expected: &[f32]) -> f32 {
        assert_eq!(found.len(), expected.len());
        let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
        apart.fold(0.0, |largest, x| if x <= largest { largest } else { x })
    }

    #[test]
    fn every_instruction_set_computes_the_plan() {
        let state = crate::arch::init(7);
        let x = noise(3);
        for isa in isa::available() {
            let mut engine = CpuEngine::with(&state, isa);
            for t in [0, 100, 999] {
                let mut found = vec![0.0; x.len()];
                engine.eps(&x, t, &mut found);
                let expected: Vec<f32> =
                    x.chunks(PIXELS).flat_map(|x| reference::eps(&engine.plan, x, t)).collect();
                let difference = difference(&found, &expected);
                println!("{} {t} {difference}", isa.name);
                assert!(difference < 1e-5, "{} at {t}: {difference}", isa.name);
            }
        }
    }

    /// `cargo test --release profile -- --ignored --nocapture`: microseconds of each operation.
    #[test]
    #[ignore = "measures time"]
    fn profile() {
        let [x, mut out] = [noise(1), noise(1)];
        let engines = CpuEngine::all(&crate::arch::init(0));
        for CpuEngine { isa, plan, program, time, .. } in engines {
            let mut memory = Memory::new(&program);
            let mut total = 0.0;
            for (op, step) in plan.ops.iter().zip(program.single_steps()) {
                let mut run = || unsafe { (isa.run)(&step, &x, &time, &mut out, &mut memory) };
                let mut best = f64::INFINITY;
                for _ in 0..20 {
                    let start = std::time::Instant::now();
                    (0..10).for_each(|_| run());
                    best = best.min(start.elapsed().as_secs_f64() * 1e5);
                }
                total += best;
                println!(
                    "{:16} {best:8.2} {:36} {} {} -> {}",
                    isa.name, op.name, op.kind, op.input, op.output
                );
            }
            println!("{:16} {total:8.2} in all", isa.name);
        }
    }
}
