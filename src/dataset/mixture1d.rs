//! Gaussians on a line, of any weights and widths: the density can be drawn and the optimal
//! discriminator written down, as in the figures of Goodfellow et al. (2014).

use super::mixture::{Mixture, centres, each_component, sigma};
use super::{Data, DataError, Refusal, Source};
use crate::axis::Component;
use crate::model::SampleShape;
use crate::param::{Birth, Choice, Network, Settings, Undeclared};
use crate::spec::DATA_RANGE_MIXTURE;

const WEIGHTS: &str = "weights";
const SIGMAS: &str = "sigmas";

/// A mixture on a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture1d {
    centres: Vec<[f64; 1]>,
    /// Equal where absent.
    weights: Option<Vec<f64>>,
    sigmas: Sigmas,
}

#[derive(Clone, Debug, PartialEq)]
enum Sigmas {
    Common(f64),
    Each(Vec<f64>),
}

impl Component for Mixture1d {
    const CHOICE: Choice = Choice {
        name: "mixture1d",
        version: 1,
        params: &[
            centres(
                1,
                Birth::Floats(&[-2.0, 2.0]),
                "mixture1d: the component means, such as [-2, 2]",
            ),
            each_component(
                WEIGHTS,
                1e6,
                "weight of each component, divided by their sum; equal by default",
            ),
            sigma(0.5),
            each_component(
                SIGMAS,
                1e3,
                "standard deviation of each component, instead of one sigma for all",
            ),
            DATA_RANGE_MIXTURE,
        ],
        summary: "mixture of Gaussians on a line, with any weights and sigmas",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let centres = settings.floats("centres")?.unwrap_or_default();
        Ok(Self {
            centres: centres.into_iter().map(|x| [x]).collect(),
            weights: settings.floats(WEIGHTS)?,
            sigmas: match settings.floats(SIGMAS)? {
                Some(sigmas) => Sigmas::Each(sigmas),
                None => Sigmas::Common(settings.float("sigma", None)?),
            },
        })
    }
}

impl Source for Mixture1d {
    fn open(&self) -> Result<Data, DataError> {
        let equal = || vec![1.0; self.centres.len()];
        let weights = self.weights.clone().unwrap_or_else(equal);
        let sigmas = match &self.sigmas {
            Sigmas::Common(sigma) => vec![*sigma; self.centres.len()],
            Sigmas::Each(sigmas) => sigmas.clone(),
        };
        Ok(Data::Mixture(Mixture::new(&self.centres, weights, sigmas)))
    }

    fn shape(&self) -> SampleShape {
        [1, 1, 1]
    }

    fn classes(&self) -> Option<usize> {
        Some(self.centres.len())
    }

    fn refuses(&self) -> Option<Refusal> {
        let count = self.centres.len();
        let sigmas = match &self.sigmas {
            Sigmas::Common(_) => None,
            Sigmas::Each(sigmas) => Some(sigmas),
        };
        [(WEIGHTS, self.weights.as_ref()), (SIGMAS, sigmas)]
            .into_iter()
            .filter_map(|(name, list)| Some((name, list?.len())))
            .find(|(_, length)| *length != count)
            .map(|(name, length)| Refusal {
                keys: vec![name, "centres"],
                message: format!(
                    "{name} has {length} of {count} components: give one for each of the centres"
                ),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{Mixture1d, Sigmas};
    use crate::dataset::{Data, Source};

    #[test]
    fn lists_of_another_length_are_refused() {
        let with = |weights: Option<Vec<f64>>, sigmas| Mixture1d {
            centres: vec![[-1.0], [0.0], [3.0]],
            weights,
            sigmas,
        };
        let common = || Sigmas::Common(0.5);
        assert_eq!(with(None, common()).refuses(), None);
        assert_eq!(with(Some(vec![1.0, 2.0, 3.0]), common()).refuses(), None);
        let refusal = with(Some(vec![1.0, 2.0]), common()).refuses();
        assert_eq!(
            refusal.expect("two weights").message,
            "weights has 2 of 3 components: give one for each of the centres"
        );
        let refusal = with(None, Sigmas::Each(vec![0.1])).refuses();
        assert_eq!(refusal.expect("one sigma").keys, ["sigmas", "centres"]);
        // A list that is too long is refused too: nothing is left out silently.
        assert!(with(None, Sigmas::Each(vec![0.1; 4])).refuses().is_some());
    }

    #[test]
    fn the_mixture_is_the_one_that_was_written() {
        let set = Mixture1d {
            centres: vec![[-1.0], [3.0]],
            weights: Some(vec![1.0, 3.0]),
            sigmas: Sigmas::Each(vec![0.1, 0.2]),
        };
        let Ok(Data::Mixture(mixture)) = set.open() else {
            panic!("a mixture")
        };
        assert_eq!(mixture.unequal_weights(), Some(vec![0.25, 0.75]));
        assert_eq!(mixture.sigmas(), [0.1, 0.2]);
        assert_eq!(mixture.centres().collect::<Vec<_>>(), [[-1.0], [3.0]]);
    }
}
