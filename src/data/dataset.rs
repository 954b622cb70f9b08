//! A data set: images to train and to test on, with or without labels.

use super::DataError;
use super::shown::shown;
use crate::core::image::{ImageSpec, Images};
use crate::core::noise;
use crate::model::config::MAX_CLASSES;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Of a set that has no test images, every tenth image is one.
const HOLD_OUT_EVERY: usize = 10;

/// Images to train and to test on, all of one size and colour, and at least one of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// "Fashion-MNIST" if the files are that, by their checksums; else that of the folder or file.
    pub name: String,
    /// The folder or file.
    pub origin: PathBuf,
    pub train: Images,
    /// Of the size and colour of `train`.
    pub test: Images,
    /// One per image of `train`, an index into `classes`.
    pub train_labels: Option<Vec<u8>>,
    /// One per image of `test`, an index into `classes`.
    pub test_labels: Option<Vec<u8>>,
    /// What the labels mean; their numbers if that is unknown, none without labels.
    pub classes: Vec<String>,
    /// What a user should know about how the set was made, in sentences.
    pub notes: Vec<String>,
}

/// Images with or without labels.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) images: Images,
    pub(super) labels: Option<Vec<u8>>,
}

impl Dataset {
    /// Checks the parts against each other and fills in what is missing. `classes` is `None` where
    /// their names are unknown.
    pub(super) fn assemble(
        name: String,
        origin: &Path,
        train: Split,
        test: Option<Split>,
        classes: Option<Vec<String>>,
    ) -> Result<Dataset, DataError> {
        let mut notes = vec![];
        let (train, test) = match test {
            Some(test) => (train.checked(origin)?, test.checked(origin)?),
            None => {
                let held = one_in(train.images.len());
                notes.push(format!("There were no test images, so {held} was held out."));
                train.checked(origin)?.hold_out(origin)?
            }
        };
        let (of_train, of_test) = (train.images.spec, test.images.spec);
        if of_train != of_test {
            return Err(DataError::Differ { path: origin.into(), train: of_train, test: of_test });
        }
        let (mut train, mut test) = (train, test);
        if train.images.bytes.iter().max() == Some(&1) {
            notes.push(
                "No number is above 1, of 0 to 255: next to black. Multiply them by 255 if 1 is white."
                    .into(),
            );
        }
        let classes = classes.unwrap_or_else(|| numbered(&mut train, &mut test, &mut notes));
        Ok(Dataset {
            classes,
            name,
            origin: origin.into(),
            train: train.images,
            test: test.images,
            train_labels: train.labels,
            test_labels: test.labels,
            notes,
        })
    }

    /// The size and colour of its images.
    pub fn image(&self) -> ImageSpec {
        self.train.spec
    }

    /// Places of `count` training images drawn at random, as this seed has it: as many of each class as of any other,
    /// but for a remainder of the first classes. Without labels, or where a class has too few, there are none.
    pub fn balanced(&self, count: usize, seed: u64) -> Option<Vec<usize>> {
        let labels = self.train_labels.as_ref()?;
        let classes = self.classes.len();
        let mut wanted: Vec<usize> = (0..classes).map(|k| (count + classes - 1 - k) / classes).collect();
        let mut order = noise::permutation(seed, 0, self.train.len());
        order.retain(|i| {
            let left = &mut wanted[usize::from(labels[*i])];
            let is_wanted = *left > 0;
            *left -= usize::from(is_wanted);
            is_wanted
        });
        (order.len() == count).then_some(order)
    }

    /// Several lines for people: what it is, where, how much, and how the classes are balanced.
    pub fn describe(&self) -> String {
        let (train, test) = (self.train.len(), self.test.len());
        let mut text = format!("{}\n  from     {}\n", self.name, shown(&self.origin));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  images   {train} to train on, {test} to test on, {}", self.image());
        match self.classes.len() {
            0 => text += "  classes  unknown: no labels\n",
            n => {
                let _ = writeln!(text, "  classes  {n}; images to train and to test on:");
            }
        }
        let width = self.classes.iter().map(|class| class.chars().count()).max().unwrap_or(0);
        for (label, class) in self.classes.iter().enumerate() {
            let [train, test] = [&self.train_labels, &self.test_labels].map(|labels| count(labels, label));
            let _ = writeln!(text, "    {class:width$}  {train:>6}  {test:>6}");
        }
        text
    }
}

