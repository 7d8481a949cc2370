//! From images to features.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::{Args, Sets};
use crate::classifier::{Classifier, FEATURES, Reading as Read, SPATIAL_FEATURES};
use crate::cli::bar::{Bar, Of};
use crate::dataset::{Data, Images};
use crate::inception::{self, Inception, Pixels};
use crate::metric::classes::Tally;
use crate::metric::features::Features;
use crate::metric::pixels;
use crate::model::SampleShape;
use crate::samples::{SampleSet, Samples, Wanted};

/// Images that Inception reads at once: bounds the memory of its activations.
const PART: usize = 32;

/// Images of which a classifier makes features between two looks at the progress: ten of its batches.
const LOOK: usize = 500;

/// Features of all positions at once, at most.
const MOST_SPATIAL_BYTES: usize = 2 << 30;

/// Features of the sets.
pub(super) struct Compared {
    /// What made them, with a digest.
    pub network: String,
    pub real: Features,
    pub fake: Features,
    pub train: Option<Features>,
    /// Class probabilities of the generated samples.
    pub probabilities: Option<Features>,
    /// What a classifier reads in the generated samples.
    pub tally: Option<Tally>,
    /// Pixels on [0, 1] of generated, training and real images, for neighbours among them.
    pub pixels: Option<[Features; 3]>,
}

enum Network {
    /// The vectors themselves.
    Given,
    Classifier(Arc<Classifier>, String),
    Inception(Box<Inception>),
    Pixels,
}

struct Reading {
    features: Features,
    probabilities: Option<Features>,
    tally: Option<Tally>,
}

pub(super) fn features(
    sets: &Sets,
    args: &Args,
    results: &Path,
    bar: &Bar,
) -> anyhow::Result<Compared> {
    bar.stage("opening the network", Of::Time);
    let network = choose(sets, args, results)?;
    if args.spatial {
        return spatial(&network, sets, args, bar);
    }
    let real = network.read(&sets.real, bar)?;
    let fake = network.read(&sets.fake, bar)?;
    let train = sets
        .train
        .as_ref()
        .map(|set| network.read(set, bar))
        .transpose()?;
    bar.stage("arranging the features", Of::Time);
    Ok(Compared {
        network: network.name(),
        real: real.features,
        train: train.map(|t| t.features),
        probabilities: fake.probabilities,
        tally: fake.tally,
        fake: fake.features,
        pixels: of_pixels(sets, args)?,
    })
}

/// The slide's F of shape C × NHW: FID's moments are over positions too.
fn spatial(network: &Network, sets: &Sets, args: &Args, bar: &Bar) -> anyhow::Result<Compared> {
    if args.metrics != [super::Metric::Fid] || args.extrapolate || args.bootstrap.is_some() {
        anyhow::bail!(
            "--spatial goes with 'fid' alone, without --extrapolate and --bootstrap: the positions of one \
             image are no independent samples"
        );
    }
    let of = |set: &SampleSet| -> anyhow::Result<Features> {
        let Samples::Images { shape, pixels } = &set.samples else {
            anyhow::bail!("--spatial needs images, {} holds vectors", set.name);
        };
        network
            .positions(*shape, pixels, &look(bar, set))
            .with_context(|| format!("{} cannot be measured", set.name))
    };
    Ok(Compared {
        network: format!("{}, at every position", network.name()),
        real: of(&sets.real)?,
        fake: of(&sets.fake)?,
        train: sets.train.as_ref().map(of).transpose()?,
        probabilities: None,
        tally: None,
        pixels: None,
    })
}

