//! Where in a file the network's tensors lie. What trains and saves a network puts it into wrappers, which show as
//! prefixes of the names: `module.` of DataParallel, `_orig_mod.` of torch.compile, `network.` of the tutorial's
//! DDPM, `state_dict.model.` of a Lightning checkpoint, and any others.

use super::WeightsError;
use crate::core::image::ImageSpec;
use crate::model::config::{TIME_DIM, UNetConfig};
use crate::model::tensors::{StateDict, TIME_EMBED, TensorSpec, config_from_shapes, state_dict, tensors};
use std::collections::BTreeMap;

/// Wrappers of PyTorch's own, which may also stand around a layer inside the network.
const INNER: [&str; 4] = ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// So many names say little about whose they are.
const FEW: usize = 8;

/// The network's tensors in a file.
#[derive(Debug)]
pub(super) struct Set {
    pub prefix: String,
    pub config: UNetConfig,
    /// Each tensor's name in the network, and in the file.
    pub names: BTreeMap<String, String>,
}

/// All sets of the network's tensors in a file of these shapes, each under another prefix; with `wanted` the one
/// under this prefix alone.
///
/// # Errors
/// When there is none: what is wrong with the one that is nearest to it.
pub(super) fn find(shapes: &StateDict, wanted: Option<&str>) -> Result<Vec<Set>, WeightsError> {
    let plain = shapes.keys().map(|name| (name.clone(), name.clone())).collect();
    let refusal = match find_named(shapes, &plain, wanted) {
        Ok(sets) => return Ok(sets),
        Err(refusal) => refusal,
    };
    // Without the inner wrappers, unless two names become one.
    let inner: BTreeMap<String, String> =
        shapes.keys().map(|name| (without_inner(name), name.clone())).collect();
    match inner.len() == shapes.len() && inner != plain {
        true => find_named(shapes, &inner, wanted).map_err(|_| refusal),
        false => Err(refusal),
    }
}

fn without_inner(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').filter(|part| !INNER.contains(part)).collect();
    parts.join(".")
}

/// As [`find`], for tensors under other names than the file's: from each to the file's.
fn find_named(
    shapes: &StateDict,
    names: &BTreeMap<String, String>,
    wanted: Option<&str>,
) -> Result<Vec<Set>, WeightsError> {
    // 1. Prefixes under which the network's names are found, and how many.
    let known = known_names();
    let mut prefixes: BTreeMap<&str, usize> = BTreeMap::new();
    for prefix in names.keys().filter_map(|name| prefix_of(name, &known)) {
        *prefixes.entry(prefix).or_default() += 1;
    }
    if let Some(wanted) = wanted {
        if !prefixes.contains_key(wanted) {
            let found = prefixes.keys().map(|prefix| prefix.to_string()).collect();
            return Err(WeightsError::NoPrefix { wanted: wanted.into(), found });
        }
        prefixes.retain(|prefix, _| *prefix == wanted);
    }
    // 2. Those that lead to a whole network.
    let (mut sets, mut refusal) = (vec![], None);
    for (prefix, count) in prefixes {
        let below = names.iter().filter_map(|(name, own)| Some((name.strip_prefix(prefix)?, own)));
        let below: BTreeMap<String, String> =
            below.map(|(name, own)| (name.to_string(), own.clone())).collect();
        let part = below.iter().map(|(name, own)| (name.clone(), shapes[own].clone()));
        match config_of(&state_dict(part), prefix) {
            Ok(config) => {
                let own = |spec: TensorSpec| {
                    let file = below[&spec.name].clone();
                    (spec.name, file)
                };
                let names = tensors(&config).into_iter().map(own).collect();
                sets.push(Set { prefix: prefix.into(), config, names });
            }
            Err(error) if refusal.as_ref().is_none_or(|(most, _)| count > *most) => {
                refusal = Some((count, error));
            }
            Err(_) => (),
        }
    }
    match (sets.is_empty(), refusal) {
        (false, _) => Ok(sets),
        // Two networks may have a few names in common.
        (true, Some((count, error))) if count > FEW || !WeightsError::is_of_another(names.keys()) => {
            Err(error)
        }
        _ => Err(WeightsError::other_network(names.keys())),
    }
}

/// Names that tensors of a network of any sizes have.
pub(super) fn known_names() -> Vec<String> {
    let config = |side| UNetConfig {
        image: ImageSpec { side, channels: 1 },
        classes: Some(1),
        ..UNetConfig::tutorial()
    };
    // A quarter of the side is odd, or even.
    [28, 32].iter().flat_map(|side| tensors(&config(*side))).map(|spec| spec.name).collect()
}

/// What stands before one of the network's names.
pub(super) fn prefix_of<'a>(name: &'a str, known: &[String]) -> Option<&'a str> {
    let before = known.iter().filter_map(|known| name.strip_suffix(known.as_str()));
    before.into_iter().find(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

/// The sizes of the network whose tensors these are, in their shapes; others may stand beside them. Errors name
/// tensors as the file does, with `prefix`.
fn config_of(state: &StateDict, prefix: &str) -> Result<UNetConfig, WeightsError> {
    let named = |names: Vec<String>| {
        WeightsError::Missing(names.into_iter().map(|name| format!("{prefix}{name}")).collect())
    };
    let broken = |name: String| {
        let missing = missing(state, &UNetConfig::tutorial());
        match state.get(&name) {
            None if missing.is_empty() => named(vec![name]),
            None => named(missing),
            Some(array) => WeightsError::Axes { name: format!("{prefix}{name}"), found: array.shape.clone() },
        }
    };
    let config = config_from_shapes(state).map_err(broken)?;
    config.check()?;
    let missing = missing(state, &config);
    if !missing.is_empty() {
        return Err(named(missing));
    }
    for spec in tensors(&config) {
        let found = &state[&spec.name].shape;
        // The time table has as many rows as whoever trained it gave it.
        let fits = match spec.name == TIME_EMBED {
            true => matches!(found[..], [rows, TIME_DIM] if rows > 0),
            false => *found == spec.shape,
        };
        if !fits {
            return Err(WeightsError::Shape {
                name: format!("{prefix}{}", spec.name),
                expected: spec.shape,
                found: found.clone(),
                config: Box::new(config),
            });
        }
    }
    Ok(config)
}

/// Names of the network's tensors that are not there.
fn missing(state: &StateDict, config: &UNetConfig) -> Vec<String> {
    tensors(config).into_iter().map(|spec| spec.name).filter(|name| !state.contains_key(name)).collect()
}
