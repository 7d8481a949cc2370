//! Exact Euclidean distances to the background.

use super::mask::Mask;

/// Distances of the pixels of a mask to its background.
pub struct Distances<'m> {
    mask: &'m Mask,
    /// For every pixel that to the nearest background pixel of its column, 0 for background, row-major.
    in_column: Vec<usize>,
}

impl<'m> Distances<'m> {
    /// Of every pixel; the border is background.
    pub fn of(mask: &'m Mask) -> Self {
        let (height, width) = (mask.height, mask.width);
        let mut in_column = vec![0; height * width];
        for at in width..height * width {
            if mask.inside[at] {
                in_column[at] = in_column[at - width] + 1;
            }
        }
        for at in (0..(height - 1) * width).rev() {
            in_column[at] = in_column[at].min(in_column[at + width] + 1);
        }
        Self { mask, in_column }
    }

    /// The squared distance from the centre of the pixel at that place, row-major, to that of the nearest
    /// background pixel; 0 for background itself. The nearest one lies in some column x', at the distance
    /// that its pixel of the same row has in it: min over x' of (x - x')² + g(x')² (the second step of
    /// Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions"), for which columns
    /// farther off than the least so far need not be looked at.
    pub fn squared(&self, place: usize) -> usize {
        let (x, row) = (place % self.mask.width, place - place % self.mask.width);
        let mut least = usize::MAX;
        let mut offset = 0;
        while offset * offset < least {
            let columns = [x.checked_sub(offset), Some(x + offset)];
            for column in columns.into_iter().flatten() {
                if column < self.mask.width {
                    let down = self.in_column[row + column];
                    least = least.min(offset * offset + down * down);
                }
            }
            offset += 1;
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::{Distances, Mask};
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
            let distances = Distances::of(&mask);
            for i in 0..height * width {
                let background = (0..height * width).filter(|&j| !mask.inside[j]);
                let all = background.map(|j| {
                    let ((a, b), (c, d)) = (place(i), place(j));
                    a.abs_diff(c).pow(2) + b.abs_diff(d).pow(2)
                });
                let least = all.min().expect("a border");
                assert_eq!(distances.squared(i), least, "{:?}", place(i));
            }
        }
    }
}
