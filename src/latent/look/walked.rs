//! `probe: interpolation`.

use super::{Looked, picture};
use crate::event::Quantity;
use crate::latent::interpolation::{Route, Walk, images, pairs, walk};
use crate::latent::{LatentError, Manifold, Realism};
use crate::metric::fid::quantised;
use crate::metric::{Direction, Info, metric};
use crate::train::Generator;

/// Pairs of latents.
const PAIRS: usize = 64;

/// Positions along a walk, both ends among them. What stands t from one end stands 1 − t from the other:
/// quantities take both together.
const POSITIONS: usize = 9;

/// Pairs that the picture shows, each with all routes.
const SHOWN: usize = 3;

const fn higher(name: Quantity, summary: &'static str) -> Info {
    metric(name, "", Direction::Higher, summary)
}

const fn neither(name: Quantity, summary: &'static str) -> Info {
    metric(name, "", Direction::Neither, summary)
}

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    higher(
        "walk.precision.ends",
        "share of images at the ends of 64 walks that lie among real ones",
    ),
    higher(
        "walk.precision.straight",
        "the same share at 7 positions between the ends, on the line between both latents",
    ),
    higher(
        "walk.precision.spherical",
        "the same share, on the great arc between both latents",
    ),
    higher(
        "walk.precision.cross_fade",
        "the same share, of mixtures of both images' pixels",
    ),
    higher(
        "walk.density.ends",
        "mean number of real images' balls, over k, that hold an image at the ends of 64 walks",
    ),
    higher(
        "walk.density.straight",
        "the same density between the ends, on the line between both latents",
    ),
    higher(
        "walk.density.spherical",
        "the same density, on the great arc between both latents",
    ),
    higher(
        "walk.density.cross_fade",
        "the same density, of mixtures of both images' pixels",
    ),
    neither(
        "walk.shrinkage.straight",
        "largest step in features of 128 steps over that of 64, mean of 64 walks: 0.5 where smooth, 1 with jumps",
    ),
    neither(
        "walk.shrinkage.spherical",
        "the same on the great arc between both latents",
    ),
    neither(
        "walk.shrinkage.cross_fade",
        "the same of mixtures of both images' pixels",
    ),
    neither(
        "walk.steepest.straight",
        "largest over mean step in features of 128 steps, mean of 64 walks",
    ),
    neither(
        "walk.steepest.spherical",
        "the same on the great arc between both latents",
    ),
    neither(
        "walk.steepest.cross_fade",
        "the same of mixtures of both images' pixels",
    ),
    higher(
        "walk.precision.straight.1",
        "share of images among real ones at 1/8 of the line, from either end",
    ),
    higher("walk.precision.straight.2", "the same at 2/8"),
    higher("walk.precision.straight.3", "the same at 3/8"),
    higher("walk.precision.straight.4", "the same in the middle"),
    higher(
        "walk.precision.spherical.1",
        "share of images among real ones at 1/8 of the arc, from either end",
    ),
    higher("walk.precision.spherical.2", "the same at 2/8"),
    higher("walk.precision.spherical.3", "the same at 3/8"),
    higher("walk.precision.spherical.4", "the same in the middle"),
    higher(
        "walk.precision.cross_fade.1",
        "share of mixtures of 1/8 of one image among real ones",
    ),
    higher("walk.precision.cross_fade.2", "the same of 2/8"),
    higher("walk.precision.cross_fade.3", "the same of 3/8"),
    higher("walk.precision.cross_fade.4", "the same of halves"),
];

pub(super) fn look(generator: &Generator, seed: u64) -> Result<Looked, LatentError> {
    let data = generator.data();
    let manifold = Manifold::of(data)?;
    let pairs = pairs(generator, seed, PAIRS, None)?;
    let walks = Route::ALL.map(|route| walk(generator, &manifold, &pairs, (route, POSITIONS)));
    let walks: Vec<Walk> = walks.into_iter().collect::<Result<_, _>>()?;
    let mut shown = Vec::new();
    for pair in &pairs[..SHOWN] {
        for route in Route::ALL {
            shown.extend(quantised(&images(generator, pair, route, POSITIONS)?));
        }
    }
    Ok(Looked {
        values: QUANTITIES
            .iter()
            .map(|info| info.name)
            .zip(values(&walks))
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
        picture: picture(data, shown),
    })
}

/// In the order of [`QUANTITIES`]; `None` where no walk changes anything.
fn values(walks: &[Walk]) -> Vec<Option<f64>> {
    let last = POSITIONS - 1;
    let at = |walk: &Walk, position: usize| {
        let both = |pair: &Vec<Realism>| [pair[position], pair[last - position]];
        Realism::means(walk.realism.iter().flat_map(both))
    };
    let mut values = Vec::new();
    // The ends are the same of every route.
    let ends = walks.first().map(|walk| at(walk, 0));
    for which in 0..2 {
        values.push(ends.map(|ends| ends[which]));
        values.extend(
            walks
                .iter()
                .map(|walk| mean(walk.between().iter().map(|terms| terms[which]))),
        );
    }
    let over_pairs = |of: fn(&Walk, usize) -> Option<f64>| {
        let mean_of = move |walk: &Walk| mean((0..walk.steps.len()).filter_map(|i| of(walk, i)));
        walks.iter().map(mean_of).collect::<Vec<_>>()
    };
    values.extend(over_pairs(|walk, i| walk.steps[i].shrinkage()));
    values.extend(over_pairs(|walk, i| {
        walk.steps[i].ratios().map(|[_, fine]| fine)
    }));
    for walk in walks {
        values.extend((1..=POSITIONS / 2).map(|position| Some(at(walk, position)[0])));
    }
    values
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0.0);
    values.for_each(|x| (sum, n) = (sum + x, n + 1.0));
    (n > 0.0).then(|| sum / n)
}
