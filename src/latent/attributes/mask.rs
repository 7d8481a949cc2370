//! Strokes as a set of pixels.

/// Pixels of a mask along a pixel of the image, as Morpho-MNIST.
pub const SCALE: usize = 4;

/// Which pixels belong to the strokes, with a border of background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Rows, with the border.
    pub height: usize,
    /// Columns, with the border.
    pub width: usize,
    /// Row-major.
    pub inside: Vec<bool>,
}

impl Mask {
    /// What of an image, enlarged [`SCALE`] times, is at least as bright as the middle between its
    /// darkest and its brightest pixel. Between the centres of four pixels brightness is bilinear, so
    /// that the border of an antialiased stroke is found to a fraction of a pixel.
    pub fn of(pixels: &[u8], [height, width]: [usize; 2], (least, most): (u8, u8)) -> Self {
        let (rows, columns) = (height * SCALE, width * SCALE);
        let threshold = (f64::from(least) + f64::from(most)) / 2.0;
        let mut mask = Self {
            height: rows + 2,
            width: columns + 2,
            inside: vec![false; (rows + 2) * (columns + 2)],
        };
        for y in 0..rows {
            let [(above, share_above), (below, share_below)] = between(y, height);
            for x in 0..columns {
                let along = |row: usize| -> f64 {
                    let columns = between(x, width).into_iter();
                    let terms =
                        columns.map(|(c, share)| share * f64::from(pixels[row * width + c]));
                    terms.sum()
                };
                let brightness = share_above * along(above) + share_below * along(below);
                let at = (y + 1) * mask.width + x + 1;
                mask.inside[at] = brightness >= threshold;
            }
        }
        mask
    }
}

/// The two pixels of a side between whose centres the centre of a fine pixel lies, with their shares;
/// beyond the outermost centres the outermost pixel.
fn between(fine: usize, side: usize) -> [(usize, f64); 2] {
    let at = (fine as f64 + 0.5) / SCALE as f64 - 0.5;
    let first = at.floor().max(0.0);
    let share = (at - first).clamp(0.0, 1.0);
    let first = first as usize;
    [(first, 1.0 - share), ((first + 1).min(side - 1), share)]
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn the_border_lies_where_the_coverage_puts_it() {
        // One row: a stroke from 2.5 to 5 covers pixel 2 by half and pixels 3 and 4. The level ½ lies at
        // 2.5 (the centre of pixel 2) and at 5: ten quarters.
        let row = [0, 0, 128, 255, 255, 0, 0];
        let mask = Mask::of(&row, [1, 7], (0, 255));
        let middle = &mask.inside[2 * mask.width..3 * mask.width];
        let inside: Vec<usize> = (0..mask.width).filter(|x| middle[*x]).collect();
        // With the border, fine pixel x lies from (x − 1) / 4 on.
        assert_eq!(inside, (11..21).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_touches_the_border() {
        let white_on_the_left = [255, 255, 0, 0, 255, 255, 0, 0];
        let mask = Mask::of(&white_on_the_left, [2, 4], (0, 255));
        assert_eq!((mask.height, mask.width), (10, 18));
        for y in 0..10 {
            for x in 0..18 {
                let inside = (1..9).contains(&y) && (1..9).contains(&x);
                assert_eq!(mask.inside[y * 18 + x], inside, "({y}, {x})");
            }
        }
    }
}
