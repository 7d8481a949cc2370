//! What the commands that look into a trained generator share: the run, the seed, the picture.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use super::out;
use super::target::Target;
use crate::latent::LatentError;
use crate::samples::Trained;
use crate::store::Reader;

/// Where pictures go unless a place is named.
const PICTURES: &str = "pictures";

/// The options that all of them have.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Look {
    /// The run's id or its first digits; it must be done
    run: String,
    /// Seed of everything that is drawn: runs looked at under one seed are given the same latents
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub seed: u64,
    /// The class asked for, of a run with a `conditioning`; by default as they are among the data
    #[arg(long, value_name = "CLASS")]
    pub label: Option<usize>,
    /// Where to write [default: a PNG under RESULTS/pictures]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print JSON, with every value
    #[arg(long)]
    pub json: bool,
}

/// A run that is looked into, and the file that is written at the end.
pub(super) struct Open {
    pub trained: Trained,
    /// The ending of the file: `png`.
    pub ending: String,
    target: Target,
}

impl Look {
    /// Opens the run and the file, whose ending must be one of these; both before anything is computed.
    pub fn open(
        &self,
        results: &Path,
        (command, endings): (&str, &[&str]),
    ) -> anyhow::Result<Open> {
        let reader = Reader::open(results)?;
        let id = reader.find_run(&self.run)?;
        let path = match &self.output {
            Some(path) => path.clone(),
            None => results
                .join(PICTURES)
                .join(format!("{}-{command}.png", id.short())),
        };
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let ending = ending.unwrap_or_default();
        if !endings.contains(&ending.as_str()) {
            anyhow::bail!(
                "--output {}: expected a file that ends in .{}",
                path.display(),
                endings.join(", .")
            );
        }
        let catalog = crate::dataset::catalog(results)?;
        let trained = Trained::open(&reader, id, &catalog, results)?;
        if let Some(class) = self.label {
            check_label(class, trained.generator.classes())
                .with_context(|| format!("--label {class} cannot be asked for"))?;
        }
        if self.output.is_none() {
            let folder = results.join(PICTURES);
            std::fs::create_dir_all(&folder).with_context(|| {
                format!(
                    "cannot make {}: name another place by --output",
                    folder.display()
                )
            })?;
        }
        Ok(Open {
            trained,
            ending,
            target: Target::create(&path)?,
        })
    }
}

fn check_label(class: usize, classes: usize) -> Result<(), LatentError> {
    match classes {
        0 => Err(LatentError::Unconditional),
        classes if class >= classes => Err(LatentError::NoClass { class, classes }),
        _ => Ok(()),
    }
}

impl Open {
    /// `run 0123456789 on mnist`.
    pub fn name(&self) -> String {
        let Trained { id, spec, .. } = &self.trained;
        format!("run {} on {}", id.short(), spec.dataset.name())
    }

    /// Lines that say what was looked into.
    pub fn heading(&self, look: &Look) -> String {
        let spec = &self.trained.spec;
        let mut text = String::new();
        line(&mut text, "run", &self.name()["run ".len()..]);
        let label = match (look.label, self.trained.generator.classes()) {
            (Some(label), _) => format!(", class {label}"),
            (None, 0) => String::new(),
            (None, _) => ", classes as they are among the data".to_owned(),
        };
        let latents = format!(
            "{} in {} dimensions, seed {}{label}",
            spec.noise.choice().name,
            spec.latent_dim,
            look.seed
        );
        line(&mut text, "latents", &latents);
        text
    }

    /// The same as JSON.
    pub fn json(&self, look: &Look) -> Value {
        let Trained { id, spec, .. } = &self.trained;
        json!({
            "run": id.to_string(),
            "dataset": spec.dataset.name(),
            "noise": spec.noise.choice().name,
            "latent_dim": spec.latent_dim,
            "seed": look.seed,
            "label": look.label,
        })
    }

    /// What an error of the library means for this command, with what works instead.
    pub fn explain(&self, error: LatentError, command: &str) -> anyhow::Error {
        let instead = match error {
            LatentError::Points => {
                "of points 'gan-sweep sample' draws a picture, and 'gan-sweep eval' measures them"
            }
            LatentError::Drawn | LatentError::Several { .. } => {
                "'gan-sweep interpolate' and 'gan-sweep sample' work for it"
            }
            LatentError::Colour { .. } => {
                "--attribute class=C works for coloured images with classes, and 'gan-sweep \
                 interpolate' for all"
            }
            other => return other.into(),
        };
        let name = self.name();
        anyhow::Error::new(error).context(format!("'{command}' cannot look into {name}; {instead}"))
    }

    /// Writes the file and prints the text, or the JSON with the file's place.
    pub fn finish(
        self,
        look: &Look,
        file: &[u8],
        text: String,
        mut json: Value,
    ) -> anyhow::Result<()> {
        let path = self.target.finish_with(file)?;
        if look.json {
            json["written"] = json!(path.display().to_string());
            return out::print_json(&json);
        }
        out::print(&format!("{text}\nwritten to {}\n", path.display()))
    }
}

/// A named line of a heading.
pub(super) fn line(text: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name:<11}{value}");
}

/// A whole number from `LEAST` to `MOST`.
pub(super) fn between<const LEAST: usize, const MOST: usize>(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if (LEAST..=MOST).contains(&n) => Ok(n),
        _ => Err(format!("expected a whole number from {LEAST} to {MOST}")),
    }
}
