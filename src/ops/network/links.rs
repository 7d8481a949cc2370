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
        size: [usize; 2],
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Option<Self> {
        let along = |size: usize| {
            let room = (size + 2 * padding).checked_sub(kernel)?;
            let outputs = (kernel > 0).then_some(room.checked_div(stride)? + 1)?;
            Some((outputs, padding))
        };
        Some(Self::windows(
            size,
            kernel,
            stride,
            [along(size[0])?, along(size[1])?],
        ))
    }

    /// A convolution whose output has ⌈size / stride⌉ rows and columns, padded by what that takes:
    /// half of it before, rounded down, as TensorFlow's SAME. `None` where nothing comes out.
    pub fn same_convolution(size: [usize; 2], kernel: usize, stride: usize) -> Option<Self> {
        let along = |size: usize| {
            let outputs = (kernel > 0 && stride > 0).then(|| size.div_ceil(stride))?;
            let covered = outputs.checked_sub(1)? * stride + kernel;
            Some((outputs, covered.saturating_sub(size) / 2))
        };
        Some(Self::windows(
            size,
            kernel,
            stride,
            [along(size[0])?, along(size[1])?],
        ))
    }

    /// The windows of a kernel on an image: along each side, how many there are and where the first
    /// starts, in pixels before the image.
    fn windows(
        [height, width]: [usize; 2],
        kernel: usize,
        stride: usize,
        [(out_height, above), (out_width, before)]: [(usize, usize); 2],
    ) -> Self {
        // The pixel that a cell of the kernel sees from an output row or column.
        let seen = move |out: usize, cell: usize, padding: usize, size: usize| {
            (out * stride + cell)
                .checked_sub(padding)
                .filter(|&at| at < size)
        };
        let outputs = (0..out_height).flat_map(move |y| (0..out_width).map(move |x| (y, x)));
        let links = outputs.flat_map(move |(y, x)| {
            let cells = (0..kernel).flat_map(move |i| (0..kernel).map(move |j| (i, j)));
            cells.filter_map(move |(i, j)| {
                let input = seen(y, i, above, height)? * width + seen(x, j, before, width)?;
                Some([input, y * out_width + x, i * kernel + j])
            })
        });
        Self::new(
            [height * width, out_height * out_width, kernel * kernel],
            links,
        )
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

    /// TensorFlow pads 28 pixels at kernel 3 and stride 2 by (0, 1), and 7 by (1, 1).
    #[test]
    fn sides_halve_with_rounding_up_and_more_padding_behind() {
        let links = Links::same_convolution([28, 7], 3, 2).expect("it fits");
        assert_eq!((links.inputs(), links.outputs()), (28 * 7, 14 * 4));
        // The first window starts at row 0 and at column −1: cells (0, 1), (0, 2), (1, 1), ….
        let first = [(0, 1), (1, 2), (7, 4), (8, 5), (14, 7), (15, 8)];
        assert_eq!(links.by_output()[0], first);
        // The last one ends one row and one column beyond.
        let last = [(26, 5), (26, 6), (27, 5), (27, 6)].map(|(y, x)| y * 7 + x);
        let seen: Vec<usize> = links.by_output()[14 * 4 - 1].iter().map(|l| l.0).collect();
        assert_eq!(seen, last);
        let same = Links::same_convolution([5, 5], 3, 1).expect("it fits");
        assert_eq!(Some(same), Links::convolution([5, 5], 3, 1, 1));
        let even = Links::same_convolution([28, 28], 4, 2).expect("it fits");
        assert_eq!(Some(even), Links::convolution([28, 28], 4, 2, 1));
        assert_eq!(Links::same_convolution([0, 5], 3, 1), None);
    }

    #[test]
    fn what_leaves_nothing_is_refused() {
        assert_eq!(Links::convolution([2, 2], 5, 1, 1), None);
        assert_eq!(Links::convolution([2, 2], 2, 0, 0), None);
        assert_eq!(Links::convolution([2, 2], 0, 1, 0), None);
    }
}
