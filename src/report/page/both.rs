//! Texts in both languages, of which the page shows one at a time.

use serde::Serialize;

use crate::claim::Language;

/// A text in English and in Russian.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(in crate::report) struct Both {
    pub en: String,
    pub ru: String,
}

impl Both {
    /// What `text` writes in each of them.
    pub fn of(text: impl Fn(Language) -> String) -> Self {
        Self {
            en: text(Language::En),
            ru: text(Language::Ru),
        }
    }

    /// Two texts that are there already.
    pub fn new(en: &str, ru: &str) -> Self {
        Self {
            en: en.to_owned(),
            ru: ru.to_owned(),
        }
    }
}
