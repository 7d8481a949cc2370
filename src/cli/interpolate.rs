//! `gan-sweep interpolate`: Walk between the latents of a trained generator

mod show;

use std::path::Path;

use super::Exit;
use super::bar::Bar;
use super::look::{Look, between};
use crate::latent::interpolation::{Pair, Route, Walk, pairs, walk};
use crate::latent::path::Path as LatentPath;
use crate::latent::{LatentError, Manifold, Realism};
use crate::samples::Trained;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep interpolate 5702af
  gan-sweep interpolate 5702af --path spherical --points 15 -o walk.png";

/// Walk between pairs of latents of a run's final generator, beside a cross-fade of the pixels
///
/// Measured at every position of the walk: precision and density, which say how real the images look
/// (among the k-th neighbours of real ones, as in the final evaluation), and the length of the latent; and
/// along it how much longer the largest step in features is than the mean one, at 64 and at 128 steps: a
/// walk that jumps keeps its largest step, a smooth one halves it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    look: Look,
    /// Pairs of latents that are measured; the picture shows the first three
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = between::<1, 10_000>)]
    pairs: usize,
    /// Positions along a walk, its ends among them
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = between::<3, 64>)]
    points: usize,
    /// How to walk
    #[arg(long, value_enum, default_value = "both")]
    path: Paths,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Paths {
    /// Along the line between both latents
    Straight,
    /// Along the great arc
    Spherical,
    /// Either
    Both,
}

impl Paths {
    fn routes(self) -> Vec<Route> {
        let mut routes = match self {
            Self::Straight => vec![Route::Latent(LatentPath::Straight)],
            Self::Spherical => vec![Route::Latent(LatentPath::Spherical)],
            Self::Both => LatentPath::ALL.map(Route::Latent).to_vec(),
        };
        routes.push(Route::CrossFade);
        routes
    }
}

/// What was measured.
struct Found {
    pairs: Vec<Pair>,
    walks: Vec<Walk>,
    points: usize,
    /// What the features are, and how many real samples make the manifold.
    features: String,
    real: usize,
    /// Precision and density of other real samples, and how many.
    perfect: ([f64; 2], usize),
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let look = &args.look;
    let open = look.open(results, ("interpolate", &["png"]))?;
    let bar = Bar::new(&format!("walking between {} pairs of latents", args.pairs));
    let found = measure(args, &open.trained).map_err(|e| open.explain(e, "interpolate"))?;
    let picture = show::picture(&found, &open)?;
    let text = open.heading(look) + &show::text(&found);
    let mut json = open.json(look);
    json["interpolation"] = show::json(&found);
    drop(bar);
    open.finish(look, &picture, text, json)?;
    Ok(Exit::Done)
}

fn measure(args: &Args, trained: &Trained) -> Result<Found, LatentError> {
    let Trained {
        generator, data, ..
    } = trained;
    let manifold = Manifold::of(data)?;
    let pairs = pairs(generator, args.look.seed, args.pairs, args.look.label)?;
    let routes = args.path.routes().into_iter();
    let walks = routes.map(|route| walk(generator, &manifold, &pairs, (route, args.points)));
    let perfect = manifold.perfect(data)?;
    Ok(Found {
        walks: walks.collect::<Result<_, _>>()?,
        pairs,
        points: args.points,
        features: manifold.map().name().to_owned(),
        real: manifold.count(),
        perfect: (Realism::means(perfect.iter().copied()), perfect.len()),
    })
}
