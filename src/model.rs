//! The network as data: its tensors, the file that holds them, and the Burn module built from them.

#[cfg(feature = "burn")]
pub mod burn;
pub mod file;
pub mod tensors;
