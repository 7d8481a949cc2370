//! The metrics that were asked for.

use anyhow::Context;

use super::network::Compared;
use super::{Args, Metric, Sets};
use crate::cli::bar::{Bar, Of};
use crate::dataset::Data;
use crate::metric::bootstrap::{self, Interval};
use crate::metric::features::{Features, MetricError};
use crate::metric::frechet::between;
use crate::metric::inception_score::inception_score;
use crate::metric::kid::{self, Subsets};
use crate::metric::memorisation::Memorisation;
use crate::metric::prdc::{Convention, Prdc};
use crate::metric::{
    MIXTURE_SAMPLES, MixtureEvaluator, divergence, extrapolation, sliced_wasserstein,
};
use crate::rng::{Name, Source, Streams};
use crate::samples::SampleSet;

/// What was measured.
pub(super) struct Report {
    pub real: (String, usize),
    pub fake: (String, usize),
    pub train: Option<(String, usize)>,
    pub network: String,
    pub rows: Vec<Row>,
}

/// One figure.
pub(super) struct Row {
    pub name: String,
    pub value: f64,
    pub interval: Option<Interval>,
    /// What belongs beside it: names and values.
    pub beside: Vec<(String, f64)>,
    /// What a reader must know.
    pub note: Option<String>,
}

impl Row {
    fn new(name: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            value,
            interval: None,
            beside: Vec::new(),
            note: None,
        }
    }

    fn beside(mut self, name: &str, value: f64) -> Self {
        self.beside.push((name.to_owned(), value));
        self
    }

    fn note(mut self, text: impl Into<String>) -> Self {
        self.note = Some(text.into());
        self
    }
}

/// What a metric reads.
struct Measure<'a> {
    sets: &'a Sets,
    compared: &'a Compared,
    args: &'a Args,
}

pub(super) fn all(
    sets: &Sets,
    compared: &Compared,
    args: &Args,
    bar: &Bar,
) -> anyhow::Result<Report> {
    let measure = Measure {
        sets,
        compared,
        args,
    };
    let mut rows = Vec::new();
    for metric in &args.metrics {
        bar.stage(&format!("measuring {}", metric.word()), Of::Time);
        rows.extend(match metric {
            Metric::Fid => measure.fid()?,
            Metric::Kid => measure.kid()?,
            Metric::Is => measure.inception_score()?,
            Metric::Prdc => measure.prdc()?,
            Metric::Modes => measure.modes()?,
            Metric::Memorisation => measure.memorisation()?,
            Metric::W1 => measure.w1()?,
            Metric::Divergence => measure.divergence()?,
            Metric::Js => measure.jensen_shannon()?,
        });
    }
    let told = |set: &SampleSet| (set.name.clone(), set.samples.count());
    Ok(Report {
        real: told(&sets.real),
        fake: told(&sets.fake),
        train: sets.train.as_ref().map(told),
        network: compared.network.clone(),
        rows,
    })
}

