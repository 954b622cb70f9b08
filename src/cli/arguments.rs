//! Groups of arguments that several commands share.

use crate::cli::device::{DeviceChoice, EngineKind, Machine};
use crate::cli::loading::load_data;
use crate::cli::say::note;
use crate::core::background::Background;
use crate::core::choice::Choice;
use crate::core::noise::MAX_SEED;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{SamplerConfig, SamplerError, SamplerKind};
use crate::core::sampling::StartKind;
use crate::data::{Dataset, Wanted};
use crate::model::UNetConfig;
use crate::model::config::{MAX_WIDTH, SIDES};
use crate::model::file::Weights;
use anyhow::{Result, bail, ensure};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, value_parser};
use std::path::{Path, PathBuf};

/// A parser of a choice's names, which the help lists with what each of them does.
pub fn choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    let values = T::all().into_iter().map(|value| PossibleValue::new(value.name()).help(value.about()));
    PossibleValuesParser::new(values).map(|name| T::named(&name).expect("clap lets only these names pass"))
}

/// A parser of seeds.
pub fn seed() -> impl TypedValueParser<Value = u64> {
    value_parser!(u64).range(..=MAX_SEED)
}

/// Three numbers with commas between them.
fn widths(text: &str) -> Result<[usize; 3], String> {
    let numbers: Option<Vec<usize>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let numbers = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("give three numbers with commas between them, such as {}", usual_widths()))
}

/// The widths of the tutorial's network, as an argument.
fn usual_widths() -> String {
    UNetConfig::tutorial().widths.map(|width| width.to_string()).join(",")
}

fn widths_help() -> String {
    format!(
        "Channels of the network's three resolutions, 1 to {MAX_WIDTH} each [default: {}]",
        usual_widths()
    )
}

fn size_help() -> String {
    let (least, most) = (SIDES.start(), SIDES.end());
    let usual = UNetConfig::tutorial().image.side;
    format!(
        "Pixels along one edge, {least} to {most} and divisible by 4; images of other sizes are cropped and \
         scaled [default: theirs; {usual} for pictures]"
    )
}

/// For every command, before its name or after.
#[derive(Args)]
pub struct QuietArg {
    /// Print no progress and no notes: only results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// For commands whose results a script may want.
#[derive(Args)]
pub struct JsonArg {
    /// Print the results on stdout as JSON, one object a line, and nothing else there
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DataArg {
    /// Images: a folder of IDX files, of pictures, or one IDX, .npy or .npz file
    /// [default: $DDPM_DATA, the cache, Debian's dataset-fashion-mnist, else a download]
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// What transparent parts of pictures become [default: black, or white where what is drawn is dark]
    #[arg(long, value_parser = choice::<Background>())]
    pub background: Option<Background>,
}

impl DataArg {
    /// Where the images are, if it is said.
    pub fn path(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// The images as they are wanted, on the background that is asked for.
    ///
    /// # Errors
    /// As [`load_data`].
    pub fn load(&self, wanted: &Wanted) -> Result<Dataset> {
        load_data(self.path(), &Wanted { background: self.background, ..*wanted })
    }
}

#[derive(Args)]
pub struct SizeArgs {
    #[arg(long, value_name = "SIDE", help = size_help())]
    pub size: Option<usize>,
    /// Keep the images' colours; --colour=false makes them grey [default: as the arrays are; grey for
    /// pictures]
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub colour: Option<bool>,
}

impl SizeArgs {
    /// How the data shall be read.
    pub fn wanted(&self) -> Wanted {
        Wanted { side: self.size, colour: self.colour, background: None }
    }

