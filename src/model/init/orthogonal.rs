//! A random orthonormal matrix (Saxe, McClelland and Ganguli 2014).

use super::{Draw, Initialisation};
use crate::axis::Component;
use crate::elementary::vectorised;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::Stream;

const GAIN: Param = Param {
    name: "init_gain",
    per_network: true,
    kind: Kind::Float(Range::above(0.0, 100.0)),
    birth: Birth::Float(1.0),
    summary: "factor of an initial orthonormal matrix",
};

/// gain · Q, where the shorter side of Q is orthonormal: QᵀQ = I, or QQᵀ = I where there are more
/// columns than rows (Saxe et al. 2014, section 3).
///
/// Q is the orthogonal factor of a normal draw, with a positive diagonal of R, so that it is
/// uniform over such matrices (Mezzadri 2007). It is made by Gram and Schmidt's procedure, twice
/// for each vector, in `f64` and in one order: the same bits on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Orthogonal {
    /// The factor.
    pub gain: f64,
}

impl Component for Orthogonal {
    const CHOICE: Choice = Choice {
        name: "orthogonal",
        version: 1,
        params: &[GAIN],
        summary: "init_gain times a random orthonormal matrix (Saxe et al. 2014)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            gain: settings.float(GAIN.name, network)?,
        })
    }
}

/// Makes vectors of one length orthonormal, in order: each keeps its part that is orthogonal to
/// those before it.
#[inline(always)]
fn orthonormalise(vectors: &mut [f64], length: usize) {
    /// The second pass removes what rounding left of the first ("twice is enough", Giraud et al.
    /// 2005).
    const PASSES: usize = 2;
    for i in 0..vectors.len() / length {
        let (before, rest) = vectors.split_at_mut(i * length);
        let vector = &mut rest[..length];
        for _ in 0..PASSES {
            for other in before.chunks_exact(length) {
                let dot = dot(other, vector);
                for (x, o) in vector.iter_mut().zip(other) {
                    *x = (-dot).mul_add(*o, *x);
                }
            }
        }
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
    }
}

/// Σ aᵢ bᵢ, summed in four lanes.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a, a_rest) = a.as_chunks::<4>();
    let (b, b_rest) = b.as_chunks::<4>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
        *sum = a.mul_add(*b, *sum);
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

impl Initialisation for Orthogonal {
    fn fill(&self, draw: Draw, mut stream: Stream, weights: &mut [f32]) {
        let [rows, columns] = draw.matrix.shape();
        stream.fill_normal(weights);
        // As many vectors as the shorter side has, each as long as the longer side.
        let (count, length) = (rows.min(columns), rows.max(columns));
        let place = |vector: usize, i: usize| match columns > rows {
            true => draw.matrix.place(vector, i),
            false => draw.matrix.place(i, vector),
        };
        let at = |vector, i| f64::from(weights[place(vector, i)]);
        let mut vectors: Vec<f64> = (0..count)
            .flat_map(|vector| (0..length).map(move |i| (vector, i)))
            .map(|(vector, i)| at(vector, i))
            .collect();
        vectorised(
            #[inline(always)]
            || orthonormalise(&mut vectors, length),
        );
        for (vector, values) in vectors.chunks_exact(length).enumerate() {
            for (i, x) in values.iter().enumerate() {
                weights[place(vector, i)] = (self.gain * x) as f32;
            }
        }
    }
}
