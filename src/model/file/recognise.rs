//! What a file is, by its bytes and not its name, so that one that holds no weights is refused by what it is.

use super::WeightsError;
use safetensors::tensor::Metadata;

/// What a file's bytes say it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    Safetensors,
    /// A pickle of PyTorch's, in a zip archive or, as older versions wrote it, without one.
    PyTorch,
    Zip,
    Gzip,
    /// Something else: what it is, and what to do.
    Other(String),
}

/// The longest header of a safetensors file.
const MOST_HEADER: u64 = 100_000_000;
/// How much of a file's beginning and end is looked at.
const START: usize = 4096;
const END: usize = 1 << 16;

const AGAIN: &str = "download or export it again";
const OTHER_PROGRAM: &str =
    "only weights of this program's network can be used, in a safetensors file or PyTorch's .pt";
const UNPACK: &str = "unpack it and give the weights file in it";
const HUB: &str = "the weights are in the .safetensors or .pt file beside it";

/// Files that are known by their first bytes (or those at an offset): what they are, and what to do.
const KNOWN: [(usize, &[u8], &str, &str); 18] = [
    (
        0,
        b"version https://git-lfs",
        "it is a Git LFS pointer, which stands for the file",
        "`git lfs pull` fetches the file itself",
    ),
    (0, b"GGUF", "it is a GGUF file, of a language model for llama.cpp", OTHER_PROGRAM),
    (0, b"\x89HDF\r\n\x1a\n", "it is an HDF5 file, as Keras and TensorFlow write", OTHER_PROGRAM),
    (4, b"TFL3", "it is a TensorFlow Lite model", OTHER_PROGRAM),
    (0, b"\x08\x01\x12", "it is a TensorFlow model (saved_model.pb)", OTHER_PROGRAM),
    (0, b"\x93NUMPY", "it is a NumPy array", "save all tensors with `safetensors.numpy.save_file`"),
    (0, b"\x89PNG", "it is a picture", "give a weights file; pictures to train on are given with --data"),
    (
        0,
        b"\xff\xd8\xff",
        "it is a picture",
        "give a weights file; pictures to train on are given with --data",
    ),
    (0, b"GIF8", "it is a picture", "give a weights file; pictures to train on are given with --data"),
    (0, b"\0\0\x08\x03", "it is an IDX file of images", "give a weights file; data are given with --data"),
    (0, b"\0\0\x08\x01", "it is an IDX file of labels", "give a weights file; data are given with --data"),
    (0, b"%PDF", "it is a PDF document", "give a weights file"),
    (0, b"\0asm", "it is a WebAssembly program", "give a weights file"),
    (0, b"7z\xbc\xaf\x27\x1c", "it is a 7z archive", UNPACK),
    (0, b"\xfd7zXZ\0", "it is compressed with xz", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "it is compressed with zstd", UNPACK),
    (0, b"BZh", "it is compressed with bzip2", UNPACK),
    (0, b"Rar!", "it is a RAR archive", UNPACK),
];

/// Tells what a file is.
pub fn recognise(bytes: &[u8]) -> FileKind {
    let other = |what: &str, remedy: &str| FileKind::Other(format!("{what}; {remedy}"));
    let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    if bytes.get(8) == Some(&b'{') && length.is_some_and(|length| length <= MOST_HEADER) {
        return FileKind::Safetensors;
    }
    if let Some((_, _, what, remedy)) = KNOWN.iter().find(|(at, magic, ..)| is_at(bytes, *at, magic)) {
        return other(what, remedy);
    }
    match bytes {
        [] => other("it is empty", AGAIN),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => zip(bytes),
        [0x1f, 0x8b, ..] => FileKind::Gzip,
        _ if is_pickle(bytes) => FileKind::PyTorch,
        _ if is_at(bytes, 257, b"ustar") => match mentions(bytes, b"sys_info") {
            true => FileKind::PyTorch,
            false => other("it is a tar archive", UNPACK),
        },
        [8, 1..=32, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42, ..] => {
            other("it is an ONNX model", OTHER_PROGRAM)
        }
        [0x0a, ..] if mentions(bytes, b"Placeholder") || mentions(bytes, b"VarHandleOp") => {
            other("it is a TensorFlow graph (.pb)", OTHER_PROGRAM)
        }
        _ if bytes.iter().all(|byte| *byte == 0) => other("it holds nothing but zeros", AGAIN),
        _ => text(bytes).unwrap_or_else(|| {
            other(
                "its first bytes are not those of one",
                &format!("{AGAIN}; a .pt file is converted by `ddpm import`"),
            )
        }),
    }
}

