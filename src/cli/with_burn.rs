//! What only a build with Burn can do; `without_burn` has the same functions and arguments for the others.

mod compare;
mod device;
mod evaluate;
mod train_classifier;

pub use self::compare::{CompareArgs, compare};
pub use self::device::{Opened, engine, learner, open};
pub use self::evaluate::{EvaluateArgs, evaluate};
pub use self::train_classifier::train_classifier;
