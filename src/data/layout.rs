//! How people arrange pictures in folders: which are to train and which to test on, and what the classes are.
//!
//! ```text
//! cats/1.png  dogs/2.png                    classes
//! train/1.png  test/2.png                   two parts (also training, val, valid, validation, testing)
//! train/cats/1.png  test/cats/2.png         both, in this order or the other (cats/train/1.png)
//! pictures/pictures/cats/1.png              a folder that holds nothing but one folder is passed through
//! ```

use super::counted::counted;
use std::collections::{BTreeMap, BTreeSet};

/// What a folder of pictures is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Train,
    Test,
    Validation,
}

/// How the pictures of a folder are read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Layout {
    /// Indices of the pictures to train on, with their classes as indices into `classes`.
    pub(super) train: Vec<(usize, Option<usize>)>,
    /// Those to test on; `None` where the folders do not say.
    pub(super) test: Option<Vec<(usize, Option<usize>)>>,
    /// In alphabetical order; none where the folders tell no classes.
    pub(super) classes: Vec<String>,
    /// What was assumed, in sentences.
    pub(super) notes: Vec<String>,
}

/// A picture by its index, and the folders that it is in.
#[derive(Clone)]
struct Placed {
    index: usize,
    folders: Vec<String>,
}

/// Reads a layout off the folders that each picture is in, the outermost first.
pub(super) fn layout(pictures: &[Vec<String>]) -> Layout {
    let placed = |(index, folders): (usize, &Vec<String>)| Placed { index, folders: folders.clone() };
    let all = without_wrappers(pictures.iter().enumerate().map(placed).collect());
    let mut notes = vec![];
    let (train, test) = split(all, &mut notes);
    let (train, test) = (without_wrappers(train), test.map(without_wrappers));
    let classes = classes_of(&train, &mut notes);
    let labelled = |part: &[Placed], known: bool| -> Vec<(usize, Option<usize>)> {
        let class = |folders: &[String]| classes.iter().position(|class| Some(class) == folders.first());
        part.iter().map(|Placed { index, folders }| (*index, class(folders).filter(|_| known))).collect()
    };
    let test = test.map(|test| {
        let stranger = test.iter().find(|picture| {
            picture.folders.first().is_none_or(|folder| !classes.contains(folder)) && !classes.is_empty()
        });
        if let Some(Placed { folders, .. }) = stranger {
            let why = match folders.first() {
                Some(folder) => format!("the folder {folder} is no class that is trained on"),
                None => "they are in no folders of classes".into(),
            };
            notes.push(format!("The images to test on have no labels: {why}."));
        }
        labelled(&test, stranger.is_none())
    });
    Layout { train: labelled(&train, true), test, classes, notes }
}

/// The pictures without folders that hold nothing but one folder, as archives are unpacked. The last folder
/// stays, for it may be the only class, unless it repeats the one around it or is called `train` or the like.
fn without_wrappers(mut pictures: Vec<Placed>) -> Vec<Placed> {
    let mut outer = None;
    while let Some(first) = pictures.first().and_then(|picture| picture.folders.first()).cloned() {
        let alone = pictures.iter().all(|picture| picture.folders.first() == Some(&first));
        let passed = pictures.iter().all(|picture| picture.folders.len() > 1);
        let told = outer.as_ref() == Some(&first) || part_of(&first).is_some_and(|(_, rest)| rest.is_empty());
        if !alone || !(passed || told) {
            break;
        }
        pictures.iter_mut().for_each(|picture| drop(picture.folders.remove(0)));
        outer = Some(first);
    }
    pictures
}

/// The names of the outermost folders, if every picture is in one.
fn classes_of(pictures: &[Placed], notes: &mut Vec<String>) -> Vec<String> {
    let names: BTreeSet<&String> = pictures.iter().filter_map(|picture| picture.folders.first()).collect();
    let beside = pictures.iter().filter(|picture| picture.folders.is_empty()).count();
    if beside > 0 && !names.is_empty() {
        notes.push(format!(
            "{} beside the {}, so that there are no classes: put every picture into a folder to have them.",
            counted(beside, "picture lies", "pictures lie"),
            counted(names.len(), "folder", "folders"),
        ));
    }
    if beside > 0 {
        return vec![];
    }
    let deeper = pictures.iter().filter(|picture| picture.folders.len() > 1).count();
    if deeper > 0 {
        notes.push(format!(
            "The classes are the outermost folders; {} deeper and counted with them.",
            counted(deeper, "picture lies", "pictures lie")
        ));
    }
    if let (1, Some(class)) = (names.len(), names.first()) {
        notes.push(format!("All images are of one class, {class}, the only folder."));
    }
    names.into_iter().cloned().collect()
}

