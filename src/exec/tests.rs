//! The executor with a recorder in memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Interrupt, Job, Lost, Policy, Progress, Recorder, Stock, Tally, execute};
use crate::event::{Outcome, Report, RunEvent};
use crate::param::{Key, Network, Value};
use crate::spec::{Catalog, RunId, RunSpec, resolve};

#[derive(Default)]
struct Memory {
    reports: Mutex<Vec<Report>>,
    /// Refuses everything after so many reports.
    room: Option<usize>,
    /// Asked to stop when the first run ends.
    interrupt: Option<Interrupt>,
    /// Panics at the end of the first run.
    brittle: bool,
}

fn lock(reports: &Mutex<Vec<Report>>) -> MutexGuard<'_, Vec<Report>> {
    // A recorder that is to panic does so with the lock in its hand.
    reports.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder for Memory {
    fn record(&self, report: Report) -> Result<(), Lost> {
        let mut reports = lock(&self.reports);
        if self.room.is_some_and(|room| reports.len() >= room) {
            return Err(Lost);
        }
        if let (RunEvent::Ended(_), Some(interrupt)) = (&report.event, &self.interrupt) {
            interrupt.ask();
        }
        assert!(!self.brittle || !matches!(report.event, RunEvent::Ended(_)));
        reports.push(report);
        Ok(())
    }
}

impl Memory {
    /// The reports of every run in order, without times.
    fn by_run(self) -> BTreeMap<RunId, Vec<RunEvent>> {
        let mut runs = BTreeMap::<_, Vec<_>>::new();
        for Report { run, mut event } in self.reports.into_inner().expect("no recorder panics") {
            if let RunEvent::Ended(ended) = &mut event {
                ended.wall = Default::default();
                ended.cpu = Default::default();
            }
            runs.entry(run).or_default().push(event);
        }
        runs
    }
}

fn jobs(count: u64) -> Vec<Job> {
    (0..count)
        .map(|seed| {
            let mut assigned = BTreeMap::new();
            for network in Network::BOTH {
                let key = Key {
                    name: "hidden",
                    network: Some(network),
                };
                assigned.insert(key, Value::List(vec![Value::Int(16)]));
            }
            assigned.insert(
                Key {
                    name: "steps",
                    network: None,
                },
                Value::Int(30),
            );
            let settings = resolve(&assigned, &Catalog::new())
                .expect("valid values")
                .settings;
            let spec = RunSpec::new(settings, seed, &Catalog::new()).expect("it can train");
            Job {
                spec,
                label: format!("seed {seed}"),
            }
        })
        .collect()
}

fn run(jobs: &[Job], workers: usize, memory: &Memory) -> Result<Tally, Lost> {
    let stock = Stock::new(PathBuf::new());
    let interrupt = memory.interrupt.clone().unwrap_or_default();
    execute(
        jobs,
        workers,
        &stock,
        &Policy::default(),
        memory,
        &interrupt,
        &mut Progress::silent(),
    )
}

#[test]
fn one_worker_and_four_report_the_same() -> Result<(), Lost> {
    let jobs = jobs(6);
    let (one, four) = (Memory::default(), Memory::default());
    assert_eq!(run(&jobs, 1, &one)?.done, 6);
    assert_eq!(run(&jobs, 4, &four)?.done, 6);
    assert_eq!(one.by_run(), four.by_run());
    Ok(())
}

#[test]
fn every_run_reports_a_start_first_and_an_end_last() -> Result<(), Lost> {
    let memory = Memory::default();
    run(&jobs(3), 2, &memory)?;
    for events in memory.by_run().values() {
        assert_eq!(events.first(), Some(&RunEvent::Started { from: 0 }));
        assert!(matches!(events.last(), Some(RunEvent::Ended(e)) if e.outcome == Outcome::Done));
        let ends = events
            .iter()
            .filter(|e| matches!(e, RunEvent::Ended(_)))
            .count();
        assert_eq!(ends, 1);
    }
    Ok(())
}

