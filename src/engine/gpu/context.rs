//! A device whose errors come back as errors: none is lost, and none leaves wrong numbers behind.

use super::EngineError;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// A device, its queue and its name.
pub(super) struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) name: String,
    /// Why the device cannot be trusted any more, from callbacks.
    broken: Arc<Mutex<Option<String>>>,
}

impl Context {
    pub(super) fn new(device: wgpu::Device, queue: wgpu::Queue, name: String) -> Self {
        let broken = Arc::new(Mutex::new(None));
        let note = |broken: &Arc<Mutex<Option<String>>>, cause: String| {
            broken.lock().expect("no holder panics").get_or_insert(cause);
        };
        let lost = broken.clone();
        device.set_device_lost_callback(move |_, cause| note(&lost, format!("it was lost: {cause}")));
        let failed = broken.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&failed, error.to_string())));
        Self { device, queue, name, broken }
    }

    pub(super) fn error(&self, cause: impl ToString) -> EngineError {
        EngineError::Run { device: self.name.clone(), cause: cause.to_string() }
    }

    /// # Errors
    /// When the device was lost, or had an error that nobody waited for.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let broken = self.broken.lock().expect("no holder panics");
        broken.as_ref().map_or(Ok(()), |cause| Err(self.error(cause)))
    }

    /// What `make` makes, if the device has no error with it.
    pub(super) async fn checked<T>(&self, make: impl FnOnce(&wgpu::Device) -> T) -> Result<T, EngineError> {
        self.check()?;
        let filters =
            [wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Internal];
        let scopes = filters.map(|filter| self.device.push_error_scope(filter));
        let made = make(&self.device);
        // The last pushed comes off first.
        let [a, b, c] = scopes;
        let (c, b, a) = (c.pop(), b.pop(), a.pop());
        let error = c.await.or(b.await).or(a.await);
        error.map_or(Ok(made), |error| Err(self.error(error)))
    }

    /// The most bytes that the shader can see of one buffer.
    pub(super) fn binding_bytes(&self) -> usize {
        usize::try_from(self.device.limits().max_storage_buffer_binding_size).unwrap_or(usize::MAX)
    }

    /// # Errors
    /// When the shader cannot see so much at once.
    pub(super) fn fits(&self, what: &str, bytes: usize) -> Result<(), EngineError> {
        let most = self.binding_bytes();
        if bytes <= most {
            return Ok(());
        }
        let [bytes, most] = [bytes, most].map(|bytes| bytes.div_ceil(1 << 20));
        Err(self.error(format!("{what} would take {bytes} MB, and it allows {most} MB at once")))
    }

    /// A buffer's first `size` bytes, once everything submitted before is done. It is one for
    /// `MAP_READ`.
    pub(super) async fn read(&self, buffer: &wgpu::Buffer, size: u64) -> Result<Vec<u8>, EngineError> {
        let slot = Arc::new(Mutex::new((None, None::<Waker>)));
        let answer = slot.clone();
        buffer.map_async(wgpu::MapMode::Read, ..size, move |result| {
            let mut slot = answer.lock().expect("no holder panics");
            slot.0 = Some(result);
            if let Some(waker) = slot.1.take() {
                waker.wake();
            }
        });
        // Natively this waits for the device; in the browser the event loop calls back.
        self.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| self.error(error))?;
        let mapped = poll_fn(|context| {
            let mut slot = slot.lock().expect("no holder panics");
            slot.1 = Some(context.waker().clone());
            slot.0.take().map_or(Poll::Pending, Poll::Ready)
        });
        mapped.await.map_err(|error| self.error(error))?;
        let bytes = buffer.get_mapped_range(..size).map_err(|error| self.error(error))?.to_vec();
        buffer.unmap();
        self.check()?;
        Ok(bytes)
    }

    /// A buffer of `bytes`.
    pub(super) fn upload(&self, bytes: &[u8], usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let buffer = self.empty(bytes.len(), usage);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }

    /// A buffer of `size` zeros.
    pub(super) fn empty(&self, size: usize, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let usage = usage | wgpu::BufferUsages::COPY_DST;
        let size = size as u64;
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        })
    }
}
