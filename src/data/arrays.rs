//! Data sets of NumPy's arrays: a .npy file of images, or a .npz file that has their labels too.

use super::content::{MAX_CONTENT, fitting};
use super::dataset::{Split, name_of};
use super::npy::{self, Header, NpyError};
use super::{DataError, Dataset, Wanted};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

const EXTENSIONS: [&str; 2] = ["npy", "npz"];
/// Names that people give to an array of images. The first comes with `y_train`, `x_test` and `y_test`, as Keras
/// saves data sets.
const IMAGES: [&str; 4] = ["x_train", "x", "images", "data"];
/// Names that people give to the labels.
const LABELS: [&str; 3] = ["labels", "y", "label"];
/// What numpy.savez calls an array that was given no name.
const UNNAMED: &str = "arr_0";

/// Whether a file with this content is for [`load`].
pub(super) fn is_one(content: &[u8]) -> bool {
    content.starts_with(&npy::MAGIC) || content.starts_with(b"PK")
}

/// Those of the files at these paths whose names say that they are arrays.
pub(super) fn among(paths: &[PathBuf]) -> Vec<&PathBuf> {
    let is_array = |path: &&PathBuf| {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        extension.is_some_and(|extension| EXTENSIONS.contains(&&*extension))
    };
    paths.iter().filter(is_array).collect()
}

/// Reads a .npy or .npz file.
pub(super) fn load(path: &Path, content: &[u8], wanted: &Wanted) -> Result<Dataset, DataError> {
    if content.starts_with(&npy::MAGIC) {
        let images = read_array(&mut &content[..]).and_then(|(header, body)| header.images(body));
        let images = images.map_err(|cause| failed(path, "", cause))?;
        let images = fitting(images, wanted, path)?;
        return Dataset::assemble(name_of(path), path, Split { images, labels: None }, None, None);
    }
    let mut file = Npz::open(path, content)?;
    let images = file.images_name()?;
    let labels = match images.as_str() {
        "x_train" => file.first_of(&["y_train"]),
        _ => file.first_of(&LABELS),
    };
    let train = file.split(&images, labels.as_deref(), wanted)?;
    let mut notes = vec![];
    let (train, test) = match (images.as_str(), file.first_of(&["x_test"])) {
        ("x_train", Some(images)) => {
            let labels = file.first_of(&["y_test"]);
            (train, Some(file.split(&images, labels.as_deref(), wanted)?))
        }
        _ => {
            let (train, test) = train.hold_out_of_each_class();
            let note = "There were no test images, so every tenth image of each class was held out.";
            notes.extend(test.as_ref().map(|_| note.to_string()));
            (train, test)
        }
    };
    let mut set = Dataset::assemble(name_of(path), path, train, test, None)?;
    set.notes.extend(notes);
    let unread = file.unread();
    if !unread.is_empty() {
        set.notes.push(format!("Left out of the file: {}.", unread.join(", ")));
    }
    Ok(set)
}

/// An array's header and the bytes of its numbers.
fn read_array(reader: &mut impl Read) -> Result<(Header, Vec<u8>), NpyError> {
    let header = Header::read(reader)?;
    let mut body = vec![];
    reader.read_to_end(&mut body)?;
    Ok((header, body))
}

/// An open .npz file: a zip archive of .npy files.
struct Npz<'a> {
    path: &'a Path,
    archive: ZipArchive<Cursor<&'a [u8]>>,
    arrays: Vec<Member>,
}

/// An array of the archive.
struct Member {
    /// Without `.npy`.
    name: String,
    header: Header,
    /// Whether its numbers were read.
    read: bool,
}

impl<'a> Npz<'a> {
    /// Reads the headers of all arrays.
    fn open(path: &'a Path, content: &'a [u8]) -> Result<Self, DataError> {
        let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|cause| unreadable(path, cause))?;
        let mut arrays = vec![];
        for i in 0..archive.len() {
            let mut entry = archive.by_index(i).map_err(|cause| unreadable(path, cause))?;
            let name = entry.name().map_err(|cause| unreadable(path, cause))?;
            let Some(name) = name.strip_suffix(".npy").map(String::from) else { continue };
            let header = Header::read(&mut entry).map_err(|cause| failed(path, &name, cause))?;
            arrays.push(Member { name, header, read: false });
        }
        Ok(Self { path, archive, arrays })
    }

    /// The first of these names that an array has.
    fn first_of(&self, names: &[&str]) -> Option<String> {
        let has = |name: &&&str| self.arrays.iter().any(|array| array.name == **name);
        names.iter().find(has).map(|name| name.to_string())
    }

    /// The array of images: the one whose name says so, else the one that can be.
    fn images_name(&self) -> Result<String, DataError> {
        if let Some(name) = self.first_of(&IMAGES) {
            return Ok(name);
        }
        let fitting: Vec<&Member> = self.arrays.iter().filter(|array| array.header.is_images()).collect();
        match (fitting.iter().find(|array| array.name == UNNAMED), &fitting[..]) {
            (Some(array), _) | (None, [array]) => Ok(array.name.clone()),
            _ => Err(DataError::NoImages { path: self.path.into(), found: self.list(|_| true).join(", ") }),
        }
    }

    /// Those of the arrays, for people to read.
    fn list(&self, keep: impl Fn(&Member) -> bool) -> Vec<String> {
        let kept = self.arrays.iter().filter(|array| keep(array));
        kept.map(|array| format!("{} ({})", array.name, array.header)).collect()
    }

    /// The arrays that nobody asked for.
    fn unread(&self) -> Vec<String> {
        self.list(|array| !array.read)
    }

    fn split(&mut self, images: &str, labels: Option<&str>, wanted: &Wanted) -> Result<Split, DataError> {
        let images = fitting(self.read(images, Header::images)?, wanted, self.path)?;
        let labels = labels.map(|name| self.read(name, Header::labels)).transpose()?;
        Ok(Split { images, labels })
    }

    /// What `parse` makes of the array of this name, which there is.
    fn read<T>(
        &mut self,
        name: &str,
        parse: fn(Header, Vec<u8>) -> Result<T, NpyError>,
    ) -> Result<T, DataError> {
        self.arrays.iter_mut().filter(|array| array.name == name).for_each(|array| array.read = true);
        let path = self.path;
        let entry = self.archive.by_name(&format!("{name}.npy")).map_err(|cause| unreadable(path, cause))?;
        let limit = MAX_CONTENT;
        if entry.size() > limit {
            let cause = std::io::Error::other(format!("{name} holds more than {} MiB", limit >> 20));
            return Err(DataError::Read { path: path.into(), cause });
        }
        // Whatever the archive says of it, no more is read.
        let (header, body) =
            read_array(&mut entry.take(limit + 1)).map_err(|cause| failed(path, name, cause))?;
        parse(header, body).map_err(|cause| failed(path, name, cause))
    }
}

fn unreadable(path: &Path, cause: ZipError) -> DataError {
    DataError::Read { path: path.into(), cause: cause.into() }
}

/// What is wrong with an array; its name is empty where the file holds no other.
fn failed(path: &Path, name: &str, cause: NpyError) -> DataError {
    let array = if name.is_empty() { String::new() } else { format!(", array {name}") };
    DataError::Array { path: path.into(), array, cause: cause.into() }
}
