//! Images from noise.

use crate::core::image::{self, ImageSpec, Images};
use crate::core::noise;
use crate::core::samplers::Step;
use crate::core::sampling::{Start, Walk};
use crate::data::progress::Counter;
use crate::data::{Progress, Unit};
use crate::engine::{Condition, Conditions, Engine, Guidance, GuidedBy};
use crate::model::UNetConfig;
use anyhow::{Result, bail, ensure};

/// Images on their way at once: some megabytes, and no engine gains from more.
const BATCH: usize = 256;
/// Steps that an engine takes together: enough to keep a GPU busy, few enough to show how far it is.
const STRETCH: usize = 8;

/// Which classes the network is told of the images that it generates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classes {
    /// Each as often as the others: image i is of class i modulo their number.
    Even,
    /// The seed draws each image's.
    Any,
    One(usize),
}

impl Classes {
    /// What is usual for a network: all of its classes, where it has any.
    pub fn usual(config: &UNetConfig) -> Option<Self> {
        config.classes.map(|_| Self::Even)
    }

    /// The classes of `count` images from number `first` on, of a network that knows so many.
    fn of(self, seed: u64, first: usize, count: usize, known: usize) -> Vec<Condition> {
        match self {
            Self::Even => (first..first + count).map(|image| Some(image % known)).collect(),
            Self::Any => noise::classes(seed, first as u32, count, Some(known)),
            Self::One(class) => vec![Some(class); count],
        }
    }
}

/// How images are generated.
pub(super) struct Generator {
    pub(super) image: ImageSpec,
    pub(super) steps: Vec<Step>,
    pub(super) start: Start,
    pub(super) classes: Option<Classes>,
    /// How many classes the network has.
    pub(super) known: usize,
    pub(super) guidance: Guidance,
}

impl Generator {
    /// # Errors
    /// When the network cannot be told this class, or be guided so.
    pub(super) fn check(&self) -> Result<()> {
        let (known, guidance) = (self.known, self.guidance.scale);
        match self.classes {
            Some(_) if known == 0 => bail!("the network was trained without classes: leave --class out"),
            Some(Classes::One(class)) if class >= known => {
                bail!("there is no class {class}: give one from 0 to {}", known - 1)
            }
            _ => (),
        }
        ensure!(
            guidance >= 0.0 && guidance.is_finite(),
            "guidance {guidance}: give a number from 0 on, 1 for none"
        );
        ensure!(
            self.classes.is_some()
                || !self.guidance.is_some()
                || matches!(self.guidance.by, GuidedBy::Weights(_)),
            "guidance {guidance} leads towards a class, and none is told: it needs a network with classes and --class"
        );
        Ok(())
    }

    /// Generates `count` images, as the bytes that people see.
    ///
    /// # Errors
    /// When the engine fails, or a number is no longer one.
    pub(super) fn images(
        &self,
        engine: &mut dyn Engine,
        seed: u64,
        count: usize,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Images> {
        let task = format!("Images of seed {seed}");
        let mut counter = Counter::new(&task, Unit::Steps, count * self.steps.len(), progress);
        let mut bytes = Vec::with_capacity(count * self.image.numbers());
        for first in (0..count).step_by(BATCH) {
            let some = BATCH.min(count - first);
            let walk = Walk::new(self.steps.clone(), seed, first as u32, some, &self.start);
            let mut run = pollster::block_on(engine.begin(walk, self.conditions(seed, first, some)))?;
            while run.walk().done() < run.walk().total() {
                let recorded = pollster::block_on(run.advance(STRETCH))?;
                counter.add(recorded.steps.len() * some);
            }
            let x = run.walk().x();
            ensure!(
                x.iter().all(|x| x.is_finite()),
                "the samples hold numbers that are none: the weights are of a training that went wrong, evaluate \
                 an earlier epoch's"
            );
            bytes.extend(image::unit_to_bytes(x));
        }
        Ok(Images { spec: self.image, bytes })
    }

    /// What the network is told of `count` images from number `first` on.
    fn conditions(&self, seed: u64, first: usize, count: usize) -> Conditions {
        Conditions { classes: self.told(seed, first, count), guidance: self.guidance.clone() }
    }

    /// The classes that the network is told of `count` images from number `first` on.
    pub(super) fn told(&self, seed: u64, first: usize, count: usize) -> Vec<Condition> {
        let none = || vec![None; count];
        self.classes.map_or_else(none, |classes| classes.of(seed, first, count, self.known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator(classes: Option<Classes>, known: usize, scale: f32) -> Generator {
        let guidance = Guidance::classifier_free(scale);
        let image = ImageSpec { side: 12, channels: 1 };
        Generator { image, steps: vec![], start: Start::pure(144), classes, known, guidance }
    }

    #[test]
    fn classes_are_even_over_the_whole_set_whatever_the_batches() {
        let of = |classes, first| generator(classes, 3, 2.0).conditions(7, first, 4).classes;
        assert_eq!(of(Some(Classes::Even), 0), [0, 1, 2, 0].map(Some));
        assert_eq!(of(Some(Classes::Even), 4), [1, 2, 0, 1].map(Some));
        assert_eq!(of(Some(Classes::One(1)), 4), [Some(1); 4]);
        assert_eq!(of(Some(Classes::Any), 4), noise::classes(7, 4, 4, Some(3)));
        assert_eq!(generator(None, 3, 1.0).conditions(7, 0, 2).classes, [None; 2]);
        assert!(!generator(None, 3, 1.0).conditions(7, 0, 2).guidance.is_some());
    }

    #[test]
    fn what_a_network_cannot_be_told_is_refused() {
        let told =
            |classes, known, guidance| generator(classes, known, guidance).check().unwrap_err().to_string();
        assert!(told(Some(Classes::Even), 0, 1.0).contains("without classes"));
        assert!(told(Some(Classes::One(3)), 3, 1.0).contains("from 0 to 2"));
        assert!(told(None, 3, 2.0).contains("--class"));
        for bad in [-1.0, f32::NAN, f32::INFINITY] {
            assert!(told(Some(Classes::Even), 3, bad).contains("a number from 0 on"));
        }
        for good in [0.0, 1.0, 7.5] {
            generator(Some(Classes::One(2)), 3, good).check().unwrap();
        }
    }
}
