//! Training: from batches of pictures to weights.

pub mod batch;
pub mod burn;
pub mod checkpoint;
pub mod learner;
pub mod optimizer;
pub mod recipe;
pub mod trainer;
