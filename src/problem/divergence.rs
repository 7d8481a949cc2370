//! KL and Jensen–Shannon divergences of two densities; the lecture's "Дивергенция Йенсена-Шеннона".

use super::densities::{FAMILY, P, Pair, Q};
use super::{Analytic, Work, error, value};
use crate::axis::Component;
use crate::event::{Path, Sample};
use crate::metric::Info;
use crate::metric::divergence::{Density, bits, jensen_shannon, kullback_leibler};
use crate::param::{Choice, Network, Settings, Undeclared};
use crate::train::TrainError;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    value(
        "kl.pq",
        "nats",
        "KL(p || q), by quadrature; infinite where q is 0 and p is not",
    ),
    value("kl.qp", "nats", "KL(q || p), by quadrature"),
    value(
        "kl.asymmetry",
        "nats",
        "|KL(p || q) - KL(q || p)|, 0 where both are infinite",
    ),
    error(
        "kl.error",
        "nats",
        "|quadrature - closed form| of KL(p || q) of normal densities",
    ),
    value(
        "js",
        "bits",
        "Jensen-Shannon divergence of p and q, by quadrature",
    ),
    error("js.asymmetry", "bits", "|JS(p, q) - JS(q, p)|"),
    value("infinite", "", "1 where KL(p || q) is infinite, else 0"),
];

/// The divergences of p and q.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence(Pair);

impl Component for Divergence {
    const CHOICE: Choice = Choice {
        name: "divergence",
        version: 1,
        params: &[P, Q, FAMILY],
        summary: "KL and Jensen-Shannon divergence of two densities",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self(Pair::read(settings)?))
    }
}

impl Analytic for Divergence {
    fn flops_per_step(&self) -> f64 {
        1e6
    }

    fn refuses(&self) -> Option<(&'static [&'static str], String)> {
        self.0.refuses()
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let [p, q] = self.0.densities()?;
        let [pq, qp] = [kullback_leibler(&p, &q)?, kullback_leibler(&q, &p)?];
        let [js, swapped] = [jensen_shannon(&p, &q)?, jensen_shannon(&q, &p)?];
        let mut values = vec![
            ("kl.pq", pq),
            ("kl.qp", qp),
            ("kl.asymmetry", if pq == qp { 0.0 } else { (pq - qp).abs() }),
            ("js", bits(js)),
            ("js.asymmetry", bits((js - swapped).abs())),
            ("infinite", f64::from(u8::from(pq.is_infinite()))),
        ];
        values.extend(self.0.closed_form().map(|x| ("kl.error", (pq - x).abs())));
        work.log(1, &values);
        work.show(1, self.curves(&p, &q));
        Ok(())
    }
}

impl Divergence {
    /// p, q, m = (p + q)/2 and the integrands of KL(p‖q) and of JS in nats.
    fn curves(&self, p: &Density, q: &Density) -> Sample {
        let of = |name: &str, f: &dyn Fn(f64, f64) -> f64| Path {
            name: name.to_owned(),
            points: self
                .0
                .places()
                .map(|x| {
                    let [log_p, log_q] = [p, q].map(|d| d.log_density([x, 0.0]));
                    let y = f(log_p, log_q);
                    // A density that is 0 has no integrand there.
                    [x as f32, if y.is_finite() { y as f32 } else { 0.0 }]
                })
                .collect(),
        };
        let exp = libm::exp;
        let middle = |a: f64, b: f64| libm::log((exp(a) + exp(b)) / 2.0);
        let half = |a: f64, m: f64| {
            if a == f64::NEG_INFINITY {
                0.0
            } else {
                exp(a) * (a - m) / 2.0
            }
        };
        Sample::Paths(vec![
            of("p", &|a, _| exp(a)),
            of("q", &|_, b| exp(b)),
            of("m", &|a, b| (exp(a) + exp(b)) / 2.0),
            of("p ln(p/q)", &|a, b| exp(a) * (a - b)),
            of("JS", &|a, b| half(a, middle(a, b)) + half(b, middle(a, b))),
        ])
    }
}
