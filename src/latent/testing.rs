//! Generators of digits that were hardly trained, made in this process.

use std::sync::OnceLock;

use crate::dataset::{Data, Mnist, Source};
use crate::event::RunEvent;
use crate::latent::Manifold;
use crate::param::Value;
use crate::train::tests::spec;
use crate::train::{Generator, Prepared, Watch, run};

pub(super) fn digits() -> Data {
    Mnist.open().expect("embedded")
}

/// The digits' manifold, once.
pub(super) fn manifold() -> &'static Manifold {
    static KNOWN: OnceLock<Manifold> = OnceLock::new();
    KNOWN.get_or_init(|| Manifold::of(&digits()).expect("images"))
}

/// After so many steps with these settings.
pub(super) fn generator(steps: i64, changes: &[(&'static str, Value)]) -> Generator {
    let mut all = vec![
        ("dataset", Value::Text("mnist".to_owned())),
        ("steps", Value::Int(steps)),
        ("latent_dim", Value::Int(8)),
    ];
    all.extend(changes.iter().cloned());
    let spec = spec(&all, 0);
    let prepared = Prepared::new(digits()).expect("its classifier is embedded");
    let mut weights = None;
    run(&spec, &prepared, &Watch::default(), |event| {
        if let RunEvent::Trained { weights: found } = event {
            weights = Some(found);
        }
    })
    .expect("a run");
    let weights = weights.expect("a run that is done");
    Generator::new(&spec, prepared.data(), &weights).expect("its own weights")
}