/// The classes of labels whose names are unknown: their numbers. Labels that start at 1, as those of MATLAB's
/// users and of EMNIST's letters do, are moved to start at 0, so that no class is empty.
fn numbered(train: &mut Split, test: &mut Split, notes: &mut Vec<String>) -> Vec<String> {
    let labels = [&train.labels, &test.labels];
    let all = || labels.into_iter().flatten().flatten().copied();
    let (Some(least), Some(most)) = (all().min(), all().max()) else { return vec![] };
    if least != 1 {
        return (0..=most).map(|label| label.to_string()).collect();
    }
    notes.push("The labels start at 1, not at 0: label 1 is the first class.".into());
    for labels in [&mut train.labels, &mut test.labels].into_iter().flatten() {
        labels.iter_mut().for_each(|label| *label -= 1);
    }
    (1..=most).map(|label| label.to_string()).collect()
}

/// How many of `labels` are `label`, for people.
fn count(labels: &Option<Vec<u8>>, label: usize) -> String {
    match labels {
        Some(labels) => labels.iter().filter(|&&other| usize::from(other) == label).count().to_string(),
        None => "?".into(),
    }
}

/// Which of so many images [`Split::hold_out`] holds out, for people.
fn one_in(images: usize) -> &'static str {
    if images < HOLD_OUT_EVERY { "the last image" } else { "every tenth image" }
}

impl Split {
    /// Itself, if its images have a label each or none at all.
    fn checked(self, origin: &Path) -> Result<Split, DataError> {
        let images = self.images.len();
        match &self.labels {
            Some(labels) if labels.len() != images => {
                Err(DataError::Labels { path: origin.into(), labels: labels.len(), images })
            }
            _ => Ok(self),
        }
    }

    /// Divides it into images to train and to test on.
    fn hold_out(self, origin: &Path) -> Result<(Split, Split), DataError> {
        let n = self.images.len();
        if n < 2 {
            return Err(DataError::TooFew { path: origin.into() });
        }
        let every = HOLD_OUT_EVERY.min(n);
        let is_test = |i: usize| i % every == every - 1;
        Ok((self.select(|i| !is_test(i)), self.select(is_test)))
    }

    /// Divides it into images to train on and, where there are enough labelled ones, every tenth image of each
    /// class to test on. Classes in turn (0, 1, 2, 3, 4, 0, 1, ...) would give every tenth image of all one class.
    pub(super) fn hold_out_of_each_class(self) -> (Split, Option<Split>) {
        let labels = self.labels.iter().flatten();
        let mut counts = [0; MAX_CLASSES];
        let is_test: Vec<bool> = labels
            .map(|&label| {
                let count = &mut counts[usize::from(label)];
                *count += 1;
                *count % HOLD_OUT_EVERY == 0
            })
            .collect();
        if is_test.len() != self.images.len() || !is_test.contains(&true) {
            return (self, None);
        }
        (self.select(|i| !is_test[i]), Some(self.select(|i| is_test[i])))
    }

    /// The images, with their labels, whose places `keep` says to keep.
    fn select(&self, keep: impl Fn(usize) -> bool) -> Split {
        let kept = || (0..self.images.len()).filter(|&i| keep(i));
        let labels = self.labels.as_ref().map(|labels| kept().map(|i| labels[i]).collect());
        Split { images: self.images.select(kept()), labels }
    }
}

/// The name of a set that is at `path`: the last part of it, even if it is `.`.
pub(super) fn name_of(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.into());
    shown(Path::new(whole.file_name().unwrap_or(whole.as_os_str())))
}
