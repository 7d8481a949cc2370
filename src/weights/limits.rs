//! What a file of weights may ask for at most. Far above what a network of this size needs.

/// Bytes of a file, which is held in memory: 2 GiB. Inception's has 95 MB.
pub(super) const FILE: u64 = 2 << 30;

/// Instructions of one pickle, and items that they copy into dictionaries. Each puts at most one value
/// on the stack, into a container or into the memo, so this bounds all of them; twice the bytes of a
/// shorter file do. Inception's 96 layers take about 10,000.
pub(super) const INSTRUCTIONS: usize = 1 << 20;

/// Bytes of the name of a Python object: module or class.
pub(super) const NAME: usize = 256;

/// Dimensions of a tensor: a convolution's weights have four.
pub(super) const DIMENSIONS: usize = 16;
