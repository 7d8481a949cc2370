//! A mixture of isotropic Gaussians in any dimension.

use crate::param::{Birth, Kind, Param, Range};
use crate::rng::Stream;

/// Coordinates beyond this are a slip of the finger.
const COORDINATES: Range = Range::closed(-1e4, 1e4);

/// More components than this cannot be told apart by 2,500 samples.
const MOST_COMPONENTS: usize = 1000;

/// Steps between 0 and 1 of a draw that chooses a component by weight: 2⁵³, the numbers that a
/// double holds exactly.
const WEIGHT_STEPS: usize = 1 << 53;

/// `sigma`: the standard deviation of every component.
pub(super) const fn sigma(birth: f64) -> Param {
    Param {
        name: "sigma",
        per_network: false,
        kind: Kind::Float(Range::above(0.0, 1e3)),
        birth: Birth::Float(birth),
        summary: "standard deviation of every component of the mixture",
    }
}

/// `radius`: the size of a regular arrangement of centres.
pub(super) const fn radius(birth: f64, summary: &'static str) -> Param {
    Param {
        name: "radius",
        per_network: false,
        kind: Kind::Float(Range::above(0.0, 1e4)),
        birth: Birth::Float(birth),
        summary,
    }
}

/// `centres`: an arrangement of one's own.
pub(super) const fn centres(dimensions: usize, birth: Birth, summary: &'static str) -> Param {
    Param {
        name: "centres",
        per_network: false,
        kind: Kind::Points {
            dimensions,
            range: COORDINATES,
            most: MOST_COMPONENTS,
        },
        birth,
        summary,
    }
}

/// `centres` in the plane.
pub const CENTRES: Param = centres(
    2,
    Birth::Absent,
    "the component means, each [x, y], instead of the regular arrangement",
);

/// A list with a positive number for each component.
pub(super) const fn each_component(name: &'static str, most: f64, summary: &'static str) -> Param {
    Param {
        name,
        per_network: false,
        kind: Kind::Floats {
            range: Range::above(0.0, most),
            most: MOST_COMPONENTS,
        },
        birth: Birth::Absent,
        summary,
    }
}

/// A mixture of K Gaussians N(cᵢ, σᵢ²I) in d dimensions with weights wᵢ.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    dimensions: usize,
    /// `[K, d]`
    centres: Vec<f64>,
    /// Positive; 1 each where all are equal.
    weights: Vec<f64>,
    sigmas: Vec<f64>,
}

impl Mixture {
    /// K components of equal weight and one σ.
    pub fn equal<const D: usize>(centres: &[[f64; D]], sigma: f64) -> Self {
        Self::new(
            centres,
            vec![1.0; centres.len()],
            vec![sigma; centres.len()],
        )
    }

    /// Components (cᵢ, wᵢ, σᵢ), as many as the shortest of the lists has. Weights are positive and
    /// need not sum to 1.
    pub fn new<const D: usize>(
        centres: &[[f64; D]],
        mut weights: Vec<f64>,
        mut sigmas: Vec<f64>,
    ) -> Self {
        let count = centres.len().min(weights.len()).min(sigmas.len());
        weights.truncate(count);
        sigmas.truncate(count);
        if all_equal(&weights) {
            weights.fill(1.0);
        }
        Self {
            dimensions: D,
            centres: centres[..count].as_flattened().to_vec(),
            weights,
            sigmas,
        }
    }

    /// d: the coordinates of a point.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// K: how many components there are.
    pub fn components(&self) -> usize {
        self.sigmas.len()
    }

    /// The component means, each of d coordinates.
    pub fn centres(&self) -> impl ExactSizeIterator<Item = &[f64]> + Clone {
        self.centres.chunks_exact(self.dimensions.max(1))
    }

    /// The component means where they lie in the plane.
    pub fn plane(&self) -> Option<&[[f64; 2]]> {
        (self.dimensions == 2).then(|| self.centres.as_chunks::<2>().0)
    }

    /// The standard deviation of each component.
    pub fn sigmas(&self) -> &[f64] {
        &self.sigmas
    }

    /// σ, where all components share it.
    pub fn common_sigma(&self) -> Option<f64> {
        let first = self.sigmas.first().copied();
        first.filter(|_| all_equal(&self.sigmas))
    }

    /// The weights wᵢ/Σw; `None` where they are all equal.
    pub fn unequal_weights(&self) -> Option<Vec<f64>> {
        let total: f64 = self.weights.iter().sum();
        (!all_equal(&self.weights)).then(|| self.weights.iter().map(|w| w / total).collect())
    }

    /// Fills `out`, a row-major `[n, d]`, with independent draws; returns the component of each.
    pub fn fill(&self, stream: &mut Stream, out: &mut [f32]) -> Vec<usize> {
        let count = out.len() / self.dimensions;
        let components = self.draw_components(stream, count);
        stream.fill_normal(out);
        for (point, &component) in out.chunks_exact_mut(self.dimensions).zip(&components) {
            let centre = &self.centres[component * self.dimensions..][..self.dimensions];
            let sigma = self.sigmas[component];
            for (x, c) in point.iter_mut().zip(centre) {
                *x = (c + sigma * f64::from(*x)) as f32;
            }
        }
        components
    }

    /// Components as often as their weights say. Each takes 64 bits of the stream, equal weights or not.
    pub fn draw_components(&self, stream: &mut Stream, count: usize) -> Vec<usize> {
        let k = self.components();
        if all_equal(&self.weights) {
            return (0..count).map(|_| stream.index(k)).collect();
        }
        let mut cumulative = self.weights.clone();
        for i in 1..k {
            cumulative[i] += cumulative[i - 1];
        }
        let total = cumulative[k - 1];
        (0..count)
            .map(|_| {
                let at = total * (stream.index(WEIGHT_STEPS) as f64 / WEIGHT_STEPS as f64);
                cumulative.partition_point(|&c| c <= at).min(k - 1)
            })
            .collect()
    }

