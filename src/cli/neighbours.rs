//! `gan-sweep neighbours`: Find the training images nearest to what a generator makes

mod show;

use std::path::Path;

use super::Exit;
use super::bar::Bar;
use super::look::{Look, between};
use crate::latent::LatentError;
use crate::latent::neighbours::{COMPARED, Compared, Neighbourhood, Space};
use crate::rng::{Name, Streams};
use crate::samples::Trained;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep neighbours 5702af
  gan-sweep neighbours 5702af --space pixels --count 16 -o nearest.png";

/// Show samples of a run's final generator beside their nearest training images
///
/// 1000 samples are compared with the training images, in pixels and in the features of FID: the mean
/// distance to the nearest one over that of held-out real images, and whether too many of them are nearer
/// than those. Two controls stand beside: other held-out images (a ratio of 1), and training images with
/// invisible noise, which a generator that copies would make.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    look: Look,
    /// Samples that are shown
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = between::<1, 100>)]
    count: usize,
    /// In what images are near [default: both]
    #[arg(long, value_enum)]
    space: Option<SpaceWord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SpaceWord {
    /// The pixels themselves
    Pixels,
    /// What the data set's classifier makes of them; of sets without classes pixels averaged to 8 x 8
    Features,
}

/// Nearest training images shown of every sample.
const NEAREST: usize = 3;

/// One space.
struct InSpace {
    space: Space,
    /// Training images.
    train: usize,
    compared: [Compared; 3],
    /// Of the samples shown: places and distances of the nearest.
    nearest: Vec<Vec<(usize, f64)>>,
}

/// What was found.
struct Found {
    /// Those that are shown, row-major on [0, 1].
    samples: Vec<f32>,
    spaces: Vec<InSpace>,
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let look = &args.look;
    let open = look.open(results, ("neighbours", &["png"]))?;
    let bar = Bar::new(&format!(
        "comparing {COMPARED} samples with the training images"
    ));
    let found = find(args, &open.trained).map_err(|e| open.explain(e, "neighbours"))?;
    let picture = show::picture(&found, &open)?;
    let text = open.heading(look) + &show::text(&found, &open);
    let mut json = open.json(look);
    json["neighbours"] = show::json(&found, &open);
    drop(bar);
    open.finish(look, &picture, text, json)?;
    Ok(Exit::Done)
}

fn find(args: &Args, trained: &Trained) -> Result<Found, LatentError> {
    let Trained {
        generator, data, ..
    } = trained;
    let spaces = match args.space {
        None => Space::ALL.to_vec(),
        Some(SpaceWord::Pixels) => vec![Space::Pixels],
        Some(SpaceWord::Features) => vec![Space::Features],
    };
    let near = spaces
        .into_iter()
        .map(|space| Ok((space, Neighbourhood::of(data, space)?)));
    let near: Vec<_> = near.collect::<Result<_, LatentError>>()?;
    let seed = args.look.seed;
    let streams = Streams::new(seed);
    let count = COMPARED.max(args.count);
    let z = generator.latents(&streams.source(Name::LatentLook), count);
    let labels = match args.look.label {
        Some(label) => vec![label; count],
        None => generator.labels(&streams.source(Name::LabelLook), count),
    };
    let samples = generator.of_latents(&z, &labels)?;
    let shown = &samples[..samples.len() / count * args.count];
    let spaces = near.into_iter().map(|(space, near)| {
        Ok(InSpace {
            space,
            train: near.count(),
            compared: near.compare(&samples, seed)?,
            nearest: near.nearest(shown, NEAREST)?,
        })
    });
    Ok(Found {
        spaces: spaces.collect::<Result<_, LatentError>>()?,
        samples: shown.to_vec(),
    })
}
