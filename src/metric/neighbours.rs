//! Exact Euclidean neighbours of rows of features, at the speed of a matrix product.
//!
//! ‖x − y‖² = ‖x‖² + ‖y‖² − 2 xᵀy makes a block of distances one product, but loses the digits of small
//! distances. So a decision (which row is the k-th nearest, does a ball hold a point) is taken from it
//! only where its rounding error cannot change the outcome; the rest is decided by Σ (xᵢ − yᵢ)² itself.
//! The results are those of that sum throughout. The memory is that of a block, whatever the number of
//! rows.

use std::sync::atomic::{AtomicUsize, Ordering};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::features::{Features, MetricError};

/// Rows of a block: 256 rows against 10,000 take 20 MB.
const BLOCK: usize = 256;

/// Two sets of features around a common centre, with the squared norms of their rows.
struct Pair<'f> {
    sets: [&'f Features; 2],
    centred: [Vec<f64>; 2],
    norms: [Vec<f64>; 2],
    /// Rounding error of an approximate squared distance, over the sum of the squared norms.
    relative: f64,
}

/// One row of a block: the place of x, and approximate squared distances to all y.
struct Row<'p, 'f> {
    pair: &'p Pair<'f>,
    x: usize,
    products: &'p Mat<f64>,
    in_block: usize,
}

impl<'f> Pair<'f> {
    fn new(x: &'f Features, y: &'f Features) -> Result<Self, MetricError> {
        x.check_width(y)?;
        let centre = y.mean();
        let centred = [x, y].map(|set| {
            let rows = set.values().chunks_exact(set.width());
            rows.flat_map(|row| row.iter().zip(&centre).map(|(v, m)| v - m))
                .collect::<Vec<f64>>()
        });
        let norms = [0, 1].map(|i| {
            let rows = centred[i].chunks_exact(x.width());
            rows.map(|row| row.iter().map(|v| v * v).sum())
                .collect::<Vec<f64>>()
        });
        if norms.iter().flatten().any(|n: &f64| !n.is_finite()) {
            return Err(MetricError::Overflow);
        }
        Ok(Self {
            sets: [x, y],
            centred,
            norms,
            // A sum of d products is off by at most d ε Σ|xᵢyᵢ|, and centring and the norms by as much
            // again.
            relative: 4.0 * (x.width() as f64 + 4.0) * f64::EPSILON,
        })
    }

    /// Σ (xᵢ − yᵢ)².
    fn exact(&self, x: usize, y: usize) -> f64 {
        let rows = self.sets[0].row(x).iter().zip(self.sets[1].row(y));
        rows.map(|(a, b)| (a - b) * (a - b)).sum()
    }

    /// Something of every row of x, in order.
    fn rows<T: Send>(&self, of: impl Fn(Row<'_, 'f>) -> T + Sync) -> Vec<T> {
        let width = self.sets[0].width();
        let y = MatRef::from_row_major_slice(&self.centred[1], self.sets[1].rows(), width);
        let blocks = self.centred[0].par_chunks(BLOCK * width).enumerate();
        let blocks: Vec<Vec<T>> = blocks
            .map(|(b, block)| {
                let rows = block.len() / width;
                let x = MatRef::from_row_major_slice(block, rows, width);
                // Transposed, so that a row's distances lie side by side.
                let mut products = Mat::zeros(self.sets[1].rows(), rows);
                let out = products.as_mut();
                matmul(out, Accum::Replace, y, x.transpose(), 1.0, Par::Seq);
                (0..rows)
                    .map(|in_block| {
                        of(Row {
                            pair: self,
                            x: b * BLOCK + in_block,
                            products: &products,
                            in_block,
                        })
                    })
                    .collect()
            })
            .collect();
        blocks.into_iter().flatten().collect()
    }
}

