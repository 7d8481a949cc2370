//! Pools over windows of 3 × 3.

use std::ops::Range;

use pulp::Arch;

use super::layout::Pool;
use super::maps::Maps;

/// Rows and columns of a window.
const SIDE: usize = 3;

impl Pool {
    fn stride(self) -> usize {
        match self {
            Self::Average | Self::Max => 1,
            Self::MaxHalving => 2,
        }
    }

    fn padding(self) -> usize {
        match self {
            Self::Average | Self::Max => 1,
            Self::MaxHalving => 0,
        }
    }

    /// Rows and columns of the output for an input of so many, at least three.
    pub fn sides(self, sides: [usize; 2]) -> [usize; 2] {
        sides.map(|side| (side + 2 * self.padding() - SIDE) / self.stride() + 1)
    }

    /// The part of window number `place` that lies in an image of so many rows or columns.
    fn window(self, place: usize, side: usize) -> Range<usize> {
        let end = place * self.stride() + SIDE - self.padding();
        end.saturating_sub(SIDE)..end.min(side)
    }

    /// Writes the outputs into channels `first..` of `out`.
    ///
    /// # Panics
    /// If `out` has other images or sides, or too few channels.
    pub fn write(self, input: &Maps, out: &mut Maps, first: usize) {
        let channels = input.channels;
        let sides = self.sides([input.height, input.width]);
        assert_eq!(out.images, input.images, "images");
        assert_eq!([out.height, out.width], sides, "sides of the output");
        assert!(first + channels <= out.channels, "channels of the output");
        // The dispatch is for the vector instructions: the arithmetic is the same on each.
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for image in 0..out.images {
                    for y in 0..out.height {
                        for x in 0..out.width {
                            let to = (image * out.height + y) * out.width + x;
                            let to = &mut out.data[to * out.channels + first..][..channels];
                            let rows = self.window(y, input.height);
                            let columns = self.window(x, input.width);
                            self.pixel(input, image, rows, columns, to);
                        }
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn pixel(
        self,
        input: &Maps,
        image: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        to: &mut [f32],
    ) {
        to.fill(match self {
            Self::Average => 0.0,
            Self::Max | Self::MaxHalving => f32::NEG_INFINITY,
        });
        let count = rows.len() * columns.len();
        for row in rows {
            for column in columns.clone() {
                let from = (image * input.height + row) * input.width + column;
                let from = &input.data[from * input.channels..][..input.channels];
                let pairs = to.iter_mut().zip(from);
                match self {
                    Self::Average => pairs.for_each(|(sum, x)| *sum += *x),
                    Self::Max | Self::MaxHalving => {
                        pairs.for_each(|(most, x)| *most = if *x > *most { *x } else { *most });
                    }
                }
            }
        }
        if self == Self::Average {
            to.iter_mut().for_each(|sum| *sum /= count as f32);
        }
    }
}
