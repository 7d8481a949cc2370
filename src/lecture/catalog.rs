//! The comparisons of the lecture, which are in the binary.

/// The profile that shows that everything works and confirms nothing.
pub const QUICK: &str = "quick";

/// A comparison as committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Its name.
    pub name: &'static str,
    /// The YAML.
    pub text: &'static str,
}

// `COMPARISONS`, in the order of the slides: every file of experiments/lecture, listed by the build script.
include!(concat!(env!("OUT_DIR"), "/comparisons.rs"));

/// The profile of a comparison by the word on the command line: `standard` is the file as it stands.
pub fn profile(word: &str) -> Option<String> {
    (word != "standard").then(|| word.to_owned())
}
