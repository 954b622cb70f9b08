//! A diffusion model (DDPM) that trains natively and runs live in the browser, on Burn.
//!
//! # Two walks
//!
//! - The page: seed -> noise x_T -> UNet predicts eps -> sampler step -> x_{t-1} -> ... -> canvas
//!   (`web` -> [`sampling`] with [`sampler`], [`noise`] and [`schedule`] -> [`engine`] -> [`pixels`]).
//!   The CPU engine runs the network as a [`plan`]: a straight list of operations on one image.
//! - Training: images -> batches in [-1, 1] -> q(x_t | x_0) -> UNet -> MSE -> Adam -> weights file
//!   (`cli` -> `data` -> `train` with `diffusion`, `unet` and `adam` -> `checkpoint` -> [`weights`]).
//!   `evaluate` then says how good the weights' samples are, as a `classifier` of its own sees them.
//!
//! What both need exists once. [`arch`] knows the network's layers; `unet` is the network as a Burn
//! module, for training and as the reference that the engines are tested against; [`weights`] is the
//! file that the two walks meet in. The feature `burn` brings in everything that needs Burn: the
//! page's default program is built without it, a second one, fetched on demand, with it.
//!
//! # What is not there
//!
//! Each of these is checked by `tests/invariants.rs`:
//!
//! - [`schedule`], [`sampler`], [`sampling`] and [`noise`] never mention Burn, wgpu or the browser.
//! - Only `web` and `device` create a device; everything else is given one.
//! - No `cfg` inside a function body: what differs between platforms is a module of its own.
//! - No schedule constant, normalisation or frame index outside Rust: JavaScript draws and asks.
//! - No request to another origin than the page's (in the browser tests too).

pub mod arch;
pub mod engine;
pub mod idx;
pub mod noise;
pub mod pixel_stats;
pub mod pixels;
pub mod plan;
pub mod sampler;
pub mod sampling;
pub mod schedule;
pub mod weights;

#[cfg(feature = "burn")]
pub mod diffusion;
#[cfg(feature = "burn")]
pub mod unet;

#[cfg(feature = "native")]
pub mod adam;
#[cfg(feature = "native")]
pub mod bench;
#[cfg(feature = "native")]
pub mod checkpoint;
#[cfg(feature = "native")]
pub mod classifier;
#[cfg(feature = "native")]
pub mod cli;
#[cfg(feature = "native")]
pub mod convert;
#[cfg(feature = "native")]
pub mod data;
#[cfg(feature = "native")]
pub mod device;
#[cfg(feature = "native")]
pub mod evaluate;
#[cfg(feature = "native")]
pub mod files;
#[cfg(feature = "native")]
pub mod learner;
#[cfg(feature = "native")]
pub mod pictures;
#[cfg(feature = "native")]
pub mod plot;
#[cfg(feature = "native")]
pub mod recipe;
#[cfg(feature = "native")]
pub mod run;
#[cfg(feature = "native")]
pub mod train;

#[cfg(target_arch = "wasm32")]
pub mod web;