impl Row<'_, '_> {
    /// For every y the squared distance as it is known, and by how much it may be off.
    fn approximate(&self) -> impl Iterator<Item = (usize, f64, f64)> + '_ {
        let own = self.pair.norms[0][self.x];
        let products = self.products.col(self.in_block).iter();
        let others = products.zip(&self.pair.norms[1]).enumerate();
        others.map(move |(y, (product, norm))| {
            let norms = own + norm;
            (y, norms - 2.0 * product, self.pair.relative * norms)
        })
    }

    /// Whether the exact squared distance to y is below `limit`, or at most it.
    fn is_within(&self, (y, distance, error): (usize, f64, f64), limit: f64, closed: bool) -> bool {
        if (distance - limit).abs() > error {
            return distance < limit;
        }
        let exact = self.pair.exact(self.x, y);
        exact < limit || closed && exact == limit
    }

    /// The k nearest rows of y but for one, nearest first, with squared distances; of equal ones the
    /// first.
    fn nearest(&self, k: usize, but: Option<usize>) -> Vec<(usize, f64)> {
        let k = k.min(self.products.nrows() - usize::from(but.is_some()));
        // The k rows of the smallest upper bounds so far, the smallest first. No row need be nearer than
        // the last of them.
        let mut upper: Vec<f64> = Vec::with_capacity(k + 1);
        let mut bound = f64::INFINITY;
        let mut found = Vec::new();
        for (y, distance, error) in self.approximate() {
            if distance - error > bound || Some(y) == but {
                continue;
            }
            found.push((y, distance - error));
            let most = distance + error;
            if most < bound || upper.len() < k {
                upper.insert(upper.partition_point(|&u| u <= most), most);
                upper.truncate(k);
                if upper.len() == k {
                    bound = upper.last().copied().unwrap_or(f64::NEG_INFINITY);
                }
            }
        }
        let nearest = found.iter().filter(|(_, least)| *least <= bound);
        let mut nearest: Vec<(usize, f64)> = nearest
            .map(|&(y, _)| (y, self.pair.exact(self.x, y)))
            .collect();
        nearest.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        nearest.truncate(k);
        nearest
    }
}

/// For every row the squared distance to its k-th nearest other row.
///
/// # Errors
/// [`MetricError::TooFew`] unless there are more than k rows; [`MetricError::Overflow`].
pub fn kth_squared_distances(set: &Features, k: usize) -> Result<Vec<f64>, MetricError> {
    set.check_rows("the k-th nearest neighbour", k + 1)?;
    let pair = Pair::new(set, set)?;
    Ok(pair.rows(|row| {
        let nearest = row.nearest(k, Some(row.x));
        nearest.last().map_or(0.0, |(_, distance)| *distance)
    }))
}

/// For every row of x its nearest row of y, the first of equal ones, and the distance to it.
///
/// # Errors
/// [`MetricError::Widths`]; [`MetricError::Overflow`].
pub fn nearest(x: &Features, y: &Features) -> Result<Vec<(usize, f64)>, MetricError> {
    let first = |row: Row<'_, '_>| row.nearest(1, None).first().copied().unwrap_or_default();
    let found = Pair::new(x, y)?.rows(first).into_iter();
    Ok(found
        .map(|(place, squared)| (place, squared.sqrt()))
        .collect())
}

/// For every row of x its k nearest rows of y, nearest first and of equal ones the first, and the
/// distances to them; all of y where there are fewer.
///
/// # Errors
/// [`MetricError::Widths`]; [`MetricError::Overflow`].
pub fn k_nearest(
    x: &Features,
    y: &Features,
    k: usize,
) -> Result<Vec<Vec<(usize, f64)>>, MetricError> {
    let found = Pair::new(x, y)?.rows(|row| row.nearest(k, None));
    let rooted = |row: Vec<(usize, f64)>| row.into_iter().map(|(y, d)| (y, d.sqrt())).collect();
    Ok(found.into_iter().map(rooted).collect())
}

/// What the balls around the rows of two sets hold of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// For every row of x: how many balls around rows of y hold it.
    pub balls_of_y: Vec<usize>,
    /// For every row of x: whether its own ball holds a row of y.
    pub holds_y: Vec<bool>,
    /// For every row of y: how many balls around rows of x hold it.
    pub balls_of_x: Vec<usize>,
}

