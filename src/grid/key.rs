//! The words that a grid may use as keys, and what each stands for.

use std::collections::BTreeMap;

use super::claims;
use super::error::{Fault, Problem};
use super::source::Place;
use crate::dataset::IMPORTED_PARAMS;
use crate::nearest::nearest;
use crate::param::{Key, Network, Param};
use crate::spec::{Catalog, registry};

/// The sections of a grid file.
pub(super) const SECTIONS: [&str; 19] = [
    "version",
    "name",
    "question",
    "slide",
    "setup",
    "changes",
    "defaults",
    "grid",
    "zip",
    "random",
    "when",
    "exclude",
    "include",
    "seeds",
    "profiles",
    "cluster",
    "claims",
    "figures",
    "discussion",
];

/// The sections that stand in the file itself and in no profile, besides those of a comparison.
const FILE_ONLY: [&str; 5] = ["version", "name", "question", "profiles", "cluster"];

/// Whether a profile may have a section of that name.
pub(super) fn changes_in_profiles(section: &str) -> bool {
    !FILE_ONLY.contains(&section) && !claims::WORDS.contains(&section)
}

/// A parameter's name with everything that bears it.
#[derive(Debug)]
pub(super) struct Known {
    pub name: &'static str,
    pub per_network: bool,
    /// Several where several choices own one of the same name.
    pub params: Vec<&'static Param>,
    /// `noise: uniform` for what applies only there; empty for what every run has.
    pub owners: Vec<String>,
}

/// Every parameter, and the names of imported data sets.
#[derive(Debug)]
pub(super) struct Vocabulary {
    known: BTreeMap<&'static str, Known>,
    pub datasets: Vec<String>,
    /// Imported data sets that cannot be used, and why not.
    pub damaged: BTreeMap<String, String>,
}

/// A key as written: `lr`, or `lr.g`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'v> {
    pub known: &'v Known,
    /// The network after the dot.
    pub network: Option<Network>,
}

impl Word<'_> {
    /// What it stands for: two keys for `lr`, one for `lr.g` and for `k`.
    pub fn keys(&self) -> Vec<Key> {
        let name = self.known.name;
        match self.network {
            Some(_) => vec![Key {
                name,
                network: self.network,
            }],
            None if self.known.per_network => Network::BOTH
                .iter()
                .map(|&n| Key {
                    name,
                    network: Some(n),
                })
                .collect(),
            None => vec![Key {
                name,
                network: None,
            }],
        }
    }
}

impl Vocabulary {
    pub fn new(catalog: &Catalog) -> Self {
        let mut known: BTreeMap<&'static str, Known> = BTreeMap::new();
        let mut add = |param: &'static Param, owner: Option<String>| {
            let entry = known.entry(param.name).or_insert_with(|| Known {
                name: param.name,
                per_network: param.per_network,
                params: Vec::new(),
                owners: Vec::new(),
            });
            entry.params.push(param);
            entry.owners.extend(owner);
        };
        for entry in registry() {
            let owner = entry
                .owner
                .map(|(axis, choice)| format!("{axis}: {}", choice.name));
            add(entry.param, owner);
        }
        for param in IMPORTED_PARAMS {
            add(param, None);
        }
        Self {
            known,
            datasets: catalog.names().map(str::to_owned).collect(),
            damaged: catalog.damaged().clone(),
        }
    }

    /// What a parameter's name stands for.
    pub fn known(&self, name: &str) -> Option<&Known> {
        self.known.get(name)
    }

    /// Every key that a grid may write: `k`; `lr`, `lr.g` and `lr.d`.
    pub fn words(&self) -> impl Iterator<Item = (String, Word<'_>)> {
        self.known.values().flat_map(|known| {
            let networks: &[Option<Network>] = match known.per_network {
                true => &[None, Some(Network::G), Some(Network::D)],
                false => &[None],
            };
            networks.iter().map(move |&network| {
                let written = match network {
                    Some(n) => format!("{}.{}", known.name, n.suffix()),
                    None => known.name.to_owned(),
                };
                (written, Word { known, network })
            })
        })
    }

    /// Reads a key; `advise` looks for the nearest one where it is unknown.
    pub fn word(&self, text: &str, place: Place, advise: bool) -> Result<Word<'_>, Fault> {
        let (name, suffix) = match text.split_once('.') {
            Some((name, suffix)) => (name, Some(suffix)),
            None => (text, None),
        };
        let Some(known) = self.known.get(name) else {
            return Err(self.unknown((text, name, suffix), place, advise));
        };
        let network = match suffix {
            None => None,
            Some(_) if !known.per_network => {
                let problem = Problem::NotPerNetwork {
                    word: text.to_owned(),
                    name: known.name,
                };
                return Err(Fault::new(place, problem).help(format!("write '{name}'")));
            }
            Some("g") => Some(Network::G),
            Some("d") => Some(Network::D),
            Some(_) => {
                let problem = Problem::NoSuchNetwork {
                    word: text.to_owned(),
                };
                return Err(
                    Fault::new(place, problem).help(format!("write '{name}.g' or '{name}.d'"))
                );
            }
        };
        Ok(Word { known, network })
    }

    fn unknown(
        &self,
        (text, name, suffix): (&str, &str, Option<&str>),
        place: Place,
        advise: bool,
    ) -> Fault {
        let fault = Fault::new(
            place,
            Problem::UnknownKey {
                word: text.to_owned(),
            },
        );
        if SECTIONS.contains(&name) {
            return fault.help(format!(
                "'{name}' is a section of the file: write it at the left margin"
            ));
        }
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_digit()) {
            return fault
                .help("inside {...} a comma ends the value before it: write 1000, not 1,000");
        }
        let candidates = self.known.keys().copied().filter(|_| advise);
        match nearest(name, candidates) {
            Some(near) => {
                let suffix = suffix.map(|s| format!(".{s}")).unwrap_or_default();
                fault.help(format!("did you mean '{near}{suffix}'?"))
            }
            None => fault.help("`gan-sweep params` lists every parameter"),
        }
    }
}
