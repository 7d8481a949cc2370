//! Skeletons: strokes thinned to lines of one pixel.

use super::mask::Mask;

/// What is left of a mask when its border is peeled off until it is one pixel wide, connected as it was:
/// Guo and Hall 1989, "Parallel thinning with two-subiteration algorithms", algorithm A1. (Zhang and
/// Suen's of 1984 loses squares and slanted lines of two pixels.)
pub fn thin(mask: &Mask) -> Mask {
    let mut thinned = mask.clone();
    loop {
        let peeled = [Side::NorthEast, Side::SouthWest].map(|side| peel(&mut thinned, side));
        if peeled == [0, 0] {
            return thinned;
        }
    }
}

/// From where pixels are peeled.
#[derive(Clone, Copy)]
enum Side {
    NorthEast,
    SouthWest,
}

/// How many pixels went.
fn peel(mask: &mut Mask, side: Side) -> usize {
    let width = mask.width;
    let goes = |at: usize| {
        let inside = |neighbour: usize| mask.inside[neighbour];
        let [n, ne, e, se] = [at - width, at - width + 1, at + 1, at + width + 1].map(inside);
        let [s, sw, w, nw] = [at + width, at + width - 1, at - 1, at - width - 1].map(inside);
        let count = |of: [bool; 4]| of.into_iter().filter(|x| *x).count();
        // Strokes that meet here: taking the pixel of more than one parts them.
        let strokes = count([
            !n && (ne || e),
            !e && (se || s),
            !s && (sw || w),
            !w && (nw || n),
        ]);
        let pairs = count([nw || n, ne || e, se || s, sw || w]).min(count([
            n || ne,
            e || se,
            s || sw,
            w || nw,
        ]));
        let kept = match side {
            Side::NorthEast => (n || ne || !se) && e,
            Side::SouthWest => (s || sw || !nw) && w,
        };
        strokes == 1 && (2..=3).contains(&pairs) && !kept
    };
    // The border is background, so that every pixel inside has eight neighbours.
    let inside = (0..mask.inside.len()).filter(|&at| mask.inside[at]);
    let gone: Vec<usize> = inside.filter(|&at| goes(at)).collect();
    for &at in &gone {
        mask.inside[at] = false;
    }
    gone.len()
}

#[cfg(test)]
mod tests {
    use super::{Mask, thin};

    /// A mask from lines of text, '#' inside.
    fn mask(lines: &[&str]) -> Mask {
        Mask {
            height: lines.len(),
            width: lines[0].len(),
            inside: lines
                .iter()
                .flat_map(|l| l.chars().map(|c| c == '#'))
                .collect(),
        }
    }

    fn text(mask: &Mask) -> String {
        let rows = mask.inside.chunks(mask.width);
        let row = |r: &[bool]| {
            r.iter()
                .map(|&i| if i { '#' } else { '.' })
                .collect::<String>()
        };
        rows.map(row).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn strokes_are_thinned_as_by_the_reference() {
        // skimage.morphology.thin(m) of scikit-image 0.26 on the same mask.
        let letter = mask(&[
            "..............",
            ".####....####.",
            ".####....####.",
            ".####....####.",
            ".############.",
            ".############.",
            ".############.",
            ".####....####.",
            ".####....####.",
            "..............",
        ]);
        insta::assert_snapshot!(text(&thin(&letter)), @r"
        ..............
        ..............
        ..............
        ..#.......#...
        ...#......#...
        ....######....
        ...#......#...
        ..#.......#...
        ..............
        ..............
        ");
    }

    #[test]
    fn a_line_stays_and_a_dot_is_not_lost() {
        let line = mask(&["......", ".####.", "......"]);
        assert_eq!(thin(&line), line);
        let dot = mask(&["...", ".#.", "..."]);
        assert_eq!(thin(&dot), dot);
        let square = mask(&["....", ".##.", ".##.", "...."]);
        assert!(thin(&square).inside.contains(&true));
    }
}
