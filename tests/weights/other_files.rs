//! Files that hold no weights that can be used, each called what it is.

use super::common::file;
use super::wrappings::{list, parameters, told};
use ddpm_web::core::schedule::ScheduleConfig;
use ddpm_web::model::file::{Metadata, Precision, Weights};
use ddpm_web::model::tensors::StateDict;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;

#[test]
fn checkpoints_and_classifiers_are_known_by_their_headers() {
    let ones = [1u8; 8];
    for (key, words) in [
        ("ddpm_web_checkpoint", "`ddpm export RUN`"),
        ("ddpm_web_classifier", "`ddpm evaluate --classifier`"),
    ] {
        let view = TensorView::new(Dtype::F32, vec![2], &ones).unwrap();
        let header = Some(HashMap::from([(key.to_string(), "{}".to_string())]));
        let told = told(&safetensors::serialize([("weights", view)], header).unwrap());
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_cut_file_says_how_much_is_missing() {
    let whole = file(&parameters(1).to_state());
    assert!(
        told(&whole[..whole.len() - 1000]).contains("1000 of its"),
        "{}",
        told(&whole[..whole.len() - 1000])
    );
    assert!(told(&whole[..100]).contains("ends after 100 bytes, within its header"));
    assert!(told(&[&whole[..], b"??"].concat()).contains("2 bytes follow"));
    let described = Weights {
        metadata: Some(Metadata::default()),
        schedule: ScheduleConfig::default(),
        parameters: parameters(1),
    };
    let whole = described.to_bytes(Precision::F32).unwrap();
    assert!(told(&whole[..whole.len() - 1]).contains("1 of its"));
}

/// A file that is something else is called what it is, whatever its name says.
#[test]
fn other_files_are_named_with_the_remedy() {
    let zip = |name: &str| format!("PK\x03\x04{}{name}{}", "\0".repeat(26), "\0".repeat(40)).into_bytes();
    let onnx = b"\x08\x0a\x12\x07pytorch\x1a\x052.4.0";
    for (bytes, words) in [
        (&b""[..], &["empty", "again"][..]),
        (&[0; 500], &["zeros", "again"]),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n",
            &["Git LFS", "`git lfs pull`"],
        ),
        (b"<!DOCTYPE html><html></html>", &["web page", "download"]),
        (b"\n  <html><body>404</body></html>", &["web page"]),
        (b"{\"metadata\": {}, \"weight_map\": {\"a\": \"b\"}}", &["index", "one file"]),
        (b"{\"_class_name\": \"UNet2DModel\"}", &["diffusers"]),
        (b"{\"epochs\": 3}", &["JSON"]),
        (b"# My model\n\nIt is good.", &["text", ".safetensors"]),
        (&zip("unet/data.pkl"), &["PyTorch", "`ddpm import`"]),
        (&zip("unet/constants.pkl"), &["TorchScript", "state_dict()"]),
        (&zip("conv_out.weight.npy"), &["NumPy archive", "save_file"]),
        (&zip("plain.safetensors"), &["zip", "unpack"]),
        (b"\x80\x02}q\x00.", &["PyTorch", "`ddpm import`"]),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", &["PyTorch"]),
        (b"\x1f\x8b\x08\0\0\0\0\0", &["gzip", "unpack"]),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0", &["HDF5", "Keras"]),
        (b"GGUF\x03\0\0\0", &["GGUF"]),
        (b"\x93NUMPY\x01\0v\0{'descr'", &["NumPy"]),
        (onnx, &["ONNX"]),
        (b"\x08\x01\x12\xa4\x0a", &["TensorFlow"]),
        (b"\x1c\0\0\0TFL3", &["TensorFlow Lite"]),
        (b"\x89PNG\r\n\x1a\n", &["picture", "--data"]),
        (b"\0\0\x08\x03\0\0\xea\x60", &["IDX", "--data"]),
        (&[0xfe; 64], &["`ddpm import`", "again"]),
    ] {
        let told = told(bytes);
        for word in words.iter().chain(&["not a whole safetensors file"]) {
            assert!(told.contains(word), "no {word:?} in: {told}");
        }
    }
}

#[test]
fn other_networks_are_named_by_their_tensors() {
    for (name, words) in [
        ("down_blocks.0.resnets.0.conv1.weight", "diffusers"),
        ("model.diffusion_model.input_blocks.0.0.weight", "Stable Diffusion"),
        ("encoder.weight", "\"encoder.weight\" first"),
    ] {
        let state = StateDict::from([(name.to_string(), list(vec![1.0]))]);
        let told = told(&file(&state));
        assert!(told.contains(words) && told.contains("another network"), "{told}");
    }
    assert!(told(&file(&StateDict::new())).contains("holds no tensors"));
    // A diffusers UNet has a conv_out too.
    let names = ["conv_in.weight", "conv_out.bias", "conv_out.weight", "mid_block.x", "down_blocks.0.x"];
    let state = names.map(|name| (name.to_string(), list(vec![1.0]))).into();
    assert!(told(&file(&state)).contains("diffusers"), "{}", told(&file(&state)));
}
