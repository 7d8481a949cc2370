//! Why there is nothing to see.

use crate::classifier::ClassifierError;
use crate::metric::EvaluationError;
use crate::metric::features::MetricError;
use crate::model::SampleShape;
use crate::train::TrainError;

/// Why a generator cannot be looked into.
#[derive(Debug, thiserror::Error)]
pub enum LatentError {
    /// The samples are points.
    #[error("its samples are points, not images")]
    Points,
    /// The training samples are drawn afresh, so that none can be copied.
    #[error("its training samples are drawn and not stored: there are none to be near to")]
    Drawn,
    /// Attributes of strokes are measured on grey images.
    #[error("{attribute} is measured on grey images, these have {} channels", shape[0])]
    Colour {
        /// The attribute.
        attribute: String,
        /// Channels, height and width.
        shape: SampleShape,
    },
    /// Nothing tells classes apart.
    #[error("'class={class}' needs a data set with classes, this one has none")]
    Unlabelled {
        /// The class asked for.
        class: usize,
    },
    /// A label for a generator that takes none.
    #[error("this generator is told no class: labels are for runs with a 'conditioning'")]
    Unconditional,
    /// No such class.
    #[error("there is no class {class}: the data set has {classes} classes, 0 to {}", classes - 1)]
    NoClass {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// Too few samples have a stroke that can be measured.
    #[error("{what} needs at least {least} samples that can be measured, {count} of {drawn} can")]
    TooFew {
        /// What needs them.
        what: &'static str,
        /// How many it needs.
        least: usize,
        /// How many there are.
        count: usize,
        /// How many were drawn.
        drawn: usize,
    },
    /// An attribute without spread.
    #[error("{attribute} is the same in all samples: there is no direction along which it changes")]
    Constant {
        /// The attribute.
        attribute: String,
    },
    /// Latents that lie in a hyperplane, or no direction that parts the extremes.
    #[error("no direction can be fitted for {attribute}: the latents do not span their space")]
    Degenerate {
        /// The attribute.
        attribute: String,
    },
    /// The generator cannot be applied.
    #[error(transparent)]
    Generator(#[from] TrainError),
    /// The classifier does not take the images.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// A generated pixel is not finite.
    #[error(transparent)]
    Image(#[from] EvaluationError),
    /// Features that cannot be compared.
    #[error(transparent)]
    Features(#[from] MetricError),
}
