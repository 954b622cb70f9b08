//! `ddpm predict`: the network's output for given inputs, by the same way through the engines as sampling, so
//! that it can be compared with another framework's.

use crate::cli::arguments::{EngineArgs, JsonArg, ModelArg};
use crate::cli::loading::load_weights;
use crate::cli::output::{self, Plan};
use crate::cli::progress::steps_bar;
use crate::core::schedule::MAX_TIMESTEPS;
use crate::engine::{Engine, Place};
use crate::model::UNetConfig;
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::PathBuf;

/// Images that an engine is given at once.
const CHUNK: usize = 256;

#[derive(Args)]
pub struct PredictArgs {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    engine: EngineArgs,
    /// A safetensors file with x, f32 [N, C, H, W]; t, N times i64; and, where the network has classes, y, as
    /// many again (the number of classes means none)
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The safetensors file to write: prediction, f32 [N, C, H, W], neither clipped nor scaled
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    json: JsonArg,
}

pub fn run(args: &PredictArgs) -> Result<()> {
    // 1. What the network is asked.
    let mut outputs = Plan::new()
        .reads("--weights", &args.model.weights)
        .reads("--input", &args.input)
        .writes("--out", &args.out)
        .check(args.json.json)?;
    let machine = args.engine.machine()?;
    let weights = load_weights(&args.model.weights, false)?;
    let shown = args.input.display();
    let bytes = std::fs::read(&args.input)
        .with_context(|| format!("cannot read {shown}: name a file with --input"))?;
    let input = Input::parse(&bytes, weights.config()).with_context(|| format!("cannot use {shown}"))?;
    // 2. Its output.
    let mut engine = machine.engine(args.engine.engine, &weights.parameters)?;
    let output = output::raw(&self::outputs(&mut *engine, &input.x, &input.places)?);
    // 3. The file.
    let spec = weights.config().image;
    let shape = vec![input.places.len(), spec.channels, spec.side, spec.side];
    let view = TensorView::new(Dtype::F32, shape, &output)?;
    outputs.write(&args.out, &safetensors::serialize([("prediction", view)], None)?);
    outputs.finish()
}

/// The network's outputs for images of its size, some hundred at a time, each beside its place.
///
/// # Errors
/// When the engine fails.
pub fn outputs(engine: &mut dyn Engine, x: &[f32], places: &[Place]) -> Result<Vec<f32>> {
    let numbers = engine.config().image.numbers();
    let bar = steps_bar(&format!("Predicting with {}", engine.describe()), places.len());
    let mut outputs = Vec::with_capacity(x.len());
    for (x, places) in x.chunks(CHUNK * numbers).zip(places.chunks(CHUNK)) {
        outputs.extend(pollster::block_on(engine.predict(x, places))?);
        bar.inc(places.len() as u64);
    }
    Ok(outputs)
}

/// A batch, and what the network is told beside each image.
#[derive(Debug)]
struct Input {
    /// [N, C, H, W].
    x: Vec<f32>,
    /// One for each image.
    places: Vec<Place>,
}

impl Input {
    /// Reads a safetensors file for a network of these sizes.
    ///
    /// # Errors
    /// When a tensor is missing, surplus, or not what the network takes.
    fn parse(bytes: &[u8], config: &UNetConfig) -> Result<Self> {
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| anyhow!("it is not a whole safetensors file ({error}): write it again"))?;
        let wanted: &[&str] = if config.classes.is_some() { &["x", "t", "y"] } else { &["x", "t"] };
        for name in file.names() {
            match (wanted.contains(&name), name) {
                (true, _) => (),
                (false, "y") => {
                    bail!("there is a y, but the network can be told no class ({config}): leave y away")
                }
                (false, name) => bail!("there is a tensor {name}: give {} and no others", wanted.join(", ")),
            }
        }
        let x = images(&tensor(&file, "x", Dtype::F32)?, config)?;
        let count = x.len() / config.image.numbers();
        let t = integers(&file, "t", count, MAX_TIMESTEPS - 1)?;
        let classes = match config.classes {
            Some(classes) => {
                let told = |class: usize| Some(class).filter(|class| *class < classes);
                integers(&file, "y", count, classes)?.into_iter().map(told).collect()
            }
            None => vec![None; count],
        };
        let places = t.into_iter().zip(classes).map(|(t, class)| Place { t, class }).collect();
        Ok(Self { x, places })
    }
}

/// A tensor of this name and kind of numbers.
fn tensor<'a>(file: &SafeTensors<'a>, name: &str, dtype: Dtype) -> Result<TensorView<'a>> {
    let Ok(view) = file.tensor(name) else {
        let what = match name {
            "x" => "the images, f32 [N, C, H, W]",
            "t" => "each image's timestep, i64 [N]",
            _ => "each image's class, i64 [N], where as many as there are classes means none",
        };
        bail!("{name} is missing: give {what}")
    };
    ensure!(
        view.dtype() == dtype,
        "{name} holds {:?}, but has to hold {dtype:?}: convert it before it is saved",
        view.dtype()
    );
    Ok(view)
}

