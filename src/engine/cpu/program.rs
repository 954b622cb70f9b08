//! The graph's operations with the kernels that run them, their weights packed as each kernel reads them.

use super::GROUP;
use super::aligned::{Aligned, LINE};
use super::any_conv::AnyConv;
use super::border;
use super::copies::{load, store};
use super::finish::Finish;
use super::isa::Isa;
use super::norm::LayerNorm;
use super::norm::interleaved::{Images, Pass};
use super::part::{Part, SHARERS};
use super::threads;
use crate::graph::ops::{Kind, LANES, Op, View};

/// The graph for inference, ready to run with one instruction set.
pub(super) struct Program {
    isa: Isa,
    steps: Vec<Step>,
    /// Each step's passes.
    passes: Vec<(usize, Pass)>,
    /// How many images are interleaved in a scratch buffer: 1, or as many as a vector has lanes.
    images: usize,
    /// How many scratch buffers a group has.
    buffers: usize,
    /// Length of a scratch buffer, in f32 elements: whole cache lines.
    scratch: usize,
    /// Length of each of [`Memory::work`], in f32 elements.
    work: usize,
    /// Length of [`Memory::sums`], in f32 elements.
    sums: usize,
    /// Length of one image, C x H x W f32 elements.
    image_len: usize,
}

struct Step {
    input: View,
    output: View,
    kernel: Kernel,
}

enum Kernel {
    Load,
    Norm(LayerNorm),
    Conv(AnyConv),
    Store,
}

/// The buffers that the program works in when it runs on a group of images.
pub(super) struct Memory {
    /// A group's scratch buffers, one after the other.
    pub(super) scratch: Aligned,
    /// What a kernel needs beside the images' tensors, for each thread that shares them; nothing in it outlasts an
    /// operation.
    work: [Aligned; SHARERS],
    /// What an operation's parts need of each other.
    sums: Aligned,
}

impl Memory {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            scratch: Aligned::zeros(program.buffers * program.scratch),
            work: std::array::from_fn(|_| Aligned::zeros(program.work)),
            sums: Aligned::zeros(program.sums),
        }
    }
}

/// A group of images that go through the program together.
pub(super) struct Group<'a> {
    /// At most [`Program::group`] images, each [C, H, W]; of interleaved ones, exactly as many.
    pub(super) x_t: &'a [f32],
    /// Where the network's outputs go, as long as `x_t`.
    pub(super) output: &'a mut [f32],
    /// Each image's embeddings for all levels.
    pub(super) time: &'a [&'a [f32]],
}

/// A group under way, as all threads that share it see it.
struct Running<'a> {
    x_t: &'a [f32],
    output: *mut f32,
    time: &'a [&'a [f32]],
    /// The group's scratch buffers.
    buffers: &'a [*mut f32],
    /// Each thread's own.
    work: [*mut f32; SHARERS],
    sums: *mut f32,
}

// Safety: of what is written here, each thread writes its part, and reads what others wrote only after both are done.
unsafe impl Sync for Running<'_> {}

impl Program {
    /// `packed` are the weights that the operations hold offsets into, `scratch_len` is the graph's, and
    /// `image_len` is the length of the images that are loaded and stored, all in f32 elements. `images` are
    /// interleaved: 1, or as many as `isa` has lanes, for a graph without padding channels.
    pub(super) fn new(
        ops: &[Op],
        packed: &[f32],
        scratch_len: usize,
        image_len: usize,
        isa: Isa,
        images: usize,
    ) -> Self {
        let lanes = isa.lanes();
        let step = |op: &Op| {
            let [input, output] = [&op.input, &op.output].map(|view| view.interleaved(images));
            Step { kernel: Kernel::new(packed, &op.kind, &input, &output, lanes), input, output }
        };
        let steps: Vec<Step> = ops.iter().map(step).collect();
        let [work, sums] = [Step::work, Step::sums]
            .map(|needs| steps.iter().map(|step| needs(step, lanes)).max().unwrap_or(0));
        let scratch = (scratch_len * images).next_multiple_of(LINE);
        let buffers = if images == 1 { GROUP } else { 1 };
        let each = |(place, step): (usize, &Step)| step.passes(lanes).iter().map(move |pass| (place, *pass));
        let passes = steps.iter().enumerate().flat_map(each).collect();
        Self { isa, steps, passes, images, buffers, scratch, work, sums, image_len }
    }

    /// How many images go through the program together, at most.
    pub(super) fn group(&self) -> usize {
        self.buffers * self.images
    }

    /// Length of one image, in f32 elements.
    pub(super) fn image_len(&self) -> usize {
        self.image_len
    }

