//! Writes files as `torch.save` does: a pickle whose tensors' bytes lie in entries of their own.

use ddpm_web::model::tensors::StateDict;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What a pickle holds.
pub enum Value {
    Dict(Vec<(&'static str, Value)>),
    /// Names to tensors, of these type and place.
    Tensors(StateDict, Kind, &'static str),
    List(Vec<Value>),
    Int(i32),
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Float,
    Half,
    BFloat16,
}

impl Kind {
    fn storage(self) -> &'static str {
        match self {
            Self::Float => "FloatStorage",
            Self::Half => "HalfStorage",
            Self::BFloat16 => "BFloat16Storage",
        }
    }

    fn bytes(self, data: &[f32]) -> Vec<u8> {
        match self {
            Self::Float => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::Half => data.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect(),
            Self::BFloat16 => data.iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect(),
        }
    }
}

pub fn tensors(state: &StateDict) -> Value {
    Value::Tensors(state.clone(), Kind::Float, "cpu")
}

/// A file of PyTorch 1.6 or later.
pub fn zipped(value: &Value) -> Vec<u8> {
    let (pickle, storages) = pickled(value);
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut entry = |name: String, bytes: &[u8]| {
        archive.start_file(format!("archive/{name}"), options).unwrap();
        archive.write_all(bytes).unwrap();
    };
    entry("data.pkl".into(), &pickle);
    entry("byteorder".into(), b"little");
    for (key, (_, bytes)) in storages.iter().enumerate() {
        entry(format!("data/{key}"), bytes);
    }
    entry("version".into(), b"3\n");
    archive.finish().unwrap().into_inner()
}

/// A file of before.
pub fn legacy(value: &Value) -> Vec<u8> {
    let (pickle, storages) = pickled(value);
    let mut file = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}".to_vec();
    string(&mut file, "little_endian");
    file.extend(b"\x88s.");
    file.extend(pickle);
    file.extend(b"\x80\x02]");
    for key in 0..storages.len() {
        string(&mut file, &key.to_string());
        file.push(b'a');
    }
    file.push(b'.');
    for (count, bytes) in storages {
        file.extend((count as u64).to_le_bytes());
        file.extend(bytes);
    }
    file
}

type Storages = Vec<(usize, Vec<u8>)>;

fn pickled(value: &Value) -> (Vec<u8>, Storages) {
    let (mut out, mut storages) = (b"\x80\x02".to_vec(), vec![]);
    write(&mut out, &mut storages, value);
    out.push(b'.');
    (out, storages)
}

fn write(out: &mut Vec<u8>, storages: &mut Storages, value: &Value) {
    match value {
        Value::Int(number) => int(out, *number),
        Value::List(values) => {
            out.push(b']');
            for value in values {
                write(out, storages, value);
                out.push(b'a');
            }
        }
        Value::Dict(entries) => {
            out.push(b'}');
            for (name, value) in entries {
                string(out, name);
                write(out, storages, value);
                out.push(b's');
            }
        }
        Value::Tensors(state, kind, place) => {
            out.push(b'}');
            for (name, array) in state {
                string(out, name);
                // _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
                out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
                string(out, "storage");
                out.extend(format!("ctorch\n{}\n", kind.storage()).as_bytes());
                string(out, &storages.len().to_string());
                string(out, place);
                int(out, array.data.len() as i32);
                out.extend(b"tQ");
                int(out, 0);
                tuple(out, &array.shape);
                let stride = |axis: usize| array.shape[axis + 1..].iter().product();
                tuple(out, &(0..array.shape.len()).map(stride).collect::<Vec<usize>>());
                out.extend(b"\x89ccollections\nOrderedDict\n)RtRs");
                storages.push((array.data.len(), kind.bytes(&array.data)));
            }
        }
    }
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    out.extend((text.len() as u32).to_le_bytes());
    out.extend(text.as_bytes());
}

fn int(out: &mut Vec<u8>, number: i32) {
    out.push(b'J');
    out.extend(number.to_le_bytes());
}

fn tuple(out: &mut Vec<u8>, numbers: &[usize]) {
    out.push(b'(');
    numbers.iter().for_each(|number| int(out, *number as i32));
    out.push(b't');
}