impl Measure<'_> {
    fn source(&self, name: Name) -> Source {
        Streams::new(self.args.seed).source(name)
    }

    fn fid(&self) -> anyhow::Result<Vec<Row>> {
        let Compared { real, fake, .. } = self.compared;
        let value = between(real, fake)?;
        let mut row = Row::new("fid", value);
        let (floor, name, note) = self.floor()?;
        row = row
            .beside(name, floor)
            .beside("n", self.sets.fake.samples.count() as f64)
            .note(note);
        row.interval = self.interval(value, fake, |fake| between(real, fake))?;
        let mut rows = vec![row];
        if self.args.extrapolate {
            let found = extrapolation::extrapolate(real, fake, &self.source(Name::Subset))?;
            let mut row = Row::new("fid at infinite n", found.infinity)
                .beside("standard error of the line", found.standard_error);
            for (n, fid) in &found.points {
                row = row.beside(&format!("at n = {n}"), *fid);
            }
            rows.push(row.note(
                "over the generated samples alone; the bias of the real ones' number remains",
            ));
        }
        Ok(rows)
    }

    /// What real samples score against real samples.
    fn floor(&self) -> Result<(f64, &'static str, String), MetricError> {
        let Compared {
            real, fake, train, ..
        } = self.compared;
        if let (Some(train), Some(set)) = (train, &self.sets.train) {
            let rows: Vec<usize> = (0..train.rows().min(fake.rows())).collect();
            let n = set.samples.count().min(self.sets.fake.samples.count());
            let note = format!("the floor is of {n} {}", set.name);
            return Ok((between(real, &train.take(&rows))?, "floor", note));
        }
        // Every second sample: files are often in the order of their classes. The positions of an image
        // stay together.
        let count = self.sets.real.samples.count();
        let each = real.rows() / count;
        let half = |first: usize| {
            let rows = (0..real.rows()).filter(|row| (row / each) % 2 == first);
            real.take(&rows.collect::<Vec<_>>())
        };
        let halves = between(&half(0), &half(1))?;
        let note = format!(
            "the floor is that of the two halves of the real samples, which have n = {} each; it falls \
             about as 1/n: name a second real set by --train for the floor at this n",
            count / 2
        );
        Ok((halves, "floor of halves", note))
    }

    /// Over draws of generated samples.
    fn interval(
        &self,
        value: f64,
        fake: &Features,
        statistic: impl Fn(&Features) -> Result<f64, MetricError> + Sync,
    ) -> anyhow::Result<Option<Interval>> {
        let Some(draws) = self.args.bootstrap else {
            return Ok(None);
        };
        let source = self.source(Name::Bootstrap);
        let of_draw = |places: &[usize]| statistic(&fake.take(places));
        let found = bootstrap::interval(value, fake.rows(), draws, &source, of_draw)?;
        Ok(Some(found))
    }

    fn kid(&self) -> anyhow::Result<Vec<Row>> {
        let Compared { real, fake, .. } = self.compared;
        let subsets =
            kid::over_subsets(real, fake, Subsets::default(), &self.source(Name::Subset))?;
        let whole = kid::unbiased(real, fake)?;
        let of_subsets = Row::new("kid over subsets", subsets.mean)
            .beside("standard deviation", subsets.std)
            .beside("subsets", subsets.subsets.count as f64)
            .beside("samples in each", subsets.subsets.size as f64);
        Ok(vec![Row::new("kid", whole), of_subsets])
    }

    fn inception_score(&self) -> anyhow::Result<Vec<Row>> {
        let Some(probabilities) = &self.compared.probabilities else {
            anyhow::bail!(
                "'is' needs class probabilities, which {} does not give: choose --network",
                self.compared.network
            );
        };
        // Files are often in the order of their classes, which a split would then hold one of.
        let mut stream = self.source(Name::Subset).at(0, 1);
        let shuffled = match self.args.in_order {
            true => probabilities.clone(),
            false => probabilities.take(&stream.permutation(probabilities.rows())),
        };
        let found = inception_score(&shuffled, self.args.splits)?;
        Ok(vec![
            Row::new("inception score", found.mean)
                .beside("standard deviation", found.std)
                .beside("splits", found.splits as f64),
        ])
    }

    fn prdc(&self) -> anyhow::Result<Vec<Row>> {
        let Compared { real, fake, .. } = self.compared;
        let convention = match self.args.closed_balls {
            true => Convention::Closed,
            false => Convention::Open,
        };
        let k = self.args.k.unwrap_or(convention.k());
        let found = Prdc::of(real, fake, k, convention)?;
        let values = [
            ("precision", found.precision()),
            ("recall", found.recall()),
            ("density", found.density()),
            ("coverage", found.coverage()),
        ];
        let rows = values.into_iter().zip(found.terms());
        let draws = self.args.bootstrap;
        Ok(rows
            .map(|((name, value), terms)| Row {
                // The neighbourhoods stay: repeated samples would shrink them to points.
                interval: draws
                    .map(|n| bootstrap::of_mean(&terms, n, &self.source(Name::Bootstrap))),
                ..Row::new(name, value).beside("k", k as f64)
            })
            .collect())
    }

    fn modes(&self) -> anyhow::Result<Vec<Row>> {
        let data = self
            .sets
            .real
            .data
            .as_ref()
            .or(self.sets.fake.data.as_ref());
        if let (Some(Data::Mixture(mixture)), None) = (data, &self.compared.tally) {
            let fake = &self.compared.fake;
            if fake.rows() != MIXTURE_SAMPLES || fake.width() != mixture.dimensions() {
                anyhow::bail!(
                    "mode coverage is defined for {MIXTURE_SAMPLES} samples of {} coordinates, got {} of {}",
                    mixture.dimensions(),
                    fake.rows(),
                    fake.width()
                );
            }
            let evaluator = MixtureEvaluator::new(mixture.clone());
            let values: Vec<f32> = fake.values().iter().map(|&x| x as f32).collect();
            let references = evaluator.references();
            let rows = evaluator
                .evaluate(&values)
                .into_iter()
                .map(|(name, value)| {
                    let mut row = Row::new(name, value);
                    for (reference, value) in &references {
                        if let Some(word) = reference.strip_prefix(&format!("{name}.")) {
                            row = row.beside(word, *value);
                        }
                    }
                    row
                });
            return Ok(rows.collect());
        }
        let Some(tally) = &self.compared.tally else {
            anyhow::bail!(
                "'modes' needs a mixture as --real (say ring8), or images that a classifier reads"
            );
        };
        let found = tally.coverage();
        Ok(vec![
            Row::new("classes", found.classes as f64),
            Row::new("class entropy", found.entropy),
            Row::new("confident", found.confident),
        ])
    }

    fn memorisation(&self) -> anyhow::Result<Vec<Row>> {
        let (Some(train), Some(set)) = (&self.compared.train, &self.sets.train) else {
            anyhow::bail!(
                "'memorisation' needs the samples that the generator was trained on: --train SET"
            );
        };
        let spaces = [
            Some((
                "features",
                [&self.compared.fake, train, &self.compared.real],
            )),
            self.compared
                .pixels
                .as_ref()
                .map(|[fake, train, real]| ("pixels", [fake, train, real])),
        ];
        let mut rows = Vec::new();
        for (space, [fake, train, held_out]) in spaces.into_iter().flatten() {
            let found = Memorisation::of(fake, train, held_out)?;
            let said = match found.copies {
                true => {
                    "COPIES: too many samples lie closer to training samples than held-out real ones do"
                }
                false => "no copying found",
            };
            rows.push(
                Row::new(&format!("memorisation in {space}"), found.ratio())
                    .beside("copied", found.copied)
                    .note(format!("{said}; training samples: {}", set.name)),
            );
        }
        Ok(rows)
    }

    fn w1(&self) -> anyhow::Result<Vec<Row>> {
        let Compared { real, fake, .. } = self.compared;
        Ok(vec![Row::new("w1", sliced_wasserstein(real, fake)?)])
    }

    fn divergence(&self) -> anyhow::Result<Vec<Row>> {
        let known = |set: &SampleSet| {
            let density = set.density.clone();
            density.with_context(|| {
                format!(
                    "'divergence' needs densities that are known: mixtures on the line or in the plane (say \
                     ring8, mixture1d), normal(0, 1) or uniform(0, 1); of {} there are samples alone, whose \
                     divergence 'js' estimates",
                    set.name
                )
            })
        };
        let (real, fake) = (known(&self.sets.real)?, known(&self.sets.fake)?);
        let kl = divergence::kullback_leibler(&real, &fake)?;
        let reverse = divergence::kullback_leibler(&fake, &real)?;
        let js = divergence::jensen_shannon(&real, &fake)?;
        let in_nats = |name, nats, note: &str| {
            Row::new(name, nats)
                .beside("in bits", divergence::bits(nats))
                .note(note)
        };
        let w1 = Row::new("w1 of densities", divergence::wasserstein_1(&real, &fake)?);
        Ok(vec![
            in_nats("kl", kl, "KL(real || generated), in nats"),
            in_nats("reverse kl", reverse, "KL(generated || real), in nats"),
            in_nats(
                "js of densities",
                js,
                "in nats; at most ln 2, which is 1 bit",
            ),
            match real.dimensions() {
                1 => w1,
                _ => w1.note("the mean over 64 directions"),
            },
        ])
    }

    fn jensen_shannon(&self) -> anyhow::Result<Vec<Row>> {
        let Compared { real, fake, .. } = self.compared;
        let found = divergence::estimate(real, fake, self.args.seed)?;
        let [p, q] = found.samples;
        let note = format!(
            "in nats, at most ln 2; a lower bound in expectation, by a discriminator trained on a third of \
             each set, over {p} real and {q} generated samples that it never saw"
        );
        Ok(vec![
            Row::new("js by a discriminator", found.lower_bound)
                .beside("standard error", found.standard_error)
                .beside("in bits", divergence::bits(found.lower_bound))
                .note(note),
        ])
    }
}