/// Balls of squared radii around every row of x and of y; with `closed` a ball holds its border.
///
/// # Errors
/// [`MetricError::Widths`]; [`MetricError::Overflow`].
pub fn held(
    x: &Features,
    y: &Features,
    [of_x, of_y]: [&[f64]; 2],
    closed: bool,
) -> Result<Held, MetricError> {
    // Counted by all threads at once: whole numbers have the same sum in any order.
    let balls_of_x: Vec<AtomicUsize> = (0..y.rows()).map(|_| AtomicUsize::new(0)).collect();
    let found = Pair::new(x, y)?.rows(|row| {
        let (mut balls_of_y, mut holds_y) = (0, false);
        for at in row.approximate() {
            balls_of_y += usize::from(row.is_within(at, of_y[at.0], closed));
            if row.is_within(at, of_x[row.x], closed) {
                holds_y = true;
                balls_of_x[at.0].fetch_add(1, Ordering::Relaxed);
            }
        }
        (balls_of_y, holds_y)
    });
    let (balls_of_y, holds_y) = found.into_iter().unzip();
    Ok(Held {
        balls_of_y,
        holds_y,
        balls_of_x: balls_of_x
            .into_iter()
            .map(AtomicUsize::into_inner)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::{pair, uniform};
    use super::{Features, MetricError, held, k_nearest, kth_squared_distances, nearest};

    fn squared(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
    }

    /// More rows than a block has, far from the origin, with rows that are nearly and exactly equal.
    fn hard() -> [Features; 2] {
        let mut values = uniform(5, 600 * 6);
        for i in 0..50 {
            let (from, to) = (6 * i, 6 * (400 + i));
            for j in 0..6 {
                values[to + j] = values[from + j] + if i % 2 == 0 { 0.0 } else { 1e-9 };
            }
        }
        let far = |v: &[f64]| {
            let moved: Vec<f64> = v.iter().map(|x| x + 1000.0).collect();
            Features::new(&moved, 6).expect("rows")
        };
        [far(&values), far(&uniform(6, 300 * 6))]
    }

    #[test]
    fn neighbours_are_those_of_the_direct_sum() -> Result<(), MetricError> {
        let [x, y] = hard();
        for k in [1, 5] {
            let found = kth_squared_distances(&x, k)?;
            for (i, found) in found.into_iter().enumerate() {
                let others = (0..x.rows()).filter(|j| *j != i);
                let mut all: Vec<f64> = others.map(|j| squared(x.row(i), x.row(j))).collect();
                all.sort_by(f64::total_cmp);
                assert_eq!(found, all[k - 1], "row {i}");
            }
        }
        let three = k_nearest(&y, &x, 3)?;
        for (i, (place, distance)) in nearest(&y, &x)?.into_iter().enumerate() {
            let all = (0..x.rows()).map(|j| (j, squared(y.row(i), x.row(j)).sqrt()));
            let mut all: Vec<(usize, f64)> = all.collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1));
            assert_eq!((place, distance), all[0], "row {i}");
            assert_eq!(three[i], all[..3], "row {i}");
        }
        Ok(())
    }

    #[test]
    fn balls_are_open_or_closed_to_the_last_bit() -> Result<(), MetricError> {
        let [x, _] = hard();
        let y = x.take(&(100..500).collect::<Vec<_>>());
        // Borders that rows lie on exactly, since y's are rows of x.
        let (of_x, of_y) = (kth_squared_distances(&x, 2)?, kth_squared_distances(&y, 3)?);
        for closed in [false, true] {
            let found = held(&x, &y, [&of_x, &of_y], closed)?;
            let within = |d: f64, r: f64| d < r || closed && d == r;
            for (i, &radius) in of_x.iter().enumerate() {
                let d = |j| squared(x.row(i), y.row(j));
                let balls = (0..y.rows()).filter(|&j| within(d(j), of_y[j])).count();
                assert_eq!(found.balls_of_y[i], balls);
                let any = (0..y.rows()).any(|j| within(d(j), radius));
                assert_eq!(found.holds_y[i], any);
            }
            for j in 0..y.rows() {
                let d = |i| squared(x.row(i), y.row(j));
                let balls = (0..x.rows()).filter(|&i| within(d(i), of_x[i])).count();
                assert_eq!(found.balls_of_x[j], balls);
            }
        }
        Ok(())
    }

    #[test]
    fn too_few_rows_and_unequal_widths_are_refused() {
        let [x, _] = pair(5);
        insta::assert_snapshot!(kth_squared_distances(&x, 5).expect_err("refused"), @"the k-th nearest neighbour needs at least 6 samples, got 5");
        let wide = Features::new(&[1.0; 9], 9).expect("a row");
        insta::assert_snapshot!(nearest(&x, &wide).expect_err("refused"), @"features of width 8 cannot be compared with features of width 9");
    }
}
