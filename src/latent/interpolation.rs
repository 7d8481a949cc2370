//! Walks between two latents, with the control that is no walk: the lecture's slide "Интерполяции в
//! латентном пространстве".
//!
//! Along a path every image should look like a real one, and it should change little by little. Both are
//! measured: [`Walk::realism`], precision and density at every position, and [`Steps`], how much longer the
//! largest step in features is than the mean one, at 64 and at 128 steps. A cross-fade of the pixels of
//! both ends changes smoothly too, and leaves the manifold of real images: only precision tells them
//! apart.

use rayon::prelude::*;

use super::path::{Path, norms};
use super::{FeatureMap, LatentError, Manifold, Realism};
use crate::metric::features::Features;
use crate::rng::{Name, Streams};
use crate::train::Generator;

/// Steps of a walk whose largest and mean step are compared, the second twice the first, so that its
/// points are among the second's.
pub const RESOLUTIONS: [usize; 2] = [64, 128];

/// What lies between two images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// G along a path of latents.
    Latent(Path),
    /// (1 − t) G(z₁) + t G(z₂): no walk at all, the control.
    CrossFade,
}

impl Route {
    /// All of them.
    pub const ALL: [Self; 3] = [
        Self::Latent(Path::Straight),
        Self::Latent(Path::Spherical),
        Self::CrossFade,
    ];

    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Latent(path) => path.word(),
            Self::CrossFade => "cross-fade",
        }
    }
}

/// Two latents, of one class where the generator is told classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// z₁ and z₂.
    pub ends: [Vec<f32>; 2],
    /// The class that every point between them is of too.
    pub label: Option<usize>,
}

/// `count` pairs of independent latents under a seed; fewer are the first of more. A generator that is
/// told classes is asked for `label`, or for a class a pair as often as it is among the data.
///
/// # Errors
/// [`LatentError::NoClass`]; [`LatentError::Unconditional`].
pub fn pairs(
    generator: &Generator,
    seed: u64,
    count: usize,
    label: Option<usize>,
) -> Result<Vec<Pair>, LatentError> {
    let streams = Streams::new(seed);
    let z = generator.latents(&streams.source(Name::LatentLook), 2 * count);
    let labels = super::labels(generator, seed, count, label)?;
    let pairs = z.chunks_exact(2 * generator.latent_dim()).enumerate();
    Ok(pairs
        .map(|(i, z)| {
            let (first, second) = z.split_at(generator.latent_dim());
            Pair {
                ends: [first.to_vec(), second.to_vec()],
                label: labels.get(i).copied(),
            }
        })
        .collect())
}

/// `points` ≥ 2 images at equal distances of t, row-major `[points, values]` on [0, 1], both ends among
/// them.
///
/// # Errors
/// [`LatentError::Generator`].
pub fn images(
    generator: &Generator,
    pair: &Pair,
    route: Route,
    points: usize,
) -> Result<Vec<f32>, LatentError> {
    let ends = [pair.ends[0].as_slice(), &pair.ends[1]];
    let labels = |count| pair.label.map_or_else(Vec::new, |label| vec![label; count]);
    match route {
        Route::Latent(path) => {
            Ok(generator.of_latents(&path.points(ends, points), &labels(points))?)
        }
        Route::CrossFade => {
            let both = generator.of_latents(&ends.concat(), &labels(2))?;
            let (first, second) = both.split_at(both.len() / 2);
            // In pixels it is the line.
            Ok(Path::Straight.points([first, second], points))
        }
    }
}

/// Steps of a walk in features: ‖φ(xᵢ₊₁) − φ(xᵢ)‖₂ of images that are not rounded to grey levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// The largest at each of [`RESOLUTIONS`].
    pub largest: [f64; 2],
    /// The mean at each.
    pub mean: [f64; 2],
}

impl Steps {
    /// Of features at [`RESOLUTIONS`]`[1]` + 1 points.
    fn of(fine: &Features) -> Self {
        let [coarse, fine] = [2, 1].map(|stride| {
            let points: Vec<&[f64]> = (0..fine.rows())
                .step_by(stride)
                .map(|i| fine.row(i))
                .collect();
            let steps: Vec<f64> = points.windows(2).map(|w| distance(w[0], w[1])).collect();
            let largest = steps.iter().copied().fold(0.0, f64::max);
            (largest, steps.iter().sum::<f64>() / steps.len() as f64)
        });
        Self {
            largest: [coarse.0, fine.0],
            mean: [coarse.1, fine.1],
        }
    }

