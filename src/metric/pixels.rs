//! Plain pixels as features, for images without a classifier of their own.

use crate::model::SampleShape;

/// Rows and columns of the shrunk image.
pub const SIDE: usize = 8;

/// Features of an image: 8 · 8 · channels.
pub fn width([channels, ..]: SampleShape) -> usize {
    channels * SIDE * SIDE
}

/// Images shrunk to 8 × 8 by averaging over areas, row-major `[n, channels · 64]`, each value the
/// mean of its cell on [0, 1]. A pixel that lies in several cells counts in each with the share of
/// its area there, so sides need not be multiples of 8. The sums are whole numbers and exact.
pub fn features(images: &[u8], [channels, height, width]: SampleShape) -> Vec<f32> {
    let (rows, columns) = (overlaps(height), overlaps(width));
    // Cells have height · width / 64 pixels, each of 8 · 8 parts.
    let area = (height * width) as f64;
    let mut out = Vec::with_capacity(images.len() / (height * width) * SIDE * SIDE);
    debug_assert!(images.len().is_multiple_of(channels * height * width));
    for plane in images.chunks_exact(height * width) {
        for cell_rows in &rows {
            for cell_columns in &columns {
                let mut sum = 0_u64;
                for &(y, tall) in cell_rows {
                    let row = &plane[y * width..][..width];
                    let line: u64 = cell_columns
                        .iter()
                        .map(|&(x, wide)| u64::from(row[x]) * wide)
                        .sum();
                    sum += line * tall;
                }
                out.push((sum as f64 / (area * f64::from(u8::MAX))) as f32);
            }
        }
    }
    out
}

/// For each of the 8 cells of a side: the pixels in it, and how many eighths of each.
fn overlaps(side: usize) -> Vec<Vec<(usize, u64)>> {
    (0..SIDE)
        .map(|cell| {
            let (start, end) = (cell * side, (cell + 1) * side);
            (start / SIDE..end.div_ceil(SIDE))
                .map(|pixel| {
                    let (left, right) = (pixel * SIDE, (pixel + 1) * SIDE);
                    (pixel, (right.min(end) - left.max(start)) as u64)
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{features, width};

    #[test]
    fn an_image_of_eight_by_eight_is_its_own_feature() {
        let image: Vec<u8> = (0..192).collect();
        let expected: Vec<f32> = image.iter().map(|&p| f32::from(p) / 255.0).collect();
        assert_eq!(features(&image, [3, 8, 8]), expected);
        assert_eq!(width([3, 8, 8]), 192);
    }

    #[test]
    fn whole_cells_are_averaged() {
        // 16 x 24: cells of 2 x 3. Pixel (y, x) holds y + x; its cell's mean is that of the middle.
        let image: Vec<u8> = (0..16 * 24).map(|i| (i / 24 + i % 24) as u8).collect();
        let found = features(&image, [1, 16, 24]);
        for (i, x) in found.iter().enumerate() {
            let middle = (2 * (i / 8)) as f32 + 0.5 + (3 * (i % 8)) as f32 + 1.0;
            assert!((x * 255.0 - middle).abs() < 1e-4, "cell {i}: {x}");
        }
    }

    #[test]
    fn a_pixel_on_a_border_counts_in_both_cells() {
        // 12 rows and columns: cells of 1.5. One bright pixel at (1, 0): half of it lies in the first
        // row of cells, half in the second, all of it in the first column: 0.5 of an area of 2.25.
        let mut image = vec![0; 144];
        image[12] = 255;
        let found = features(&image, [1, 12, 12]);
        let share = 0.5 / 2.25;
        for (i, x) in found.iter().enumerate() {
            let expected = if i == 0 || i == 8 { share } else { 0.0 };
            assert!((x - expected).abs() < 1e-7, "cell {i}: {x}");
        }
    }

    #[test]
    fn the_mean_is_kept_at_every_size() {
        for (height, width) in [(8, 64), (9, 13), (28, 28), (33, 63)] {
            let image: Vec<u8> = (0..height * width).map(|i| (i * 37 % 251) as u8).collect();
            let mean =
                |values: &mut dyn Iterator<Item = f64>, n: usize| values.sum::<f64>() / n as f64;
            let before = mean(
                &mut image.iter().map(|&p| f64::from(p) / 255.0),
                image.len(),
            );
            let found = features(&image, [1, height, width]);
            let after = mean(&mut found.iter().map(|&x| f64::from(x)), 64);
            assert!((before - after).abs() < 1e-6, "{height} x {width}");
        }
    }
}