    /// The evaluation box: the bounding box of the centres, widened on every side by half its
    /// longest side and by 3σ (the largest σ). Two corners, low and high.
    pub fn bounding_box(&self) -> [Vec<f64>; 2] {
        let mut low = vec![f64::INFINITY; self.dimensions];
        let mut high = vec![f64::NEG_INFINITY; self.dimensions];
        for centre in self.centres() {
            for ((low, high), &x) in low.iter_mut().zip(&mut high).zip(centre) {
                *low = low.min(x);
                *high = high.max(x);
            }
        }
        widened([low, high], self.sigmas.iter().copied().fold(0.0, f64::max))
    }

    /// The mean of the mixture and the root mean square of a coordinate's distance from it.
    pub fn mean_and_spread(&self) -> (Vec<f64>, f64) {
        let total: f64 = self.weights.iter().sum();
        let weighted = || self.centres().zip(&self.weights);
        let mean: Vec<f64> = (0..self.dimensions)
            .map(|axis| weighted().map(|(c, w)| w * c[axis]).sum::<f64>() / total)
            .collect();
        let squared = |c: &[f64]| {
            c.iter()
                .zip(&mean)
                .map(|(c, m)| (c - m).powi(2))
                .sum::<f64>()
        };
        let between =
            weighted().map(|(c, w)| w * squared(c)).sum::<f64>() / (self.dimensions as f64 * total);
        let within = match self.common_sigma() {
            Some(sigma) => sigma * sigma,
            None => {
                let squares = self.sigmas.iter().zip(&self.weights);
                squares.map(|(s, w)| w * s * s).sum::<f64>() / total
            }
        };
        (mean, (between + within).sqrt())
    }
}

/// A box widened on every side by half its longest side and by 3σ.
pub(super) fn widened([low, high]: [Vec<f64>; 2], sigma: f64) -> [Vec<f64>; 2] {
    let sides = low.iter().zip(&high).map(|(low, high)| high - low);
    let margin = 0.5 * sides.fold(0.0, f64::max) + 3.0 * sigma;
    [
        low.iter().map(|x| x - margin).collect(),
        high.iter().map(|x| x + margin).collect(),
    ]
}

fn all_equal(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::Mixture;
    use crate::rng::{Name, Streams};

    fn stream() -> crate::rng::Stream {
        Streams::new(5).stream(Name::Data, 0, 0)
    }

    #[test]
    fn draws_in_the_plane_are_frozen() {
        // Golden: the draws of the first version, whose mixtures had equal weights and one σ.
        let mut out = [0.0; 6];
        Mixture::equal(&[[1.0, 0.0], [-1.0, 0.5], [0.25, 2.0]], 0.1).fill(&mut stream(), &mut out);
        let golden = [
            0x3f81_5f5a,
            0xbd4e_be56,
            0x3f6c_ad78,
            0x3d39_3ea9,
            0xbf42_fab6,
            0x3f19_c568,
        ];
        assert_eq!(out.map(f32::to_bits), golden);
    }

    #[test]
    fn components_come_by_weight_and_each_with_its_own_sigma() {
        let weights = [1.0, 6.0, 3.0];
        let sigmas = [0.5, 0.1, 2.0];
        let centres = [[-10.0], [0.0], [50.0]];
        let mixture = Mixture::new(&centres, weights.to_vec(), sigmas.to_vec());
        let mut out = vec![0.0; 100_000];
        let components = mixture.fill(&mut stream(), &mut out);
        for (i, (weight, sigma)) in weights.into_iter().zip(sigmas).enumerate() {
            let own = out.iter().zip(&components).filter(|(_, c)| **c == i);
            let own: Vec<f64> = own.map(|(x, _)| f64::from(*x) - centres[i][0]).collect();
            let n = own.len() as f64;
            // A share has a standard error of √(p(1−p)/n), a mean σ/√n, a deviation σ/√2n; five.
            let p = weight / 10.0;
            let share = n / 100_000.0;
            assert!(
                (share - p).abs() < 5.0 * f64::sqrt(p * (1.0 - p) / 1e5),
                "{share}"
            );
            let mean = own.iter().sum::<f64>() / n;
            assert!(mean.abs() < 5.0 * sigma / n.sqrt(), "{mean}");
            let deviation = (own.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
            assert!(
                (deviation / sigma - 1.0).abs() < 5.0 / (2.0 * n).sqrt(),
                "{deviation}"
            );
        }
    }

    #[test]
    fn equal_weights_of_any_size_draw_alike() {
        let with = |weight: f64| {
            let mut out = [0.0; 64];
            let mixture = Mixture::new(&[[0.0], [1.0]], vec![weight; 2], vec![0.1; 2]);
            mixture.fill(&mut stream(), &mut out);
            out
        };
        assert_eq!(with(1.0), with(7.5));
    }

    #[test]
    fn mean_and_spread_are_those_of_the_distribution() {
        // Mean Σwc = 0.75·4 = 3; variance Σw(c − 3)² + Σwσ² = 0.25·9 + 0.75·1 + 0.25·4 + 0.75·1.
        let mixture = Mixture::new(&[[0.0], [4.0]], vec![1.0, 3.0], vec![2.0, 1.0]);
        let (mean, spread) = mixture.mean_and_spread();
        assert_eq!(mean, [3.0]);
        assert!((spread - f64::sqrt(4.75)).abs() < 1e-15, "{spread}");
    }
}
