//! Arrays of pictures and of labels: IDX files, .npy files, and those in a .npz file.

use super::super::counted::counted;
use super::super::idx;
use super::super::inflate::MAX_CONTENT;
use super::super::npy::Header;
use super::super::numbers::Reading;
use super::super::raw::{RawImages, ShapeError, nearest};
use super::super::shown::shown;
use super::super::source::Source;
use super::{Taken, Wanted, ZipArchive, told, words};
use std::io::{Cursor, Read};
use std::path::Path;

/// What the names of EMNIST's files start with. Its images have their rows where others have their columns.
const EMNIST: &str = "emnist";

#[derive(Default)]
pub(super) struct Arrays {
    images: Vec<(String, Reading)>,
    labels: Vec<(String, Vec<u8>)>,
    /// Labels as published, whose classes have names.
    known: bool,
}

/// Whether a file starts as IDX files do.
pub(super) fn is_idx(content: &[u8]) -> bool {
    matches!(content, [0, 0, 8..=14, 1..=4, ..])
}

/// A zip archive with arrays.
pub(super) fn archive(content: &[u8]) -> Option<ZipArchive<Cursor<&[u8]>>> {
    let archive = ZipArchive::new(Cursor::new(content)).ok().filter(|_| content.starts_with(b"PK"))?;
    let has_arrays = archive.file_names().any(|name| name.is_ok_and(|name| name.ends_with(".npy")));
    has_arrays.then_some(archive)
}

impl Arrays {
    pub(super) fn is_empty(&self) -> bool {
        self.images.is_empty() && self.labels.is_empty()
    }

    pub(super) fn add_idx(&mut self, path: &Path, content: &[u8]) -> Result<(), String> {
        let is_labels = content[3] == 1 || (content[3] == 2 && path.to_string_lossy().contains("label"));
        if is_labels {
            self.known |= Source::fashion_mnist().has(content);
            self.labels.push((shown(path), idx::parse_labels(content).map_err(told)?));
            return Ok(());
        }
        let mut reading = idx::read_images(content).map_err(told)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if file.starts_with(EMNIST) {
            reading.images = reading.images.transposed();
            reading.notes.push(
                "EMNIST's files have rows where others have columns: the images were put upright.".into(),
            );
        }
        self.images.push((shown(path), reading));
        Ok(())
    }

    pub(super) fn add_npy(&mut self, path: &Path, mut content: &[u8]) -> Result<(), String> {
        let header = Header::read(&mut content).map_err(told)?;
        let body = content.to_vec();
        if !header.is_images() && header.is_labels(header.count()) {
            self.labels.push((shown(path), header.labels(body).map_err(told)?));
        } else {
            self.images.push((shown(path), header.images(body).map_err(told)?));
        }
        Ok(())
    }

    /// Each array of the archive that can be used; it is an error where none can.
    pub(super) fn add_members(
        &mut self,
        path: &Path,
        archive: &mut ZipArchive<Cursor<&[u8]>>,
    ) -> Result<(), String> {
        let mut why = None;
        let before = self.images.len() + self.labels.len();
        for i in 0..archive.len() {
            let entry = archive.by_index(i).map_err(told)?;
            let name = path.join(entry.name().map_err(told)?.as_ref());
            if name.extension().is_none_or(|extension| extension != "npy") {
                continue;
            }
            // Whatever the archive says of it, no more is read.
            let mut content = vec![];
            entry.take(MAX_CONTENT).read_to_end(&mut content).map_err(told)?;
            why = self.add_npy(&name, &content).err().or(why);
        }
        let any = self.images.len() + self.labels.len() > before;
        why.filter(|_| !any).map_or(Ok(()), Err)
    }

    /// The images to train on, and their labels.
    pub(super) fn finish(self, wanted: &Wanted, refused: Vec<(String, String)>) -> Result<Taken, String> {
        let Self { mut images, mut labels, known } = self;
        // 1. Of several, those that are called so, else the most.
        let rank = |(name, reading): &(String, Reading)| (is_training(name), reading.images.len());
        let chosen = (0..images.len()).max_by_key(|i| rank(&images[*i]));
        let Some(chosen) = chosen else {
            return Err("there are labels, but no images: drop the file of the images beside them".into());
        };
        let (name, Reading { images: raw, mut notes }) = images.remove(chosen);
        let fitting = |(name, labels): &(String, Vec<u8>)| (labels.len() == raw.len(), is_training(name));
        let best = (0..labels.len()).max_by_key(|i| fitting(&labels[*i]));
        let own = best.filter(|i| labels[*i].1.len() == raw.len()).map(|i| labels.remove(i).1);
        // 2. What is left out.
        let left = images.iter().map(|(name, other)| (name, other.images.len(), "images"));
        let left = left.chain(labels.iter().map(|(name, labels)| (name, labels.len(), "labels")));
        notes.extend(left.map(|(name, count, what)| format!("Left out: {name} ({count} {what}).")));
        if own.is_none() && !labels.is_empty() {
            notes.push(format!("No labels are for {}.", counted(raw.len(), "image", "images")));
        }
        // 3. As a network takes them.
        let images = as_wanted(raw, wanted, &mut notes)?;
        let (labels, classes) = own.map_or((None, vec![]), |labels| numbered(labels, &mut notes));
        let set = Source::fashion_mnist();
        let published = known && classes.len() == set.classes.len();
        let (name, classes) = if published { (set.name, set.classes) } else { (title(&name), classes) };
        Ok(Taken { images, labels, classes, name, notes, refused })
    }
}

/// Whether a name says that these are to train on.
fn is_training(name: &str) -> bool {
    name.to_lowercase().contains("train")
}

/// A file's name without what says its format.
fn title(name: &str) -> String {
    let file = Path::new(name).iter().next().unwrap_or_default().to_string_lossy().into_owned();
    [".gz", ".npy", ".npz", "-idx3-ubyte", ".idx3-ubyte", ".idx"]
        .iter()
        .fold(file, |name, end| name.strip_suffix(end).map(String::from).unwrap_or(name))
}

/// Images of a size that no network has become of the nearest that one has, where none is wanted.
fn as_wanted(
    raw: RawImages,
    wanted: &Wanted,
    notes: &mut Vec<String>,
) -> Result<crate::core::image::Images, String> {
    let (width, height) = (raw.width, raw.height);
    match raw.clone().into_images(wanted) {
        Err(ShapeError::Side(_) | ShapeError::NotSquare { .. }) => {
            let side = nearest(width.min(height));
            notes.push(format!(
                "The images are {width}x{height} pixels: their central squares are scaled to {side}x{side}."
            ));
            raw.into_images(&Wanted { side: Some(side), ..*wanted })
        }
        other => other,
    }
    .map_err(|cause| words(&cause))
}

/// Labels whose names are not known. Those that start at 1 are moved to start at 0, so that no class is empty.
fn numbered(mut labels: Vec<u8>, notes: &mut Vec<String>) -> (Option<Vec<u8>>, Vec<String>) {
    let first = u8::from(labels.iter().min() == Some(&1));
    let classes =
        (first..=labels.iter().copied().max().unwrap_or(0)).map(|label| label.to_string()).collect();
    if first == 1 {
        notes.push("The labels start at 1, not at 0: label 1 is the first class.".into());
        labels.iter_mut().for_each(|label| *label -= 1);
    }
    (Some(labels), classes)
}
