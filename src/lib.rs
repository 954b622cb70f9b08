//! A diffusion model (DDPM) that trains natively and runs live in the browser, on Burn.
//!
//! # Two walks
//!
//! - The page: seed -> noise x_T -> UNet predicts eps -> sampler step -> x_{t-1} -> ... -> canvas
//!   (`web` -> [`core`] for the walk, its noise and schedule -> [`engine`] -> canvases).
//! - Training: pictures -> batches in [-1, 1] -> q(x_t | x_0) -> UNet -> loss -> Adam -> weights file
//!   (`cli` -> [`data`] -> [`train`] -> [`model`]). `evaluate` then says how good the weights' samples are.
//!
//! # Rooms
//!
//! Data flows down this list; a room imports only from the rooms above it.
//!
//! | room | holds |
//! |---|---|
//! | [`core`] | pictures, schedule, noise, samplers: mathematics alone |
//! | [`model`] | the network's tensors, the weights file, the Burn module |
//! | [`graph`] | the network as a list of operations |
//! | [`engine`] | what runs it: CPU kernels, the shader, Burn |
//! | [`train`] | batches, Adam, the trainer, checkpoints, distillation |
//! | `ranks` | several processes that compute as one (feature `mpi`) |
//! | [`data`] | reading data sets and pictures |
//! | `classify` | telling what a picture shows |
//! | `figures`, `evaluate` | drawing; measuring samples |
//! | `web` | what JavaScript sees |
//! | `cli` | arguments, commands, run folders |
//!
//! # What is not there
//!
//! Each of these is checked by `tests/invariants.rs`:
//!
//! - No room imports a later one.
//! - [`core`] and [`graph`] never mention Burn, wgpu or the browser; [`train`] knows no files, clocks or threads.
//! - The library knows neither clap nor progress bars: only `cli` does.
//! - Only `web` and `cli` create a device; everything else is given one.
//! - No `cfg` inside a function body: what differs between platforms is a module of its own.
//! - JavaScript computes no schedule, noise or sampler: it draws and asks.
//! - No request to another origin than the page's (in the browser tests too).

pub mod core;
pub mod engine;
pub mod graph;
pub mod model;

#[cfg(feature = "native")]
pub mod classify;
#[cfg(feature = "native")]
pub mod cli;
pub mod data;
#[cfg(all(feature = "native", feature = "burn"))]
pub mod evaluate;
#[cfg(feature = "train")]
pub mod figures;
#[cfg(feature = "mpi")]
pub mod ranks;
pub mod train;

#[cfg(target_arch = "wasm32")]
pub mod web;
