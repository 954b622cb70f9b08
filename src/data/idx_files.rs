//! Data sets of IDX files: the four files of a folder, or a single file.

use super::content::{content, fitting};
use super::dataset::{Split, name_of};
use super::idx::{self, IdxError};
use super::numbers::Reading;
use super::shown::shown;
use super::source::sha256;
use super::walk::Tree;
use super::{DataError, Dataset, Source, Wanted, known};
use crate::core::image::Images;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a file of a set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    TrainImages,
    TrainLabels,
    TestImages,
    TestLabels,
}

const ALL: [Role; 4] = [Role::TrainImages, Role::TrainLabels, Role::TestImages, Role::TestLabels];
/// What the images to train on are called in an error.
const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
/// What the names of EMNIST's files start with. Its images have their rows where others have their columns.
const EMNIST: &str = "emnist";

/// The name of the set that a file's name says (`emnist-letters`; mostly empty), and what the file holds.
///
/// Known are MNIST's names (`train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`), in any case, with a dot before
/// `idx` as some unpackers write it, with `test` for `t10k`, with other types than `ubyte`, and with `.gz`.
fn role(path: &Path) -> Option<(String, Role)> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let (stem, _) = name.split_once("-idx").or_else(|| name.split_once(".idx"))?;
    let (stem, images) = match stem.strip_suffix("-images") {
        Some(stem) => (stem, true),
        None => (stem.strip_suffix("-labels")?, false),
    };
    let (set, part) = stem.rsplit_once('-').unwrap_or(("", stem));
    let role = match (part, images) {
        ("train", true) => Role::TrainImages,
        ("train", false) => Role::TrainLabels,
        ("t10k" | "test", true) => Role::TestImages,
        ("t10k" | "test", false) => Role::TestLabels,
        _ => return None,
    };
    Some((set.to_owned(), role))
}

/// Files that belong together.
#[derive(Clone, Debug)]
pub(super) struct Set {
    /// Where they are.
    pub(super) folder: PathBuf,
    /// What the files' names say; mostly empty.
    name: String,
    files: BTreeMap<Role, PathBuf>,
}

/// The sets of the files at these paths.
fn sets<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Vec<Set> {
    let mut sets: BTreeMap<(PathBuf, String), Set> = BTreeMap::new();
    let mut paths: Vec<&Path> = paths.into_iter().collect();
    // Of a file and its .gz, the file.
    paths.sort_by_key(|path| (path.extension().is_some_and(|extension| extension == "gz"), *path));
    for path in paths {
        let Some((name, role)) = role(path) else { continue };
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let empty = || Set { folder: folder.clone(), name: name.clone(), files: BTreeMap::new() };
        let set = sets.entry((folder.clone(), name.clone())).or_insert_with(empty);
        set.files.entry(role).or_insert(path.into());
    }
    sets.into_values().collect()
}

/// The sets right in `folder`.
fn sets_in(folder: &Path) -> Vec<Set> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    sets(paths.iter().map(|path| &**path))
}

/// Whether `folder` has all four files.
pub(super) fn is_complete(folder: &Path) -> bool {
    sets_in(folder).iter().any(|set| set.name.is_empty() && set.files.len() == ALL.len())
}

/// Whether `folder` has any of the four files.
pub(super) fn has_any(folder: &Path) -> bool {
    !sets_in(folder).is_empty()
}

/// The sets with images to train on that are anywhere below the folder at `root`. Files that were unpacked into
/// a folder each are one set.
pub(super) fn below(root: &Path, tree: &Tree) -> Vec<Set> {
    let mut found: Vec<Set> = vec![];
    for set in sets(tree.files.iter().map(|entry| &*entry.path)) {
        let apart = |other: &Set| set.files.keys().all(|role| !other.files.contains_key(role));
        match found.iter_mut().find(|other| other.name == set.name && apart(other)) {
            Some(other) => {
                other.folder = root.into();
                other.files.extend(set.files);
            }
            None => found.push(set),
        }
    }
    found.retain(|set| set.files.contains_key(&Role::TrainImages));
    found
}

/// Reads the IDX files of `folder`: training images at least. With no test images, test images are
/// held out of the training images.
///
/// The set is `source` if every file of `source` is there with its checksum.
pub(super) fn load_folder(folder: &Path, source: &Source, wanted: &Wanted) -> Result<Dataset, DataError> {
    match &mut sets_in(folder)[..] {
        [set] => set.load(source, wanted),
        [] => Err(DataError::Incomplete { folder: folder.into(), missing: TRAIN_IMAGES.into() }),
        [one, other, ..] => Err(DataError::Several {
            path: folder.into(),
            what: "data sets, whose images are",
            file: shown(one.images_to_train()),
            other: shown(other.images_to_train()),
        }),
    }
}

