//! `gan-sweep compare`: Compare the cells of a sweep

mod curves;
mod draw;
mod json;
mod plots;
mod text;

use std::path::Path;

pub(super) use self::plots::Plots;
use super::{Exit, out};
use crate::metric::{Info, compares_features};
use crate::stats::{Comparison, HEADLINES, kinds};
use crate::store::{Reader, RunRow, StoreError, SweepRow};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep compare losses-on-the-ring --by loss,k
  gan-sweep compare losses-on-the-ring --by norm.g --metric high_quality
  gan-sweep compare losses-on-the-ring --profile quick --json";

/// Compare the cells of a sweep by a metric, with intervals and paired differences
///
/// A diverged run counts with the metric's worst value; failed and missing runs are counted, not
/// scored. Intervals are 95 % t-intervals over seeds; one seed has none, nor have seeds that all
/// score the same.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep's name
    sweep: String,
    /// Average over everything else, and show the paired differences between the values of KEY
    /// (several, as in loss,k or --by loss --by k: of their combinations)
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    by: Vec<String>,
    /// The metric; by default covered for mixtures, fid for images (fid_pixels without
    /// classes), modes for stacked MNIST
    #[arg(long, value_name = "NAME")]
    metric: Option<String>,
    #[command(flatten)]
    profile: Profile,
    #[command(flatten)]
    plots: Plots,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which of the profiles that a sweep was run under.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Profile {
    /// The sweep as run under this profile ('' for none); by default the one run last
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl Profile {
    /// The sweep of that name under this profile.
    pub(super) fn sweep(&self, reader: &Reader, name: &str) -> Result<SweepRow, StoreError> {
        match &self.profile {
            Some(profile) => reader.sweep_under(name, profile),
            None => reader.sweep(name),
        }
    }
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let reader = Reader::open(results)?;
    let sweep = args.profile.sweep(&reader, &args.sweep)?;
    let runs = reader.runs(&sweep)?;
    let comparisons = comparisons(&runs, args.metric.as_deref(), &args.by)?;
    if args.json {
        out::print_json(&as_json(&sweep, &comparisons))?;
    } else {
        let text = shown(&reader, &comparisons, args.plots)?;
        out::print(&match sweep.profile.as_str() {
            "" => text,
            profile => format!("{}, profile {profile}\n\n{text}", sweep.name),
        })?;
    }
    Ok(Exit::Done)
}

fn as_json(sweep: &SweepRow, comparisons: &[Comparison<'_>]) -> serde_json::Value {
    serde_json::json!({
        "sweep": sweep.name,
        "profile": sweep.profile,
        "comparisons": comparisons.iter().map(json::comparison).collect::<Vec<_>>(),
    })
}

/// The comparison at the end of `run` as JSON.
pub(super) fn json(sweep: &SweepRow, runs: &[RunRow]) -> anyhow::Result<serde_json::Value> {
    Ok(as_json(sweep, &comparisons(runs, None, &[])?))
}

/// The comparison at the end of `run`: one table for each data set, by its headline metric, best
/// first, and what each setting does on average.
pub(super) fn table(reader: &Reader, runs: &[RunRow], plots: Plots) -> Result<String, StoreError> {
    match comparisons(runs, None, &[]) {
        Ok(comparisons) => shown(reader, &comparisons, plots),
        // Nothing to compare is nothing to show.
        Err(_) => Ok(String::new()),
    }
}

fn shown(
    reader: &Reader,
    comparisons: &[Comparison<'_>],
    plots: Plots,
) -> Result<String, StoreError> {
    let mut sketches = Vec::new();
    if let Some(room) = plots.room() {
        for comparison in comparisons {
            let series = plots::series(reader, comparison)?;
            sketches.push(plots::sketch(comparison, &series, room));
        }
    }
    Ok(text::of(comparisons, &sketches))
}

/// One comparison for each data set that has the metric.
fn comparisons<'a>(
    runs: &'a [RunRow],
    metric: Option<&str>,
    by: &[String],
) -> anyhow::Result<Vec<Comparison<'a>>> {
    let kinds = kinds(runs);
    let Some(metric) = metric else {
        let mut found = Vec::new();
        let mut refused = None;
        for kind in kinds {
            // Without a value anywhere only the counts show, under whichever metric.
            let headline = kind.headline.unwrap_or(HEADLINES[0]);
            match Comparison::new(kind.runs, headline, by) {
                Ok(comparison) => found.push(comparison),
                // A setting of images alone does not group mixtures.
                Err(error) => refused = Some(error),
            }
        }
        return match refused {
            Some(error) if found.is_empty() => Err(error.into()),
            _ if runs.is_empty() => anyhow::bail!("the sweep has no runs"),
            _ => Ok(found),
        };
    };
    let having: Vec<_> = kinds
        .into_iter()
        .filter(|kind| kind.runs.iter().any(|run| run.last.contains_key(metric)))
        .collect();
    if having.is_empty() {
        // Says what is wrong with the name, or shows that everything is missing.
        return Ok(vec![Comparison::new(runs, metric, by)?]);
    }
    having
        .into_iter()
        .map(|kind| Ok(Comparison::new(kind.runs, metric, by)?))
        .collect()
}

/// A metric's name in headings; what compares features never without the network that gave them.
pub(super) fn heading(metric: &str) -> String {
    match metric.split('.').next() {
        Some("fid_pixels") => format!("{metric} (on pixels averaged to 8 x 8)"),
        _ if compares_features(metric) => format!("{metric} (on the data set's own classifier)"),
        _ => metric.to_owned(),
    }
}

/// The unit of a metric, empty for none.
fn unit(info: Option<&Info>) -> &'static str {
    info.map_or("", |i| i.unit)
}
