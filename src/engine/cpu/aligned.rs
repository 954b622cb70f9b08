//! Buffers that start at a cache line, so that a vector at a multiple of its length lies in one line; and large ones, on
//! Linux, at a large page.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// f32 elements in a cache line of 64 bytes.
pub(super) const LINE: usize = 16;

/// Bytes of a large page, of x86-64's and most others'.
#[cfg(target_os = "linux")]
const PAGE: usize = 2 << 20;

/// A buffer of f32 elements that starts at a cache line.
pub(super) struct Aligned {
    start: NonNull<f32>,
    len: usize,
}

// Safety: the buffer belongs to this value alone, and is only reached through it.
unsafe impl Send for Aligned {}
// Safety: as for `Send`; through a shared reference it is only read.
unsafe impl Sync for Aligned {}

impl Aligned {
    pub(super) fn zeros(len: usize) -> Self {
        let layout = Self::layout(len);
        // Safety: the layout has at least a cache line.
        let start = unsafe { alloc(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        ask_for_large_pages(start, layout);
        // Safety: so much was just taken.
        unsafe { start.write_bytes(0, layout.size()) };
        Self { start: start.cast(), len }
    }

    fn layout(len: usize) -> Layout {
        let bytes = size_of::<f32>() * len.max(1);
        let unit = unit(bytes);
        Layout::from_size_align(bytes.next_multiple_of(unit), unit).expect("a buffer fits into memory")
    }
}

/// Bytes that a buffer of so many is made of whole units of: large pages, where at most half of the last lies unused.
#[cfg(target_os = "linux")]
fn unit(bytes: usize) -> usize {
    if bytes >= PAGE / 2 { PAGE } else { size_of::<f32>() * LINE }
}

#[cfg(not(target_os = "linux"))]
fn unit(_: usize) -> usize {
    size_of::<f32>() * LINE
}

/// Asks for large pages before a large buffer is first touched: a processor that goes through a training step's tens of
/// megabytes has to look up fewer of them. A kernel that gives none changes nothing but the speed.
#[cfg(target_os = "linux")]
fn ask_for_large_pages(start: NonNull<u8>, layout: Layout) {
    if layout.align() == PAGE {
        // Safety: these are whole pages of the buffer, and how large pages are changes nothing in them.
        unsafe { libc::madvise(start.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_: NonNull<u8>, _: Layout) {}

impl Drop for Aligned {
    fn drop(&mut self) {
        // Safety: `zeros` took this memory with the same layout.
        unsafe { dealloc(self.start.cast().as_ptr(), Self::layout(self.len)) };
    }
}

impl From<&[f32]> for Aligned {
    fn from(numbers: &[f32]) -> Self {
        let mut aligned = Self::zeros(numbers.len());
        aligned.copy_from_slice(numbers);
        aligned
    }
}

impl Deref for Aligned {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        // Safety: `zeros` made room for `len` f32 elements, all of them 0 then. They are borrowed as long as `self` is.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        // Safety: as for `deref`; and they are borrowed mutably as long as `self` is.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}