fn choose(sets: &Sets, args: &Args, results: &Path) -> anyhow::Result<Network> {
    let is_images = |set: &SampleSet| matches!(set.samples, Samples::Images { .. });
    match (is_images(&sets.real), is_images(&sets.fake)) {
        (false, false) => return Ok(Network::Given),
        (true, true) => {}
        (real, _) => {
            let (images, vectors) = match real {
                true => (&sets.real, &sets.fake),
                false => (&sets.fake, &sets.real),
            };
            anyhow::bail!(
                "{} holds images and {} vectors: compare images with images, or vectors of one network \
                 with vectors of the same",
                images.name,
                vectors.name
            );
        }
    }
    let own = [&sets.real, &sets.fake]
        .into_iter()
        .find_map(|set| match &set.data {
            Some(Data::Images(images)) => Some(images),
            _ => None,
        });
    match (args.network.as_deref(), own) {
        (Some("inception"), _) => {
            let path = inception::find(args.weights.as_deref(), results)?;
            Ok(Network::Inception(Box::new(Inception::from_file(&path)?)))
        }
        (Some("pixels"), _) => Ok(Network::Pixels),
        (Some("classifier") | None, Some(images)) => of_images(images),
        (Some("classifier"), None) => anyhow::bail!(
            "neither set is a data set or a run, so there is no classifier of their own: name the data \
             set whose classifier is meant, --network mnist"
        ),
        (None, None) => anyhow::bail!(
            "the images are of no known data set: say what makes features of them, --network inception \
             (needs a file of weights), --network NAME (the classifier of a data set, say mnist), or \
             --network pixels"
        ),
        (Some(name), _) => {
            let wanted = Wanted {
                count: Some(1),
                train: false,
            };
            let set = SampleSet::open(name, results, wanted)
                .with_context(|| format!("--network {name}"))?;
            match &set.data {
                Some(Data::Images(images)) => of_images(images),
                _ => anyhow::bail!("--network {name}: {} has no classifier", set.name),
            }
        }
    }
}

fn of_images(images: &Images) -> anyhow::Result<Network> {
    match &images.classifier {
        Some(classifier) => Ok(Network::Classifier(
            Arc::clone(classifier),
            images.features(),
        )),
        None => Ok(Network::Pixels),
    }
}

impl Network {
    fn name(&self) -> String {
        match self {
            Self::Given => "the vectors as given".to_owned(),
            Self::Classifier(_, name) => name.clone(),
            Self::Inception(network) => {
                format!("{} ({})", inception::NAME, &network.digest()[..16])
            }
            Self::Pixels => "pixels averaged to 8 x 8".to_owned(),
        }
    }

    /// Features of every position of every image, `[n · height · width, channels]`.
    fn positions(
        &self,
        shape: SampleShape,
        pixels: &[u8],
        seen: &dyn Fn(usize),
    ) -> anyhow::Result<Features> {
        match self {
            Self::Classifier(classifier, _) => {
                check_shape(classifier, shape)?;
                let mut rows = Vec::new();
                for part in parts(pixels, shape, LOOK) {
                    rows.extend(classifier.positions(part)?);
                    seen(LOOK);
                }
                Ok(Features::new(&rows, SPATIAL_FEATURES)?)
            }
            Self::Inception(network) => {
                let area = inception::SPATIAL * inception::SPATIAL;
                let size: usize = shape.iter().product();
                let bytes = pixels.len() / size * area * inception::FEATURES * size_of::<f64>();
                if bytes > MOST_SPATIAL_BYTES {
                    anyhow::bail!(
                        "the positions of {} images take {} MiB, expected at most {}: take fewer by \
                         --samples",
                        pixels.len() / size,
                        bytes >> 20,
                        MOST_SPATIAL_BYTES >> 20
                    );
                }
                let mut rows: Vec<f32> = Vec::new();
                for part in parts(pixels, shape, PART) {
                    let reading = network.run_with_spatial(Pixels::Bytes(part), shape)?;
                    let maps = reading.spatial.unwrap_or_default();
                    for image in maps.chunks_exact(area * inception::FEATURES) {
                        rows.extend((0..area).flat_map(|at| image.iter().skip(at).step_by(area)));
                    }
                    seen(PART);
                }
                Ok(Features::new(&rows, inception::FEATURES)?)
            }
            Self::Given | Self::Pixels => anyhow::bail!(
                "{} have no positions: --spatial needs a network, --network inception or a data set's name",
                self.name()
            ),
        }
    }

