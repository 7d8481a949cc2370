//! A discriminator trained on samples of two densities, held against D* = p/(p + q); the lecture's "Оценка
//! оптимального значения дискриминатора".

use candle_core::{Device, Result as Candle, Tensor, bail};

use super::densities::{FAMILY, P, Pair, Q};
use super::{Analytic, Work, error, param, value};
use crate::axis::Component;
use crate::elementary::sigmoid;
use crate::event::{Path, Sample};
use crate::loss::{Adversarial, Minimax};
use crate::metric::Info;
use crate::metric::divergence::{Density, jensen_shannon};
use crate::model::init::He;
use crate::model::{Architecture, Init, Mlp, Net, Pass, Shapes, Start};
use crate::ops::values::values;
use crate::optim::{Adam, Descent, UpdateRule, descend};
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::{Name, Streams};
use crate::train::TrainError;

/// Samples of each density on which the value of the game is estimated, fresh ones each time.
const FRESH: usize = 10_000;

/// How near ½ D counts as ½: five times what the optimal discriminator is held to.
const NEAR_HALF: f64 = 0.05;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    error(
        "d.error",
        "",
        "mean |D - D*| under (p + q)/2, by quadrature",
    ),
    value(
        "d.near_half",
        "",
        "share of the mass of (p + q)/2 on which |D - 1/2| is at most 0.05",
    ),
    value(
        "value.trained",
        "nats",
        "L(D, G) of the trained D on 10,000 fresh samples of each",
    ),
    value("value.best", "nats", "L(D*, G) = -2 log 2 + 2 JS(p, q)"),
    error(
        "value.gap",
        "nats",
        "L(D*, G) - L(D, G), by quadrature: never negative",
    ),
];

const WIDTHS: Param = param(
    "widths",
    Kind::Ints {
        min: 1,
        max: 4096,
        most: 8,
    },
    Birth::Ints(&[64, 64]),
    "units of the discriminator's hidden layers",
);
const RATE: Param = param(
    "rate",
    Kind::Float(Range::above(0.0, 10.0)),
    Birth::Float(1e-3),
    "learning rate; it falls linearly to 0",
);
const BATCH: Param = param(
    "batch",
    Kind::Int {
        min: 1,
        max: 65_536,
    },
    Birth::Int(256),
    "samples of each density a step",
);
const UPDATES: Param = param(
    "d_updates",
    Kind::Int {
        min: 1,
        max: 10_000_000,
    },
    Birth::Int(4000),
    "updates of the discriminator",
);

/// A perceptron that learns to tell p from q.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedDiscriminator {
    pair: Pair,
    widths: Vec<usize>,
    rate: f64,
    batch: usize,
    updates: u64,
}

impl Component for TrainedDiscriminator {
    const CHOICE: Choice = Choice {
        name: "trained_discriminator",
        version: 1,
        params: &[P, Q, FAMILY, WIDTHS, RATE, BATCH, UPDATES],
        summary: "a discriminator trained on samples of two densities, against D* = p/(p + q)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            pair: Pair::read(settings)?,
            widths: settings.uints(WIDTHS.name, None)?,
            rate: settings.float(RATE.name, None)?,
            batch: settings.uint(BATCH.name, None)? as usize,
            updates: settings.uint(UPDATES.name, None)?,
        })
    }
}

impl Analytic for TrainedDiscriminator {
    fn steps(&self) -> u64 {
        self.updates
    }

    fn flops_per_step(&self) -> f64 {
        let widths = [1].into_iter().chain(self.widths.iter().copied());
        let next = self.widths.iter().copied().chain([1]);
        let products: usize = widths.zip(next).map(|(a, b)| a * b).sum();
        (6 * 2 * self.batch * products) as f64
    }

    fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        self.pair.refuses()
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let densities = self.pair.densities()?;
        let mut judge = Judge::new(&self.widths, &work.streams)?;
        let mut next = 0;
        for step in 0..=self.updates {
            if step > 0 {
                let batches = [(Name::Data, 0), (Name::Data, 1)].map(|(name, substep)| {
                    let mut stream = work.streams.stream(name, step, substep);
                    densities[substep as usize].draw(&mut stream, self.batch)
                });
                let left = 1.0 - (step - 1) as f64 / self.updates as f64;
                judge.step(&batches, self.rate * left)?;
            }
            // 0, 1, 2, 4, … and the last.
            if step == next || step == self.updates {
                next = (2 * step).max(1);
                self.measure(&judge, &densities, step, work)?;
            }
            if !work.goes_on(step) {
                return Ok(());
            }
        }
        let places: Vec<f64> = self.pair.places().collect();
        work.show(self.updates, curves(&judge, &densities, &places)?);
        Ok(())
    }
}

