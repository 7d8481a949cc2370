//! `probe: directions`.

use super::{Looked, picture};
use crate::event::Quantity;
use crate::latent::LatentError;
use crate::latent::attributes::{Attribute, Gauge};
use crate::latent::directions::{Directions, Matrix, Move, Protocol, find};
use crate::metric::fid::quantised;
use crate::metric::{Direction, Info, metric};
use crate::rng::{Name, Streams};
use crate::train::Generator;

/// In this order everywhere.
const ATTRIBUTES: [Attribute; 4] = [
    Attribute::Thickness,
    Attribute::Slant,
    Attribute::Width,
    Attribute::Class(1),
];

/// The extremes are as many as InterFaceGAN's share of the default number of samples.
const PROTOCOL: Protocol = Protocol {
    samples: 5000,
    share: 0.04,
    train: 0.7,
    moved: 250,
    seed: 0,
    label: None,
};

/// How far the picture moves a sample, in standard deviations of the latents.
const BY: [f64; 7] = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];

const fn higher(name: Quantity, summary: &'static str) -> Info {
    metric(name, "", Direction::Higher, summary)
}

const fn lower(name: Quantity, summary: &'static str) -> Info {
    metric(name, "", Direction::Lower, summary)
}

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    higher(
        "separator.accuracy.thickness",
        "share of held-out samples on their own side of the hyperplane between the 4 % with the thickest and \
         the 4 % with the thinnest strokes",
    ),
    higher(
        "separator.accuracy.slant",
        "the same for the largest and the smallest slant",
    ),
    higher(
        "separator.accuracy.width",
        "the same for the widest and the narrowest digits",
    ),
    higher(
        "separator.accuracy.class",
        "the same for what the classifier most and least takes for a 1",
    ),
    higher(
        "separator.accuracy",
        "mean accuracy of the hyperplanes of thickness, slant, width and class 1",
    ),
    higher(
        "law.r2.thickness",
        "share of the variance of thickness on held-out samples that s = lambda n'z explains, by least squares",
    ),
    higher("law.r2.slant", "the same of slant"),
    higher("law.r2.width", "the same of width"),
    higher("law.r2.class", "the same of the log odds of class 1"),
    higher("law.r2", "mean of these four shares"),
    higher(
        "law.r2.separators",
        "mean of the four shares that the law explains with the hyperplanes' normals",
    ),
    lower(
        "law.covariance.gap",
        "relative difference of the scores' covariance and Lambda N'N Lambda, in Frobenius norms",
    ),
    lower(
        "law.off_diagonal.gap",
        "root mean square difference of both off the diagonal, in correlations",
    ),
    metric(
        "entangled.generated",
        "",
        Direction::Neither,
        "root mean square correlation of two attributes of generated digits",
    ),
    metric(
        "entangled.real",
        "",
        Direction::Neither,
        "root mean square correlation of two attributes of real digits",
    ),
    lower(
        "entangled.normals",
        "root mean square cosine of two hyperplanes' normals",
    ),
    higher(
        "move.own",
        "mean change of an attribute along its own normal, in standard deviations of it, a standard deviation \
         of z",
    ),
    lower(
        "move.other",
        "mean size of the change of another attribute along a normal",
    ),
    higher(
        "move.own.projected",
        "mean change of an attribute along its normal projected off another's",
    ),
    lower(
        "move.other.projected",
        "mean size of the change of that other attribute along the projected normal",
    ),
];

/// Logged of every generator.
const MEASURED: Info = higher(
    "directions.measured",
    "share of 5,000 samples whose strokes can be measured",
);

pub(super) const ALWAYS: &[Info] = &[MEASURED];

