//! `probe: neighbours`.

use super::{Looked, picture};
use crate::dataset::Data;
use crate::event::Quantity;
use crate::latent::LatentError;
use crate::latent::neighbours::{COMPARED, Compared, Neighbourhood, Space};
use crate::metric::fid::quantised;
use crate::metric::{Direction, Info, metric};
use crate::rng::{Name, Streams};
use crate::train::Generator;

/// Samples that the picture shows, each beside its [`NEAREST`] in features and in pixels.
const SHOWN: usize = 8;
const NEAREST: usize = 4;

const fn quantity(name: Quantity, summary: &'static str) -> Info {
    metric(name, "", Direction::Neither, summary)
}

/// What it logs: of features, then of pixels; in each of generated images, of held-out ones and of copies.
pub(super) const QUANTITIES: &[Info] = &[
    quantity(
        "near.ratio.features",
        "mean distance of 1,000 samples to their nearest training images over that of held-out ones, in features",
    ),
    quantity(
        "near.copied.features",
        "share of 1,000 samples nearer to a training image than 99 % of held-out ones are, in features",
    ),
    quantity(
        "near.flagged.features",
        "1 where so many samples are near that the generator copies, 0 otherwise; in features",
    ),
    quantity(
        "near.ratio.held_out.features",
        "the same ratio of other held-out images",
    ),
    quantity(
        "near.copied.held_out.features",
        "the same share of other held-out images",
    ),
    quantity(
        "near.flagged.held_out.features",
        "1 where other held-out images are flagged as copies",
    ),
    quantity(
        "near.ratio.copies.features",
        "the same ratio of training images with noise of five grey levels",
    ),
    quantity(
        "near.copied.copies.features",
        "the same share of training images with noise of five grey levels",
    ),
    quantity(
        "near.flagged.copies.features",
        "1 where training images with noise of five grey levels are flagged as copies",
    ),
    quantity(
        "near.ratio.pixels",
        "as near.ratio.features, by the distance of pixels",
    ),
    quantity(
        "near.copied.pixels",
        "as near.copied.features, by the distance of pixels",
    ),
    quantity(
        "near.flagged.pixels",
        "as near.flagged.features, by the distance of pixels",
    ),
    quantity(
        "near.ratio.held_out.pixels",
        "as near.ratio.held_out.features, by the distance of pixels",
    ),
    quantity(
        "near.copied.held_out.pixels",
        "as near.copied.held_out.features, by the distance of pixels",
    ),
    quantity(
        "near.flagged.held_out.pixels",
        "as near.flagged.held_out.features, by the distance of pixels",
    ),
    quantity(
        "near.ratio.copies.pixels",
        "as near.ratio.copies.features, by the distance of pixels",
    ),
    quantity(
        "near.copied.copies.pixels",
        "as near.copied.copies.features, by the distance of pixels",
    ),
    quantity(
        "near.flagged.copies.pixels",
        "as near.flagged.copies.features, by the distance of pixels",
    ),
];

pub(super) fn look(generator: &Generator, seed: u64) -> Result<Looked, LatentError> {
    let data = generator.data();
    let Data::Images(of_data) = data else {
        return Err(LatentError::Drawn);
    };
    let streams = Streams::new(seed);
    let z = generator.latents(&streams.source(Name::LatentLook), COMPARED);
    let labels = generator.labels(&streams.source(Name::LabelLook), COMPARED);
    let samples = generator.of_latents(&z, &labels)?;
    let shown = &samples[..SHOWN * of_data.pixels()];
    let mut found = Vec::new();
    let mut nearest = Vec::new();
    for space in Space::ALL {
        let near = Neighbourhood::of(data, space)?;
        found.extend(near.compare(&samples, seed)?.iter().flat_map(values));
        nearest.push(near.nearest(shown, NEAREST)?);
    }
    let mut pixels = Vec::new();
    let of_samples = quantised(shown);
    for (i, sample) in of_samples.chunks_exact(of_data.pixels()).enumerate() {
        pixels.extend_from_slice(sample);
        for of_space in &nearest {
            for (place, _) in &of_space[i] {
                pixels.extend_from_slice(of_data.train_image(*place));
            }
        }
    }
    Ok(Looked {
        values: QUANTITIES.iter().map(|info| info.name).zip(found).collect(),
        picture: picture(data, pixels),
    })
}

fn values(compared: &Compared) -> [f64; 3] {
    let found = &compared.found;
    let flagged = f64::from(u8::from(found.copies));
    [found.ratio(), found.copied, flagged]
}
