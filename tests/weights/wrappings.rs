//! The same weights as people have them: under prefixes, beside other tensors, in other types, with other
//! schedules.

use super::common::{difference, file};
use ddpm_web::core::image::ImageSpec;
use ddpm_web::core::prediction::Prediction;
use ddpm_web::core::schedule::{Schedule, ScheduleConfig, ScheduleKind};
use ddpm_web::model::file::{Found, Precision, ScheduleSource, Weights, WeightsError};
use ddpm_web::model::tensors::{Array, StateDict, TIME_EMBED, sinusoidal_embedding};
use ddpm_web::model::{Parameters, UNetConfig};
use safetensors::tensor::{Dtype, TensorView};

fn config() -> UNetConfig {
    UNetConfig { image: ImageSpec { side: 12, channels: 1 }, widths: [2, 3, 4], classes: None }
}

pub fn parameters(seed: u64) -> Parameters {
    Parameters::init(&config(), seed)
}

fn under(prefix: &str, state: StateDict) -> StateDict {
    state.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)).collect()
}

pub fn list(data: Vec<f32>) -> Array {
    Array { shape: vec![data.len()], data }
}

/// The tutorial's whole DDPM module.
fn ddpm(prefix: &str, schedule: ScheduleConfig) -> StateDict {
    let Schedule { betas, alphas, alpha_bars, .. } = Schedule::new(schedule).unwrap();
    let mut state = under("network.", parameters(1).to_state());
    for (name, numbers) in [("betas", betas), ("alphas", alphas), ("alpha_bars", alpha_bars)] {
        state.insert(name.into(), list(numbers.into_iter().map(|number| number as f32).collect()));
    }
    under(prefix, state)
}

/// A file of tensors of any type.
fn file_of(state: &StateDict, dtype: impl Fn(&str) -> Dtype) -> Vec<u8> {
    let raw = |name: &str, x: f32| match dtype(name) {
        Dtype::F64 => f64::from(x).to_le_bytes().to_vec(),
        Dtype::F16 => half::f16::from_f32(x).to_le_bytes().to_vec(),
        Dtype::BF16 => half::bf16::from_f32(x).to_le_bytes().to_vec(),
        Dtype::I32 => (x as i32).to_le_bytes().to_vec(),
        _ => x.to_le_bytes().to_vec(),
    };
    let bytes = |name: &String, array: &Array| array.data.iter().flat_map(|x| raw(name, *x)).collect();
    let all: Vec<(&String, Vec<u8>)> = state.iter().map(|(name, array)| (name, bytes(name, array))).collect();
    let view = |name: &String, raw| TensorView::new(dtype(name), state[name].shape.clone(), raw).unwrap();
    safetensors::serialize(all.iter().map(|(name, raw)| (*name, view(name, raw))), None).unwrap()
}

fn found(state: &StateDict) -> Found {
    Found::parse(&file(state), None).unwrap()
}

pub fn told(bytes: &[u8]) -> String {
    Weights::parse(bytes).unwrap_err().to_string()
}

#[test]
fn one_prefix_that_leads_to_every_tensor_is_taken_away() {
    for prefix in [
        "module.",
        "_orig_mod.",
        "model.",
        "network.",
        "network.module.",
        "module.network.",
        "ema_model.",
        "state_dict.model._orig_mod.",
        "some.thing.of.their.own.",
    ] {
        let found = found(&under(prefix, parameters(1).to_state()));
        assert_eq!(found.weights.parameters, parameters(1), "{prefix}");
        assert!(found.notes()[0].contains(prefix), "{:?}", found.notes());
    }
    let inside = |name: String| name.replace("_block.", "_block._orig_mod.").replace("_up.", "_up.module.");
    let state = parameters(1).to_state().into_iter().map(|(name, array)| (inside(name), array)).collect();
    assert_eq!(found(&state).weights.parameters, parameters(1), "wrappers around single layers");
    let classes = Parameters::init(&UNetConfig { classes: Some(3), ..config() }, 1);
    assert_eq!(found(&under("model.", classes.to_state())).weights.parameters, classes);
}

