//! What FID says of real images that are distorted, and of those that are not; the lecture's "Frechet
//! Inception Distance".

use super::digits::{self, Digits};
use super::distortion::Distortion;
use super::features::{Extractor, Seen};
use super::{Analytic, Work, param, value};
use crate::axis::Component;
use crate::dataset::Dataset;
use crate::metric::Info;
use crate::metric::fid::{EvaluationError, quantised};
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::rng::Name;
use crate::train::TrainError;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    value(
        "response.fid",
        "",
        "Frechet distance of N real images from N other real images that are distorted; N is \
         response.fid.n",
    ),
    value(
        "response.fid.floor",
        "",
        "Frechet distance of the same N real images from N others as they are",
    ),
    value(
        "response.fid.n",
        "images",
        "N: how many images are compared with how many",
    ),
    value(
        "response.ratio",
        "",
        "response.fid over response.fid.floor: a number that does not depend on the features' scale",
    ),
];

/// Images that are kept to look at: rows of six or of eight.
const SHOWN: usize = 24;

const DISTORTION: Param = param(
    "distortion",
    Kind::Axis(Distortion::choices),
    Birth::Text("none"),
    "what is done to the second set of images",
);
const COUNT: Param = param(
    "count",
    Kind::Int {
        min: 2,
        max: digits::COUNT as i64 / 2,
    },
    Birth::Int(2000),
    "N: images of each set; the seed draws which",
);
const FEATURES: Param = param(
    "features",
    Kind::Axis(Extractor::choices),
    Birth::Text("pooled"),
    "what is compared of the images",
);

/// FID of N real digits against N other ones under a distortion.
#[derive(Clone, Debug, PartialEq)]
pub struct FidResponse {
    distortion: Distortion,
    count: usize,
    features: Extractor,
}

impl Component for FidResponse {
    const CHOICE: Choice = Choice {
        name: "fid_response",
        version: 1,
        params: &[DISTORTION, COUNT, FEATURES],
        summary: "FID of real images against other real images that are distorted",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let undeclared = |param: Param| Undeclared {
            key: param.name.to_owned(),
        };
        let distortion = settings.text(DISTORTION.name, None)?;
        let features = settings.text(FEATURES.name, None)?;
        Ok(Self {
            distortion: Distortion::read(distortion, settings, None)?
                .ok_or_else(|| undeclared(DISTORTION))?,
            count: settings.uint(COUNT.name, None)? as usize,
            features: Extractor::read(features, settings, None)?
                .ok_or_else(|| undeclared(FEATURES))?,
        })
    }
}

impl Analytic for FidResponse {
    fn dataset(&self) -> Option<&Dataset> {
        Some(&digits::DATASET)
    }

    fn inception_weights(&self) -> Option<&str> {
        self.features.weights()
    }

    /// Three sets are read.
    fn flops_per_step(&self) -> f64 {
        3.0 * self.features.flops() * self.count as f64
    }

    fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        let most = most(self.distortion.dropped());
        (self.count > most).then(|| {
            let keys: &[&str] = &["count", "dropped"];
            let why = format!(
                "without {} classes there may be no {} images besides the {} of the first set: take a count of \
                 at most {most}, or leave out fewer classes",
                self.distortion.dropped(),
                self.count,
                self.count
            );
            (keys, why)
        })
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let digits = Digits::of(work)?;
        let order = work
            .streams
            .stream(Name::Images, 1, 0)
            .permutation(digits::COUNT);
        let (real, rest) = order.split_at(self.count);
        let untouched = &rest[..self.count];
        let classes = digits.classifier.classes();
        let mut left_out = work
            .streams
            .stream(Name::DroppedClasses, 1, 0)
            .permutation(classes);
        left_out.truncate(self.distortion.dropped());
        let kept = rest.iter().copied();
        let kept = kept.filter(|&i| !left_out.contains(&usize::from(digits.label(i))));
        let places: Vec<usize> = kept.take(self.count).collect();
        let mut distorted = digits.unit(&places);
        let source = work.streams.source(Name::Distortion);
        for (i, image) in distorted.chunks_exact_mut(digits.size()).enumerate() {
            let stream = &mut source.at(i as u64, 0);
            self.distortion.change(image, digits.shape(), stream);
        }
        let of = |places: &[usize]| -> Vec<u8> {
            places
                .iter()
                .flat_map(|&i| digits.pixels(i))
                .copied()
                .collect()
        };
        let seen = Seen::new(&self.features, digits, work.inception)?;
        let real = self.features.take(&seen, &of(real))?;
        let against = |pixels: &[u8]| -> Result<f64, EvaluationError> {
            Ok(real.distance(&self.features.take(&seen, pixels)?)?)
        };
        let (distorted_pixels, untouched) = (quantised(&distorted), of(untouched));
        let fid = against(&distorted_pixels)?;
        // The same images have the same distance.
        let floor = match distorted_pixels == untouched {
            true => fid,
            false => against(&untouched)?,
        };
        work.compares(self.features.name(&seen));
        work.log(
            1,
            &[
                ("response.fid", fid),
                ("response.fid.floor", floor),
                ("response.fid.n", self.count as f64),
                ("response.ratio", fid / floor),
            ],
        );
        let shown = SHOWN.min(self.count) * digits.size();
        work.show(1, digits.sample(&distorted[..shown]));
        Ok(())
    }
}

/// The largest N for which the second set surely finds N images of the classes that are left, besides those
/// that the first set took: half of them, were they the smallest classes and the first set all of those.
fn most(dropped: usize) -> usize {
    let mut counts = digits::BY_DIGIT;
    counts.sort_unstable();
    let left: usize = counts.iter().take(counts.len() - dropped).sum();
    left / 2
}
