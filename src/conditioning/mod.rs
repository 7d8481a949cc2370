//! What G and D are told of a sample's class; the lecture's "условная генерация".

use crate::axis::axis;

axis! {
    /// How the label of a sample enters the game. G is given it beside its latent vector by all but
    /// the first.
    pub enum Conditioning : Conditions {
        none::Unconditional,
        concat::Concatenated,
        projection::Projection,
        acgan::AuxiliaryClassifier,
    }
}

/// What D makes of the label.
pub trait Conditions: Send + Sync {
    /// How D's outputs are read.
    fn heads(&self) -> Heads {
        Heads::Logit
    }

    /// Whether G is given labels at all.
    fn is_conditional(&self) -> bool {
        true
    }

    /// Whether the label is appended to what D judges.
    fn is_shown_to_d(&self) -> bool {
        false
    }
}

/// D's outputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Heads {
    /// The logit.
    Logit,
    /// A part of the logit that is the same for every class, and one for each of the classes.
    Projected,
    /// The logit, and a logit for each of the classes, whose cross-entropy both players minimise
    /// with this weight.
    Classified {
        /// The weight.
        weight: f64,
    },
}

impl Heads {
    /// How many outputs D has for so many classes.
    pub fn outputs(self, classes: usize) -> usize {
        match self {
            Self::Logit => 1,
            Self::Projected | Self::Classified { .. } => 1 + classes,
        }
    }

    /// The share of every output in the logit of samples of these labels, row-major
    /// `[samples, outputs]`.
    pub fn shares(self, labels: &[usize], samples: usize, classes: usize) -> Vec<f32> {
        let outputs = self.outputs(classes);
        let mut shares = vec![0.0; samples * outputs];
        for row in shares.chunks_exact_mut(outputs) {
            row[0] = 1.0;
        }
        if self == Self::Projected {
            for (row, &label) in shares.chunks_exact_mut(outputs).zip(labels) {
                row[1 + label] = 1.0;
            }
        }
        shares
    }
}