/// What is missing below the prefix is named as the file names the others.
#[test]
fn a_tensor_that_is_missing_or_misshapen_is_named_with_its_prefix() {
    let mut state = under("module.", parameters(1).to_state());
    let array = state.remove("module.conv_out.weight").unwrap();
    assert!(told(&file(&state)).contains("1 tensors of the UNet are missing, module.conv_out.weight first"));
    state.insert("module.conv_out.weight".into(), Array { shape: vec![1, 3, 2, 3], ..array });
    let told = told(&file(&state));
    for words in ["module.conv_out.weight", "[1, 3, 2, 3]", "[1, 2, 3, 3]"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn two_sets_that_differ_need_a_choice_and_two_that_do_not_need_none() {
    let mut state = under("model.", parameters(1).to_state());
    state.extend(under("ema.", parameters(2).to_state()));
    let refusal = Weights::parse(&file(&state)).unwrap_err();
    assert!(matches!(&refusal, WeightsError::Several(prefixes) if *prefixes == ["ema.", "model."]));
    assert!(refusal.to_string().contains("`ddpm import FILE --prefix ema.`"), "{refusal}");
    for (prefix, seed) in [("model.", 1), ("ema.", 2)] {
        let found = Found::parse(&file(&state), Some(prefix)).unwrap();
        assert_eq!(found.weights.parameters, parameters(seed));
    }
    let other = Found::parse(&file(&state), Some("net.")).unwrap_err().to_string();
    assert!(other.contains("\"net.\"") && other.contains("\"ema.\" and \"model.\""), "{other}");

    state.extend(under("ema.", parameters(1).to_state()));
    assert_eq!(found(&state).weights.parameters, parameters(1));
    state.get_mut("ema.conv_out.bias").unwrap().data[0] = f32::NAN;
    assert!(
        matches!(Weights::parse(&file(&state)), Err(WeightsError::Several(_))),
        "one that is spoilt is no choice"
    );
    // Half a set beside a whole one is no second reading.
    state.retain(|name, _| !name.starts_with("ema.layer_1"));
    assert_eq!(found(&state).weights.parameters, parameters(1));
}

#[test]
fn what_training_keeps_beside_the_weights_is_left_out_and_said() {
    let scalar = || list(vec![3.0]);
    let mut state = parameters(1).to_state();
    for name in
        ["optimizer.state.0.exp_avg", "ema.decay", "lr_scheduler.base", "step", "bn.num_batches_tracked"]
    {
        state.insert(name.into(), scalar());
    }
    let whole = |name: &str| match name {
        "step" | "bn.num_batches_tracked" => Dtype::I32,
        _ => Dtype::F32,
    };
    let found = Found::parse(&file_of(&state, whole), None).unwrap();
    assert_eq!(found.weights.parameters, parameters(1));
    assert_eq!(found.notes()[0], "5 other tensors were left out, bn.num_batches_tracked first.");

    // Around a network that is named they may be anything; within it they are another network's.
    let mut state = under("model.", parameters(1).to_state());
    state.insert("loss_net.conv.weight".into(), list(vec![f32::NAN]));
    assert!(found_notes(&state).contains("One other tensor was left out: loss_net.conv.weight."));
    state.insert("model.head.weight".into(), scalar());
    assert!(
        matches!(Weights::parse(&file(&state)), Err(WeightsError::Unexpected(names)) if names == ["model.head.weight"])
    );
}

fn found_notes(state: &StateDict) -> String {
    found(state).notes().join(" ")
}

#[test]
fn a_halved_ddpm_module_has_the_schedule_that_it_was_made_with() {
    let linear = |timesteps| ScheduleConfig { timesteps, ..ScheduleConfig::default() };
    let cosine = |timesteps| ScheduleConfig::new(ScheduleKind::Cosine, timesteps);
    let clipped = ScheduleConfig { beta_end: 0.999, ..cosine(500) };
    for schedule in [linear(200), linear(1000), linear(40), cosine(200), cosine(1000), clipped] {
        for (dtype, prefix) in
            [(Dtype::F32, ""), (Dtype::F16, "module."), (Dtype::BF16, ""), (Dtype::F64, "")]
        {
            let found = Found::parse(&file_of(&ddpm(prefix, schedule), |_| dtype), None).unwrap();
            let config = found.weights.schedule;
            assert_eq!((config.kind, config.timesteps), (schedule.kind, schedule.timesteps), "{dtype:?}");
            let betas = |config| Schedule::new(config).unwrap().betas;
            let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-3 * b + 1e-9;
            assert!(betas(config).iter().zip(&betas(schedule)).all(near), "{config} instead of {schedule}");
            assert_eq!(found.schedule_from, ScheduleSource::Betas);
            let notes = found.notes().join(" ");
            assert!(notes.contains("betas") && !notes.contains("left out"), "{notes}");
        }
    }
    let halved = Weights::parse(&file_of(&ddpm("", linear(200)), |_| Dtype::F16)).unwrap();
    assert_eq!(halved.schedule, ScheduleConfig::default(), "to the last bit");
}

#[test]
fn betas_of_no_schedule_here_are_refused_in_a_sentence_that_is_true() {
    let mut state = ddpm("", ScheduleConfig::default());
    let roots = state["betas"].data.iter().map(|beta| beta.sqrt() / 2.0).collect();
    state.insert("betas".into(), list(roots));
    let refusal = told(&file(&state));
    for words in ["200 betas from 0.005 to 0.07071", "neither evenly spaced nor those of a cosine"] {
        assert!(refusal.contains(words), "{refusal}");
    }
    state.insert("betas".into(), list(vec![0.01; 1500]));
    assert!(told(&file(&state)).contains("1500 timesteps: give a number from 1 to 1000"));
}

#[test]
fn a_time_table_of_other_length_tells_t_and_is_completed() {
    let with_rows = |rows: usize, prefix: &str| {
        let mut state = parameters(1).to_state();
        let data = sinusoidal_embedding(rows, 100);
        state.insert(TIME_EMBED.into(), Array { shape: vec![rows, 100], data });
        under(prefix, state)
    };
    for (rows, prefix, dtype) in
        [(200, "", Dtype::F32), (1, "", Dtype::F64), (999, "module.", Dtype::F16), (37, "a.b.", Dtype::BF16)]
    {
        let found = Found::parse(&file_of(&with_rows(rows, prefix), |_| dtype), None).unwrap();
        assert_eq!(found.weights.schedule, ScheduleConfig { timesteps: rows, ..ScheduleConfig::default() });
        assert_eq!(found.schedule_from, ScheduleSource::TimeTable(rows));
        assert!(difference(&found.weights.parameters.table, &parameters(1).table) < 4e-3);
        assert!(found.notes().join(" ").contains(&format!("T = {rows} is the number of rows")));
    }
    let longer = found(&with_rows(1500, ""));
    assert_eq!(longer.weights.parameters, parameters(1));
    assert_eq!(longer.weights.schedule, ScheduleConfig::default(), "more rows than T can be tell nothing");
    assert!(longer.notes()[0].contains("1500 rows the first 1000"), "{:?}", longer.notes());

    // The file's own betas know better, as far as there are rows for them.
    let mut state = with_rows(300, "");
    let betas = |timesteps| {
        let schedule = ScheduleConfig { timesteps, ..ScheduleConfig::default() };
        list(Schedule::new(schedule).unwrap().betas.into_iter().map(|beta| beta as f32).collect())
    };
    state.insert("betas".into(), betas(250));
    assert_eq!(found(&state).weights.schedule.timesteps, 250);
    state.insert("betas".into(), betas(301));
    assert!(told(&file(&state)).contains("T = 301, but the time table has 300 rows"));
}

#[test]
fn a_time_table_that_was_trained_is_used_whole_or_refused() {
    let mut state = parameters(1).to_state();
    state.get_mut(TIME_EMBED).unwrap().data[12_345] += 0.1;
    let trained = found(&state);
    assert_eq!(trained.weights.parameters.table, state[TIME_EMBED].data);
    assert!(trained.notes()[0].contains("not the tutorial's"), "{:?}", trained.notes());

    let table = Array { shape: vec![300, 100], data: state[TIME_EMBED].data[..30_000].to_vec() };
    state.insert(TIME_EMBED.into(), table);
    let told_rows = told(&file(&state));
    assert!(told_rows.contains("300 rows") && told_rows.contains("--timesteps 300"), "{told_rows}");
    state.insert(TIME_EMBED.into(), Array { shape: vec![0, 100], data: vec![] });
    assert!(told(&file(&state)).contains("[1000, 100]"));
}

#[test]
fn every_type_that_pytorch_trains_is_read_and_integers_are_not() {
    let state = parameters(1).to_state();
    let mixed = |name: &str| match name.len() % 4 {
        0 => Dtype::F16,
        1 => Dtype::BF16,
        2 => Dtype::F64,
        _ => Dtype::F32,
    };
    let found = Found::parse(&file_of(&state, mixed), None).unwrap();
    assert!(difference(&found.weights.parameters.flat, &parameters(1).flat) < 4e-3);
    assert!(found.notes()[0].contains("float64 and bfloat16"), "{:?}", found.notes());
    let doubles = Weights::parse(&file_of(&state, |_| Dtype::F64)).unwrap();
    assert_eq!(doubles.parameters, parameters(1));
    let whole = |name: &str| if name == "conv_out.weight" { Dtype::I32 } else { Dtype::F32 };
    let told = told(&file_of(&state, whole));
    assert!(told.contains("conv_out.weight holds I32"), "{told}");
}

/// A file that is written says a schedule that would not be assumed of it.
#[test]
fn a_schedule_that_was_found_is_not_lost_in_writing() {
    let schedule =
        ScheduleConfig { prediction: Prediction::V, ..ScheduleConfig::new(ScheduleKind::Cosine, 300) };
    for (schedule, described) in [(schedule, true), (ScheduleConfig::default(), false)] {
        let weights = Weights { parameters: parameters(1), schedule, metadata: None };
        let back = Weights::parse(&weights.to_bytes(Precision::F32).unwrap()).unwrap();
        assert_eq!((back.schedule, back.metadata.is_some()), (schedule, described));
    }
}
