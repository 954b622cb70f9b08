//! A convolution with the kernel that runs it fastest.

use super::conv::{Direct, OneByOne};
use super::finish::Finish;
use super::isa::Isa;
use super::part::Part;
use super::to_one::ToOne;
use super::vector::{Job, Vector};
use super::winograd::{Winograd, WinogradInterleaved};
use crate::graph::ops::{Conv, View};

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

    /// Computes a part of the outputs; of images that are not interleaved, only all of them.
    ///
    /// # Safety
    /// `isa` has the lanes that this was made for, both views lie in each of the at most `GROUP` scratch
    /// buffers, and [`work`](Self::work) says what `work` must hold.
    pub(super) unsafe fn run(
        &self,
        isa: Isa,
        input: &View,
        output: &View,
        scratch: &[*mut f32],
        work: &mut [f32],
        part: Part,
    ) {
        let views = Views { input, output, scratch, work, part };
        match self {
            Self::Direct(conv) => isa.run(Run { conv, views }),
            Self::Winograd(conv) => isa.run(Run { conv, views }),
            Self::WinogradInterleaved(conv) => isa.run(Run { conv, views }),
            Self::ToOne(conv) => isa.run(Run { conv, views }),
        }
    }
}

/// What a convolution runs on.
struct Views<'a> {
    input: &'a View,
    output: &'a View,
    /// The scratch buffers, in each of which both views lie.
    scratch: &'a [*mut f32],
    /// As much as [`AnyConv::work`] says.
    work: &'a mut [f32],
    part: Part,
}

/// A kernel at work. Each is a job, and so a function, of its own.
struct Run<'a, C> {
    conv: &'a C,
    views: Views<'a>,
}

impl<C: OneByOne> Job for Run<'_, C> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { conv, views: Views { input, output, scratch, work, part } } = self;
        for scratch in scratch {
            // Safety: what `AnyConv::run` asks of its caller.
            unsafe { conv.run::<V>(input, output, *scratch, work, part) };
        }
    }
}

impl Job for Run<'_, Winograd> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { conv, views: Views { input, output, scratch, work, part } } = self;
        assert_eq!(part, Part::WHOLE, "images one by one are not cut into parts");
        // Safety: what `AnyConv::run` asks of its caller.
        unsafe { conv.run::<V>(input, output, scratch, work) };
    }
}
