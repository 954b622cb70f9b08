//! What a run tells the network beside the images: embeddings of each step's t and each distinct class, as a
//! table that the shader indexes.

use super::layout::Rows;
use super::network::{Embedder, Program};
use crate::core::samplers::Step;
use crate::engine::{Condition, Place};
use std::ops::Range;
use std::rc::Rc;

/// Whose embeddings a row holds, and of which class.
#[derive(Clone)]
struct Row {
    embedder: Rc<Embedder>,
    class: Condition,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.embedder, &other.embedder) && self.class == other.class
    }
}

/// The rows of a run's steps.
pub(super) struct Times {
    t: Vec<usize>,
    rows: Vec<Row>,
    /// Steps that the table holds at once.
    window: usize,
    /// Those that it holds now.
    held: Range<usize>,
}

impl Times {
    /// For images of these classes; the network's embedder, and that of its guide with the guide's classes.
    /// Beside it, which rows each image sees.
    pub(super) fn new(
        program: &Program,
        steps: &[Step],
        classes: &[Condition],
        own: &Rc<Embedder>,
        guide: Option<(&Rc<Embedder>, &[Condition])>,
    ) -> (Self, Vec<Rows>) {
        let mut rows = vec![];
        let mut row = |embedder: &Rc<Embedder>, class| {
            position(&mut rows, Row { embedder: embedder.clone(), class }) as u32
        };
        let seen = classes.iter().enumerate().map(|(image, class)| {
            let own = row(own, *class);
            Rows { own, guide: guide.map_or(own, |(guide, classes)| row(guide, classes[image])) }
        });
        let seen: Vec<Rows> = seen.collect();
        let each = rows.len() * program.graph.embeddings.len() * size_of::<f32>();
        let window = (program.limits.table_bytes / each).clamp(1, steps.len().max(1));
        let t = steps.iter().map(|step| step.t).collect();
        (Self { t, rows, window, held: 0..0 }, seen)
    }

    pub(super) fn window(&self) -> usize {
        self.window
    }

    /// Rows of a step.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// As many of `steps`, from the first on, as the table can hold at once.
    pub(super) fn holdable(&self, steps: Range<usize>) -> Range<usize> {
        let end = (steps.start / self.window + 1) * self.window;
        steps.start..steps.end.min(end)
    }

    /// The table that holds these steps, if it is not the one that was asked for before.
    pub(super) fn table(&mut self, program: &Program, steps: &Range<usize>) -> Option<Vec<f32>> {
        if steps.is_empty() || self.held.contains(&steps.start) {
            return None;
        }
        let start = steps.start / self.window * self.window;
        self.held = start..self.t.len().min(start + self.window);
        let places = self.t[self.held.clone()]
            .iter()
            .flat_map(|t| self.rows.iter().map(|row| (&*row.embedder, Place { t: *t, class: row.class })));
        Some(program.embed(places))
    }
}

/// Where `item` is among `known`; it joins them if it is new.
pub(super) fn position<T: PartialEq>(known: &mut Vec<T>, item: T) -> usize {
    known.iter().position(|other| *other == item).unwrap_or_else(|| {
        known.push(item);
        known.len() - 1
    })
}
