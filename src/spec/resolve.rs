//! From assigned values to the complete settings of a run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Catalog;
use super::core::PROBLEM;
use crate::param::{Choice, Key, Misfit, Network, Param, Settings, Value};
use crate::problem::trains_g_alone;

/// A parameter with the choice that owns it, if one does.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The parameter.
    pub param: &'static Param,
    /// `("noise", uniform)` when it applies only to uniform noise.
    pub owner: Option<(&'static str, &'static Choice)>,
}

/// Every parameter there is, each axis followed by what its choices own.
///
/// A name may stand several times, once for each choice that owns it (`radius` of both mixtures).
pub fn registry() -> Vec<Entry> {
    ENTRIES.clone()
}

/// Walked once: ids are computed for every run of a plan.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    fn walk(
        param: &'static Param,
        owner: Option<(&'static str, &'static Choice)>,
        out: &mut Vec<Entry>,
    ) {
        out.push(Entry { param, owner });
        for choice in param.kind.choices() {
            for owned in choice.params {
                walk(owned, Some((param.name, choice)), out);
            }
        }
    }
    let mut out = Vec::new();
    walk(&PROBLEM, None, &mut out);
    out
});

/// Where the first key is set, the second has no effect and does not apply.
const REPLACES: [(&str, &str); 3] = [
    ("centres", "radius"),
    ("centres", "modes"),
    ("sigmas", "sigma"),
];

/// Values by the keys that people write (`norm.g`), as [`resolve`] takes them; `None` if a key is no
/// parameter's.
pub fn assigned(
    written: impl IntoIterator<Item = (String, Value)>,
) -> Option<BTreeMap<Key, Value>> {
    let key = |word: &str| {
        let (name, network) = match word.rsplit_once('.') {
            None => (word, None),
            Some((name, suffix)) => {
                let network = Network::BOTH.into_iter().find(|n| n.suffix() == suffix)?;
                (name, Some(network))
            }
        };
        let name = ENTRIES.iter().find(|e| e.param.name == name)?.param.name;
        Some(Key { name, network })
    };
    let values = written.into_iter();
    values.map(|(word, v)| Some((key(&word)?, v))).collect()
}

/// Settings, and the assigned keys that do not apply to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Every key that applies, with its value or default.
    pub settings: Settings,
    /// Assigned keys that no selected choice owns, such as `noise_range` with normal noise.
    pub unused: Vec<Key>,
}

/// Fills in defaults and keeps what applies.
///
/// Values are checked against the parameters of the choices that are really selected; the key of
/// a value that does not fit is returned with the misfit.
pub fn resolve(
    assigned: &BTreeMap<Key, Value>,
    catalog: &Catalog,
) -> Result<Resolved, (Key, Misfit)> {
    let mut settings = BTreeMap::new();
    take(&PROBLEM, None, assigned, catalog, &mut settings)?;
    for (replacement, replaced) in REPLACES {
        let key = |name| Key {
            name,
            network: None,
        };
        if let Some(Some(_)) = settings.get(&key(replacement)) {
            settings.remove(&key(replaced));
        }
    }
    let unused = assigned
        .keys()
        .filter(|k| !settings.contains_key(*k))
        .copied()
        .collect();
    // A key that applies but is absent by default stays absent.
    let settings = settings
        .into_iter()
        .filter_map(|(k, v)| Some((k, v?)))
        .collect();
    Ok(Resolved {
        settings: Settings(settings),
        unused,
    })
}

fn networks(param: &Param) -> &'static [Option<Network>] {
    if param.per_network {
        &[Some(Network::G), Some(Network::D)]
    } else {
        &[None]
    }
}

/// Takes one key and, where it is an axis, the keys of the selected choice.
fn take(
    param: &'static Param,
    network: Option<Network>,
    assigned: &BTreeMap<Key, Value>,
    catalog: &Catalog,
    settings: &mut BTreeMap<Key, Option<Value>>,
) -> Result<(), (Key, Misfit)> {
    let key = Key {
        name: param.name,
        network,
    };
    let more: Vec<String> = if param.name == "dataset" {
        catalog.names().map(str::to_owned).collect()
    } else {
        Vec::new()
    };
    let value = match assigned.get(&key) {
        Some(value) => Some(param.check(value, &more).map_err(|misfit| (key, misfit))?),
        None => param.birth.value(),
    };
    settings.insert(key, value.clone());
    let (choices, Some(Value::Text(word))) = (param.kind.choices(), value) else {
        return Ok(());
    };
    let owned = match choices.iter().find(|c| c.name == word) {
        Some(choice) => choice.params,
        None if param.name == "dataset" => crate::dataset::IMPORTED_PARAMS,
        None => &[],
    };
    let alone = param.name == PROBLEM.name && trains_g_alone(&word);
    for param in owned {
        // A per-network choice hands its own network down; a shared one may own per-network keys.
        let networks = match network {
            Some(_) if param.per_network => &[network],
            None if param.per_network && alone => &[Some(Network::G)],
            _ => networks(param),
        };
        for &network in networks {
            take(param, network, assigned, catalog, settings)?;
        }
    }
    Ok(())
}
