//! Pictures of a run that is not finished, beside its checkpoints.
//!
//! A checkpoint holds a run's series but not its pictures. Where runs are recorded in a database at once
//! they are there; a task of a cluster has no database before its runs end. A picture that lies here was made
//! before the checkpoint from which a later attempt goes on, wherever that is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::checkpoint::{self, open, seal, write_into};
use crate::event::{RunEvent, Sample};
use crate::spec::RunId;
use crate::store::{decode_sample, encode_sample};

const ENDING: &str = "picture";

/// Keeps one; a picture that cannot be encoded is none.
pub(crate) fn keep(results: &Path, run: RunId, step: u64, sample: &Sample) -> io::Result<()> {
    let folder = checkpoint::folder(results, run);
    let Ok(content) = encode_sample(sample) else {
        return Ok(());
    };
    let path = path(&folder, step);
    if path.exists() {
        // The same bits, by another attempt.
        return Ok(());
    }
    write_into(&folder, &path, &seal(&content))
}

/// Those up to a step, in order. What is damaged is left out, as a picture that was never made.
pub(crate) fn up_to(results: &Path, run: RunId, last: u64) -> Vec<RunEvent> {
    let folder = checkpoint::folder(results, run);
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut steps: Vec<u64> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let of_ours = path.extension()? == ENDING;
            let step = path.file_stem()?.to_str()?.parse().ok()?;
            (of_ours && step <= last).then_some(step)
        })
        .collect();
    steps.sort_unstable();
    let read = |step: u64| {
        let bytes = fs::read(path(&folder, step)).ok()?;
        let sample = decode_sample(open(&bytes).ok()?).ok()?;
        Some(RunEvent::Sampled { step, sample })
    };
    steps.into_iter().filter_map(read).collect()
}

fn path(folder: &Path, step: u64) -> PathBuf {
    folder.join(format!("{step:020}.{ENDING}"))
}
