//! The fixed, stratified division of a labelled set into two halves.

/// Enters every hash: raised when a split would change, which changes every result.
const CONTEXT: &str = "gan-sweep 2026-11 stratified image split v1";

/// The images of two halves by their places in the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halves {
    /// For the generator to train on.
    pub first: Vec<usize>,
    /// Held out.
    pub second: Vec<usize>,
}

/// Divides images of `size` bytes each into halves with the same share of every label.
///
/// Within a label, images are ordered by BLAKE3 of content and place; the first half of them goes
/// one way and the second the other. Odd ones go alternately to the first and to the second half,
/// so the halves differ by at most one image. Both are returned in the order of the hash, so that
/// any prefix of a half is a random sample of it, even where a file is sorted by label.
pub fn stratified_halves(pixels: &[u8], size: usize, labels: &[u8]) -> Halves {
    let mut by_label: Vec<Vec<([u8; 32], usize)>> = vec![Vec::new(); 256];
    for (place, (image, &label)) in pixels.chunks_exact(size).zip(labels).enumerate() {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(image);
        hasher.update(&(place as u64).to_le_bytes());
        by_label[usize::from(label)].push((*hasher.finalize().as_bytes(), place));
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut odd_goes_first = true;
    for mut images in by_label {
        images.sort_unstable();
        let mut middle = images.len() / 2;
        if images.len() % 2 == 1 {
            middle += usize::from(odd_goes_first);
            odd_goes_first = !odd_goes_first;
        }
        second.extend(images.split_off(middle));
        first.extend(images);
    }
    let places = |mut half: Vec<([u8; 32], usize)>| {
        half.sort_unstable();
        half.into_iter().map(|(_, place)| place).collect()
    };
    Halves {
        first: places(first),
        second: places(second),
    }
}

/// Rows of `values`, `size` bytes each, in the order of `places`.
pub fn gather(values: &[u8], size: usize, places: &[usize]) -> Vec<u8> {
    places
        .iter()
        .flat_map(|&place| &values[place * size..(place + 1) * size])
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::stratified_halves;

    proptest! {
        #[test]
        fn every_image_is_in_one_half_and_every_label_in_both(
            labels in prop::collection::vec(0..4_u8, 0..60),
        ) {
            // Images that are all alike: only their places tell them apart.
            let halves = stratified_halves(&vec![7; labels.len() * 3], 3, &labels);
            let mut all = [halves.first.clone(), halves.second.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
            prop_assert!(halves.first.len().abs_diff(halves.second.len()) <= 1);
            for label in 0..4 {
                let count = |half: &[usize]| half.iter().filter(|&&i| labels[i] == label).count();
                prop_assert!(count(&halves.first).abs_diff(count(&halves.second)) <= 1);
            }
        }
    }
}
