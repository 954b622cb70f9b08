//! Data sets of NumPy's arrays: a .npy file of images, or a .npz file that has their labels too, or a folder of
//! .npy files with the names that the arrays of a .npz file have.

use super::array_names::{LABELS, NAMES, UNNAMED, plain};
use super::content::{content, fitting};
use super::dataset::{Split, name_of};
use super::inflate::MAX_CONTENT;
use super::npy::{self, Header, NpyError};
use super::shown::shown;
use super::{DataError, Dataset, Wanted};
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;
use zip::result::ZipError;

const EXTENSIONS: [&str; 2] = ["npy", "npz"];
/// Whether a file with this content is for [`load`].
pub(super) fn is_one(content: &[u8]) -> bool {
    content.starts_with(&npy::MAGIC) || is_archive(content)
}

/// Whether a file with this content is a zip archive that has arrays, or so damaged that nobody can tell.
fn is_archive(content: &[u8]) -> bool {
    content.starts_with(b"PK")
        && ZipArchive::new(Cursor::new(content)).map_or(true, |archive| {
            archive.is_empty()
                || archive.file_names().any(|name| name.is_ok_and(|name| name.ends_with(".npy")))
        })
}

/// Those of the files at these paths whose names say that they are arrays.
pub(super) fn among<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Vec<&'a PathBuf> {
    let is_array = |path: &&PathBuf| {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        extension.is_some_and(|extension| EXTENSIONS.contains(&&*extension))
    };
    paths.into_iter().filter(is_array).collect()
}

/// Reads a .npy or .npz file.
pub(super) fn load(path: &Path, content: &[u8], wanted: &Wanted) -> Result<Dataset, DataError> {
    if content.starts_with(&npy::MAGIC) {
        let reading = read_array(&mut &content[..]).and_then(|(header, body)| header.images(body));
        let reading = reading.map_err(|cause| failed(path, "", cause))?;
        let images = fitting(reading.images, wanted, path)?;
        let mut set = Dataset::assemble(name_of(path), path, Split { images, labels: None }, None, None)?;
        set.notes.extend(reading.notes);
        return Ok(set);
    }
    Arrays::of_archive(path, content)?.load(wanted)
}

/// Reads a folder of several .npy files, if the name of one of them says that it is the images.
pub(super) fn load_folder(
    folder: &Path,
    files: &[&PathBuf],
    wanted: &Wanted,
) -> Option<Result<Dataset, DataError>> {
    if files.iter().any(|path| path.extension().is_some_and(|name| name.eq_ignore_ascii_case("npz"))) {
        return None;
    }
    let arrays = match Arrays::of_files(folder, files) {
        Ok(arrays) => arrays,
        Err(error) => return Some(Err(error)),
    };
    arrays.named().is_some().then(|| arrays.load(wanted))
}

/// An array's header and the bytes of its numbers.
fn read_array(reader: &mut impl Read) -> Result<(Header, Vec<u8>), NpyError> {
    let header = Header::read(reader)?;
    let mut body = vec![];
    reader.read_to_end(&mut body)?;
    Ok((header, body))
}

/// Several arrays with names.
struct Arrays<'a> {
    path: &'a Path,
    home: Home<'a>,
    members: Vec<Member>,
    /// What was assumed, in sentences.
    notes: Vec<String>,
}

