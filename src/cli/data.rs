//! `ddpm data`: which images are found.

use crate::cli::arguments::{DataArg, SizeArgs};
use crate::cli::loading::load_data;
use crate::cli::say::out;
use crate::data::atomic::atomic_write;
use crate::data::idx;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct DataArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    size: SizeArgs,
    /// Also write the first test images as one IDX file, as the page's slider reads them
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// How many of them
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
}

pub fn run(args: &DataArgs) -> Result<()> {
    let data = load_data(args.data.data.as_deref(), &args.size.wanted())?;
    out!("{}", data.describe());
    if let Some(path) = &args.write {
        let images = data.test.first(args.count as usize);
        atomic_write(path, &idx::write(&images))?;
        out!("Wrote {} test images to {}", images.len(), path.display());
    }
    Ok(())
}