#[test]
fn a_failure_to_record_stops_the_sweep() {
    let memory = Memory {
        room: Some(3),
        ..Memory::default()
    };
    assert_eq!(run(&jobs(50), 2, &memory), Err(Lost));
    assert_eq!(lock(&memory.reports).len(), 3);
}

#[test]
fn a_panic_outside_of_a_run_stops_the_sweep_instead_of_hanging_it() {
    let memory = Memory {
        brittle: true,
        ..Memory::default()
    };
    assert_eq!(run(&jobs(6), 2, &memory), Err(Lost));
}

#[test]
fn an_interruption_finishes_what_runs_and_starts_nothing_more() -> Result<(), Lost> {
    let memory = Memory {
        interrupt: Some(Interrupt::default()),
        ..Memory::default()
    };
    let tally = run(&jobs(50), 2, &memory)?;
    assert!(
        tally.done <= 3,
        "one ended, at most one more ran, one may just have started"
    );
    assert_eq!(tally.left, 50 - tally.done);
    for events in memory.by_run().values() {
        assert!(matches!(events.last(), Some(RunEvent::Ended(_))));
    }
    Ok(())
}

#[test]
fn two_interruptions_drop_what_runs() -> Result<(), Lost> {
    let interrupt = Interrupt::default();
    interrupt.ask();
    interrupt.ask();
    let memory = Memory {
        interrupt: Some(interrupt),
        ..Memory::default()
    };
    assert_eq!(
        run(&jobs(5), 2, &memory)?,
        Tally {
            left: 5,
            ..Tally::default()
        }
    );
    Ok(())
}

#[test]
fn a_look_is_logged_at_the_last_step_and_its_picture_is_shown() -> Result<(), Lost> {
    let job = |probe: &str| {
        let text = |word: &str| Value::Text(word.to_owned());
        let mut settings = jobs(1)[0].spec.settings.clone();
        settings
            .0
            .retain(|key, _| ["hidden", "steps"].contains(&key.name));
        let words = [("dataset", text("mnist")), ("probe", text(probe))];
        for (name, value) in words {
            settings.0.insert(
                Key {
                    name,
                    network: None,
                },
                value,
            );
        }
        let resolved = resolve(&settings.0, &Catalog::new()).expect("valid values");
        let spec = RunSpec::new(resolved.settings, 0, &Catalog::new()).expect("it can train");
        Job {
            spec,
            label: probe.to_owned(),
        }
    };
    let (plain, looked) = (job("none"), job("neighbours"));
    assert_ne!(plain.spec.id(), looked.spec.id());
    assert_eq!(plain.spec.trajectory_id(), looked.spec.trajectory_id());
    // What is logged on the way is part of a trajectory.
    let modes = job("labels").spec.trajectory_id();
    assert_ne!(plain.spec.trajectory_id(), modes);
    let memory = Memory::default();
    assert_eq!(run(&[plain.clone(), looked.clone()], 1, &memory)?.done, 2);
    let mut events = memory.by_run();
    let ours = events.remove(&looked.spec.id()).expect("it ran");
    let theirs = events.remove(&plain.spec.id()).expect("it ran");
    // All that the run without it reports, then the look, and the end.
    let (end, common) = theirs.split_last().expect("an end");
    assert_eq!(ours[..common.len()], *common);
    match &ours[common.len()..] {
        [
            RunEvent::Logged { step: 30, values },
            RunEvent::Sampled { step: 30, sample },
            last,
        ] => {
            assert!(
                values
                    .iter()
                    .any(|(name, _)| *name == "near.ratio.features")
            );
            assert!(matches!(
                sample,
                crate::event::Sample::Images { count: 72, .. }
            ));
            assert_eq!(last, end);
        }
        other => panic!("a look, not {other:?}"),
    }
    Ok(())
}