    /// Largest over mean step at each resolution, from 1 on; `None` where nothing changes. Of a smooth
    /// walk it is the same at both, of one that jumps it doubles.
    pub fn ratios(&self) -> Option<[f64; 2]> {
        let ratio = |i: usize| self.largest[i] / self.mean[i];
        (self.mean[0] > 0.0 && self.mean[1] > 0.0).then(|| [ratio(0), ratio(1)])
    }

    /// The largest step at 128 over that at 64 steps: ½ of a smooth walk, 1 of one that jumps; `None`
    /// where nothing changes.
    pub fn shrinkage(&self) -> Option<f64> {
        (self.largest[0] > 0.0).then(|| self.largest[1] / self.largest[0])
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y));
    squares.sum::<f64>().sqrt()
}

/// One route through all pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// The route.
    pub route: Route,
    /// How real the images look, `[pair][position]`.
    pub realism: Vec<Vec<Realism>>,
    /// ‖z‖₂, `[pair][position]`; none of a cross-fade.
    pub norms: Vec<Vec<f64>>,
    /// One a pair.
    pub steps: Vec<Steps>,
}

impl Walk {
    /// Precision and density of the images at every position, over the pairs.
    pub fn at_positions(&self) -> Vec<[f64; 2]> {
        let positions = self.realism.first().map_or(0, Vec::len);
        let at = |position: usize| self.realism.iter().map(move |pair| pair[position]);
        (0..positions).map(|i| Realism::means(at(i))).collect()
    }

    /// Of every pair precision and density of the images between its ends; empty without such a
    /// position. The terms of paired comparisons between routes.
    pub fn between(&self) -> Vec<[f64; 2]> {
        let inner = |pair: &Vec<Realism>| match pair.as_slice() {
            [_, inner @ .., _] if !inner.is_empty() => Some(Realism::means(inner.iter().copied())),
            _ => None,
        };
        self.realism.iter().filter_map(inner).collect()
    }

    /// The mean length of z at every position; none of a cross-fade.
    pub fn mean_norms(&self) -> Vec<f64> {
        let positions = self.norms.first().map_or(0, Vec::len);
        let mean = |i: usize| {
            let sum: f64 = self.norms.iter().map(|pair| pair[i]).sum();
            sum / self.norms.len() as f64
        };
        (0..positions).map(mean).collect()
    }
}

/// Walks one route between the latents of every pair and measures it at `positions` ≥ 2 points and at
/// [`RESOLUTIONS`].
///
/// # Errors
/// [`LatentError::Generator`] if the generator cannot be applied, and as [`FeatureMap::of_generated`].
pub fn walk(
    generator: &Generator,
    manifold: &Manifold,
    pairs: &[Pair],
    (route, positions): (Route, usize),
) -> Result<Walk, LatentError> {
    let map = manifold.map();
    let measured: Vec<(Features, Vec<f64>, Steps)> = pairs
        .par_iter()
        .map(|pair| one(generator, map, pair, (route, positions)))
        .collect::<Result<_, _>>()?;
    let rows: Vec<f64> = measured
        .iter()
        .flat_map(|(features, _, _)| features.values())
        .copied()
        .collect();
    let realism = match measured.first() {
        Some((features, _, _)) => manifold.holds(&Features::new(&rows, features.width())?)?,
        None => Vec::new(),
    };
    let (norms, steps): (Vec<_>, Vec<_>) = measured.into_iter().map(|(_, n, s)| (n, s)).unzip();
    Ok(Walk {
        route,
        realism: realism
            .chunks_exact(positions)
            .map(<[Realism]>::to_vec)
            .collect(),
        norms: norms.into_iter().filter(|n| !n.is_empty()).collect(),
        steps,
    })
}

fn one(
    generator: &Generator,
    map: &FeatureMap,
    pair: &Pair,
    (route, positions): (Route, usize),
) -> Result<(Features, Vec<f64>, Steps), LatentError> {
    let shown = images(generator, pair, route, positions)?;
    let fine = images(generator, pair, route, RESOLUTIONS[1] + 1)?;
    let lengths = match route {
        Route::Latent(path) => {
            let ends = [pair.ends[0].as_slice(), &pair.ends[1]];
            norms(&path.points(ends, positions), generator.latent_dim())
        }
        Route::CrossFade => Vec::new(),
    };
    Ok((
        map.of_generated(&shown)?,
        lengths,
        Steps::of(&map.unrounded(&fine)?),
    ))
}

#[cfg(test)]
mod tests;