impl FileKind {
    /// Why a file of this kind is no safetensors file, where no program is at hand that unpacks or converts it.
    pub(super) fn refusal(self) -> WeightsError {
        WeightsError::NotSafetensors(match self {
            Self::Safetensors => format!("its header cannot be understood; {AGAIN}"),
            Self::PyTorch => "it is a PyTorch file; a .pt file is converted by `ddpm import`: \
                              `ddpm import FILE --out weights.safetensors`"
                .into(),
            Self::Zip => format!("it is a zip archive; {UNPACK}; a .pt file is converted by `ddpm import`"),
            Self::Gzip => format!("it is compressed with gzip; {UNPACK}"),
            Self::Other(sentence) => sentence,
        })
    }
}

/// What is wrong with a safetensors file that cannot be opened.
pub(super) fn damage(bytes: &[u8], error: &safetensors::SafeTensorError) -> WeightsError {
    let length = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    let header = usize::try_from(length).ok().and_then(|length| bytes.get(8..)?.get(..length));
    let parsed = header.and_then(|header| std::str::from_utf8(header).ok());
    let numbers = parsed.and_then(|text| serde_json::from_str::<Metadata>(text).ok());
    let numbers = numbers.map(|metadata| metadata.data_len() as u64);
    let (found, whole) = (bytes.len() as u64, numbers.map(|numbers| 8 + length + numbers));
    WeightsError::NotSafetensors(match whole {
        _ if header.is_none() => format!("it ends after {found} bytes, within its header; {AGAIN}"),
        Some(whole) if whole > found => {
            format!("it is cut short, {} of its {whole} bytes are missing; {AGAIN}", whole - found)
        }
        Some(whole) if whole < found => {
            format!("{} bytes follow after the {whole} that its header tells of; {AGAIN}", found - whole)
        }
        _ => format!("{error}; {AGAIN}"),
    })
}

fn is_at(bytes: &[u8], at: usize, magic: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

/// Whether a word stands near the file's beginning or end; a zip archive's names all do.
fn mentions(bytes: &[u8], word: &[u8]) -> bool {
    let ends = [&bytes[..bytes.len().min(START)], &bytes[bytes.len().saturating_sub(END)..]];
    ends.iter().any(|part| part.windows(word.len()).any(|found| found == word))
}

/// A pickle of protocol 2 to 5, or the magic number of PyTorch's before it used zip, in protocol 0 or 1.
fn is_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..]) || mentions(&bytes[..bytes.len().min(64)], b"119547037146038801333356")
}

/// A zip archive by what its entries are named.
fn zip(bytes: &[u8]) -> FileKind {
    let other = |what: &str, remedy: &str| FileKind::Other(format!("{what}; {remedy}"));
    match () {
        _ if mentions(bytes, b"constants.pkl") => other(
            "it is a TorchScript archive, which holds a program",
            "in PyTorch, save `torch.jit.load(FILE).state_dict()` with torch.save, which `ddpm import` reads",
        ),
        _ if mentions(bytes, b"data.pkl") => FileKind::PyTorch,
        _ if mentions(bytes, b"model.weights.h5") => other("it is a Keras model", OTHER_PROGRAM),
        _ if mentions(bytes, b".npy") => other(
            "it is a NumPy archive (.npz)",
            "in Python, `safetensors.numpy.save_file(dict(numpy.load(FILE)), \"weights.safetensors\")` makes a weights file of it",
        ),
        _ => FileKind::Zip,
    }
}

/// A file that is readable text.
fn text(bytes: &[u8]) -> Option<FileKind> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = &bytes[..bytes.len().min(START)];
    // The last character may be cut in two.
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let text = text.trim_start();
    let (what, remedy) = match text.as_bytes().first() {
        Some(b'<') => (
            "it is a web page (HTML), as a server sends in place of a file",
            "download the file itself (on a hub, its \"raw\" or \"download\" link)",
        ),
        Some(b'{') if text.contains("weight_map") => {
            ("it is the index (JSON) of weights that are split over several files", "save them as one file")
        }
        Some(b'{') if text.contains("_diffusers_version") || text.contains("_class_name") => {
            ("it is the description (JSON) of a diffusers model, which is another network", OTHER_PROGRAM)
        }
        Some(b'{' | b'[') => ("it is a JSON file, without any weights", HUB),
        Some(_) => ("it is a text file", HUB),
        None => ("it holds nothing but white space", AGAIN),
    };
    Some(FileKind::Other(format!("{what}; {remedy}")))
}
