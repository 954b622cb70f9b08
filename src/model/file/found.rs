//! Reading a model out of a file's tensors: which of them are the network's, which schedule goes with them, and
//! what whoever gave the file should know.

use super::metadata::{CHECKPOINT_KEY, CLASSIFIER_KEY, METADATA_KEY, Metadata};
use super::recognise::{FileKind, damage, recognise};
use super::stored::{File, Stored};
use super::wrapping::find;
use super::{Weights, WeightsError, betas, hash, time_table};
use crate::core::schedule::{MAX_TIMESTEPS, ScheduleConfig};
use crate::model::tensors::{Array, Parameters, TIME_EMBED, state_dict};
use safetensors::tensor::SafeTensors;
use std::borrow::Cow;

/// Where a model's schedule is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleSource {
    /// The file's description says it.
    Metadata,
    /// The file's `betas` are of it; what the network predicts is assumed.
    Betas,
    /// T is the number of rows of the time table, given here; the rest is assumed.
    TimeTable(usize),
    /// Nothing tells it: the tutorial's.
    Assumed,
}

impl ScheduleSource {
    /// What the number of the time table's rows tells of T: the network knows no later timesteps. The usual number
    /// tells nothing, nor does a larger one.
    fn of_rows(rows: usize) -> Self {
        if rows < MAX_TIMESTEPS { Self::TimeTable(rows) } else { Self::Assumed }
    }
}

/// A model as it was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub weights: Weights,
    pub schedule_from: ScheduleSource,
    /// What was found under another name, left out, or converted; a sentence each.
    remarks: Vec<String>,
}

