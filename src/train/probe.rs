//! What a run measures besides, where `probe` asks for it.

use candle_core::Result;

use super::step::Players;
use crate::event::Quantity;
use crate::loss::{Adversarial, FAKE, Minimax, NonSaturating, linear};
use crate::metric::PROBES;

/// A sample whose gradient of log(1 − D) is below this share of its gradient of −log D is saturated. Both
/// are the gradient of D's logit, times D and times 1 − D.
const SATURATED: f32 = 0.01;

/// The gradients that minimax, non-saturating and Wasserstein loss would give this G from this D, and the
/// share of saturated samples; in the order of [`PROBES`].
pub(super) fn gradients(players: &Players) -> Result<Vec<(Quantity, f64)>> {
    // E log(1 − D), −E log D, and −E of D's logit.
    let objectives = [
        Minimax.generator(),
        NonSaturating.generator(),
        linear(-FAKE),
    ];
    let (mut values, logits) = players.told(&objectives)?;
    let saturated = logits.iter().filter(|&&logit| logit < SATURATED.ln());
    values.push(saturated.count() as f64 / logits.len() as f64);
    Ok(PROBES.iter().map(|info| info.name).zip(values).collect())
}
