//! Did-you-mean: the valid word nearest to a misspelt one.

/// The candidate with the smallest Damerau–Levenshtein distance, if at most a third of the word
/// (and at least one letter) would have to change; the first one on a tie.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        // Words differ by at least the difference of their lengths; a long one is not compared, which
        // would take time and memory of both lengths together.
        .filter(|c| length.abs_diff(c.chars().count()) <= limit)
        .map(|c| (strsim::damerau_levenshtein(&word, &c.to_lowercase()), c))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_swapped_pair_of_letters_is_one_mistake() {
        assert_eq!(nearest("niose", ["noise", "norm"]), Some("noise"));
    }

    #[test]
    fn a_word_unlike_all_has_no_nearest() {
        assert_eq!(nearest("zebra", ["noise", "norm"]), None);
    }
}
