//! Auxiliary classifier GANs (Odena, Olah and Shlens 2017), equations 2 and 3.

use super::{Conditions, Heads};
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

const WEIGHT: Param = Param {
    name: "class_weight",
    per_network: false,
    kind: Kind::Float(Range::above(0.0, 1e3)),
    birth: Birth::Float(1.0),
    summary: "weight of the classification beside the adversarial loss",
};

/// D also says which class a sample is of. D minimises −E log P(y | x) over real and over generated
/// samples in addition to its loss, G over its own.
#[derive(Clone, Debug, PartialEq)]
pub struct AuxiliaryClassifier {
    /// The weight of the classification.
    pub weight: f64,
}

impl Component for AuxiliaryClassifier {
    const CHOICE: Choice = Choice {
        name: "acgan",
        version: 1,
        params: &[WEIGHT],
        summary: "D classifies too, and G is to be classified right (Odena et al. 2017)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            weight: settings.float(WEIGHT.name, None)?,
        })
    }
}

impl Conditions for AuxiliaryClassifier {
    fn heads(&self) -> Heads {
        Heads::Classified {
            weight: self.weight,
        }
    }
}
