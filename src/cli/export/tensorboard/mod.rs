//! Event files for TensorBoard: a folder a run.

mod folder;
mod hparams;
mod message;
mod name;
mod record;

use std::collections::BTreeSet;
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;

use self::folder::Folder;
use self::message::Message;
use self::name::Name;
use super::cell::Settings;
use crate::cli::out;
use crate::cli::target::Target;
use crate::metric::Direction;
use crate::quantity;
use crate::report::sample_picture;
use crate::store::{Reader, RunRow};

/// What goes into the files besides every value.
#[derive(Clone, Copy, Debug)]
pub(super) struct With {
    /// When runs ended.
    pub execution: bool,
    /// Pictures of their samples.
    pub pictures: bool,
}

/// Writes the events of every run that ended.
pub(super) fn write(
    runs: &[RunRow],
    reader: &Reader,
    with: With,
    path: &Path,
) -> anyhow::Result<()> {
    let mut folder = Folder::open(path)?;
    let settings = Settings::default();
    // Named among all runs of the sweep, so that a run keeps its name while others are still missing.
    let all: Vec<&RunRow> = runs.iter().collect();
    let named = all.iter().zip(name::names(&all));
    let mut ended = 0;
    for (run, name) in named.filter(|(run, _)| run.outcome.is_some()) {
        ended += 1;
        let mut to = BufWriter::new(Target::create(&folder.run(&name.folder)?)?);
        events(&mut to, (run, &name), reader, with, &settings)?;
        let target = to.into_inner().map_err(|failed| failed.into_error())?;
        target.finish()?;
    }
    folder.finish()?;
    let missing = match runs.len() - ended {
        0 => String::new(),
        n => format!("; {} without an outcome left out", out::count(n, "run")),
    };
    out::say(&format!(
        "{} in {}{missing}\nlook at them: tensorboard --logdir {}",
        out::count(ended, "run"),
        path.display(),
        path.display()
    ));
    Ok(())
}

/// All events of a run: every value in the order of the steps, then the pictures.
///
/// An event says when it happened. No value is stored with its time, and the same sweep gives the same bytes
/// whoever made it, so that it is 1970 for all of them; with the execution asked for, it is when the run
/// ended.
fn events(
    to: &mut dyn Write,
    (run, name): (&RunRow, &Name),
    reader: &Reader,
    with: With,
    settings: &Settings,
) -> anyhow::Result<()> {
    let time = match run.ended_at {
        Some(at) if with.execution => at as f64,
        _ => 0.0,
    };
    let mut put = |message: Message| record::write(to, message.as_bytes());
    put(message::file_version(time))?;
    if let Some(outcome) = &run.outcome {
        let session = hparams::session(run, name, outcome, settings, time);
        put(message::event(time, 0, &session))?;
    }
    let series = reader.all_series(run.id)?;
    let mut values: Vec<(u64, &str, f64)> = series
        .iter()
        .flat_map(|(name, values)| values.iter().map(|m| (m.step, name.as_str(), m.value)))
        .collect();
    values.sort_by_key(|(step, name, _)| (*step, *name));
    let mut introduced = BTreeSet::new();
    for at_step in values.chunk_by(|a, b| a.0 == b.0) {
        let scalars: Vec<Message> = at_step
            .iter()
            .map(|&(_, name, value)| {
                let description = introduced.insert(name).then(|| describe(name));
                let about = description.as_deref().map(|text| (name, text));
                // Single precision is all that the format has.
                message::scalar(&tag(name), value as f32, about)
            })
            .collect();
        put(message::event(time, at_step[0].0, &scalars))?;
    }
    if with.pictures {
        for sample in reader.samples(run.id)? {
            let png = sample_picture(&sample.sample)?;
            let size = png::Decoder::new(Cursor::new(&png))
                .read_info()?
                .info()
                .size();
            let picture = message::picture("pictures", size, &png);
            put(message::event(time, sample.step, &[picture]))?;
        }
    }
    Ok(())
}

/// `loss.d` is `loss/d`: TensorBoard groups what has the same word before a slash.
fn tag(quantity: &str) -> String {
    quantity.replacen('.', "/", 1)
}

/// What a quantity is, its unit, and which way is better.
fn describe(quantity: &str) -> String {
    let Some(info) = quantity::info(quantity) else {
        return String::new();
    };
    let unit = match info.unit {
        "" => String::new(),
        unit => format!(", in {unit}"),
    };
    let better = match info.direction {
        Direction::Lower => "; lower is better",
        Direction::Higher => "; higher is better",
        Direction::Neither => "",
    };
    format!("{}{unit}{better}", info.summary)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::tag;
    use crate::quantity;

    #[test]
    fn no_two_quantities_have_one_tag() {
        let names: BTreeSet<_> = quantity::all().map(|info| info.name).collect();
        let tags: BTreeSet<_> = names.iter().map(|name| tag(name)).collect();
        assert_eq!(names.len(), tags.len());
        assert_eq!(tag("covered.perfect"), "covered/perfect");
        assert!(names.iter().all(|name| !name.contains('/')));
    }
}