/// Reads a single IDX file of this content. Where it is the images to train on of a set, the files beside it
/// are read too. Else some of its images are held out as test images.
pub(super) fn load(
    path: &Path,
    content: &[u8],
    source: &Source,
    wanted: &Wanted,
) -> Result<Dataset, DataError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let known = role(path);
    if let Some((name, Role::TrainImages)) = &known
        && let Some(mut set) =
            sets_in(folder).into_iter().find(|set| set.name == *name && set.files.len() > 1)
    {
        set.files.insert(Role::TrainImages, path.into());
        return set.load(source, wanted);
    }
    let reading = parsed(path, content, idx::read_images)?;
    let mut notes = vec![];
    let images =
        upright(reading, &known.map(|(name, _)| name).unwrap_or_default(), path, wanted, &mut notes)?;
    let mut set = Dataset::assemble(name_of(path), path, Split { images, labels: None }, None, None)?;
    set.notes.extend(notes);
    Ok(set)
}

impl Set {
    pub(super) fn load(&self, source: &Source, wanted: &Wanted) -> Result<Dataset, DataError> {
        let mut files = Files { set: self, checksums: BTreeMap::new(), notes: vec![] };
        let missing = || {
            let prefix = if self.name.is_empty() { String::new() } else { format!("{}-", self.name) };
            DataError::Incomplete { folder: self.folder.clone(), missing: prefix + TRAIN_IMAGES }
        };
        let images = files.images(Role::TrainImages, wanted)?.ok_or_else(missing)?;
        let train = Split { images, labels: files.read(Role::TrainLabels, idx::parse_labels)? };
        let test = match files.images(Role::TestImages, wanted)? {
            Some(images) => Some(Split { images, labels: files.read(Role::TestLabels, idx::parse_labels)? }),
            None => None,
        };
        let (name, classes) = match files.are(source) {
            true => (source.name.clone(), Some(source.classes.clone())),
            false => (self.name(), None),
        };
        let notes = files.notes;
        let mut set = Dataset::assemble(name, &self.folder, train, test, classes)?;
        set.classes = known::classes(&set.name, &set.classes).unwrap_or(set.classes);
        set.notes.extend(notes);
        Ok(set)
    }

    /// The name of the set: of its files, else of the folder; torchvision has them in one that is called `raw`.
    fn name(&self) -> String {
        let own = name_of(&self.folder);
        match self.folder.canonicalize().ok().as_deref().and_then(Path::parent) {
            _ if !self.name.is_empty() => shown(Path::new(&self.name)),
            Some(parent) if own == "raw" => name_of(parent),
            _ => own,
        }
    }

    /// The file of the images to train on; without one, another.
    pub(super) fn images_to_train(&self) -> &Path {
        self.files.values().next().unwrap_or(&self.folder)
    }
}

/// The files of a set, and the checksums of those read so far.
struct Files<'a> {
    set: &'a Set,
    checksums: BTreeMap<Role, String>,
    notes: Vec<String>,
}

impl Files<'_> {
    /// What is in the file of this role, if there is one.
    fn read<T>(&mut self, role: Role, parse: Parser<T>) -> Result<Option<T>, DataError> {
        let Some(path) = self.set.files.get(&role) else { return Ok(None) };
        let content = content(path)?;
        self.checksums.insert(role, sha256(&content));
        parsed(path, &content, parse).map(Some)
    }

    fn images(&mut self, role: Role, wanted: &Wanted) -> Result<Option<Images>, DataError> {
        let Some(reading) = self.read(role, idx::read_images)? else { return Ok(None) };
        upright(reading, &self.set.name, &self.set.folder, wanted, &mut self.notes).map(Some)
    }

    /// Whether `source` was read, all of it.
    fn are(&self, source: &Source) -> bool {
        source.files.iter().all(|file| {
            let role = role(Path::new(&file.name)).map(|(_, role)| role);
            role.and_then(|role| self.checksums.get(&role)).is_some_and(|found| *found == file.sha256)
        })
    }
}

/// The images of a set as they are wanted; EMNIST's with their rows and columns put right.
fn upright(
    reading: Reading,
    set: &str,
    path: &Path,
    wanted: &Wanted,
    notes: &mut Vec<String>,
) -> Result<Images, DataError> {
    let Reading { images, notes: assumed } = reading;
    let turned = set.starts_with(EMNIST);
    let turn = "EMNIST's files have rows where others have columns: the images were put upright.";
    for note in assumed.into_iter().chain(turned.then(|| turn.to_owned())) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    fitting(if turned { images.transposed() } else { images }, wanted, path)
}

type Parser<T> = fn(&[u8]) -> Result<T, IdxError>;

/// What an IDX file of this content holds.
fn parsed<T>(path: &Path, content: &[u8], parse: Parser<T>) -> Result<T, DataError> {
    parse(content).map_err(|cause| DataError::Idx { path: path.into(), cause })
}