pub(super) fn look(generator: &Generator, seed: u64) -> Result<Looked, LatentError> {
    let data = generator.data();
    let gauge = Gauge::new(data, ATTRIBUTES.to_vec())?;
    let protocol = Protocol { seed, ..PROTOCOL };
    let streams = Streams::new(seed);
    let z = generator.latents(&streams.source(Name::LatentLook), protocol.samples);
    let labels = generator.labels(&streams.source(Name::LabelLook), protocol.samples);
    match find(generator, &gauge, &protocol) {
        Ok(found) => {
            let share = found.places.len() as f64 / found.drawn as f64;
            let named = QUANTITIES.iter().map(|info| info.name).zip(values(&found));
            let mut pixels = Vec::new();
            let first = found.places[0];
            let start = &z[first * generator.latent_dim()..][..generator.latent_dim()];
            let label = labels.get(first).copied();
            for step in shown(&found) {
                let path = BY.map(|by| found.origin.moved(start, &step.direction, by));
                let asked = label.map_or_else(Vec::new, |label| vec![label; BY.len()]);
                pixels.extend(quantised(&generator.of_latents(&path.concat(), &asked)?));
            }
            Ok(Looked {
                values: [(MEASURED.name, share)].into_iter().chain(named).collect(),
                picture: picture(data, pixels),
            })
        }
        Err(
            LatentError::TooFew { .. }
            | LatentError::Constant { .. }
            | LatentError::Degenerate { .. },
        ) => {
            let samples = generator.of_latents(&z, &labels)?;
            let measured = gauge.of_generated(&samples)?;
            let count = measured.iter().flatten().count();
            let shown = BY.len() * BY.len() * samples.len() / protocol.samples;
            Ok(Looked {
                values: vec![(MEASURED.name, count as f64 / protocol.samples as f64)],
                picture: picture(data, quantised(&samples[..shown])),
            })
        }
        Err(error) => Err(error),
    }
}

/// Along every normal, then along the first attributes' normals projected off the next one's.
fn shown(found: &Directions) -> Vec<&Move> {
    let plain = found.moves.iter().filter(|step| step.off.is_none());
    let next = |step: &&Move| step.off == Some((step.along + 1) % ATTRIBUTES.len());
    let projected = found.moves.iter().filter(next);
    plain.chain(projected).take(BY.len()).collect()
}

/// In the order of [`QUANTITIES`].
fn values(found: &Directions) -> Vec<f64> {
    let accuracies: Vec<f64> = found.separators.iter().map(|s| s.accuracy).collect();
    let law = &found.by_regression;
    let cosines: Matrix = found
        .separators
        .iter()
        .map(|a| {
            let cosine = |b: &[f64]| a.normal.iter().zip(b).map(|(x, y)| x * y).sum();
            found.separators.iter().map(|b| cosine(&b.normal)).collect()
        })
        .collect();
    let predicted = law.covariance();
    let gaps = off_diagonal(&found.covariance)
        .zip(off_diagonal(&predicted))
        .map(|(a, b)| a - b);
    let own = |step: &Move| step.changes[step.along].mean;
    let plain = || found.moves.iter().filter(|step| step.off.is_none());
    let projected = || found.moves.iter().filter(|step| step.off.is_some());
    let others = plain().flat_map(|step| {
        let other = move |(i, _): &(usize, _)| *i != step.along;
        let changes = step.changes.iter().enumerate().filter(other);
        changes.map(|(_, change)| change.mean.abs())
    });
    let kept_out = projected().filter_map(|step| Some(step.changes[step.off?].mean.abs()));
    let mut values = accuracies.clone();
    values.push(mean(accuracies.into_iter()));
    values.extend(&law.r2);
    values.extend([
        mean(law.r2.iter().copied()),
        mean(found.by_separators.r2.iter().copied()),
        law.difference(&found.covariance),
        root_mean_square(gaps),
        root_mean_square(off_diagonal(&found.covariance)),
        root_mean_square(off_diagonal(&found.real.0)),
        root_mean_square(off_diagonal(&cosines)),
        mean(plain().map(own)),
        mean(others),
        mean(projected().map(own)),
        mean(kept_out),
    ]);
    values
}

fn off_diagonal(matrix: &Matrix) -> impl Iterator<Item = f64> + '_ {
    matrix.iter().enumerate().flat_map(|(i, row)| {
        let others = row.iter().enumerate().filter(move |(j, _)| *j != i);
        others.map(|(_, x)| *x)
    })
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    mean(values.map(|x| x * x)).sqrt()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    values.for_each(|x| (sum, n) = (sum + x, n + 1.0));
    sum / n
}
