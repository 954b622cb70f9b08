//! What the stronger classifier sees: whether samples are of the classes that were asked for, how the classes are
//! balanced, and how well it does on test images, without and with noise.

use super::estimate::Estimate;
use super::losses::seen_at;
use crate::classify::{Description, StrongClassifier, accuracy};
use crate::core::noise;
use crate::core::schedule::Schedule;
use crate::data::progress::Counter;
use crate::data::{Dataset, Progress, Unit};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};
use std::slice;

/// The most samples of a seed, and the most noised test images of a timestep, that are looked at: shares are known to a
/// hundredth then.
pub(super) const MOST_SEEN: usize = 2500;

/// The stronger classifier and its description.
pub type Strong = (StrongClassifier, Description);

/// All that the stronger classifier sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recognition {
    pub classifier: Description,
    /// Right is the class that was asked for; none is where none was.
    pub samples: Seen,
    /// Right is an image's label: the ceiling.
    pub test_images: Seen,
    /// How many of the test images it still recognises with noise, at the timesteps of the losses.
    pub noised: Vec<Noised>,
}

/// What is seen in sets of images, one for each seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Share of the images whose class is the right one, 0 to 1; none where no class is right.
    pub right: Option<Estimate>,
    /// The same among the images that should be of each class, over all sets; none where there are no such images.
    pub right_of_class: Vec<Option<f64>>,
    /// Share of images that are taken for each class, over all sets.
    pub classes: Vec<f64>,
}

/// How many test images are recognised with noise, as people see them: clamped to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noised {
    pub t: usize,
    /// How many test images were looked at.
    pub images: usize,
    /// Share of them whose class is found, 0 to 1.
    pub accuracy: f64,
}

impl Recognition {
    /// Looks at the test images, without noise and with it at these timesteps. `samples`: what it has seen in samples.
    pub(super) fn new(
        (strong, about): &Strong,
        samples: Seen,
        data: &Dataset,
        (schedule, times): (&Schedule, &[usize]),
        seed: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self> {
        let mut counter = Counter::new("Recognising test images", Unit::Steps, times.len() + 1, progress);
        let labels = data.test_labels.as_ref();
        let test_images =
            Seen::of(&[strong.classes(&data.test)?], labels.map(slice::from_ref), about.classes.len());
        counter.add(1);
        let mut places = noise::permutation(seed, 0, data.test.len());
        places.truncate(MOST_SEEN);
        let images = data.test.select(places.iter().copied());
        let labels = labels.map(|labels| places.iter().map(|place| labels[*place]).collect::<Vec<_>>());
        let mut noised = vec![];
        for &t in times {
            let found = strong.classes(&seen_at(schedule, &images, seed, t))?;
            let share = labels.as_ref().map(|labels| accuracy(&found, labels));
            noised.extend(share.map(|accuracy| Noised { t, images: found.len(), accuracy }));
            counter.add(1);
        }
        Ok(Self { classifier: about.clone(), samples, test_images, noised })
    }
}

impl Seen {
    /// `sets`: the class that is seen in each image; `wanted`: what is right, as many sets.
    ///
    /// # Panics
    /// When there is no set or an empty one, more sets than an [`Estimate`] takes, or `wanted` is of another length.
    pub fn of(sets: &[Vec<u8>], wanted: Option<&[Vec<u8>]>, classes: usize) -> Self {
        let mut pairs = vec![];
        for (set, wanted) in sets.iter().zip(wanted.unwrap_or_default()) {
            assert_eq!(set.len(), wanted.len(), "there is a class that is right for each image");
            pairs.extend(set.iter().copied().zip(wanted.iter().copied()));
        }
        let (all, each): (Vec<u8>, usize) = (sets.concat(), sets[0].len());
        let own = |class: usize| pairs.iter().filter(move |(_, wanted)| usize::from(*wanted) == class);
        let seen = |class: usize| all.iter().filter(|seen| usize::from(**seen) == class).count();
        Self {
            right: wanted
                .map(|_| Estimate::of(pairs.chunks(each).map(|pairs| right(pairs.iter())).collect())),
            right_of_class: (0..classes)
                .map(|class| own(class).next().is_some().then(|| right(own(class))))
                .collect(),
            classes: (0..classes).map(|class| seen(class) as f64 / all.len() as f64).collect(),
        }
    }
}

/// The share of pairs of what is seen and what is right in which both are the same.
fn right<'a>(pairs: impl Iterator<Item = &'a (u8, u8)> + Clone) -> f64 {
    let all = pairs.clone().count();
    pairs.filter(|(seen, wanted)| seen == wanted).count() as f64 / all as f64
}

impl Display for Recognition {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Self { classifier, samples, test_images, .. } = self;
        writeln!(f, "{:26}{:20}test images", "by a stronger classifier", "samples")?;
        if let Some(right) = &samples.right {
            let ceiling = test_images.right.as_ref().map_or(String::new(), Estimate::to_string);
            writeln!(f, "{:26}{right:20}{ceiling}", "class asked for is seen")?;
            let rows = samples.right_of_class.iter().zip(&test_images.right_of_class);
            for (name, (sample, test)) in classifier.classes.iter().zip(rows) {
                let [sample, test] =
                    [sample, test].map(|share| share.map_or("-".into(), |share| format!("{share:.4}")));
                writeln!(f, "  {name:24}{sample:20}{test}")?;
            }
            return Ok(());
        }
        writeln!(f, "share of each class")?;
        let rows = samples.classes.iter().zip(&test_images.classes);
        for (name, (sample, test)) in classifier.classes.iter().zip(rows) {
            writeln!(f, "  {name:24}{:20}{test:.4}", format!("{sample:.4}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_right_is_counted_over_all_and_for_each_class() {
        let sets = [vec![0, 1, 1, 2], vec![0, 0, 1, 1]];
        let seen = Seen::of(&sets, Some(&[vec![0, 1, 1, 1], vec![0, 1, 1, 1]]), 4);
        let right = seen.right.unwrap();
        assert_eq!(right.values, [0.75, 0.75]);
        // Class 1 is right two times of three in either set.
        assert_eq!(seen.right_of_class, [Some(1.0), Some(4.0 / 6.0), None, None]);
        assert_eq!(seen.classes, [3.0 / 8.0, 4.0 / 8.0, 1.0 / 8.0, 0.0]);
        let wrong = Seen::of(&sets[..1], Some(&[vec![1, 2, 2, 0]]), 3);
        assert_eq!(wrong.right.unwrap().mean, 0.0);
        assert_eq!(wrong.right_of_class, [Some(0.0); 3]);
        let apart = Seen::of(&sets, Some(&[vec![0, 1, 1, 2], vec![1, 1, 0, 0]]), 3);
        assert_eq!(apart.right.unwrap().values, [1.0, 0.0]);
    }

    #[test]
    fn where_no_class_was_asked_for_there_is_only_the_balance() {
        let seen = Seen::of(&[vec![2, 2, 0]], None, 3);
        assert_eq!((seen.right, seen.right_of_class), (None, vec![None; 3]));
        assert_eq!(seen.classes, [1.0 / 3.0, 0.0, 2.0 / 3.0]);
    }
}
