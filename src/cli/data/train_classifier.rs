//! `gan-sweep data train-classifier`

use std::path::Path;

use anyhow::Context;

use super::import::Shown;
use super::{Exit, out, percent};
use crate::classifier;
use crate::cli::bar::Bar;
use crate::dataset::Folder;

pub(super) fn train_classifier(dir: &Path, output: &Path) -> anyhow::Result<Exit> {
    let folder = Folder::read(dir)?;
    let count = folder.train.count();
    let (Some(train), Some(test)) = (folder.train.examples(), folder.test.examples()) else {
        anyhow::bail!("internal: IDX files without labels");
    };
    let bar = Bar::new("classifier");
    let mut shown = Shown::new(&bar);
    let classifier = classifier::train(
        &train,
        &test,
        &format!("{count} training images"),
        |progress| shown.training(progress),
    )?;
    drop(bar);
    std::fs::write(output, classifier.to_safetensors()?)
        .with_context(|| format!("cannot write {}", output.display()))?;
    out::print(&format!(
        "{}: {} on {} test images, trained on {count}\n",
        output.display(),
        percent(classifier.accuracy()),
        folder.test.count(),
    ))?;
    Ok(Exit::Done)
}
