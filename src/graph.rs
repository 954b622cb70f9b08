//! The network as a straight list of operations on one image: what the engines run.
//!
//! [`ops`] is the contract; [`build`] writes the list for sampling and [`backward`] the one for training;
//! [`gather`] says where the weights come from.

pub mod backward;
mod build;
pub mod embedding;
pub mod gather;
mod layout;
pub mod ops;
#[cfg(test)]
pub(crate) mod reference;

pub use self::ops::Graph;
