//! Conditional GANs (Mirza and Osindero 2014), equation 2; the lecture's "Условный GAN".

use super::Conditions;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};

const LABEL_TO: Param = Param {
    name: "label_to",
    per_network: false,
    kind: Kind::Words(&[
        ("both", "D sees the label of every sample too"),
        ("generator", "D is not told what was asked for"),
    ]),
    birth: Birth::Text("both"),
    summary: "who is given the label",
};

/// The label, one-hot, is appended to the latent vector and to what D judges: as further values for a
/// perceptron, as one constant plane a class for a convolutional D.
#[derive(Clone, Debug, PartialEq)]
pub struct Concatenated {
    /// Whether D is given it.
    pub to_d: bool,
}

impl Component for Concatenated {
    const CHOICE: Choice = Choice {
        name: "concat",
        version: 1,
        params: &[LABEL_TO],
        summary: "label appended to z and to what D sees (Mirza and Osindero 2014)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            to_d: settings.text(LABEL_TO.name, None)? == "both",
        })
    }
}

impl Conditions for Concatenated {
    fn is_shown_to_d(&self) -> bool {
        self.to_d
    }
}
