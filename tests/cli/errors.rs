//! What the program says when it cannot.

use super::{common, ddpm, fails, ok, workplace};
use ddpm_web::model::file::Weights;
use ddpm_web::model::tensors::StateDict;
use std::fs;

#[test]
fn bad_arguments_are_clear_errors() {
    let folder = workplace();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (arguments, words) in [
        ("train --data data --timesteps 0", &["timesteps", "1 to 1000"][..]),
        ("train --data data --timesteps 2000", &["1 to 1000"]),
        ("train --data data --beta-start 0.5", &["betas", "0.02"]),
        ("train --data data --epochs 0", &["--epochs"]),
        ("train --data data --batch-size 0", &["--batch-size"]),
        ("train --data data --learning-rate 0", &["learning rate", "0.001"]),
        ("train --data data --ema 1.5", &["EMA", "between 0 and 1"]),
        ("train --data empty", &["empty"]),
        ("train --data nowhere", &["nowhere"]),
        ("train --data data --device no-such-gpu", &["no such GPU", "--device cpu"]),
        ("train --data data --out weights", &["weights"]),
        ("train --data data --resume nowhere", &["nowhere", "run's folder"]),
        ("noise --data data --percent 101", &["101", "0 to 100"]),
        ("noise --data data --percent nan", &["0 to 100"]),
        ("noise --data data --out weights/x", &["weights/x", "--out"]),
        ("sample --weights nowhere", &["nowhere", "ddpm train"]),
        ("sample --weights weights --steps 201", &["1 to 200"]),
        ("sample --weights weights --eta 0.5", &["eta", "ddim"]),
        ("sample --weights weights --sampler ddim --eta 2", &["0 (no noise) to 1"]),
        ("sample --weights weights --count 0", &["--count"]),
        ("sample --weights weights --sampler dpm-solver-pp --eta 0.5", &["eta", "ddim"]),
        ("sample --weights weights --sampler euler", &["euler", "dpm-solver-pp"]),
        ("sample --weights weights --spacing odd", &["odd", "halfway"]),
        ("sample --weights weights --class 1", &["weights", "without classes", "--classes"]),
        ("sample --weights weights --class all", &["without classes", "--classes"]),
        ("sample --weights weights --guidance 2", &["without classes", "--guide"]),
        ("sample --weights weights --guidance -1", &["--guidance", "0 or more"]),
        ("sample --weights weights --guidance inf", &["--guidance", "0 or more"]),
        ("sample --weights weights --guide weights", &["--guidance"]),
        ("sample --weights weights --guide nowhere --guidance 2", &["nowhere"]),
        ("reconstruct --data data --weights weights --class 1", &["without classes"]),
        ("reconstruct --data data --untrained --class 1", &["--class", "--untrained"]),
        ("train --data data --size 30", &["30x30", "12 to 64", "divisible by 4"]),
        ("train --data data --widths 1,2", &["--widths", "three numbers"]),
        ("train --data data --widths 1,2,0", &["widths", "1 to"]),
        ("train --data data --widths 1,2,300", &["widths", "1 to"]),
        ("train --data data --classes", &["no labels", "subfolder", ".npz"]),
        ("train --data data --colour", &["--colour"]),
        ("noise --data data --size 66", &["66", "--size"]),
        ("info --plan --size 10", &["10x10", "12 to 64"]),
        ("info --plan weights --widths 1,2,3", &["--widths"]),
        ("info weights --size 28", &["--size"]),
        ("bench --widths 1,2,900", &["widths"]),
        ("sample --weights weights --device cpu --steps 2 --count 1 --gif nowhere/x.gif", &["nowhere/x.gif"]),
        ("reconstruct --data data --weights weights --t 1000", &["--t"]),
        ("import data/train-images-idx3-ubyte", &["IDX", "--data"]),
        ("import weights --timesteps 2000", &["1 to 1000"]),
        ("info data/train-images-idx3-ubyte", &["not a whole safetensors file"]),
    ] {
        println!("ddpm {arguments}");
        fails(&ddpm(&folder, arguments), words);
        assert!(!folder.path().join("runs").exists(), "nothing was begun");
    }
}

#[test]
fn damaged_weights_are_clear_errors() {
    let folder = workplace();
    ok(&ddpm(&folder, "train --data data --device cpu --epochs 1 --batch-size 24 --samples 0 --out run"));
    ok(&ddpm(&folder, "export run --out whole"));
    let whole = fs::read(folder.path().join("whole")).unwrap();
    let state = Weights::parse(&whole).unwrap().parameters.to_state();
    let changed = |change: &dyn Fn(&mut StateDict)| {
        let mut state = state.clone();
        change(&mut state);
        common::file(&state)
    };
    let name = || "conv_out.weight".to_string();
    let missing = changed(&|state| drop(state.remove(&name())));
    let misshapen = changed(&|state| state.get_mut(&name()).unwrap().shape = vec![10, 9]);
    let nan = changed(&|state| state.get_mut(&name()).unwrap().data[0] = f32::NAN);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for (bytes, words) in [
        (&whole[..whole.len() / 2], &["not a whole safetensors file", "again"][..]),
        (&flipped, &["damaged", "again"]),
        (&[], &["not a whole safetensors file"]),
        (&missing, &["conv_out.weight", "missing", "state_dict()"]),
        (&misshapen, &["conv_out.weight", "[10, 9]", "[1, 10, 3, 3]"]),
        (&nan, &["conv_out.weight", "NaN", "checkpoint"]),
    ] {
        fs::write(folder.path().join("damaged"), bytes).unwrap();
        fails(&ddpm(&folder, "sample --weights damaged --out out"), words);
        fails(&ddpm(&folder, "export damaged --out exported"), words);
        assert!(!folder.path().join("out").exists() && !folder.path().join("exported").exists());
    }
}
