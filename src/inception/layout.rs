//! The network as data: which convolutions and pools, in which order, on how many channels.
//!
//! Szegedy et al. (2016), Rethinking the Inception Architecture for Computer Vision, as in
//! torchvision's `Inception3` with the pools that pytorch-fid 0.3.0 puts in
//! (`fid_inception_v3`): averages leave out the padding, and the last block takes maxima.
//! Names and order are those of the file of weights.

/// A convolution with its batch normalisation and ReLU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    /// As in the file, without `.conv.weight` and its like.
    pub name: String,
    /// Channels that it reads.
    pub inputs: usize,
    /// Channels that it makes.
    pub outputs: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Step between windows.
    pub stride: usize,
    /// Zeros above and below, left and right.
    pub padding: [usize; 2],
}

/// A pool over windows of 3 × 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// The mean of those pixels of each pixel's window that lie in the image.
    Average,
    /// The maximum of each pixel's window; padding never wins.
    Max,
    /// The maximum of every second window that lies in the image.
    MaxHalving,
}

/// A convolution (described or loaded) or a pool.
#[derive(Clone, Debug)]
pub(super) enum Step<L> {
    Layer(L),
    Pool(Pool),
}

/// Steps one after another; then the ends, each on the result of the last step. Their outputs are
/// the branch's, one after another.
#[derive(Clone, Debug)]
pub(super) struct Branch<L> {
    pub steps: Vec<Step<L>>,
    pub ends: Vec<Step<L>>,
}

/// Branches side by side on one input; their outputs are joined channel after channel.
#[derive(Clone, Debug)]
pub(super) struct Block<L> {
    pub name: &'static str,
    pub branches: Vec<Branch<L>>,
    /// Channels of the output.
    pub outputs: usize,
}

impl<L> Block<L> {
    /// The same block with other convolutions, made in the order of the file.
    pub fn try_map<M, E>(self, mut make: impl FnMut(L) -> Result<M, E>) -> Result<Block<M>, E> {
        let mut steps = |steps: Vec<Step<L>>| -> Result<Vec<Step<M>>, E> {
            let each = |step| match step {
                Step::Layer(layer) => Ok(Step::Layer(make(layer)?)),
                Step::Pool(pool) => Ok(Step::Pool(pool)),
            };
            steps.into_iter().map(each).collect()
        };
        let mut branches = Vec::new();
        for branch in self.branches {
            branches.push(Branch {
                steps: steps(branch.steps)?,
                ends: steps(branch.ends)?,
            });
        }
        Ok(Block {
            name: self.name,
            branches,
            outputs: self.outputs,
        })
    }
}

/// The whole network up to the last average.
pub(super) fn blocks() -> Vec<Block<Layer>> {
    vec![
        stem("Conv2d_1a_3x3", from(3).inside("", 32, [3, 3], 2)),
        stem("Conv2d_2a_3x3", from(32).inside("", 32, [3, 3], 1)),
        stem("Conv2d_2b_3x3", from(32).same("", 64, [3, 3])),
        stem("maxpool1", from(64).pool(Pool::MaxHalving)),
        stem("Conv2d_3b_1x1", from(64).inside("", 80, [1, 1], 1)),
        stem("Conv2d_4a_3x3", from(80).inside("", 192, [3, 3], 1)),
        stem("maxpool2", from(192).pool(Pool::MaxHalving)),
        a("Mixed_5b", 192, 32),
        a("Mixed_5c", 256, 64),
        a("Mixed_5d", 288, 64),
        b("Mixed_6a", 288),
        c("Mixed_6b", 768, 128),
        c("Mixed_6c", 768, 160),
        c("Mixed_6d", 768, 160),
        c("Mixed_6e", 768, 192),
        d("Mixed_7a", 768),
        e("Mixed_7b", 1280, Pool::Average),
        e("Mixed_7c", 2048, Pool::Max),
    ]
}

/// 35 × 35 pixels: kernels of 1, 5 and twice 3.
fn a(name: &'static str, inputs: usize, pooled: usize) -> Block<Layer> {
    let from = || from(inputs);
    block(
        name,
        vec![
            from().same("branch1x1", 64, [1, 1]).end(),
            from()
                .same("branch5x5_1", 48, [1, 1])
                .same("branch5x5_2", 64, [5, 5])
                .end(),
            from()
                .same("branch3x3dbl_1", 64, [1, 1])
                .same("branch3x3dbl_2", 96, [3, 3])
                .same("branch3x3dbl_3", 96, [3, 3])
                .end(),
            from()
                .pool(Pool::Average)
                .same("branch_pool", pooled, [1, 1])
                .end(),
        ],
    )
}

/// From 35 × 35 to 17 × 17 pixels.
fn b(name: &'static str, inputs: usize) -> Block<Layer> {
    let from = || from(inputs);
    block(
        name,
        vec![
            from().inside("branch3x3", 384, [3, 3], 2).end(),
            from()
                .same("branch3x3dbl_1", 64, [1, 1])
                .same("branch3x3dbl_2", 96, [3, 3])
                .inside("branch3x3dbl_3", 96, [3, 3], 2)
                .end(),
            from().pool(Pool::MaxHalving).end(),
        ],
    )
}

