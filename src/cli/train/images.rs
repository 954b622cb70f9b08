//! The images of a run: what is kept of them, and where a resumed run finds them.

use crate::data::{Dataset, Places, Source};
use crate::train::checkpoint::DataInfo;
use anyhow::{Result, bail, ensure};
use std::path::{Path, PathBuf};

/// How many classes the labels tell apart.
///
/// # Errors
/// When there are no labels, or one without a class.
pub fn class_count(data: &Dataset) -> Result<usize> {
    let Some(labels) = &data.train_labels else {
        bail!(
            "--classes: {} has no labels. Labels are IDX label files beside the images, one subfolder of \
             pictures for each class, or an array `labels` in an .npz file; train without --classes, or add them",
            data.origin.display()
        )
    };
    let (classes, most) = (data.classes.len(), labels.iter().max().map_or(0, |most| usize::from(*most)));
    ensure!(most < classes, "label {most} of {} has no class: get the files again", data.name);
    Ok(classes)
}

/// What a run keeps of its data; the labels only where the network is told them.
pub fn data_info(data: &Dataset, with_labels: bool) -> DataInfo {
    let labels = data.train_labels.as_deref().filter(|_| with_labels);
    DataInfo::new(data.name.clone(), data.classes.clone(), &data.train, labels)
}

/// Where the user says that the images are, by `--data` or the environment, as an absolute path. None where
/// nothing is said; a path that is no text cannot be kept.
pub fn recorded_path(argument: Option<&Path>) -> Option<String> {
    let Places { argument, env, .. } = Places::new(argument, |name| std::env::var_os(name));
    std::path::absolute(argument.or(env)?).ok()?.to_str().map(String::from)
}

/// Where a resumed run finds its images: by the argument, or where they were. None where the program finds them
/// by itself.
///
/// # Errors
/// When nobody knows.
pub fn of_run(argument: Option<&Path>, info: &DataInfo) -> Result<Option<PathBuf>> {
    if argument.is_some() {
        return Ok(argument.map(PathBuf::from));
    }
    let recorded = info.path.as_ref().map(PathBuf::from);
    if recorded.as_ref().is_some_and(|path| path.exists()) {
        return Ok(recorded);
    }
    let is_found_otherwise = recorded_path(None).is_some() || info.name == Source::fashion_mnist().name;
    match &info.path {
        _ if is_found_otherwise => Ok(None),
        Some(path) => bail!("the images of this run, {path}, are gone: say with --data where they are now"),
        None => bail!("this run does not say where its images of {} are: say so with --data", info.name),
    }
}
