//! The features of the papers.

use super::{Extracts, Seen, Taken};
use crate::axis::Component;
use crate::inception::{self, FEATURES, Pixels};
use crate::metric::features::Features;
use crate::metric::fid::EvaluationError;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::problem::param;

/// Images that are read at once: bounds the memory of their logits.
const PART: usize = 250;

const WEIGHTS: Param = param(
    "inception_weights",
    Kind::Checksum,
    Birth::Text(inception::PUBLISHED_SHA256),
    "which weights: the beginning of the file's SHA-256; by default the file that pytorch-fid publishes",
);

/// Inception v3's last average, with the weights that FID is usually taken with.
#[derive(Clone, Debug, PartialEq)]
pub struct InceptionPool {
    weights: String,
}

impl Component for InceptionPool {
    const CHOICE: Choice = Choice {
        name: "inception",
        version: 1,
        params: &[WEIGHTS],
        summary: "Inception v3, 2,048 an image, as pytorch-fid: needs its file of weights",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            weights: settings.text(WEIGHTS.name, None)?.to_owned(),
        })
    }
}

impl Extracts for InceptionPool {
    fn weights(&self) -> Option<&str> {
        Some(&self.weights)
    }

    fn flops(&self) -> f64 {
        inception::FLOPS
    }

    fn name(&self, seen: &Seen<'_>) -> String {
        let digest = seen.inception.map_or("", |network| &network.digest()[..16]);
        format!("{} ({digest})", inception::NAME)
    }

    fn take(&self, seen: &Seen<'_>, images: &[u8]) -> Result<Taken, EvaluationError> {
        let mut rows = Vec::new();
        if let Some(network) = seen.inception {
            for part in images.chunks(PART * seen.digits.size()) {
                let reading = network.run(Pixels::Bytes(part), seen.digits.shape())?;
                rows.extend(reading.features);
            }
        }
        Ok(Taken::Rows(Features::new(&rows, FEATURES)?))
    }
}