/// 17 × 17 pixels: kernels of 7, cut into rows and columns.
fn c(name: &'static str, inputs: usize, narrow: usize) -> Block<Layer> {
    let from = || from(inputs);
    block(
        name,
        vec![
            from().same("branch1x1", 192, [1, 1]).end(),
            from()
                .same("branch7x7_1", narrow, [1, 1])
                .same("branch7x7_2", narrow, [1, 7])
                .same("branch7x7_3", 192, [7, 1])
                .end(),
            from()
                .same("branch7x7dbl_1", narrow, [1, 1])
                .same("branch7x7dbl_2", narrow, [7, 1])
                .same("branch7x7dbl_3", narrow, [1, 7])
                .same("branch7x7dbl_4", narrow, [7, 1])
                .same("branch7x7dbl_5", 192, [1, 7])
                .end(),
            from()
                .pool(Pool::Average)
                .same("branch_pool", 192, [1, 1])
                .end(),
        ],
    )
}

/// From 17 × 17 to 8 × 8 pixels.
fn d(name: &'static str, inputs: usize) -> Block<Layer> {
    let from = || from(inputs);
    block(
        name,
        vec![
            from()
                .same("branch3x3_1", 192, [1, 1])
                .inside("branch3x3_2", 320, [3, 3], 2)
                .end(),
            from()
                .same("branch7x7x3_1", 192, [1, 1])
                .same("branch7x7x3_2", 192, [1, 7])
                .same("branch7x7x3_3", 192, [7, 1])
                .inside("branch7x7x3_4", 192, [3, 3], 2)
                .end(),
            from().pool(Pool::MaxHalving).end(),
        ],
    )
}

/// 8 × 8 pixels: kernels of 3, a row and a column side by side.
fn e(name: &'static str, inputs: usize, pool: Pool) -> Block<Layer> {
    let from = || from(inputs);
    block(
        name,
        vec![
            from().same("branch1x1", 320, [1, 1]).end(),
            from()
                .same("branch3x3_1", 384, [1, 1])
                .fork(["branch3x3_2a", "branch3x3_2b"], 384),
            from()
                .same("branch3x3dbl_1", 448, [1, 1])
                .same("branch3x3dbl_2", 384, [3, 3])
                .fork(["branch3x3dbl_3a", "branch3x3dbl_3b"], 384),
            from().pool(pool).same("branch_pool", 192, [1, 1]).end(),
        ],
    )
}

/// A block of one step, whose convolution has the block's own name.
fn stem(name: &'static str, chain: Chain) -> Block<Layer> {
    block(name, vec![chain.end()])
}

fn block(name: &'static str, branches: Vec<(Branch<Layer>, usize)>) -> Block<Layer> {
    let outputs = branches.iter().map(|(_, outputs)| outputs).sum();
    let mut branches: Vec<_> = branches.into_iter().map(|(branch, _)| branch).collect();
    for branch in &mut branches {
        for step in branch.steps.iter_mut().chain(&mut branch.ends) {
            if let Step::Layer(layer) = step {
                layer.name = match layer.name.as_str() {
                    "" => name.to_owned(),
                    own => format!("{name}.{own}"),
                };
            }
        }
    }
    Block {
        name,
        branches,
        outputs,
    }
}

/// A branch in the making.
struct Chain {
    steps: Vec<Step<Layer>>,
    channels: usize,
}

fn from(channels: usize) -> Chain {
    Chain {
        steps: Vec::new(),
        channels,
    }
}

impl Chain {
    fn layer(&self, name: &str, outputs: usize, kernel: [usize; 2]) -> Layer {
        Layer {
            name: name.to_owned(),
            inputs: self.channels,
            outputs,
            kernel,
            stride: 1,
            // What keeps the size: the kernels' sides are odd.
            padding: kernel.map(|side| side / 2),
        }
    }

    /// A convolution of an output as large as its input.
    fn same(mut self, name: &str, outputs: usize, kernel: [usize; 2]) -> Self {
        let layer = self.layer(name, outputs, kernel);
        self.channels = outputs;
        self.steps.push(Step::Layer(layer));
        self
    }

    /// A convolution whose windows lie in the image.
    fn inside(mut self, name: &str, outputs: usize, kernel: [usize; 2], stride: usize) -> Self {
        let layer = Layer {
            stride,
            padding: [0, 0],
            ..self.layer(name, outputs, kernel)
        };
        self.channels = outputs;
        self.steps.push(Step::Layer(layer));
        self
    }

    fn pool(mut self, pool: Pool) -> Self {
        self.steps.push(Step::Pool(pool));
        self
    }

    /// The branch that ends with the last step, and its channels.
    fn end(mut self) -> (Branch<Layer>, usize) {
        let ends = self.steps.pop().into_iter().collect();
        let steps = self.steps;
        (Branch { steps, ends }, self.channels)
    }

    /// The branch that ends with a row of three and a column of three side by side.
    fn fork(self, names: [&str; 2], outputs: usize) -> (Branch<Layer>, usize) {
        let [row, column] = names;
        let ends = vec![
            Step::Layer(self.layer(row, outputs, [1, 3])),
            Step::Layer(self.layer(column, outputs, [3, 1])),
        ];
        let steps = self.steps;
        (Branch { steps, ends }, 2 * outputs)
    }
}
