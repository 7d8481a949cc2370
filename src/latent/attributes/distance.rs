//! The exact Euclidean distance transform.

use super::mask::Mask;

/// For every pixel of a mask the squared distance from its centre to that of the nearest background
/// pixel, 0 for background itself, row-major: lower envelopes of parabolas, first down the columns and
/// then along the rows (Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions").
pub fn squared(mask: &Mask) -> Vec<f64> {
    // Farther than any pixel lies from the border, which is background.
    let far = ((mask.height + mask.width) as f64).powi(2);
    let seed = |inside: &bool| if *inside { far } else { 0.0 };
    let mut distances: Vec<f64> = mask.inside.iter().map(seed).collect();
    let mut line = Vec::new();
    for x in 0..mask.width {
        line.clear();
        line.extend((0..mask.height).map(|y| distances[y * mask.width + x]));
        for (y, d) in envelope(&line).into_iter().enumerate() {
            distances[y * mask.width + x] = d;
        }
    }
    for row in distances.chunks_exact_mut(mask.width) {
        let lowest = envelope(row);
        row.copy_from_slice(&lowest);
    }
    distances
}

/// min over q of (p − q)² + f(q), for every p.
fn envelope(f: &[f64]) -> Vec<f64> {
    // Parabolas of the envelope so far, each with the place from which on it is the lowest.
    let mut lowest: Vec<(usize, f64)> = Vec::with_capacity(f.len());
    for (q, height) in f.iter().enumerate() {
        let own = height + (q * q) as f64;
        let mut from = f64::NEG_INFINITY;
        while let Some(&(other, begins)) = lowest.last() {
            let theirs = f[other] + (other * other) as f64;
            from = (own - theirs) / (2 * (q - other)) as f64;
            if from > begins {
                break;
            }
            lowest.pop();
            from = f64::NEG_INFINITY;
        }
        lowest.push((q, from));
    }
    let mut at = 0;
    (0..f.len())
        .map(|p| {
            while lowest
                .get(at + 1)
                .is_some_and(|(_, begins)| *begins < p as f64)
            {
                at += 1;
            }
            let q = lowest[at].0;
            p.abs_diff(q).pow(2) as f64 + f[q]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Mask, squared};
    use crate::rng::{Name, Streams};

    #[test]
    fn distances_are_the_least_of_all() {
        let mut stream = Streams::new(1).stream(Name::Reference, 0, 0);
        let (height, width) = (19, 23);
        for share in [2, 10, 60] {
            let inside: Vec<bool> = (0..height * width)
                .map(|i| {
                    let (y, x) = (i / width, i % width);
                    let border = y == 0 || x == 0 || y + 1 == height || x + 1 == width;
                    !border && stream.index(share) > 0
                })
                .collect();
            let mask = Mask {
                height,
                width,
                inside,
            };
            let place = |i: usize| (i / width, i % width);
            for (i, found) in squared(&mask).into_iter().enumerate() {
                let background = (0..height * width).filter(|&j| !mask.inside[j]);
                let distances = background.map(|j| {
                    let ((a, b), (c, d)) = (place(i), place(j));
                    a.abs_diff(c).pow(2) + b.abs_diff(d).pow(2)
                });
                let least = distances.min().expect("a border");
                assert_eq!(found, least as f64, "{:?}", place(i));
            }
        }
    }
}
