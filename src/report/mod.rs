//! The report of a sweep: plots as PNG and SVG, and one HTML page that needs no network.
//!
//! `Material` (rows of the store) → [`section`] (a data set's runs, cells and metrics) →
//! [`figures`] (what to draw) → [`plot`] (how it looks) → files, and [`page`] (the HTML with the data and
//! the script that draws them).
//!
//! Pure but for [`write`]: nothing here trains, and only `plot` names plotters.

mod data_uri;
mod figures;
mod files;
pub mod lecture;
mod levels;
mod page;
mod plot;
mod section;
mod wording;

pub use figures::picture::{Column, Mosaic, Row, Tile, scatter};
pub use figures::samples::sample_picture;
pub use page::Asked;
pub use plot::PlotError;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::claim::Language;
use crate::store::{Measured, Reader, RunRow, SampleRow, StoreError, SweepRow};

/// What a report is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// The sweep.
    pub sweep: SweepRow,
    /// Its runs, in plan order.
    pub runs: Vec<RunMaterial>,
}

impl Material {
    /// A sweep's rows, from the store. `progress` is told how many runs of how many are read.
    ///
    /// # Errors
    /// A [`StoreError`] if they cannot be read.
    pub fn load(
        reader: &Reader,
        sweep: &SweepRow,
        progress: impl Fn(usize, usize),
    ) -> Result<Self, StoreError> {
        let rows = reader.runs(sweep)?;
        let all = rows.len();
        progress(0, all);
        let mut runs = Vec::new();
        for row in rows {
            let series = reader.all_series(row.id)?;
            let samples = reader.samples(row.id)?;
            runs.push(RunMaterial {
                row,
                series,
                samples,
            });
            progress(runs.len(), all);
        }
        Ok(Self {
            sweep: sweep.clone(),
            runs,
        })
    }
}

/// One run with its history.
#[derive(Clone, Debug, PartialEq)]
pub struct RunMaterial {
    /// The run.
    pub row: RunRow,
    /// Every logged quantity over the steps, in their order.
    pub series: BTreeMap<String, Vec<Measured>>,
    /// What G made, in the order of the steps.
    pub samples: Vec<SampleRow>,
}

/// What [`write`] wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The page.
    pub html: PathBuf,
    /// The plots, PNG and SVG.
    pub plots: Vec<PathBuf>,
}

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A plot cannot be drawn.
    #[error("cannot draw the plot '{name}'")]
    Plot {
        /// The plot's file name without its ending.
        name: String,
        /// Why.
        source: plot::PlotError,
    },
    /// The page cannot be filled.
    #[error("cannot fill the page")]
    Page(#[from] askama::Error),
    /// The data of the page cannot be written down.
    #[error("cannot write the page's data")]
    Data(#[from] serde_json::Error),
    /// A file cannot be written.
    #[error("cannot write {}: `gan-sweep report SWEEP --output DIR` writes elsewhere", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Draws the report into `folder`: `report.html`, `plots/*.png`, `plots/*.svg`.
///
/// Each file is replaced as a whole, the page last: a page never speaks of plots that are not there.
/// `progress` is told how many plots of how many are drawn, from several threads.
///
/// # Errors
/// A [`ReportError`] for a plot that cannot be drawn and a file that cannot be written.
pub fn write(
    material: &Material,
    folder: &Path,
    language: Language,
    progress: impl Fn(usize, usize) + Sync,
) -> Result<Written, ReportError> {
    let sections = section::sections(material);
    let figures: Vec<Vec<figures::Figure>> = sections.par_iter().map(figures::figures).collect();
    let all: Vec<&figures::Figure> = figures.iter().flatten().collect();
    let drawn = AtomicUsize::new(0);
    let plots: Vec<[PathBuf; 2]> = all
        .par_iter()
        .map(|figure| {
            let paths = draw(figure, folder)?;
            progress(1 + drawn.fetch_add(1, Ordering::Relaxed), all.len());
            Ok(paths)
        })
        .collect::<Result<_, ReportError>>()?;
    let html = folder.join("report.html");
    let asked = Asked {
        language,
        live: false,
    };
    let page = page::html(material, &sections, &figures, asked)?;
    files::replace(&html, page.as_bytes())?;
    Ok(Written {
        html,
        plots: plots.into_iter().flatten().collect(),
    })
}

/// The page without its files: what `serve` delivers.
pub fn page(material: &Material, asked: Asked) -> Result<String, ReportError> {
    let sections = section::sections(material);
    let figures: Vec<Vec<figures::Figure>> = sections.iter().map(figures::figures).collect();
    page::html(material, &sections, &figures, asked)
}

/// The data of the page alone: what `serve` delivers while the sweep grows.
pub fn data(material: &Material, asked: Asked) -> Result<String, ReportError> {
    page::json(material, &section::sections(material), asked)
}

/// Writes a figure as PNG and as SVG.
fn draw(figure: &figures::Figure, folder: &Path) -> Result<[PathBuf; 2], ReportError> {
    let failed = |source| ReportError::Plot {
        name: figure.name.clone(),
        source,
    };
    let path = |ending: &str| {
        folder
            .join("plots")
            .join(format!("{}.{ending}", figure.name))
    };
    let paths = [path("png"), path("svg")];
    let png = plot::png(&figure.scene).map_err(failed)?;
    files::replace(&paths[0], &png)?;
    let svg = plot::svg_file(&figure.scene, &figure.title, &figure.caption).map_err(failed)?;
    files::replace(&paths[1], svg.as_bytes())?;
    Ok(paths)
}

#[cfg(test)]
mod testing {
    //! A run to fill in.

    use super::*;
    use crate::spec::RunId;

    pub(super) fn run(seed: u64) -> RunMaterial {
        RunMaterial {
            row: RunRow {
                id: RunId([seed as u8; 16]),
                position: seed,
                seed,
                settings: BTreeMap::new(),
                tags: Vec::new(),
                outcome: None,
                last: BTreeMap::new(),
                weights_digest: None,
                series_digest: None,
                flops: None,
                attempts: 0,
                wall_seconds: None,
                cpu_seconds: None,
                host: None,
                ended_at: None,
                features: None,
                provenance: None,
            },
            series: BTreeMap::new(),
            samples: Vec::new(),
        }
    }
}
