//! `ddpm compare`: several reports side by side.

use crate::cli::arguments::JsonArg;
use crate::cli::output::Plan;
use crate::cli::say;
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
    #[command(flatten)]
    json: JsonArg,
}

/// # Errors
/// When a file is no report, or reports do not compare.
pub fn compare(args: &CompareArgs) -> Result<()> {
    let plan = args.reports.iter().fold(Plan::new(), |plan, report| plan.reads("REPORTS", report));
    let mut outputs = plan.writes("--plot", &args.plot).check(args.json.json)?;
    let comparison = Comparison::read(&args.reports)?;
    if outputs.is_for_people() {
        say::text(format_args!("{comparison}"));
    }
    outputs.add("reports", comparison.reports())?;
    if let Some(path) = &args.plot {
        outputs.write(path, comparison.plot()?.as_bytes());
    }
    outputs.finish()
}
