//! Single pictures, as they come.

use super::super::decode::{PictureError, decode};
use super::super::layout::layout;
use super::super::picture_notes::{Traits, notes, rendering};
use super::super::scale::{self, Rendering};
use super::super::shown::shown;
use super::{Taken, Wanted};
use crate::core::background::Background;
use crate::core::image::{ImageSpec, Images};
use crate::model::UNetConfig;
use crate::model::config::MAX_CLASSES;
use std::path::{Path, PathBuf};

pub(super) struct Pictures {
    spec: ImageSpec,
    /// Whether colour is wanted, where that was chosen.
    chosen: Option<bool>,
    /// What transparent parts become, where that was chosen.
    background: Option<Background>,
    all: Vec<Picture>,
}

struct Picture {
    path: PathBuf,
    traits: Traits,
    /// Cropped, scaled and drawn as usual.
    image: Vec<u8>,
    /// The file, where the picture may have to be drawn in another way because of the others.
    file: Option<Vec<u8>>,
}

impl Pictures {
    /// Where nothing else is wanted, they become as large as the tutorial's, and grey.
    pub(super) fn new(wanted: &Wanted) -> Self {
        let side = wanted.side.unwrap_or(UNetConfig::tutorial().image.side);
        let channels = if wanted.colour == Some(true) { 3 } else { 1 };
        Self {
            spec: ImageSpec { side, channels },
            chosen: wanted.colour,
            background: wanted.background,
            all: vec![],
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.all.iter().map(|picture| shown(&picture.path))
    }

    pub(super) fn add(&mut self, path: &Path, file: Vec<u8>) -> Result<(), PictureError> {
        let decoded = decode(&file, path)?;
        let traits = Traits::of(&decoded);
        let image = scale::picture(&decoded.image, self.spec, Rendering::default());
        let other = Rendering { background: 255, white: 255 };
        let file = traits.depends_on(other).then_some(file);
        self.all.push(Picture { path: path.into(), traits, image, file });
        Ok(())
    }

    pub(super) fn finish(mut self) -> Taken {
        let spec = self.spec;
        self.all.sort_by(|a, b| a.path.cmp(&b.path));
        let folders: Vec<Vec<String>> = self.all.iter().map(|picture| folders(&picture.path)).collect();
        let layout = layout(&folders);
        let pictures: Vec<&Picture> = layout.train.iter().map(|(i, _)| &self.all[*i]).collect();
        let traits: Vec<Traits> = pictures.iter().map(|picture| picture.traits).collect();
        let rendering = rendering(&traits, self.background);
        let bytes = pictures.iter().flat_map(|picture| picture.drawn(spec, rendering)).collect();
        let images = Images { spec, bytes };
        let paths: Vec<&Path> = pictures.iter().map(|picture| &*picture.path).collect();
        let mut said = layout.notes;
        said.extend(notes(&paths, &images, &traits, rendering));
        if self.chosen.is_none() && traits.iter().any(Traits::is_coloured) {
            said.push("The pictures have colours and are made grey: choose colour to keep them.".into());
        }
        let labels: Option<Vec<u8>> =
            layout.train.iter().map(|(_, class)| class.and_then(|class| u8::try_from(class).ok())).collect();
        let labels = labels.filter(|_| layout.classes.len() <= MAX_CLASSES);
        let classes = if labels.is_some() { layout.classes } else { vec![] };
        let name = folders.first().and_then(|folders| folders.first()).cloned();
        let name = name.filter(|name| folders.iter().all(|others| others.first() == Some(name)));
        let name = name.unwrap_or("own pictures".into());
        Taken { images, labels, classes, name, notes: said, refused: vec![] }
    }
}

impl Picture {
    fn drawn(&self, spec: ImageSpec, rendering: Rendering) -> Vec<u8> {
        let again = self.file.as_ref().filter(|_| self.traits.depends_on(rendering));
        // It was decoded before.
        match again.map(|file| decode(file, &self.path)) {
            Some(Ok(decoded)) => scale::picture(&decoded.image, spec, rendering),
            _ => self.image.clone(),
        }
    }
}

/// The folders that a path names before the file, safe to print.
fn folders(path: &Path) -> Vec<String> {
    let parent = path.parent().unwrap_or(Path::new(""));
    parent.iter().map(|folder| shown(Path::new(folder))).collect()
}
