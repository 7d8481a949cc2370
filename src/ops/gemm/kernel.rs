//! The register tile: a few rows of A times a few columns of B, all sums held in registers.
#![expect(
    unsafe_code,
    reason = "bounds are checked once a segment here, not once a multiplication"
)]

use pulp::Simd;

/// Most rows of a tile on any instruction set.
pub const MOST_ROWS: usize = 12;

/// Most columns of a tile on any instruction set: two vectors of sixteen.
pub const MOST_COLUMNS: usize = 32;

/// Rows of a full tile: two accumulators a row, two registers for B and one for A.
#[inline(always)]
pub fn rows<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 {
        MOST_ROWS
    } else {
        MOST_ROWS / 2
    }
}

/// Columns of a full tile.
#[inline(always)]
pub fn columns<S: Simd>() -> usize {
    2 * S::F32_LANES
}

/// Rows of A: element (i, k) is `data[offset + i · row_stride + k · step]`.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The elements.
    pub data: &'a [f32],
    /// From a row to the next.
    pub row_stride: usize,
    /// From an element of a row to the next.
    pub step: usize,
}

/// What the sums of a tile start from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Zero; the old content of the output is not read.
    Zero,
    /// One value a column, the same for every row.
    Row(&'a [f32]),
    /// The old content of the output.
    Keep,
}

/// A part of a sum: `depth` products with A from `a` on and B from `b` on.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// Where the first row of A begins.
    pub a: usize,
    /// Where the packed columns of B begin: row-major, [`columns`] wide.
    pub b: usize,
}

/// `out[i · stride + j] ← start + Σ_segments Σ_k a(i, k) · b(k, j)` for `count` rows i and
/// [`columns`] columns j. Every element is one chain of fused multiply-adds in the order of the
/// segments and of k: its bits are the same whatever the tile's size and the instruction set.
///
/// # Panics
/// If a row, a segment or the output reaches outside its slice, or `count` is not a tile's.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "a tile has that many edges")]
pub fn tile<S: Simd>(
    simd: S,
    count: usize,
    depth: usize,
    a: Rows<'_>,
    b: &[f32],
    segments: &[Segment],
    start: Start<'_>,
    out: &mut [f32],
    stride: usize,
) {
    let width = columns::<S>();
    assert!((1..=rows::<S>()).contains(&count), "rows of a tile");
    let end = (count - 1)
        .checked_mul(stride)
        .and_then(|at| at.checked_add(width));
    assert!(
        end.is_some_and(|end| end <= out.len()),
        "a tile in its output"
    );
    if let Start::Row(row) = start {
        assert!(row.len() >= width, "a start for every column");
    }
    // Without a product no pointer into A or B is formed.
    let segments = if depth == 0 { &[] } else { segments };
    let reach = reach(count, depth, a, width);
    for segment in segments {
        let inside = |from: usize, reach: usize, len: usize| {
            from.checked_add(reach).is_some_and(|end| end <= len)
        };
        assert!(
            reach.is_some_and(|[of_a, of_b]| {
                inside(segment.a, of_a, a.data.len()) && inside(segment.b, of_b, b.len())
            }),
            "a segment in its slices"
        );
    }
    // SAFETY: `rows` above bounds `count` by 12, so a branch exists for it. For every segment and
    // every (i, k) with i < count and k < depth, `a + i · row_stride + k · step` is below
    // `a + of_a`, which is at most the length of `a.data`; `b + (k + 1) · width` is at most
    // `b + of_b`, which ends inside `b`; no sum wrapped. With depth 0 there is no segment. The
    // output's last element (count − 1) · stride + width − 1 lies in `out`, which is borrowed mutably
    // and so overlaps no input; a start row holds `width` values. Loads and stores are unaligned
    // ones.
    unsafe {
        match count {
            1 => chains::<S, 1>(simd, depth, a, b, segments, start, out, stride),
            2 => chains::<S, 2>(simd, depth, a, b, segments, start, out, stride),
            3 => chains::<S, 3>(simd, depth, a, b, segments, start, out, stride),
            4 => chains::<S, 4>(simd, depth, a, b, segments, start, out, stride),
            5 => chains::<S, 5>(simd, depth, a, b, segments, start, out, stride),
            6 => chains::<S, 6>(simd, depth, a, b, segments, start, out, stride),
            7 => chains::<S, 7>(simd, depth, a, b, segments, start, out, stride),
            8 => chains::<S, 8>(simd, depth, a, b, segments, start, out, stride),
            9 => chains::<S, 9>(simd, depth, a, b, segments, start, out, stride),
            10 => chains::<S, 10>(simd, depth, a, b, segments, start, out, stride),
            11 => chains::<S, 11>(simd, depth, a, b, segments, start, out, stride),
            _ => chains::<S, 12>(simd, depth, a, b, segments, start, out, stride),
        }
    }
}

/// How many elements of A and of B a segment spans; `None` where that is not even a number.
#[inline(always)]
fn reach(count: usize, depth: usize, a: Rows<'_>, width: usize) -> Option<[usize; 2]> {
    let down = (count - 1).checked_mul(a.row_stride)?;
    let along = depth.saturating_sub(1).checked_mul(a.step)?;
    Some([
        down.checked_add(along)?.checked_add(1)?,
        depth.checked_mul(width)?,
    ])
}

/// The tile of `COUNT` rows.
///
/// # Safety
/// What [`tile`] asserts, with `count` = `COUNT`.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "as `tile`")]
unsafe fn chains<S: Simd, const COUNT: usize>(
    simd: S,
    depth: usize,
    a: Rows<'_>,
    b: &[f32],
    segments: &[Segment],
    start: Start<'_>,
    out: &mut [f32],
    stride: usize,
) {
    let lanes = S::F32_LANES;
    let out = out.as_mut_ptr();
    let mut sums = [[simd.splat_f32s(0.0); 2]; COUNT];
    // SAFETY: the caller's promise covers every pointer formed here.
    unsafe {
        let load = |from: *const f32| from.cast::<S::f32s>().read_unaligned();
        match start {
            Start::Zero => {}
            Start::Row(row) => {
                let row = [load(row.as_ptr()), load(row.as_ptr().add(lanes))];
                sums = [row; COUNT];
            }
            Start::Keep => {
                for (i, sums) in sums.iter_mut().enumerate() {
                    let row = out.add(i * stride);
                    *sums = [load(row), load(row.add(lanes))];
                }
            }
        }
        for segment in segments {
            let mut a_at = a.data.as_ptr().add(segment.a);
            let mut b_at = b.as_ptr().add(segment.b);
            for _ in 0..depth {
                let (left, right) = (load(b_at), load(b_at.add(lanes)));
                for (i, sums) in sums.iter_mut().enumerate() {
                    let x = simd.splat_f32s(*a_at.add(i * a.row_stride));
                    sums[0] = simd.mul_add_f32s(x, left, sums[0]);
                    sums[1] = simd.mul_add_f32s(x, right, sums[1]);
                }
                a_at = a_at.wrapping_add(a.step);
                b_at = b_at.wrapping_add(2 * lanes);
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            let row = out.add(i * stride);
            row.cast::<S::f32s>().write_unaligned(sums[0]);
            row.add(lanes).cast::<S::f32s>().write_unaligned(sums[1]);
        }
    }
}
