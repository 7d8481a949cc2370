//! The contract of the store, as tests; here what they share.

mod members;
mod opening;
mod recording;
mod shards;

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Provenance, Writer};
use crate::event::{Ended, Outcome, Quantity, Report, RunEvent};
use crate::grid::{Plan, PlannedRun};
use crate::param::{Key, Value};
use crate::spec::{Catalog, RunId, RunSpec, resolve};

type Checked = Result<(), Box<dyn std::error::Error>>;

fn spec(k: i64, seed: u64) -> RunSpec {
    let key = Key {
        name: "k",
        network: None,
    };
    let assigned = BTreeMap::from([(key, Value::Int(k))]);
    let resolved = resolve(&assigned, &Catalog::new()).expect("k is a parameter");
    RunSpec::new(resolved.settings, seed, &Catalog::new()).expect("defaults can train")
}

fn plan(specs: &[RunSpec]) -> Plan {
    Plan {
        name: "ring".to_owned(),
        question: Some("Does k matter?".to_owned()),
        profile: String::new(),
        source: "name: ring\n".to_owned(),
        runs: specs
            .iter()
            .map(|spec| PlannedRun {
                spec: spec.clone(),
                tags: vec!["long".to_owned()],
                selected: true,
            })
            .collect(),
        ..Plan::default()
    }
}

fn provenance() -> Provenance {
    Provenance {
        git_revision: "abc".to_owned(),
        dirty: true,
        versions: "gan-sweep 0.1.0".to_owned(),
        numeric_class: "avx2".to_owned(),
    }
}

fn open(folder: &TempDir) -> Writer {
    Writer::open(folder.path(), provenance()).expect("a writer")
}

fn logged(run: RunId, step: u64, values: &[(Quantity, f64)]) -> Report {
    let values = values.to_vec();
    Report {
        run,
        event: RunEvent::Logged { step, values },
    }
}

fn ended(run: RunId, outcome: Outcome) -> Report {
    Report {
        run,
        event: RunEvent::Ended(Ended {
            outcome,
            weights_digest: Some([7; 32]),
            flops: 1_000_000,
            wall: Duration::from_millis(1500),
            cpu: Duration::from_millis(1250),
        }),
    }
}

fn started(run: RunId) -> Report {
    Report {
        run,
        event: RunEvent::Started { from: 0 },
    }
}

fn database(folder: &TempDir) -> Connection {
    Connection::open(folder.path().join("gan-sweep.db")).expect("the database")
}
