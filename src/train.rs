//! Training: from batches of pictures to weights.
//!
//! Nothing here knows files, arguments or clocks, and nothing but [`burn`] knows Burn: the same trainer runs
//! natively and in the browser.

pub mod batch;
#[cfg(all(feature = "native", feature = "burn"))]
pub mod burn;
pub mod checkpoint;
pub mod cpu;
pub mod distill;
pub mod distillation;
mod error;
pub mod gpu;
pub mod learner;
pub mod optimizer;
pub mod recipe;
pub mod set;
pub mod shared;
pub mod source;
pub mod trainer;
pub mod validation;

pub use self::error::TrainError;
