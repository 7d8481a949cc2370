//! `gan-sweep directions`: Find directions in latent space along which one attribute changes

mod json;
mod picture;
mod text;

use std::path::Path;

use super::Exit;
use super::bar::Bar;
use super::look::{Look, between};
use crate::latent::LatentError;
use crate::latent::attributes::{Attribute, Gauge, UnknownAttribute};
use crate::latent::directions::{Directions, Protocol, find};
use crate::samples::Trained;

/// Shown at the end of `--help`.
const EXAMPLES: &str = "\
Examples:
  gan-sweep directions 5702af
  gan-sweep directions 5702af --attribute slant,class=7 --samples 20000";

/// Find directions of a run's latent space along which thickness, slant, width or a class change
///
/// The protocol of InterFaceGAN: score samples by each attribute, part the highest 2 % from the lowest
/// 2 % by a hyperplane nᵀz = 0, and move along its normal n, or along n₁ − (n₁ᵀn₂) n₂, which should leave
/// the second attribute alone. Beside it the lecture's law s = ΛNᵀz: how much of the scores it explains,
/// and its covariance ΛNᵀNΛ against theirs; and how attributes correlate in real images.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    look: Look,
    /// What to look at: thickness, slant, width, height (of grey images), class=C
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = attribute,
          default_value = "thickness,slant,width")]
    attribute: Vec<Attribute>,
    /// Samples that are scored
    #[arg(long, value_name = "N", default_value_t = Protocol::default().samples,
          value_parser = between::<100, 1_000_000>)]
    samples: usize,
    /// Share of them that counts as high, and as low
    #[arg(long, value_name = "SHARE", default_value_t = Protocol::default().share, value_parser = share)]
    share: f64,
}

fn attribute(word: &str) -> Result<Attribute, UnknownAttribute> {
    word.parse()
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.001..=0.5).contains(&share) => Ok(share),
        _ => Err("expected a number from 0.001 to 0.5".to_owned()),
    }
}

pub(super) fn run(args: &Args, results: &Path) -> anyhow::Result<Exit> {
    let look = &args.look;
    if let Some(twice) =
        (1..args.attribute.len()).find(|&i| args.attribute[..i].contains(&args.attribute[i]))
    {
        anyhow::bail!("--attribute names {} twice", args.attribute[twice]);
    }
    let open = look.open(results, ("directions", &["png"]))?;
    let bar = Bar::new(&format!("scoring {} samples", args.samples));
    let protocol = Protocol {
        samples: args.samples,
        share: args.share,
        seed: look.seed,
        label: look.label,
        ..Protocol::default()
    };
    let (found, gauge) =
        measure(args, &protocol, &open.trained).map_err(|e| open.explain(e, "directions"))?;
    let picture = picture::of(&found, (&gauge, &protocol), &open)?;
    let text = open.heading(look) + &text::of(&found, &protocol);
    let mut json = open.json(look);
    json["directions"] = json::of(&found, &protocol);
    drop(bar);
    open.finish(look, &picture, text, json)?;
    Ok(Exit::Done)
}

fn measure(
    args: &Args,
    protocol: &Protocol,
    trained: &Trained,
) -> Result<(Directions, Gauge), LatentError> {
    let gauge = Gauge::new(&trained.data, args.attribute.clone())?;
    Ok((find(&trained.generator, &gauge, protocol)?, gauge))
}

/// `slant`, or `slant without width` of a normal projected off another.
fn name(found: &Directions, along: usize, off: Option<usize>) -> String {
    let attribute = |i: usize| found.attributes[i].to_string();
    match off {
        None => attribute(along),
        Some(off) => format!("{} without {}", attribute(along), attribute(off)),
    }
}
