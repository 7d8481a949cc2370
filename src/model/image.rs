//! What architectures for images share: reading their normalisation, and what they refuse.

use super::SampleShape;
use super::norm::Norm;
use crate::param::{Key, Network, Settings, Undeclared};
use crate::spec::{Conflict, PerNetwork};

/// Images with a shorter side have no pixel left after two convolutions that halve it.
pub(super) const SMALLEST_SIDE: usize = 4;

/// The normalisation of a network.
pub(super) fn norm(settings: &Settings, network: Network) -> Result<Norm, Undeclared> {
    let name = settings.text("norm", Some(network))?;
    Norm::read(name, settings, Some(network))?.ok_or_else(|| Undeclared {
        key: "norm".to_owned(),
    })
}

/// A conflict of these keys.
pub(super) fn conflict(keys: &[(&'static str, Option<Network>)], message: String) -> Conflict {
    let keys = keys.iter().map(|&(name, network)| Key { name, network });
    Conflict {
        keys: keys.collect(),
        message,
    }
}

/// Refuses samples that are no images.
pub(super) fn refuses_points(model: &str, [_, height, width]: SampleShape) -> Option<Conflict> {
    (height.min(width) < SMALLEST_SIDE).then(|| {
        conflict(
            &[("model", None), ("dataset", None)],
            format!("{model} makes images; points of a mixture need model: mlp"),
        )
    })
}

/// Refuses statistics over positions where a normalised layer has only one; `fewest` are the fewest
/// positions that one has.
pub(super) fn refuses_positions(
    model: &str,
    norms: [&Norm; 2],
    fewest: PerNetwork<usize>,
) -> Option<Conflict> {
    let networks = Network::BOTH.into_iter().zip(norms);
    let mut positions = networks.zip([fewest.g, fewest.d]);
    let ((network, _), _) =
        positions.find(|((_, norm), fewest)| norm.over_positions() && *fewest < 2)?;
    Some(conflict(
        &[("norm", Some(network)), ("model", None)],
        format!(
            "instance normalisation is over the positions of an image, and a layer of {} in {model} \
             has only one; use norm.{}: layer",
            network.suffix().to_uppercase(),
            network.suffix()
        ),
    ))
}