    fn read(&self, set: &SampleSet, bar: &Bar) -> anyhow::Result<Reading> {
        self.of_samples(&set.samples, &look(bar, set))
            .with_context(|| format!("{} cannot be measured", set.name))
    }

    fn of_samples(&self, samples: &Samples, seen: &dyn Fn(usize)) -> anyhow::Result<Reading> {
        let (shape, pixels) = match samples {
            Samples::Vectors(features) => {
                return Ok(Reading {
                    features: features.clone(),
                    probabilities: Some(features.clone()),
                    tally: None,
                });
            }
            Samples::Images { shape, pixels } => (*shape, pixels.as_slice()),
        };
        match self {
            Self::Given => anyhow::bail!("vectors were expected"),
            Self::Pixels => Ok(Reading {
                features: Features::new(&pixels::features(pixels, shape), pixels::width(shape))?,
                probabilities: None,
                tally: None,
            }),
            Self::Classifier(classifier, _) => {
                check_shape(classifier, shape)?;
                let mut reading = Read {
                    features: Vec::new(),
                    probabilities: Vec::new(),
                    classes: classifier.classes(),
                };
                for part in parts(pixels, shape, LOOK) {
                    let read = classifier.run(part)?;
                    reading.features.extend(read.features);
                    reading.probabilities.extend(read.probabilities);
                    seen(LOOK);
                }
                let mut tally = Tally::new(classifier.classes());
                tally.add(&reading, None);
                Ok(Reading {
                    features: Features::new(&reading.features, FEATURES)?,
                    probabilities: Some(Features::new(&reading.probabilities, reading.classes)?),
                    tally: Some(tally),
                })
            }
            Self::Inception(network) => of_inception(network, shape, pixels, seen),
        }
    }
}

fn check_shape(classifier: &Classifier, shape: SampleShape) -> anyhow::Result<()> {
    if classifier.shape() != shape {
        anyhow::bail!(
            "its images are {}, the classifier takes {}",
            sides(shape),
            sides(classifier.shape())
        );
    }
    Ok(())
}

/// Whole images, so many at once; a rest that is no whole image is left to whoever reads it.
fn parts(pixels: &[u8], shape: SampleShape, images: usize) -> impl Iterator<Item = &[u8]> {
    pixels.chunks(images * shape.iter().product::<usize>())
}

/// Begins to show the reading of a set's images, and counts those that are read.
fn look<'a>(bar: &'a Bar, set: &SampleSet) -> impl Fn(usize) + use<'a> {
    bar.stage(
        &format!("features of {}", set.name),
        Of::Things(set.samples.count()),
    );
    |images| bar.add(images as u64)
}

fn of_inception(
    network: &Inception,
    shape: SampleShape,
    pixels: &[u8],
    seen: &dyn Fn(usize),
) -> anyhow::Result<Reading> {
    let (mut features, mut probabilities) = (Vec::new(), Vec::new());
    for part in parts(pixels, shape, PART) {
        let reading = network.run(Pixels::Bytes(part), shape)?;
        for row in reading.unbiased_logits.chunks_exact(inception::LOGITS) {
            probabilities.extend(crate::classifier::softmax(row));
        }
        features.extend(reading.features);
        seen(PART);
    }
    Ok(Reading {
        features: Features::new(&features, inception::FEATURES)?,
        probabilities: Some(Features::new(&probabilities, inception::LOGITS)?),
        tally: None,
    })
}

/// Neighbours are also sought among the pixels themselves.
fn of_pixels(sets: &Sets, args: &Args) -> anyhow::Result<Option<[Features; 3]>> {
    if !args.metrics.contains(&super::Metric::Memorisation) {
        return Ok(None);
    }
    let Some(train) = &sets.train else {
        return Ok(None);
    };
    let mut all = Vec::new();
    for set in [&sets.fake, train, &sets.real] {
        let Samples::Images { shape, pixels } = &set.samples else {
            return Ok(None);
        };
        let values: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
        all.push(Features::new(&values, shape.iter().product())?);
    }
    Ok(all.try_into().ok())
}

fn sides([channels, height, width]: SampleShape) -> String {
    format!("{height} x {width} of {channels} channels")
}
