//! A convolution with the kernel that runs it fastest.

use super::conv::Direct;
use super::finish::Finish;
use super::isa::Isa;
use super::to_one::ToOne;
use super::vector::{Job, Vector};
use super::winograd::{Winograd, WinogradInterleaved};
use crate::graph::ops::{Conv, LANES, View};

pub(super) enum AnyConv {
    Direct(Direct),
    Winograd(Winograd),
    WinogradInterleaved(WinogradInterleaved),
    ToOne(ToOne),
}

impl AnyConv {
    pub(super) fn new(
        packed: &[f32],
        conv: &Conv,
        input: &View,
        output: &View,
        lanes: usize,
        finish: Finish,
    ) -> Self {
        if ToOne::suits(conv, output) && matches!(finish, Finish::Keep) {
            Self::ToOne(ToOne::new(packed, conv, input, output, lanes))
        } else if Winograd::suits(conv, input) && input.channels.images > 1 {
            Self::WinogradInterleaved(WinogradInterleaved::new(packed, conv, input, output, finish))
        } else if Winograd::suits(conv, input) {
            Self::Winograd(Winograd::new(packed, conv, input, output, lanes, finish))
        } else {
            Self::Direct(Direct::new(packed, *conv, input, output, lanes, finish))
        }
    }

    /// How many f32 elements of `work` are used.
    pub(super) fn work(&self, input: &View, output: &View, lanes: usize) -> usize {
        match self {
            Self::Direct(conv) => conv.work(output),
            Self::Winograd(conv) => conv.work(input, lanes),
            Self::WinogradInterleaved(conv) => conv.work(input, lanes),
            Self::ToOne(conv) => conv.work(output),
        }
    }

    /// # Safety
    /// `isa` has the lanes that this was made for, both views lie in each of the at most `GROUP` images'
    /// scratch buffers, and [`work`](Self::work) says what `work` must hold.
    pub(super) unsafe fn run(
        &self,
        isa: Isa,
        input: &View,
        output: &View,
        scratch: &[*mut f32],
        work: &mut [f32],
    ) {
        isa.run(Run { conv: self, input, output, scratch, work });
    }
}

struct Run<'a> {
    conv: &'a AnyConv,
    input: &'a View,
    output: &'a View,
    /// Each image's scratch buffer, in which both views lie.
    scratch: &'a [*mut f32],
    /// As much as [`AnyConv::work`] says.
    work: &'a mut [f32],
}

impl Job for Run<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { conv, input, output, scratch, work } = self;
        // Safety: every kernel asks that the views lie in the buffers, that `work` is long enough and that
        // `V` has the lanes that it was made for: what `AnyConv::run` asks of its caller.
        unsafe {
            match conv {
                AnyConv::Winograd(conv) => conv.run::<V>(input, output, scratch, work),
                // An instruction set with the fewest lanes gains nothing by it.
                AnyConv::WinogradInterleaved(conv) if V::LANES > LANES => {
                    for scratch in scratch {
                        conv.run::<V>(input, output, *scratch, work);
                    }
                }
                AnyConv::WinogradInterleaved(_) => {
                    unreachable!("only longer vectors have interleaved images")
                }
                AnyConv::Direct(conv) => {
                    for scratch in scratch {
                        conv.run::<V>(input, output, *scratch, work);
                    }
                }
                AnyConv::ToOne(conv) => {
                    for scratch in scratch {
                        conv.run::<V>(input, output, *scratch, work);
                    }
                }
            }
        }
    }
}