/// Divides the pictures into those to train and those to test on, where folders say so.
fn split(all: Vec<Placed>, notes: &mut Vec<String>) -> (Vec<Placed>, Option<Vec<Placed>>) {
    // The outermost folders say it, or those in each class.
    let Some((level, parts)) = (0..2).find_map(|level| Some((level, parts_at(&all, level)?))) else {
        return (all, None);
    };
    let has = |part| parts.values().any(|of| *of == part);
    let test_part = if has(Part::Test) { Part::Test } else { Part::Validation };
    let (mut train, mut test, mut unread) = (vec![], vec![], vec![]);
    for mut picture in all {
        match picture.folders.get(level).and_then(|name| parts.get(name)) {
            // Where no folder is called "train", the others are to train on.
            None if !has(Part::Train) => train.push(picture),
            Some(part) if *part == Part::Train || *part == test_part => {
                let into = if *part == Part::Train { &mut train } else { &mut test };
                picture.folders.remove(level);
                into.push(picture);
            }
            _ => unread.push(picture),
        }
    }
    let tests: Vec<&str> =
        parts.iter().filter(|(_, of)| **of == test_part).map(|(name, _)| &**name).collect();
    notes.push(format!("The images to test on are those in {}; they are not trained on.", tests.join(", ")));
    if !unread.is_empty() {
        let from = |picture: &Placed| picture.folders.get(level).map_or("no folder".into(), String::clone);
        let from: BTreeSet<String> = unread.iter().map(from).collect();
        notes.push(format!(
            "{} left out, being neither to train nor to test on: those in {}.",
            counted(unread.len(), "picture is", "pictures are"),
            Vec::from_iter(from).join(", ")
        ));
    }
    (train, Some(test))
}

/// What the folders at this depth are for, if they divide the pictures into those to train and to test on:
/// `train` and `test`, `training_set` and `test_set`, `train2017` and `val2017`; or `test` beside anything else.
/// A folder `train` without one to test on is a class: a vehicle.
fn parts_at(pictures: &[Placed], level: usize) -> Option<BTreeMap<String, Part>> {
    let names: BTreeSet<&String> = pictures.iter().filter_map(|picture| picture.folders.get(level)).collect();
    let parts: Vec<(&String, Part, Vec<String>)> =
        names.iter().filter_map(|name| part_of(name).map(|(part, rest)| (*name, part, rest))).collect();
    let has = |trains: bool, rest: &Vec<String>| {
        parts.iter().any(|(_, part, of)| (*part == Part::Train) == trains && of == rest)
    };
    let chosen = |keep: &dyn Fn(Part, &Vec<String>) -> bool| -> BTreeMap<String, Part> {
        let kept = parts.iter().filter(|(_, part, rest)| keep(*part, rest));
        kept.map(|(name, part, _)| ((*name).clone(), *part)).collect()
    };
    let paired = chosen(&|_, rest| has(true, rest) && has(false, rest));
    if !paired.is_empty() {
        return Some(paired);
    }
    let alone = chosen(&|part, rest| level == 0 && part != Part::Train && rest.is_empty());
    let is_other = |picture: &Placed| picture.folders.get(level).is_none_or(|name| !alone.contains_key(name));
    (!alone.is_empty() && pictures.iter().any(is_other)).then_some(alone)
}

/// What a folder of this name is for, and the words of its name beside the one that says so.
fn part_of(name: &str) -> Option<(Part, Vec<String>)> {
    let part = |word: &str| match word {
        "train" | "training" => Some(Part::Train),
        "test" | "testing" => Some(Part::Test),
        "val" | "valid" | "validation" => Some(Part::Validation),
        _ => None,
    };
    let (name, mut words, mut last) = (name.to_lowercase(), Vec::<String>::new(), None);
    for c in name.chars() {
        let kind = (c.is_alphabetic(), c.is_numeric());
        match words.last_mut() {
            Some(word) if last == Some(kind) => word.push(c),
            _ => words.push(c.into()),
        }
        last = Some(kind);
    }
    let at = words.iter().position(|word| part(word).is_some())?;
    let found = part(&words.remove(at))?;
    Some((found, words))
}

#[cfg(test)]
mod tests;
