//! What a model says of itself.

use super::error;
use super::opened::Opened;
use super::run::MAX_IMAGES;
use crate::core::choice::Choice;
use crate::core::image::ImageSpec;
use crate::core::samplers::SamplerKind;
use crate::core::samplers::spacing::Spacing;
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::model::file::{Found, MAX_FILE_BYTES, Metadata};
use crate::model::tensors::parameter_count;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A value that is chosen by name, and a line that says what it does. */
export interface Choice { name: string; about: string }

/** What a model says of itself. */
export interface Info {
  /** The engine's name. */
  engine: string;
  /** The hardware under it. */
  adapter: string;
  /** Pixels along one edge of an image; 1 channel for grey, 3 for colour. */
  image: { side: number; channels: number };
  /** Channels of the network's three resolutions. */
  widths: [number, number, number];
  /** Names of the classes that the network can be told. */
  classes: string[];
  schedule: { kind: string; timesteps: number; beta_start: number; beta_end: number; prediction: "eps" | "v" };
  /** By timestep, from 0: the variance of the noise added at t, the share of the picture's power left in x_t, the
   * signal-to-noise ratio alpha_bar / (1 - alpha_bar), and that as a power of ten. */
  curves: { beta: number[]; alpha_bar: number[]; snr: number[]; log10_snr: number[] };
  samplers: (Choice & { takes_eta: boolean })[];
  spacings: Choice[];
  parameters: number;
  /** For one image. */
  multiply_adds: number;
  /** For one image, and all weights as the engine has packed them; null for Burn's engines. */
  scratch_bytes: number | null;
  weight_bytes: number | null;
  /** What a GPU's shader took. */
  compile_ms: number | null;
  /** The longest weights file that is opened. */
  max_file_bytes: number;
  /** The most images of one run. */
  max_images: number;
  /** Sentences for whoever chose the file: what was assumed, and what was left out. */
  notes: string[];
  /** How the model was trained; null where the file does not say. Its `recipe` is in words. */
  metadata: any;
}
"#;

/// As the interface of this name in TypeScript.
#[derive(Serialize)]
pub(super) struct Info {
    engine: String,
    adapter: String,
    image: ImageSpec,
    widths: [usize; 3],
    classes: Vec<String>,
    schedule: ScheduleConfig,
    curves: Curves,
    samplers: Vec<Sampler>,
    spacings: Vec<Named>,
    parameters: usize,
    multiply_adds: usize,
    scratch_bytes: Option<usize>,
    weight_bytes: Option<usize>,
    compile_ms: Option<f64>,
    max_file_bytes: usize,
    max_images: usize,
    notes: Vec<String>,
    metadata: Option<Metadata>,
}

#[derive(Default, Serialize)]
struct Curves {
    beta: Vec<f64>,
    alpha_bar: Vec<f64>,
    snr: Vec<f64>,
    log10_snr: Vec<f64>,
}

impl Curves {
    fn new(schedule: &Schedule) -> Self {
        let snr: Vec<f64> = (0..schedule.timesteps()).map(|t| schedule.snr(Some(t))).collect();
        let log10_snr = snr.iter().map(|snr| snr.log10()).collect();
        Self { beta: schedule.betas.clone(), alpha_bar: schedule.alpha_bars.clone(), snr, log10_snr }
    }
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    about: &'static str,
}

#[derive(Serialize)]
struct Sampler {
    name: &'static str,
    about: &'static str,
    takes_eta: bool,
}

impl Info {
    pub(super) fn new(engine: String, opened: &mut Opened, found: &Found, schedule: &Schedule) -> Self {
        let weights = &found.weights;
        let sampler = |kind: SamplerKind| Sampler {
            name: kind.name(),
            about: kind.about(),
            takes_eta: kind.takes_eta(),
        };
        let mut info = Self {
            engine,
            adapter: opened.adapter.clone().unwrap_or("CPU".into()),
            image: weights.config().image,
            widths: weights.config().widths,
            classes: vec![],
            schedule: weights.schedule,
            curves: Curves::default(),
            samplers: SamplerKind::all().into_iter().map(sampler).collect(),
            spacings: Spacing::all()
                .into_iter()
                .map(|s| Named { name: s.name(), about: s.about() })
                .collect(),
            parameters: 0,
            multiply_adds: 0,
            scratch_bytes: None,
            weight_bytes: None,
            compile_ms: opened.compile_ms,
            max_file_bytes: MAX_FILE_BYTES,
            max_images: MAX_IMAGES,
            notes: vec![],
            metadata: None,
        };
        info.describe(&mut *opened.engine, found, schedule);
        info
    }

    /// Takes in what depends on the weights file.
    pub(super) fn describe(&mut self, engine: &mut dyn Engine, found: &Found, schedule: &Schedule) {
        let weights = &found.weights;
        let config = weights.config();
        self.image = config.image;
        self.widths = config.widths;
        self.classes = weights.class_names();
        self.schedule = weights.schedule;
        self.curves = Curves::new(schedule);
        self.parameters = parameter_count(config);
        let graph = engine.measured().map(|measured| measured.graph());
        self.scratch_bytes = graph.map(Graph::scratch_bytes);
        self.weight_bytes = graph.map(Graph::weight_bytes);
        self.multiply_adds = graph.map_or_else(|| Graph::new(config).multiply_adds(), Graph::multiply_adds);
        self.notes = found.notes();
        self.metadata = weights.metadata.clone();
    }

    pub(super) fn to_js(&self) -> Result<JsValue, JsError> {
        self.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
    }
}
