//! The network as data: its sizes, its tensors, the file that holds them, and the Burn module built from them.

#[cfg(feature = "burn")]
pub mod burn;
pub mod config;
pub mod file;
#[cfg(feature = "native")]
pub mod residual;
pub mod tensors;

pub use self::config::UNetConfig;
pub use self::tensors::Parameters;
