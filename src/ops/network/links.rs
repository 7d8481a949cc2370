//! Which input positions an affine layer's output positions see, and through which weights.

/// The connections of an affine layer: (input position, output position, tap), where the taps are
/// the matrices of weights that positions share. A dense layer has one of each; a convolution has a
/// position for every pixel and a tap for every cell of its kernel. Padding is what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    inputs: usize,
    taps: usize,
    /// For every output position: (input position, tap).
    by_output: Vec<Vec<(usize, usize)>>,
    /// For every input position: (output position, tap).
    by_input: Vec<Vec<(usize, usize)>>,
    /// For every tap: (input position, output position), by output position.
    by_tap: Vec<Vec<(usize, usize)>>,
}

impl Links {
    fn new([inputs, outputs, taps]: [usize; 3], links: impl Iterator<Item = [usize; 3]>) -> Self {
        let mut all = Self {
            inputs,
            taps,
            by_output: vec![Vec::new(); outputs],
            by_input: vec![Vec::new(); inputs],
            by_tap: vec![Vec::new(); taps],
        };
        for [input, output, tap] in links {
            all.by_output[output].push((input, tap));
            all.by_input[input].push((output, tap));
            all.by_tap[tap].push((input, output));
        }
        for tap in &mut all.by_tap {
            tap.sort_unstable_by_key(|&(input, output)| (output, input));
        }
        all
    }

    /// One position, one matrix.
    pub fn dense() -> Self {
        Self::new([1; 3], [[0; 3]].into_iter())
    }

    /// Every input position into one output, each through a matrix of its own.
    pub fn all_to_one(inputs: usize) -> Self {
        Self::new([inputs, 1, inputs], (0..inputs).map(|i| [i, 0, i]))
    }

    /// The cross-correlation of `[height, width]` images with a square kernel: `None` where nothing
    /// comes out. Its output has ⌊(size + 2 padding − kernel) / stride⌋ + 1 rows and columns.
    pub fn convolution(
        [height, width]: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Option<Self> {
        let along = |size: usize| {
            let room = (size + 2 * padding).checked_sub(kernel)?;
            (kernel > 0).then_some(room.checked_div(stride)? + 1)
        };
        let (out_height, out_width) = (along(height)?, along(width)?);
        // The pixel that a cell of the kernel sees from an output row or column.
        let seen = move |out: usize, cell: usize, size: usize| {
            (out * stride + cell)
                .checked_sub(padding)
                .filter(|&at| at < size)
        };
        let outputs = (0..out_height).flat_map(move |y| (0..out_width).map(move |x| (y, x)));
        let links = outputs.flat_map(move |(y, x)| {
            let cells = (0..kernel).flat_map(move |i| (0..kernel).map(move |j| (i, j)));
            cells.filter_map(move |(i, j)| {
                let input = seen(y, i, height)? * width + seen(x, j, width)?;
                Some([input, y * out_width + x, i * kernel + j])
            })
        });
        Some(Self::new(
            [height * width, out_height * out_width, kernel * kernel],
            links,
        ))
    }

    /// The same connections in the other direction: of a convolution, the transposed convolution.
    #[must_use]
    pub fn transposed(self) -> Self {
        let links = self
            .by_output
            .iter()
            .enumerate()
            .flat_map(|(output, sources)| {
                sources
                    .iter()
                    .map(move |&(input, tap)| [output, input, tap])
            });
        Self::new([self.outputs(), self.inputs, self.taps], links)
    }

    /// Input positions.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Output positions.
    pub fn outputs(&self) -> usize {
        self.by_output.len()
    }

    /// Matrices of weights.
    pub fn taps(&self) -> usize {
        self.taps
    }

    /// How many connections there are.
    pub fn count(&self) -> usize {
        self.by_output.iter().map(Vec::len).sum()
    }

    pub(super) fn by_output(&self) -> &[Vec<(usize, usize)>] {
        &self.by_output
    }

    pub(super) fn by_input(&self) -> &[Vec<(usize, usize)>] {
        &self.by_input
    }

    pub(super) fn by_tap(&self) -> &[Vec<(usize, usize)>] {
        &self.by_tap
    }
}

#[cfg(test)]
mod tests {
    use super::Links;

    #[test]
    fn a_convolution_links_what_its_windows_see() {
        // Kernel 2, stride 2, padding 1 on 3 x 1: windows at rows −1…0 and 1…2, columns −1…0.
        let links = Links::convolution([3, 1], 2, 2, 1).expect("it fits");
        assert_eq!((links.inputs(), links.outputs(), links.taps()), (3, 2, 4));
        assert_eq!(links.by_output(), [vec![(0, 3)], vec![(1, 1), (2, 3)]]);
        assert_eq!(links.by_input(), [vec![(0, 3)], vec![(1, 1)], vec![(1, 3)]]);
        let back = links.clone().transposed();
        assert_eq!((back.inputs(), back.outputs()), (2, 3));
        assert_eq!(back.transposed(), links);
    }

    #[test]
    fn what_leaves_nothing_is_refused() {
        assert_eq!(Links::convolution([2, 2], 5, 1, 1), None);
        assert_eq!(Links::convolution([2, 2], 2, 0, 0), None);
        assert_eq!(Links::convolution([2, 2], 0, 1, 0), None);
    }
}
