//! The matrix that the weights of an affine layer are.

use super::Links;

/// How the weights of an affine layer, `[taps, inputs, outputs]` in memory, are read as a matrix.
///
/// A dense layer is its inputs by its outputs, and a convolution (transposed or not) its kernel's
/// cells and input channels by its output channels, as is usual. Where one input position reaches
/// every output position through a tap of its own, the layer is a dense one whose outputs are those
/// of all positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    taps: usize,
    inputs: usize,
    outputs: usize,
    /// Whether taps stand beside each other, as columns; else below each other, as rows.
    wide: bool,
}

impl Matrix {
    /// The weights of a layer with those links and channels `[inputs, outputs]`.
    pub fn new(links: &Links, [inputs, outputs]: [usize; 2]) -> Self {
        let taps = links.taps();
        Self {
            taps,
            inputs,
            outputs,
            wide: links.inputs() == 1 && links.outputs() == taps && links.count() == taps,
        }
    }

    /// `[rows, columns]`.
    pub fn shape(&self) -> [usize; 2] {
        match self.wide {
            true => [self.inputs, self.taps * self.outputs],
            false => [self.taps * self.inputs, self.outputs],
        }
    }

    /// Where an element lies among the layer's weights.
    pub fn place(&self, row: usize, column: usize) -> usize {
        match self.wide {
            true => {
                let (tap, output) = (column / self.outputs, column % self.outputs);
                (tap * self.inputs + row) * self.outputs + output
            }
            false => row * self.outputs + column,
        }
    }

    /// Runs of weights that lie together in a row: (row, first column) of each, in memory order.
    #[inline(always)]
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, usize)> {
        let Self {
            inputs,
            outputs,
            wide,
            ..
        } = *self;
        (0..self.taps * inputs).map(move |at| match wide {
            true => (at % inputs, at / inputs * outputs),
            false => (at, 0),
        })
    }

    /// The length of every run.
    #[inline(always)]
    pub(super) fn run(&self) -> usize {
        self.outputs
    }
}