    /// Computes the network's outputs for a group. `memory` was made for this program. As many threads share the group as
    /// `sharers` says: 1, or for interleaved images [`SHARERS`].
    ///
    /// # Panics
    /// When the group's parts do not fit together, or the memory is another program's.
    pub(super) fn run(&self, group: Group, memory: &mut Memory, sharers: usize) {
        let Memory { scratch, work, sums } = memory;
        let Group { x_t, output, time } = group;
        let count = time.len();
        assert!(scratch.len() == self.buffers * self.scratch && sums.len() == self.sums);
        assert!(work.iter().all(|work| work.len() == self.work));
        assert!(count <= self.group() && count.is_multiple_of(self.images));
        assert!(x_t.len() == count * self.image_len && output.len() == x_t.len());
        assert!(sharers == 1 || self.images > 1 && sharers == SHARERS);
        let mut buffers = [std::ptr::null_mut(); GROUP];
        for (buffer, scratch) in buffers.iter_mut().zip(scratch.chunks_exact_mut(self.scratch)) {
            *buffer = scratch.as_mut_ptr();
        }
        let running = Running {
            x_t,
            output: output.as_mut_ptr(),
            time,
            buffers: &buffers[..count / self.images],
            work: work.each_mut().map(|work| work.as_mut_ptr()),
            sums: sums.as_mut_ptr(),
        };
        let run = |place: usize, part| {
            let (step, pass) = self.passes[place];
            // Safety: by the graph's contract all views lie in `scratch_len` elements for each image, which
            // the buffers have, as was asserted. `work` and `sums` are as long as the step that needs the most says,
            // the steps were made for `self.isa`, and images are as long as the graph loads and stores them. A
            // pass begins when all parts of the one before are done.
            unsafe { self.steps[step].run(self.isa, &running, self.work, pass, part) };
        };
        if sharers == SHARERS {
            threads::by_two(self.passes.len(), run);
        } else {
            (0..self.passes.len()).for_each(|place| run(place, Part::WHOLE));
        }
    }
}

impl Kernel {
    fn new(packed: &[f32], kind: &Kind, input: &View, output: &View, lanes: usize) -> Self {
        match kind {
            Kind::Load => Self::Load,
            Kind::Norm(norm) => Self::Norm(LayerNorm::new(packed, norm, output)),
            Kind::Conv(conv) => {
                Self::Conv(AnyConv::new(packed, conv, input, output, lanes, Finish::of(conv.silu)))
            }
            Kind::Store => Self::Store,
        }
    }
}

impl Step {
    /// What has to be done for all pixels before the next can begin.
    fn passes(&self, lanes: usize) -> &'static [Pass] {
        match self.kernel {
            Kernel::Norm(_) if self.interleaved(lanes) => &Pass::ALL,
            _ => &[Pass::Scale],
        }
    }

    /// Runs a part of the operation's pass on each image of a group. Where it writes a tensor anew, it clears the border
    /// too.
    ///
    /// # Safety
    /// The step's views lie in the group's buffers, each `work` is `work_len` long, which like `sums` is as much as the
    /// step [says](Self::work), the step was made for the lanes of `isa`, and the images have no more channels than the
    /// views that they are loaded to and stored from. All parts of the pass before are done, no other thread runs the
    /// same part, and images that are not interleaved have a single one.
    unsafe fn run(&self, isa: Isa, group: &Running, work_len: usize, pass: Pass, part: Part) {
        let Self { input, output, kernel } = self;
        let Running { x_t, time, buffers, sums, .. } = *group;
        let len = x_t.len() / buffers.len();
        let interleaved = self.interleaved(isa.lanes());
        // Safety: the kernels ask that the views lie in the image's buffer, that `work` is as long as they
        // say, that they were made for `isa`, and that images fit: what this function's caller promises.
        unsafe {
            let work = std::slice::from_raw_parts_mut(group.work[part.index], work_len);
            if let Kernel::Conv(conv) = kernel {
                conv.run(isa, input, output, buffers, work, part);
            }
            for (i, scratch) in buffers.iter().enumerate() {
                let scratch = *scratch;
                match kernel {
                    Kernel::Load => load(&x_t[i * len..][..len], output, scratch, part.of(output.side)),
                    Kernel::Norm(norm) if interleaved => {
                        let images = Images { time, scratch, sums, work };
                        _ = norm.run_interleaved(isa, [input, output], images, pass, part);
                    }
                    Kernel::Norm(norm) => _ = norm.run(isa, input, output, time[i], scratch, work),
                    Kernel::Conv(_) => (),
                    Kernel::Store => store(input, scratch, group.output.add(i * len), part.of(input.side)),
                }
                if !matches!(kernel, Kernel::Norm(_) | Kernel::Store) {
                    border::clear(isa, output, scratch, part);
                }
            }
        }
    }

    /// Whether images are interleaved. Vectors of the fewest lanes gain nothing by it.
    fn interleaved(&self, lanes: usize) -> bool {
        lanes > LANES && self.input.channels.images > 1
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        match &self.kernel {
            Kernel::Norm(_) if self.interleaved(lanes) => LayerNorm::interleaved_work(&self.output, lanes),
            Kernel::Norm(_) => LayerNorm::work(&self.output),
            Kernel::Conv(conv) => conv.work(&self.input, &self.output, lanes),
            _ => 0,
        }
    }

    /// How many f32 elements of [`Memory::sums`] it uses.
    fn sums(&self, lanes: usize) -> usize {
        match &self.kernel {
            Kernel::Norm(_) if self.interleaved(lanes) => LayerNorm::interleaved_sums(lanes),
            _ => 0,
        }
    }
}

#[cfg(test)]
impl Program {
    /// Splits the program into one program for each operation, so that each can be timed.
    pub(super) fn single_steps(self) -> impl Iterator<Item = Self> {
        let Self { isa, steps, images, buffers, scratch, work, sums, image_len, .. } = self;
        steps.into_iter().map(move |step| Self {
            isa,
            passes: step.passes(isa.lanes()).iter().map(|pass| (0, *pass)).collect(),
            steps: vec![step],
            images,
            buffers,
            scratch,
            work,
            sums,
            image_len,
        })
    }
}