/// Where arrays are.
enum Home<'a> {
    /// A .npz file: a zip archive of .npy files.
    Archive(ZipArchive<Cursor<&'a [u8]>>),
    /// The .npy files of the members, in their order.
    Files(Vec<&'a PathBuf>),
}

/// The places of arrays that belong together.
struct Chosen {
    images: usize,
    labels: Option<usize>,
    /// Images to test on, and their labels.
    test: Option<(usize, Option<usize>)>,
}

/// One of the arrays.
struct Member {
    /// Without `.npy`.
    name: String,
    header: Header,
    /// Whether its numbers were read.
    read: bool,
}

impl Member {
    /// Whether this is its name.
    fn is(&self, name: &str) -> bool {
        plain(&self.name) == name
    }
}

impl<'a> Arrays<'a> {
    /// Reads the headers of all arrays.
    fn of_archive(path: &'a Path, content: &'a [u8]) -> Result<Self, DataError> {
        let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|cause| unreadable(path, cause))?;
        let mut members = vec![];
        for i in 0..archive.len() {
            let mut entry = archive.by_index(i).map_err(|cause| unreadable(path, cause))?;
            let name = entry.name().map_err(|cause| unreadable(path, cause))?;
            let Some(name) = name.strip_suffix(".npy").map(|name| shown(Path::new(name))) else { continue };
            let header = Header::read(&mut entry).map_err(|cause| failed(path, &name, cause))?;
            members.push(Member { name, header, read: false });
        }
        Ok(Self { path, home: Home::Archive(archive), members, notes: vec![] })
    }

    /// The same of .npy files.
    fn of_files(folder: &'a Path, files: &[&'a PathBuf]) -> Result<Self, DataError> {
        let member = |path: &PathBuf| {
            let name = shown(Path::new(path.file_stem().unwrap_or_default()));
            let file = File::open(path).map_err(|cause| DataError::Read { path: path.clone(), cause })?;
            let header = Header::read(&mut BufReader::new(file)).map_err(|cause| failed(path, "", cause))?;
            Ok(Member { name, header, read: false })
        };
        let members = files.iter().map(|path| member(path)).collect::<Result<_, _>>()?;
        Ok(Self { path: folder, home: Home::Files(files.to_vec()), members, notes: vec![] })
    }

    fn load(mut self, wanted: &Wanted) -> Result<Dataset, DataError> {
        let Chosen { images, labels, test } = match self.named() {
            Some(chosen) => chosen,
            None => {
                let images = self.only_images()?;
                Chosen { images, labels: self.labels_of(images), test: None }
            }
        };
        let train = self.split(images, labels, wanted)?;
        let (train, test) = match test {
            Some((images, labels)) => (train, Some(self.split(images, labels, wanted)?)),
            None => {
                let (train, test) = train.hold_out_of_each_class();
                let note = "There were no test images, so every tenth image of each class was held out.";
                self.notes.extend(test.as_ref().map(|_| note.to_string()));
                (train, test)
            }
        };
        let unread = self.list(|array| !array.read);
        if !unread.is_empty() {
            self.notes.push(format!("Left out of the file: {}.", unread.join(", ")));
        }
        let mut set = Dataset::assemble(name_of(self.path), self.path, train, test, None)?;
        set.notes.extend(self.notes);
        Ok(set)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|array| array.is(name))
    }

    /// The images, their labels, and those to test on, if their names say so.
    fn named(&self) -> Option<Chosen> {
        NAMES.iter().find_map(|names| {
            let images = self.place(names.images)?;
            let labels = names.labels.iter().find_map(|name| self.place(name));
            let test =
                names.test.and_then(|(images, labels)| Some((self.place(images)?, self.place(labels))));
            Some(Chosen { images, labels, test })
        })
    }

    /// The one array that can be images.
    fn only_images(&self) -> Result<usize, DataError> {
        let can_be = |i: &usize| self.members[*i].header.is_images();
        let fitting: Vec<usize> = (0..self.members.len()).filter(can_be).collect();
        let unnamed = fitting.iter().find(|i| self.members[**i].name == UNNAMED[0]);
        match (unnamed, &fitting[..]) {
            (Some(place), _) | (None, [place]) => Ok(*place),
            _ => Err(DataError::NoImages { path: self.path.into(), found: self.list(|_| true).join(", ") }),
        }
    }

    /// The labels of images whose name says nothing: an array that is called so, or the second of
    /// numpy.savez(FILE, images, labels).
    fn labels_of(&mut self, images: usize) -> Option<usize> {
        let named = LABELS.iter().find_map(|name| self.place(name));
        let count = self.members[images].header.count();
        let is_second = |array: &Member| array.name == UNNAMED[1] && array.header.is_labels(count);
        let second = self.members.iter().position(is_second);
        if named.is_none() && second.is_some() {
            self.notes.push(format!("The labels are taken from the array {}.", UNNAMED[1]));
        }
        named.or(second)
    }

    /// Those of the arrays, for people to read.
    fn list(&self, keep: impl Fn(&Member) -> bool) -> Vec<String> {
        let kept = self.members.iter().filter(|array| keep(array));
        kept.map(|array| format!("{} ({})", array.name, array.header)).collect()
    }

    fn split(&mut self, images: usize, labels: Option<usize>, wanted: &Wanted) -> Result<Split, DataError> {
        let reading = self.read(images, Header::images)?;
        for note in reading.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        let images = fitting(reading.images, wanted, self.path)?;
        let labels = labels.map(|place| self.read(place, Header::labels)).transpose()?;
        Ok(Split { images, labels })
    }

    /// What `parse` makes of one of the arrays.
    fn read<T>(
        &mut self,
        place: usize,
        parse: fn(Header, Vec<u8>) -> Result<T, NpyError>,
    ) -> Result<T, DataError> {
        let path = self.path;
        self.members[place].read = true;
        let name = &*self.members[place].name;
        let array = match &mut self.home {
            Home::Archive(archive) => {
                let entry =
                    archive.by_name(&format!("{name}.npy")).map_err(|cause| unreadable(path, cause))?;
                if entry.size() > MAX_CONTENT {
                    let cause = format!("{name} holds more than {} MiB", MAX_CONTENT >> 20);
                    return Err(DataError::Read { path: path.into(), cause: std::io::Error::other(cause) });
                }
                // Whatever the archive says of it, no more is read.
                read_array(&mut entry.take(MAX_CONTENT + 1))
            }
            Home::Files(files) => read_array(&mut &content(files[place])?[..]),
        };
        array.and_then(|(header, body)| parse(header, body)).map_err(|cause| failed(path, name, cause))
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