impl Found {
    /// Reads a safetensors file. `prefix` is what stands before the names of the tensors that are meant, where
    /// there are several sets of them.
    ///
    /// # Errors
    /// When the bytes are not such a file, whole, with one set of weights of a UNet that there is.
    pub fn parse(bytes: &[u8], prefix: Option<&str>) -> Result<Self, WeightsError> {
        match recognise(bytes) {
            FileKind::Safetensors => (),
            kind => return Err(kind.refusal()),
        }
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| damage(bytes, &error))?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| damage(bytes, &error))?;
        let described = |key| header.metadata().as_ref().and_then(|map| map.get(key));
        if described(CHECKPOINT_KEY).is_some() {
            return Err(WeightsError::Checkpoint);
        }
        if described(CLASSIFIER_KEY).is_some() {
            return Err(WeightsError::Classifier);
        }
        let metadata = described(METADATA_KEY).map(|json| Metadata::parse(json)).transpose()?;
        if metadata.as_ref().is_some_and(|metadata| metadata.sha256 != hash(&file)) {
            return Err(WeightsError::Hash);
        }
        let stored = file.tensors().into_iter().map(|(name, view)| Stored {
            name,
            dtype: view.dtype(),
            shape: view.shape().to_vec(),
            read: Box::new(move || Ok(Cow::Borrowed(view.data()))),
        });
        let mut found = Self::of(stored.collect(), prefix)?;
        if let Some(metadata) = metadata {
            metadata.check(found.weights.config())?;
            found.weights.schedule = metadata.schedule;
            found.weights.metadata = Some(metadata);
            found.schedule_from = ScheduleSource::Metadata;
        }
        Ok(found)
    }

    /// Finds the network among a file's tensors, of which nothing has been checked yet, and reads it.
    ///
    /// # Errors
    /// When there is not one set of weights of a UNet that there is, or its schedule cannot be run.
    pub fn of(tensors: Vec<Stored>, prefix: Option<&str>) -> Result<Self, WeightsError> {
        // 1. Which tensors.
        let shape =
            |tensor: &Stored| (tensor.name.clone(), Array { shape: tensor.shape.clone(), data: Vec::new() });
        let shapes = state_dict(tensors.iter().map(shape));
        let file = File { tensors: &tensors };
        let mut sets = find(&shapes, prefix)?;
        let state = file.read(&sets[0]);
        let is_same = |set| matches!((&state, file.read(set)), (Ok(one), Ok(other)) if *one == other);
        if !sets[1..].iter().all(is_same) {
            return Err(WeightsError::Several(sets.into_iter().map(|set| set.prefix).collect()));
        }
        let mut state = state?;
        let set = sets.swap_remove(0);
        let mut remarks = vec![];
        if !set.prefix.is_empty() {
            remarks.push(format!("The network's tensors were found under {:?}.", set.prefix));
        }
        // 2. The schedule.
        let table = &state[TIME_EMBED];
        let rows = table.shape[0];
        let table_type = file.find(&set.names[TIME_EMBED]).dtype;
        let (mut schedule, mut schedule_from) = (ScheduleConfig::default(), ScheduleSource::of_rows(rows));
        let beside = parents(&set.prefix).find(|parent| shapes.contains_key(&format!("{parent}betas")));
        if let Some(parent) = &beside {
            let name = format!("{parent}betas");
            schedule = betas::schedule_of(&file.numbers(&name)?)?;
            schedule_from = ScheduleSource::Betas;
        }
        if let ScheduleSource::TimeTable(rows) = schedule_from {
            schedule.timesteps = rows;
        }
        if schedule.timesteps > rows {
            return Err(WeightsError::Rows { timesteps: schedule.timesteps, rows });
        }
        if rows == MAX_TIMESTEPS && !time_table::is_sinusoidal(&table.data, table_type) {
            remarks.push("The time table is not the tutorial's; it is used as it is.".into());
        }
        if rows > MAX_TIMESTEPS {
            remarks.push(format!("Of the time table's {rows} rows the first {MAX_TIMESTEPS} are used."));
        }
        let table = state.remove(TIME_EMBED).expect("a whole set");
        state.insert(TIME_EMBED.into(), time_table::completed(table, table_type)?);
        // 3. The others.
        remarks.extend(file.left_out(&set, beside.as_deref(), schedule.timesteps)?);
        remarks.extend(file.converted(&set));
        let parameters = Parameters::from_state(&set.config, &state);
        Ok(Self { weights: Weights { parameters, metadata: None, schedule }, schedule_from, remarks })
    }

    /// A model that says all of itself.
    pub fn described(weights: Weights) -> Self {
        Self { weights, schedule_from: ScheduleSource::Metadata, remarks: vec![] }
    }

    /// Says a schedule for the file, which does not say it, or not all of it.
    pub fn say_schedule(&mut self, schedule: ScheduleConfig) {
        self.weights.schedule = schedule;
        self.schedule_from = ScheduleSource::Metadata;
    }

    /// What whoever gave the file should know: whole sentences.
    pub fn notes(&self) -> Vec<String> {
        let schedule = &self.weights.schedule;
        let say = "if it was trained otherwise, say so with `ddpm import FILE --timesteps T`";
        let assumed = match self.schedule_from {
            ScheduleSource::Metadata => None,
            ScheduleSource::Betas => Some(format!(
                "The schedule was read from the file's betas; what the network predicts, which they do not \
                 say, is assumed ({schedule})."
            )),
            ScheduleSource::TimeTable(rows) => Some(format!(
                "The file does not say how it was trained; T = {rows} is the number of rows of its time \
                 table, and for the rest the tutorial's schedule is assumed ({schedule}): {say}."
            )),
            ScheduleSource::Assumed => Some(format!(
                "The file does not say how it was trained; the tutorial's schedule is assumed ({schedule}): \
                 {say}."
            )),
        };
        self.remarks.iter().cloned().chain(assumed).collect()
    }
}

/// The wrappers around what has this prefix, from the innermost on: "a.b." is in "a.b.", "a." and "".
fn parents(prefix: &str) -> impl Iterator<Item = String> {
    let ends = prefix.match_indices('.').map(|(at, _)| at + 1).rev().chain([0]);
    ends.map(|end| prefix[..end].to_string())
}
