//! `gan-sweep status`: How far sweeps are, while somebody works on them

mod left;
mod standing;
mod text;

use std::io::{IsTerminal, stdout};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use self::standing::{Costs, Standing};
use super::cluster::standing::OnCluster;
use super::compare::Profile;
use super::{Exit, out};
use crate::store::{Holder, Reader, clock, holder};

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep status
  gan-sweep status --watch quickstart
  gan-sweep status quickstart --watch=10";

/// Show how far sweeps are, what the workers do, and how long it will take
///
/// Reads only, and never holds anything that `run` wants. What a worker has done is what it has logged.
/// Runs that were begun, have not ended and are in no worker's hands are interrupted: the same `run`
/// goes on with them. The time left is that of all runs that are missing, at the pace of those that
/// have ended, as a 95 % interval; --only and --limit of `run` make it shorter.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sweep; by default all
    sweep: Option<String>,
    #[command(flatten)]
    profile: Profile,
    /// Look again every so many seconds, 2 if not said, until nobody is at work
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "2",
        value_parser = seconds
    )]
    watch: Option<Duration>,
    /// Print JSON, with --watch a line each time
    #[arg(long)]
    json: bool,
}

/// Looking takes at most one part in so many of the time: it must not slow what it looks at.
const SHARE: u32 = 50;

fn seconds(text: &str) -> Result<Duration, String> {
    let expected = || "expected a number of seconds above 0, such as 5".to_owned();
    let number: f64 = text.parse().map_err(|_| expected())?;
    match Duration::try_from_secs_f64(number) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(expected()),
    }
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let mut costs = Costs::of(results);
    let Some(every) = args.watch else {
        let look = look(args, results, &mut costs)?;
        match args.json {
            true => out::print_json(&as_json(&look))?,
            false => out::print(&as_text(&look))?,
        }
        return Ok(Exit::Done);
    };
    let redraws = !args.json && stdout().is_terminal();
    let mut first = true;
    loop {
        let begun = Instant::now();
        let look = look(args, results, &mut costs)?;
        let mut text = match args.json {
            true => format!("{}\n", as_json(&look)),
            false => as_text(&look),
        };
        if redraws {
            text = redrawn(&text, first);
        } else if !args.json && !first {
            text.insert(0, '\n');
        }
        first = false;
        if !out::is_read(&text)? || !(look.holder.is_some() || look.on_cluster.is_live()) {
            return Ok(Exit::Done);
        }
        std::thread::sleep(every.max(begun.elapsed() * SHARE));
    }
}

/// Over what was drawn before, without a moment in which nothing is there.
fn redrawn(text: &str, first: bool) -> String {
    const CLEAR: &str = "\x1b[2J";
    const HOME: &str = "\x1b[H";
    const REST_OF_LINE: &str = "\x1b[K\n";
    const REST: &str = "\x1b[J";
    let clear = if first { CLEAR } else { "" };
    format!("{clear}{HOME}{}{REST}", text.replace('\n', REST_OF_LINE))
}

/// What is seen at one moment.
struct Look {
    at: i64,
    holder: Option<Holder>,
    sweeps: Vec<Standing>,
    on_cluster: OnCluster,
}

/// The database is opened anew each time, so that a sweep that ends in between can leave one file.
fn look(args: &Args, results: &Path, costs: &mut Costs) -> anyhow::Result<Look> {
    let reader = Reader::open(results)?;
    let sweeps = match &args.sweep {
        Some(name) => vec![args.profile.sweep(&reader, name)?],
        None => reader.sweeps()?,
    };
    let progress = sweeps.iter().map(|sweep| reader.progress(sweep));
    let progress: Vec<_> = progress.collect::<Result<_, _>>()?;
    // After the runs: none of them was then begun by somebody who has come since.
    let holder = holder(results)?;
    let at = clock::now();
    let sweeps = sweeps.into_iter().zip(&progress).map(|(sweep, progress)| {
        Standing::of(sweep, progress, holder.as_ref(), |run| {
            costs.of_run(&reader, run)
        })
    });
    Ok(Look {
        at,
        sweeps: sweeps.collect::<Result<_, _>>()?,
        holder,
        on_cluster: OnCluster::of(&reader, results, args.sweep.as_deref())?,
    })
}

fn as_text(look: &Look) -> String {
    let who = match &look.holder {
        Some(holder) => format!("{} is at work", holder.text),
        None => "nobody is at work".to_owned(),
    };
    format!(
        "{who}\n\n{}{}",
        text::of(&look.sweeps, look.at),
        look.on_cluster.text()
    )
}

fn as_json(look: &Look) -> serde_json::Value {
    json!({
        "at": look.at,
        "at_work": look.holder.as_ref().map(|holder| json!({
            "who": holder.text,
            "since": holder.since,
        })),
        "sweeps": look.sweeps.iter().map(Standing::as_json).collect::<Vec<_>>(),
        "on_cluster": look.on_cluster.as_json(),
    })
}

#[cfg(test)]
mod tests {
    use super::{redrawn, seconds};
    use std::time::Duration;

    #[test]
    fn seconds_are_above_zero() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "nan", "inf", "1e300", "demo", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_drawn_before_is_drawn_over() {
        assert_eq!(
            redrawn("a\nb\n", true),
            "\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J"
        );
        assert_eq!(redrawn("a\n", false), "\x1b[Ha\x1b[K\n\x1b[J");
    }
}
