//! Groups of arguments that several commands share.

use crate::cli::device::{DeviceChoice, EngineKind, Machine};
use crate::core::choice::Choice;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{SamplerConfig, SamplerKind};
use crate::core::sampling::StartKind;
use crate::data::Wanted;
use crate::engine::Engine;
use crate::model::config::{MAX_WIDTH, SIDES};
use crate::model::{Parameters, UNetConfig};
use anyhow::Result;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// A parser of a choice's names, which the help lists with what each of them does.
pub fn choice<T: Choice>() -> impl TypedValueParser<Value = T> {
    let values = T::all().into_iter().map(|value| PossibleValue::new(value.name()).help(value.about()));
    PossibleValuesParser::new(values).map(|name| T::named(&name).expect("clap lets only these names pass"))
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

#[derive(Args)]
pub struct DataArg {
    /// Images: a folder of IDX files, of pictures, or one IDX, .npy or .npz file
    /// [default: $DDPM_DATA, the cache, Debian's dataset-fashion-mnist, else a download]
    #[arg(long)]
    pub data: Option<PathBuf>,
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
        Wanted { side: self.size, colour: self.colour }
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
    /// The engine with this network on the device.
    ///
    /// # Errors
    /// When there is no such device, or the engine cannot run on it.
    pub fn engine(&self, parameters: &Parameters) -> Result<Box<dyn Engine>> {
        Machine::new(&self.device.device).engine(self.engine, parameters)
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
    /// What takes the steps from noise to images
    #[arg(long, value_parser = choice::<SamplerKind>(), default_value = SamplerConfig::default().kind.name())]
    sampler: SamplerKind,
    /// Reverse steps [default: all of the model's timesteps]
    #[arg(long)]
    steps: Option<usize>,
    /// How the steps are spread over the schedule
    #[arg(long, value_parser = choice::<Spacing>(), default_value = SamplerConfig::default().spacing.name())]
    spacing: Spacing,
    /// What the run starts from [default: matched, where the weights file says the images' mean]
    #[arg(long, value_parser = choice::<StartKind>())]
    pub start: Option<StartKind>,
    /// DDIM's noise: 0 none, 1 as much as DDPM
    #[arg(long, default_value_t = SamplerConfig::default().eta)]
    eta: f64,
}

impl SamplerArgs {
    pub fn config(&self) -> SamplerConfig {
        SamplerConfig { kind: self.sampler, steps: self.steps, spacing: self.spacing, eta: self.eta }
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
