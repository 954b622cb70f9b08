//! Data sets of pictures: a folder of files in the usual formats, of any size and colour.

use super::counted::counted;
use super::dataset::{Split, name_of};
use super::decode::{self, FORMAT_NAMES, Kind, PictureError, START};
use super::foreign::{Foreign, TEXT, WEB_PAGE};
use super::inflate::MAX_CONTENT;
use super::layout::layout;
use super::picture_notes::{Traits, notes, rendering, unasked};
use super::progress::Counter;
use super::scale::{self, Rendering};
use super::shown::shown;
use super::walk::{Entry, Tree};
use super::{DataError, Dataset, Progress, Unit, Wanted};
use crate::core::background::Background;
use crate::core::image::{ImageSpec, Images};
use crate::model::config::{MAX_CLASSES, UNetConfig};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// So many names are told of each kind of files that are left out.
const SOME: usize = 3;

/// What is in a folder.
#[derive(Default)]
pub(super) struct Found {
    /// In the order of their paths.
    pub(super) pictures: Vec<Entry>,
    /// Files of kinds that are known and not read.
    foreign: BTreeMap<Foreign, Vec<PathBuf>>,
    /// Other files.
    others: Vec<PathBuf>,
    broken: Vec<PathBuf>,
    circular: Vec<PathBuf>,
}

/// Sorts a folder's files by what they are.
///
/// # Errors
/// If a file cannot be opened.
pub(super) fn sort(tree: Tree) -> Result<Found, DataError> {
    let mut found = Found { circular: tree.circular, ..Found::default() };
    for entry in tree.files {
        let start =
            start(&entry.path).map_err(|cause| DataError::Read { path: entry.path.clone(), cause })?;
        match decode::kind(&start, &entry.path) {
            Kind::Picture => found.pictures.push(entry),
            Kind::Foreign(kind) => found.foreign.entry(kind).or_default().push(entry.path),
            Kind::Unknown => found.others.push(entry.path),
        }
    }
    let is_picture = |path: &PathBuf| decode::kind(&[], path) == Kind::Picture;
    found.broken = tree.broken.into_iter().filter(is_picture).collect();
    Ok(found)
}

