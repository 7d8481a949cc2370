//! `gan-sweep data import`, and what it shares with `fetch`.

use std::path::Path;

use super::{Exit, out, percent};
use crate::classifier::Progress;
use crate::cli::bar::{Bar, Of};
use crate::dataset::{self, Import, Manifest, Origin, Step};

/// Below this the features of a set's classifier are doubtful. The plain network reaches 0.99 on
/// MNIST; on the hardest sets of its kind it should still be right far more often than not.
const TRUSTED_ACCURACY: f64 = 0.7;

/// Below this the bias of FID on 64 features, about 2,200 / N for normal ones, is beyond 2.
const FEW_SAMPLES: usize = 1000;

pub(super) fn import(dir: &Path, name: &str, results: &Path) -> anyhow::Result<Exit> {
    if !dir.is_dir() {
        let what = match dir.exists() {
            true => "is a file",
            false => "does not exist",
        };
        anyhow::bail!(
            "{} {what}: name a folder of PNG or JPEG images, or of the four IDX files of a set",
            dir.display()
        );
    }
    let bar = Bar::new("reading");
    let mut shown = Shown::new(&bar);
    let imported = dataset::import(dir, name, results, |step| shown.step(step));
    drop(bar);
    let Import {
        manifest,
        new,
        notes,
    } = imported?;
    for note in notes {
        out::say(&format!("note: {note}"));
    }
    if !new {
        out::print(&format!("{name} holds this content already\n"))?;
        return Ok(Exit::Done);
    }
    out::print(&told(name, &manifest))?;
    if let Some(accuracy) = manifest.accuracy.filter(|&a| a < TRUSTED_ACCURACY) {
        out::say(&format!(
            "note: a classifier that is right on {} of the images tells little of them apart: FID \
             and classes on {name} compare runs with each other, and say little about the images",
            percent(accuracy)
        ));
    }
    if manifest.origin == Origin::Pictures && manifest.sample_size < FEW_SAMPLES {
        out::say(&format!(
            "note: FID at N = {} is far above what it is of more images, and its floor with it: \
             compare it only at this N",
            manifest.sample_size
        ));
    }
    Ok(Exit::Done)
}

fn told(name: &str, manifest: &Manifest) -> String {
    let grey = if manifest.channels == 1 {
        "grey"
    } else {
        "RGB"
    };
    let mut text = format!(
        "{name}: {} {grey} images of {} x {} for GANs, {} as reference (N = {})\n",
        manifest.train, manifest.height, manifest.width, manifest.reference, manifest.sample_size,
    );
    if !manifest.class_names.is_empty() {
        text += &format!(
            "  {} classes, labelled from 0 on: {}\n",
            manifest.class_names.len(),
            manifest.class_names.join(", ")
        );
    }
    text += &match manifest.accuracy {
        Some(accuracy) => format!(
            "  feature classifier: {} on the reference, trained on {} other images\n",
            percent(accuracy),
            manifest.classifier
        ),
        None => "  no classes, so no feature classifier: FID compares pixels averaged to 8 x 8 \
                 (fid_pixels)\n"
            .to_owned(),
    };
    text + &format!("  in a grid: dataset: {name}\n")
}

/// An import's steps on a bar.
pub(super) struct Shown<'a> {
    bar: &'a Bar,
    /// How much there is of the stage that is shown.
    stage: Option<(&'static str, usize)>,
}

impl<'a> Shown<'a> {
    pub fn new(bar: &'a Bar) -> Self {
        Self { bar, stage: None }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Reading { files, of } => self.at("reading", files, of),
            Step::Training(progress) => self.training(progress),
        }
    }

    pub fn training(&mut self, Progress { step, steps, loss }: Progress) {
        self.at("classifier", step, steps);
        self.bar.note(format!("loss {loss:.3}"));
    }

    fn at(&mut self, what: &'static str, done: usize, of: usize) {
        if self.stage != Some((what, of)) {
            self.stage = Some((what, of));
            self.bar.stage(what, Of::Things(of));
        }
        self.bar.at(done as u64);
    }
}