impl TrainedDiscriminator {
    fn measure(
        &self,
        judge: &Judge,
        [p, q]: &[Density; 2],
        step: u64,
        work: &mut Work<'_>,
    ) -> Result<(), TrainError> {
        /// Between two places of the net on which D is known; between them its logit is a line.
        const POINTS: u32 = 20_001;
        let places: Vec<f64> = self.pair.places().collect();
        let (low, high) = (places[0] - 6.0, places[places.len() - 1] + 6.0);
        let net: Vec<f64> = (0..POINTS)
            .map(|i| low + (high - low) * f64::from(i) / f64::from(POINTS - 1))
            .collect();
        let logits = judge.logits(&net)?;
        let logit = |x: f64| {
            let at = ((x - low) / (high - low) * f64::from(POINTS - 1))
                .clamp(0.0, f64::from(POINTS - 1));
            let i = (at as usize).min(net.len() - 2);
            logits[i] + (logits[i + 1] - logits[i]) * (at - i as f64)
        };
        let d = |x: f64| 1.0 / (1.0 + libm::exp(-logit(x)));
        let best = |x: f64| {
            let [a, b] = [p, q].map(|d| d.log_density([x, 0.0]));
            1.0 / (1.0 + libm::exp(b - a))
        };
        // A sum over the same net: D has kinks, between which no quadrature rule of high order settles.
        let under = |f: &dyn Fn(f64) -> f64| -> f64 {
            let pieces = net.windows(2).map(|w| {
                let mass = [p, q].map(|d| d.cumulative(w[1]) - d.cumulative(w[0]));
                (mass[0] + mass[1]) / 2.0 * f((w[0] + w[1]) / 2.0)
            });
            pieces.sum()
        };
        let of = |density: &Density, f: &dyn Fn(f64) -> f64| -> f64 {
            let pieces = net.windows(2).map(|w| {
                (density.cumulative(w[1]) - density.cumulative(w[0])) * f((w[0] + w[1]) / 2.0)
            });
            pieces.sum()
        };
        // log D = −softplus(−l), log(1 − D) = −softplus(l).
        let game = of(p, &|x| -softplus(-logit(x))) + of(q, &|x| -softplus(logit(x)));
        let most = 2.0 * jensen_shannon(p, q)? - 2.0 * std::f64::consts::LN_2;
        // On the same net, so that what the net misses is missed on both sides.
        let most_here = of(p, &|x| libm::log(best(x).max(f64::MIN_POSITIVE)))
            + of(q, &|x| libm::log((1.0 - best(x)).max(f64::MIN_POSITIVE)));
        let fresh = [p, q].map(|density| {
            let which = u32::from(std::ptr::eq(density, q));
            let mut stream = work.streams.stream(Name::LatentFinal, step, which);
            density.draw(&mut stream, FRESH)
        });
        let means = [(0, -1.0), (1, 1.0)].map(|(i, sign)| -> Candle<f64> {
            let logits = judge.logits(&fresh[i])?;
            Ok(-logits.iter().map(|&l| softplus(sign * l)).sum::<f64>() / FRESH as f64)
        });
        let [on_real, on_fake] = means;
        work.log(
            step,
            &[
                ("d.error", under(&|x| (d(x) - best(x)).abs())),
                (
                    "d.near_half",
                    under(&|x| f64::from(u8::from((d(x) - 0.5).abs() <= NEAR_HALF))),
                ),
                ("value.trained", on_real? + on_fake?),
                ("value.best", most),
                ("value.gap", most_here - game),
            ],
        );
        Ok(())
    }
}

/// D*, the trained D, and both densities.
fn curves(judge: &Judge, [p, q]: &[Density; 2], places: &[f64]) -> Candle<Sample> {
    let of = |name: &str, f: &dyn Fn(f64) -> f64| Path {
        name: name.to_owned(),
        points: places.iter().map(|&x| [x as f32, f(x) as f32]).collect(),
    };
    let log = |d: &Density, x: f64| d.log_density([x, 0.0]);
    let trained = judge.logits(places)?;
    let trained = Path {
        name: "D".to_owned(),
        points: places
            .iter()
            .zip(&trained)
            .map(|(&x, &l)| [x as f32, sigmoid(l as f32)])
            .collect(),
    };
    Ok(Sample::Paths(vec![
        of("p", &|x| libm::exp(log(p, x))),
        of("q", &|x| libm::exp(log(q, x))),
        of("D*", &|x| 1.0 / (1.0 + libm::exp(log(q, x) - log(p, x)))),
        trained,
    ]))
}

/// ln(1 + eˣ).
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// The discriminator with its optimiser.
struct Judge {
    net: Net,
    descent: Box<dyn Descent>,
}

impl Judge {
    fn new(widths: &[usize], streams: &Streams) -> Candle<Self> {
        let shapes = Shapes {
            latent: 1,
            sample: [1, 1, 1],
            judged: [1, 1, 1],
            outputs: 1,
        };
        let start = Start {
            init: Init::He(He),
            source: streams.source(Name::InitDiscriminator),
        };
        let net = Mlp::relu(widths).discriminator(shapes, start)?;
        let adam = Adam {
            betas: [0.9, 0.999],
        };
        Ok(Self {
            descent: adam.start(net.weights().elem_count()),
            net,
        })
    }

    fn forward(&self, x: &[f64]) -> Candle<Tensor> {
        let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let rows = x.len();
        let x = Tensor::from_vec(x, (rows, 1), &Device::Cpu)?;
        self.net.forward(&x, Pass::Train)
    }

    fn logits(&self, x: &[f64]) -> Candle<Vec<f64>> {
        let logits = self.forward(x)?;
        let logits = values(&logits)?;
        Ok(logits.as_slice().iter().map(|&l| f64::from(l)).collect())
    }

    /// One step up L(D, G) on a batch of each.
    fn step(&mut self, [real, fake]: &[Vec<f64>; 2], lr: f64) -> Candle<()> {
        let (real, fake) = (self.forward(real)?, self.forward(fake)?);
        let loss = Minimax.discriminator(1.0).apply(&real, &fake)?;
        let Some(gradient) = loss.backward()?.remove(self.net.weights()) else {
            bail!("the loss does not depend on the discriminator");
        };
        descend(self.descent.as_mut(), lr, self.net.weights(), &gradient)
    }
}
