//! `ddpm compare`: several reports side by side.

use crate::cli::say::{self, out};
use crate::evaluate::Comparison;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct CompareArgs {
    /// Files that `ddpm evaluate --json` wrote
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// Also draw the distance against the time for an image, as SVG
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// # Errors
/// When a file is no report, or reports do not compare.
pub fn compare(args: &CompareArgs) -> Result<()> {
    let comparison = Comparison::read(&args.reports)?;
    say::text(format_args!("{comparison}"));
    if let Some(path) = &args.plot {
        comparison.plot(path)?;
        out!("{}", path.display());
    }
    Ok(())
}
