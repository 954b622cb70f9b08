//! The mathematics of diffusion and of pictures. Nothing here knows Burn, wgpu, clap or the browser.

pub mod background;
pub mod choice;
pub mod copies;
pub mod image;
pub mod known;
pub mod moves;
pub mod nearest;
pub mod noise;
pub mod pixel_stats;
pub mod prediction;
pub mod samplers;
pub mod sampling;
pub mod schedule;
pub mod toy;