/// A file's first bytes.
fn start(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut start = vec![];
    File::open(path)?.take(START as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Reads the pictures that were found in `folder`, as `layout` understands its subfolders. Where nothing else is
/// wanted, they are of the tutorial's size, and grey. Of each picture the central square is taken and scaled.
///
/// # Errors
/// If there are no pictures, or some are damaged: all of these are told at once.
pub(super) fn load_folder(
    folder: &Path,
    found: Found,
    wanted: &Wanted,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dataset, DataError> {
    if found.pictures.is_empty() {
        return Err(DataError::NoData { path: folder.into(), found: found.instead() });
    }
    let folders: Vec<Vec<String>> = found.pictures.iter().map(|entry| entry.folders.clone()).collect();
    let layout = layout(&folders);
    if layout.classes.len() > MAX_CLASSES {
        return Err(DataError::Classes { path: folder.into(), found: layout.classes.len() });
    }
    let spec = ImageSpec {
        side: wanted.side.unwrap_or(UNetConfig::tutorial().image.side),
        channels: if wanted.colour == Some(true) { 3 } else { 1 },
    };
    // Those that no part of the set takes are not read at all.
    let placed = layout.train.iter().chain(layout.test.iter().flatten());
    let (places, labels): (Vec<usize>, Vec<Option<usize>>) = placed.copied().unzip();
    let paths: Vec<&Path> = places.iter().map(|i| &*found.pictures[*i].path).collect();
    let (images, traits, rendering) =
        read_all(folder, &paths, &found.broken, spec, wanted.background, progress)?;
    let part = |range: std::ops::Range<usize>| Split {
        images: images.select(range.clone()),
        labels: labels[range].iter().map(|label| label.map(|label| label as u8)).collect(),
    };
    let train = part(0..layout.train.len());
    let test = layout.test.as_ref().map(|_| part(layout.train.len()..paths.len()));
    let mut set = Dataset::assemble(name_of(folder), folder, train, test, Some(layout.classes))?;
    set.notes.extend(layout.notes);
    set.notes.extend(found.left_out());
    set.notes.extend(notes(&paths, &images, &traits, rendering));
    set.notes.extend(unasked(&images, &traits, wanted));
    Ok(set)
}

impl Found {
    /// All files that are no pictures.
    pub(super) fn rest(&self) -> impl Iterator<Item = &PathBuf> {
        self.foreign.values().flatten().chain(&self.others)
    }

    /// What there is in place of pictures, and what to do, for people.
    fn instead(&self) -> String {
        let all: Vec<PathBuf> = self.rest().cloned().collect();
        let count = all.len();
        if let Some(first) = self.broken.first() {
            return format!(
                "the links in it lead nowhere, first {}; copy the pictures themselves",
                shown(first)
            );
        }
        // Text beside files that matter says nothing.
        let matters = |kind: &Foreign| *kind != TEXT && *kind != WEB_PAGE;
        let kinds = self.foreign.iter().filter(|(kind, _)| matters(kind));
        let kinds: Vec<String> = kinds.map(|(kind, paths)| told(kind, paths)).collect();
        let usual = format!(
            "pass a folder with train-images-idx3-ubyte (and t10k-images-idx3-ubyte and the labels) or with \
             pictures ({FORMAT_NAMES}), in itself or in one subfolder per class, or pass an IDX, .npy or .npz \
             file itself"
        );
        match (count, kinds.is_empty()) {
            (0, _) => format!("there are no files in it or in its subfolders; {usual}"),
            (_, true) => format!("none of the files in it ({count}: {}) is a picture; {usual}", some(&all)),
            _ => format!("no picture that is read is in it; {}", kinds.join("; ")),
        }
    }

    /// What is left out, in sentences.
    fn left_out(&self) -> Vec<String> {
        let mut notes = vec![];
        let (pictures, rest): (Vec<_>, Vec<_>) = self.foreign.iter().partition(|(kind, _)| kind.picture);
        notes.extend(pictures.iter().map(|(kind, paths)| format!("Left out: {}.", told(kind, paths))));
        let rest = rest.into_iter().flat_map(|(_, paths)| paths).chain(&self.others).cloned();
        let mut rest: Vec<PathBuf> = rest.collect();
        rest.sort();
        if !rest.is_empty() {
            let files = counted(rest.len(), "file that is no picture", "files that are no pictures");
            notes.push(format!("Left out: {files} ({}).", some(&rest)));
        }
        if !self.circular.is_empty() {
            let links = counted(self.circular.len(), "link", "links");
            let what = "to a folder that is searched anyway";
            notes.push(format!("Left out: {links} {what} ({}).", some(&self.circular)));
        }
        notes
    }
}

/// How many files are of this kind, which, and what to do.
fn told(kind: &Foreign, paths: &[PathBuf]) -> String {
    let each = if paths.len() == 1 { "" } else { "each " };
    let count = counted(paths.len(), "file", "files");
    format!("{count} ({}), {each}{}: {}", some(paths), kind.what, kind.remedy)
}

/// The names of the first files.
fn some(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| shown(Path::new(path.file_name().unwrap_or_default()));
    let names: Vec<String> = paths.iter().take(SOME).map(name).collect();
    let more = if paths.len() > SOME { ", ..." } else { "" };
    names.join(", ") + more
}

/// The pictures as images, in their order, with what they were like and how they were drawn.
fn read_all(
    folder: &Path,
    paths: &[&Path],
    broken: &[PathBuf],
    spec: ImageSpec,
    background: Option<Background>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Images, Vec<Traits>, Rendering), DataError> {
    let mut counter = Counter::new("reading pictures", Unit::Pictures, paths.len(), progress);
    let mut bytes = Vec::with_capacity(paths.len() * spec.numbers());
    let mut traits = Vec::with_capacity(paths.len());
    let mut bad: Vec<(PathBuf, PictureError)> =
        broken.iter().map(|path| (path.clone(), PictureError::Link)).collect();
    for path in paths {
        match read(path) {
            Ok(picture) => {
                traits.push(Traits::of(&picture));
                // Of no use once one is bad.
                if bad.is_empty() {
                    bytes.extend(scale::picture(&picture.image, spec, Rendering::default()));
                }
            }
            Err(cause) => bad.push((path.to_path_buf(), cause)),
        }
        counter.add(1);
    }
    if !bad.is_empty() {
        return Err(DataError::Pictures { folder: folder.into(), of: paths.len() + broken.len(), bad });
    }
    let rendering = rendering(&traits, background);
    for (i, path) in paths.iter().enumerate().filter(|(i, _)| traits[*i].depends_on(rendering)) {
        let failed = |cause| DataError::Pictures {
            folder: folder.into(),
            of: paths.len(),
            bad: vec![(path.to_path_buf(), cause)],
        };
        let picture = read(path).map_err(failed)?;
        let into = &mut bytes[i * spec.numbers()..][..spec.numbers()];
        into.copy_from_slice(&scale::picture(&picture.image, spec, rendering));
    }
    Ok((Images { spec, bytes }, traits, rendering))
}

fn read(path: &Path) -> Result<decode::Decoded, PictureError> {
    let file = File::open(path).map_err(PictureError::Read)?;
    let mut bytes = vec![];
    file.take(MAX_CONTENT).read_to_end(&mut bytes).map_err(PictureError::Read)?;
    decode::decode(&bytes, path)
}
