//! `gan-sweep data fetch`: Download a published data set and import it

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;

use super::{DOWNLOADS, Exit, import, out};
use crate::cli::bar::{Bar, Of};
use crate::dataset::fetch::{Event, Fetched, Published, fetch};
use crate::dataset::{self, BuiltIn};

/// Before the name of a set that is built in, of which the binary holds a part.
const FULL: &str = "full-";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The set
    #[arg(value_name = "SET", value_parser = published())]
    set: String,
    /// The name in a grid [default: SET; of mnist, which is built in, full-mnist]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Fetch from this folder on a server instead of from the known mirrors; may be given several times
    #[arg(long, value_name = "URL")]
    mirror: Vec<String>,
}

fn published() -> clap::builder::PossibleValuesParser {
    let values = Published::all().iter().map(|set| {
        let about = format!(
            "{}, {}, {} MB",
            set.about,
            set.licence,
            set.bytes().div_ceil(1_000_000)
        );
        clap::builder::PossibleValue::new(set.name).help(about)
    });
    values.collect::<Vec<_>>().into()
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let Some(set) = Published::named(&args.set) else {
        anyhow::bail!("internal: '{}' is not among the published sets", args.set);
    };
    let name = args.name.clone().unwrap_or_else(|| default_name(set.name));
    // Before anything is fetched.
    dataset::check_name(&name)?;
    let mut source = set.source();
    if !args.mirror.is_empty() {
        source.mirrors.clone_from(&args.mirror);
    }
    // Nothing is lost at any moment: what has arrived stays, and an import appears whole or not at all.
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(
            signal,
            Exit::Interrupted.code(),
            Arc::new(AtomicBool::new(true)),
        )?;
    }
    let dir = results.join(DOWNLOADS).join(set.name);
    let fetched = {
        let bar = Bar::new("fetching");
        bar.stage("fetching", Of::Bytes(set.bytes()));
        fetch(&source, &dir, |event| show(&bar, event))?
    };
    out::say(&told(&fetched, &dir));
    import::import(&dir, &name, results)
}

/// The set's own name, where a grid does not mean something else by it.
fn default_name(set: &str) -> String {
    let built_in = BuiltIn::choices().iter().any(|choice| choice.name == set);
    format!("{}{set}", if built_in { FULL } else { "" })
}

fn show(bar: &Bar, event: Event<'_>) {
    match event {
        Event::Bytes { done, .. } => bar.at(done),
        Event::Kept { .. } => {}
        Event::Damaged { file } => bar.say(&format!(
            "{file} is not what was published: it is fetched again"
        )),
        Event::Failed { file, tried, next } => {
            // Without a next one an error lists them all.
            if let Some(next) = next {
                bar.say(&format!("{file}: {tried}\n  trying {next}"));
            }
        }
    }
}

fn told(fetched: &Fetched, dir: &Path) -> String {
    let dir = dir.display();
    match *fetched {
        Fetched { received: 0, .. } => format!("nothing to fetch: all files are in {dir}"),
        Fetched { kept: 0, received } => format!("fetched {received} bytes to {dir}"),
        Fetched { kept, received } => {
            format!("fetched {received} bytes to {dir}; {kept} of the files were there")
        }
    }
}
