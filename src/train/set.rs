//! What a network learns from, and whether it can.

use super::TrainError;
use crate::core::image::Images;
use crate::model::UNetConfig;

/// Pictures, and which classes they are of.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    pub images: Images,
    /// One for each image, where there are some.
    pub labels: Option<Vec<u8>>,
}

impl TrainingSet {
    /// # Errors
    /// When a network of this config cannot learn from the set.
    pub(super) fn check(&self, network: &UNetConfig) -> Result<(), TrainError> {
        let refuse = |cause: String| Err(TrainError::Data(cause));
        if self.images.is_empty() {
            return Err(TrainError::NoImages);
        }
        if self.images.spec != network.image {
            return refuse(format!(
                "the images are {}, but the network takes {}",
                self.images.spec, network.image
            ));
        }
        let Some(classes) = network.classes else { return Ok(()) };
        match &self.labels {
            None => refuse("the network is told classes, but the images have no labels".into()),
            Some(labels) if labels.len() != self.images.len() => {
                refuse(format!("{} labels for {} images", labels.len(), self.images.len()))
            }
            Some(labels) => match labels.iter().find(|label| usize::from(**label) >= classes) {
                Some(label) => refuse(format!("label {label} of a network with {classes} classes")),
                None => Ok(()),
            },
        }
    }
}
