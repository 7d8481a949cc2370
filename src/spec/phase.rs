//! Who steps when, how far, and for how long.

use super::PerNetwork;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};

/// D's steps before each of G's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum K {
    /// So many.
    Steps(u32),
    /// Until D's loss stops improving: the lecture's naive algorithm ("Обучение GAN. Наивный
    /// алгоритм и его модификации").
    Converge(Converge),
}

/// When D has converged: its loss, averaged over windows of `window` steps, has not fallen by more
/// than `tolerance` below its least in `patience` windows, or `cap` steps are done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Converge {
    /// Steps of a window.
    pub window: u32,
    /// What counts as a fall, in units of the loss.
    pub tolerance: f64,
    /// Windows without one.
    pub patience: u32,
    /// Steps at most.
    pub cap: u32,
}

const WINDOW: Param = count(
    "converge_window",
    20,
    "steps over which D's loss is averaged",
);
const PATIENCE: Param = count(
    "converge_patience",
    2,
    "windows without an improvement after which D has converged",
);
const CAP: Param = count(
    "converge_cap",
    1000,
    "steps of D at most before a step of G",
);
const TOLERANCE: Param = Param {
    name: "converge_tolerance",
    per_network: false,
    kind: Kind::Float(Range::closed(0.0, 1e3)),
    birth: Birth::Float(1e-3),
    summary: "fall of D's mean loss that counts as an improvement",
};

const fn count(name: &'static str, birth: i64, summary: &'static str) -> Param {
    Param {
        name,
        per_network: false,
        kind: Kind::Int {
            min: 1,
            max: 100_000,
        },
        birth: Birth::Int(birth),
        summary,
    }
}

/// What `k` may be instead of a number.
pub(super) const CONVERGE: &[Choice] = &[Choice {
    name: "converge",
    version: 1,
    params: &[WINDOW, TOLERANCE, PATIENCE, CAP],
    summary: "until D's loss stops improving: the naive algorithm",
}];

impl K {
    pub(super) fn read(settings: &Settings) -> Result<Self, Undeclared> {
        if let Ok(steps) = settings.uint("k", None) {
            return Ok(Self::Steps(steps as u32));
        }
        let count = |param: &Param| settings.uint(param.name, None).map(|n| n as u32);
        Ok(Self::Converge(Converge {
            window: count(&WINDOW)?,
            tolerance: settings.float(TOLERANCE.name, None)?,
            patience: count(&PATIENCE)?,
            cap: count(&CAP)?,
        }))
    }

    /// D's steps before a step of G, at least: what a prediction of cost goes by.
    pub fn least(self) -> u32 {
        match self {
            Self::Steps(steps) => steps,
            Self::Converge(Converge {
                window,
                patience,
                cap,
                ..
            }) => cap.min(window.saturating_mul(patience + 1)),
        }
    }
}

/// Which D a step of G learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updates {
    /// The one after its k steps.
    Alternating,
    /// The one before them: both players move from where they are, on one batch.
    Simultaneous,
}

pub(super) const UPDATES: &[(&str, &str)] = &[
    ("alternating", "G learns from D after its k steps"),
    (
        "simultaneous",
        "G learns from D before them: both move from where they are, on one batch",
    ),
];

impl Updates {
    pub(super) fn read(settings: &Settings) -> Result<Self, Undeclared> {
        match settings.text("updates", None)? {
            "alternating" => Ok(Self::Alternating),
            "simultaneous" => Ok(Self::Simultaneous),
            _ => Err(unknown("updates")),
        }
    }
}

/// How a quantity changes over a run of T generator updates, at the t-th, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// It does not.
    Constant,
    /// 1 − (t − 1)/T: to almost 0 at the last.
    Linear,
    /// ½ (1 + cos π (t − 1)/T) (Loshchilov and Hutter 2017, equation 5, without restarts).
    Cosine,
}

pub(super) const SCHEDULES: &[(&str, &str)] = &[
    ("constant", "always the same"),
    ("linear", "falls linearly to 0 at the end of the run"),
    (
        "cosine",
        "falls to 0 along half a cosine (Loshchilov and Hutter 2017)",
    ),
];

impl Schedule {
    fn read(settings: &Settings, name: &str, network: Option<Network>) -> Result<Self, Undeclared> {
        match settings.text(name, network)? {
            "constant" => Ok(Self::Constant),
            "linear" => Ok(Self::Linear),
            "cosine" => Ok(Self::Cosine),
            _ => Err(unknown(name)),
        }
    }

    pub(super) fn of_rates(settings: &Settings) -> Result<PerNetwork<Self>, Undeclared> {
        let of = |network| Self::read(settings, "lr_schedule", Some(network));
        Ok(PerNetwork {
            g: of(Network::G)?,
            d: of(Network::D)?,
        })
    }

    pub(super) fn of_noise(settings: &Settings) -> Result<Self, Undeclared> {
        Self::read(settings, "instance_noise_schedule", None)
    }

    /// The factor at a step of so many.
    pub fn factor(self, step: u64, steps: u64) -> f64 {
        let done = (step - 1) as f64 / steps as f64;
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - done,
            Self::Cosine => 0.5 * (1.0 + libm::cos(std::f64::consts::PI * done)),
        }
    }
}

fn unknown(key: &str) -> Undeclared {
    Undeclared {
        key: key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn schedules_begin_at_one_and_fall_as_their_formulas_say() {
        // Closed form at t − 1 = 0, T/4 and T/2 of T = 100.
        for (schedule, factors) in [
            (Schedule::Constant, [1.0, 1.0, 1.0]),
            (Schedule::Linear, [1.0, 0.75, 0.5]),
            (
                Schedule::Cosine,
                [1.0, 0.5 * (1.0 + std::f64::consts::FRAC_1_SQRT_2), 0.5],
            ),
        ] {
            for (step, factor) in [1, 26, 51].into_iter().zip(factors) {
                assert!((schedule.factor(step, 100) - factor).abs() < 1e-12);
            }
        }
    }
}
