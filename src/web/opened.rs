//! What an engine says of itself when it has started.

use crate::engine::Engine;

/// An engine that has started.
pub(super) struct Opened {
    pub(super) engine: Box<dyn Engine>,
    /// The graphics card's name; none for the CPU.
    pub(super) adapter: Option<String>,
    /// Milliseconds that its shader took.
    pub(super) compile_ms: Option<f64>,
}

impl Opened {
    pub(super) fn on_cpu(engine: Box<dyn Engine>) -> Self {
        Self { engine, adapter: None, compile_ms: None }
    }
}