/// The numbers of images of the network's size.
fn images(view: &TensorView, config: &UNetConfig) -> Result<Vec<f32>> {
    let (side, channels) = (config.image.side, config.image.channels);
    let shape = view.shape();
    ensure!(
        matches!(shape, [n, c, h, w] if *n > 0 && [*c, *h, *w] == [channels, side, side]),
        "x has shape {shape:?}, but this network ({config}) takes [N, {channels}, {side}, {side}], N at \
         least 1"
    );
    let numbers: Vec<f32> = view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    ensure!(
        numbers.iter().all(|number| number.is_finite()),
        "x holds NaN or infinite numbers: nothing can be predicted of them"
    );
    Ok(numbers)
}

/// `count` whole numbers from 0 to `most`.
fn integers(file: &SafeTensors, name: &str, count: usize, most: usize) -> Result<Vec<usize>> {
    let view = tensor(file, name, Dtype::I64)?;
    let shape = view.shape();
    ensure!(shape == [count], "{name} has shape {shape:?}, but x holds {count} images: give [{count}]");
    let numbers = view.data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b));
    let checked = numbers.map(|number| {
        let number: Option<usize> = number.try_into().ok();
        number.filter(|number| *number <= most)
    });
    checked.collect::<Option<_>>().with_context(|| format!("{name} holds numbers outside of 0 to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn whole(numbers: &[i64]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    type Tensor = (&'static str, Dtype, Vec<usize>, Vec<u8>);

    fn file(tensors: &[Tensor]) -> Vec<u8> {
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (*name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    fn config(classes: Option<usize>) -> UNetConfig {
        let mut config = UNetConfig { classes, widths: [1, 1, 1], ..UNetConfig::tutorial() };
        config.image.side = 12;
        config
    }

    fn x(count: usize) -> Tensor {
        ("x", Dtype::F32, vec![count, 1, 12, 12], floats(&vec![0.5; count * 144]))
    }

    fn t(numbers: &[i64]) -> Tensor {
        ("t", Dtype::I64, vec![numbers.len()], whole(numbers))
    }

    fn y(numbers: &[i64]) -> Tensor {
        ("y", Dtype::I64, vec![numbers.len()], whole(numbers))
    }

    #[test]
    fn the_number_of_classes_means_none() {
        let input = Input::parse(&file(&[x(3), t(&[0, 999, 5]), y(&[0, 1, 2])]), &config(Some(2))).unwrap();
        let place = |t, class| Place { t, class };
        assert!(input.places == [place(0, Some(0)), place(999, Some(1)), place(5, None)]);
        assert_eq!(input.x.len(), 3 * 144);
        let input = Input::parse(&file(&[x(1), t(&[7])]), &config(None)).unwrap();
        assert!(input.places == [place(7, None)]);
    }

    #[test]
    fn what_the_network_does_not_take_is_refused_in_words() {
        let nan = ("x", Dtype::F32, vec![1, 1, 12, 12], floats(&[f32::NAN; 144]));
        let half = ("x", Dtype::F16, vec![1, 1, 12, 12], vec![0; 288]);
        let flat = ("x", Dtype::F32, vec![1, 12, 12], floats(&[0.0; 144]));
        let colour = ("x", Dtype::F32, vec![1, 3, 12, 12], floats(&[0.0; 432]));
        let none = ("x", Dtype::F32, vec![0, 1, 12, 12], vec![]);
        let short = ("t", Dtype::I32, vec![1], vec![0; 4]);
        let column = ("t", Dtype::I64, vec![1, 1], whole(&[0]));
        let other = ("z", Dtype::F32, vec![1], floats(&[0.0]));
        for (tensors, classes, words) in [
            (vec![t(&[0])], None, &["x is missing", "[N, C, H, W]"][..]),
            (vec![x(1)], None, &["t is missing", "i64"]),
            (vec![x(1), t(&[0])], Some(2), &["y is missing", "none"]),
            (vec![x(1), t(&[0]), y(&[0])], None, &["y", "no classes", "leave y away"]),
            (vec![x(1), t(&[0]), other], None, &["tensor z", "x, t"]),
            (vec![x(2), t(&[0])], None, &["t has shape [1]", "2 images"]),
            (vec![x(1), column], None, &["t has shape [1, 1]"]),
            (vec![x(1), short], None, &["t holds I32", "I64"]),
            (vec![x(1), t(&[1000])], None, &["t holds numbers outside of 0 to 999"]),
            (vec![x(1), t(&[-1])], None, &["t holds numbers outside of 0 to 999"]),
            (vec![x(1), t(&[0]), y(&[3])], Some(2), &["y holds numbers outside of 0 to 2"]),
            (vec![x(1), t(&[0]), y(&[-1])], Some(2), &["y holds numbers outside of 0 to 2"]),
            (vec![nan, t(&[0])], None, &["x holds NaN"]),
            (vec![half, t(&[0])], None, &["x holds F16", "F32"]),
            (vec![flat, t(&[0])], None, &["[1, 12, 12]", "[N, 1, 12, 12]"]),
            (vec![colour, t(&[0])], None, &["[1, 3, 12, 12]", "12x12 grey"]),
            (vec![none, t(&[])], None, &["[0, 1, 12, 12]", "N at least 1"]),
        ] {
            let error = format!("{:#}", Input::parse(&file(&tensors), &config(classes)).unwrap_err());
            for word in words {
                assert!(error.contains(word), "no {word:?} in: {error}");
            }
        }
        let error = Input::parse(b"not a file", &config(None)).unwrap_err().to_string();
        assert!(error.contains("not a whole safetensors file"), "{error}");
    }
}
