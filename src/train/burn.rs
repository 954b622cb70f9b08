//! Training by Burn's autodiff.

pub mod loss;