    /// The network for images of this size, before anything was read that says more; the rest is the
    /// tutorial's.
    pub fn network(&self, widths: &WidthsArg) -> UNetConfig {
        let mut network = UNetConfig::tutorial();
        network.image.side = self.size.unwrap_or(network.image.side);
        if self.colour == Some(true) {
            network.image.channels = 3;
        }
        network.widths = widths.widths.unwrap_or(network.widths);
        network
    }
}

#[derive(Args)]
pub struct WidthsArg {
    #[arg(long, value_name = "W1,W2,W3", value_parser = widths, help = widths_help())]
    pub widths: Option<[usize; 3]>,
}

#[derive(Args)]
pub struct DeviceArg {
    /// auto, gpu, cpu, or part of an adapter's name (a software adapter only by its name)
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

#[derive(Args)]
pub struct EngineArgs {
    #[command(flatten)]
    pub device: DeviceArg,
    /// What computes the network
    #[arg(long, value_parser = choice::<EngineKind>(), default_value = EngineKind::Auto.name())]
    pub engine: EngineKind,
}

impl EngineArgs {
    /// The machine that has the engine's device, which is not looked for yet.
    ///
    /// # Errors
    /// When the engine and the device exclude each other.
    pub fn machine(&self) -> Result<Machine> {
        let Self { device: DeviceArg { device }, engine } = self;
        match (engine, device) {
            (EngineKind::Cpu, DeviceChoice::Gpu | DeviceChoice::Named(_)) => {
                bail!(
                    "--engine cpu does not run on --device {device}: leave one of them out, or name --engine gpu"
                )
            }
            (EngineKind::Gpu, DeviceChoice::Cpu) => {
                bail!(
                    "--engine gpu does not run on --device cpu: leave one of them out, or name --engine cpu"
                )
            }
            _ => Ok(Machine::new(device)),
        }
    }
}

#[derive(Args)]
pub struct ModelArg {
    /// A weights file, a checkpoint or a run's folder
    #[arg(long, default_value = "assets/fashion-mnist.safetensors")]
    pub weights: PathBuf,
}

#[derive(Args)]
pub struct OutArg {
    /// Folder for the pictures
    #[arg(long, default_value = "pictures")]
    pub out: PathBuf,
}

#[derive(Args)]
pub struct SamplerArgs {
    /// What takes the steps from noise to images [default: ddpm; of a distilled model ddim]
    #[arg(long, value_parser = choice::<SamplerKind>())]
    sampler: Option<SamplerKind>,
    /// Reverse steps [default: all of the model's timesteps; of a distilled model the most that it was taught]
    #[arg(long)]
    steps: Option<usize>,
    /// How the steps are spread over the schedule, where they are fewer than its timesteps
    /// [default: even; of a distilled model distilled]
    #[arg(long, value_parser = choice::<Spacing>())]
    spacing: Option<Spacing>,
    /// What the run starts from [default: matched, where the weights file says the images' mean]
    #[arg(long, value_parser = choice::<StartKind>())]
    pub start: Option<StartKind>,
    /// DDIM's noise: 0 none, 1 as much as DDPM [default: 0]
    #[arg(long)]
    eta: Option<f64>,
}

impl SamplerArgs {
    /// The sampler for these weights, which are those of `path`. What is not said is as these weights have it; of a
    /// distilled model, walks that it was not taught are allowed, since it is worth seeing what they lead to, and
    /// noted.
    ///
    /// # Errors
    /// When a setting would change nothing. Numbers out of range are the sampler's to refuse.
    pub fn config(&self, weights: &Weights, path: &Path) -> Result<SamplerConfig> {
        let timesteps = weights.schedule.timesteps;
        let own = weights.sampler();
        let kind = self.sampler.unwrap_or(own.kind);
        ensure!(self.eta.is_none() || kind == SamplerKind::DDIM, SamplerError::EtaWithoutDdim);
        // What a distilled model has of its own belongs to its sampler.
        let usual = if kind == own.kind { own } else { SamplerConfig::default() };
        let steps = self.steps.or(usual.steps);
        if let Some(spacing) = self.spacing.filter(|spacing| *spacing != Spacing::default()) {
            ensure!(
                steps.is_some_and(|steps| steps < timesteps),
                "--spacing {}: a walk of all {timesteps} timesteps has no others to choose; give fewer --steps",
                spacing.name()
            );
        }
        let (spacing, eta) = (self.spacing.unwrap_or(usual.spacing), self.eta.unwrap_or(usual.eta));
        let config = SamplerConfig { kind, steps, spacing, eta };
        if let Some(distilled) = weights.distilled().filter(|distilled| !distilled.was_taught(&config)) {
            note!(
                "note: {} was distilled for {distilled}, by ddim with the spacing 'distilled'; it was not taught this \
                 walk. Of the sampler's options give --steps alone for one that it was",
                path.display()
            );
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_three_numbers() {
        assert_eq!(widths("16, 32,48"), Ok([16, 32, 48]));
        for bad in ["16", "1,2", "1,2,3,4", "1,2,x", "-1,2,3", ""] {
            assert!(widths(bad).unwrap_err().contains("10,20,40"), "{bad}");
        }
    }

    #[test]
    fn a_network_without_arguments_is_the_tutorials() {
        let sizes = SizeArgs { size: None, colour: None };
        assert_eq!(sizes.network(&WidthsArg { widths: None }), UNetConfig::tutorial());
        let sizes = SizeArgs { size: Some(32), colour: Some(true) };
        let network = sizes.network(&WidthsArg { widths: Some([1, 2, 3]) });
        assert_eq!(network.to_string(), "32x32 colour, widths 1, 2, 3, no classes");
    }
}
