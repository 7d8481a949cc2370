//! What an experiment claims before it is run: pure values, read from a grid's `claims`.

use crate::param::Key;

/// A text in both languages of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: String,
    /// Russian.
    pub ru: String,
}

/// The languages of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// `en` or `ru`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// One of two texts.
    pub fn pick<'t>(self, en: &'t str, ru: &'t str) -> &'t str {
        match self {
            Self::En => en,
            Self::Ru => ru,
        }
    }
}

impl Words {
    /// In a language.
    pub fn say(&self, language: Language) -> &str {
        language.pick(&self.en, &self.ru)
    }
}

/// What a comparison is about, besides its runs and its claims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topic {
    /// The title of the lecture's slide.
    pub slide: Option<Words>,
    /// The question, where it is asked in both languages.
    pub question: Option<Words>,
    /// What is run, and what is held against it.
    pub setup: Option<Words>,
    /// What was changed from the source.
    pub changes: Option<Words>,
    /// What the results mean, written after they were seen; it changes no verdict.
    pub discussion: Option<Words>,
    /// What is drawn.
    pub figures: Vec<Figure>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its key.
    pub name: String,
    /// What is claimed.
    pub text: Words,
    /// Whether it is the comparison's declared primary claim.
    pub primary: bool,
    /// What is expected.
    pub expect: Expect,
    /// Why the effect or the margin is of that size.
    pub because: Option<Words>,
    /// What is resampled.
    pub unit: Unit,
    /// The one side, or the only one.
    pub a: Arm,
    /// The other.
    pub b: Option<Arm>,
    /// What the values are ordered by, where they should rise or fall.
    pub over: Option<Over>,
    /// What makes an outcome of a value, where outcomes are compared.
    pub success: Option<Success>,
    /// The key of which each side takes its best value, chosen on the other seeds.
    pub best: Option<Key>,
}

/// Runs and what is read off them.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Positions in the plan.
    pub runs: Vec<usize>,
    /// As written: `unroll: 10`.
    pub label: String,
    /// The quantity.
    pub metric: String,
    /// When.
    pub at: At,
    /// Whether its decimal logarithm is meant.
    pub log10: bool,
}

/// When a quantity is read off a run's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Its last value.
    Last,
    /// Its first value.
    First,
    /// Its largest value.
    Max,
    /// Its smallest value.
    Min,
    /// The mean of its values.
    Mean,
    /// The mean of so many last values.
    MeanOfLast(usize),
    /// Kendall's tau between step and value.
    Slope,
    /// How often two values that follow each other differ.
    Switches,
    /// Its value at a step.
    Step(u64),
    /// Its value when G was frozen, at the step `freeze_g`.
    Freeze,
    /// Its last value within the operations that the cheapest run of the claim has done.
    EqualFlops,
}

/// What is expected, in the units of the quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expect {
    /// a > b, by at least so much.
    Above {
        /// In the quantity's units.
        min_effect: f64,
    },
    /// a < b, by at least so much.
    Below {
        /// In the quantity's units.
        min_effect: f64,
    },
    /// |a − b| within so much.
    Equivalent {
        /// In the quantity's units.
        within: f64,
    },
    /// a = of ± within.
    Value {
        /// The value.
        of: f64,
        /// The margin.
        within: f64,
    },
    /// a = of to a tolerance in every run; nothing is random.
    Exact {
        /// The value.
        of: f64,
        /// The tolerance.
        within: f64,
    },
    /// It rises, end to end by at least so much.
    Increasing {
        /// In the quantity's units.
        min_effect: f64,
    },
    /// It falls, end to end by at least so much.
    Decreasing {
        /// In the quantity's units.
        min_effect: f64,
    },
    /// Two configurations differ by more than two seeds of one do, by at least so much.
    Between {
        /// In the quantity's units.
        min_effect: f64,
    },
}

impl Expect {
    /// Whether chance plays a part.
    pub fn is_tested(self) -> bool {
        !matches!(self, Self::Exact { .. })
    }
}

/// What values are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A setting; its values in plan order.
    Key(Key),
    /// The steps of a run.
    Step,
}

/// What is resampled: what the null hypothesis exchanges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Seeds: everything random about a run.
    #[default]
    Seed,
    /// Draws of images.
    Image,
    /// Points of a random search, averaged over their seeds.
    Configuration,
}

/// A value that counts as a success.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Success {
    /// At least so much.
    AtLeast(f64),
    /// At most so much.
    AtMost(f64),
}

impl Success {
    /// Whether a value is one.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

/// What a comparison shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What kind of picture.
    pub kind: FigureKind,
    /// Its title.
    pub title: Words,
    /// Which runs, as positions in the plan.
    pub runs: Vec<usize>,
    /// By which keys they are told apart; of [`FigureKind::Axes`] those that are ranked.
    pub by: Vec<Key>,
    /// Groups of them, where a figure has some.
    pub groups: Vec<FigureGroup>,
}

/// Runs that a figure shows together.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureGroup {
    /// What they are.
    pub name: Words,
    /// As positions in the plan.
    pub runs: Vec<usize>,
}

/// What is told apart within the columns of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: Words,
    /// Its quantity in each column.
    pub metrics: Vec<String>,
}

/// Kinds of pictures.
#[derive(Clone, Debug, PartialEq)]
pub enum FigureKind {
    /// What the runs of the first seed keep to look at, one picture a cell.
    Samples {
        /// Images side by side; as many as fit by default.
        columns: Option<usize>,
    },
    /// A quantity over the steps, a line a cell.
    Curves {
        /// The quantity.
        metric: String,
        /// Whether the vertical scale is logarithmic.
        log: bool,
        /// Whether that of the steps is.
        log_steps: bool,
    },
    /// A quantity's last value over a setting, a point a value.
    Levels {
        /// The quantity.
        metric: String,
        /// The setting.
        over: Key,
        /// Whether the vertical scale is logarithmic.
        log: bool,
    },
    /// Several quantities of the same runs, a point a run.
    Quantities {
        /// What stands below each column.
        columns: Vec<Words>,
        /// What is told apart within a column.
        groups: Vec<Group>,
        /// Whether the vertical scale is logarithmic.
        log: bool,
    },
    /// A quantity's last value, a dot a configuration with the range of its seeds, group beside group.
    Dots {
        /// The quantity.
        metric: String,
        /// Whether the vertical scale is logarithmic.
        log: bool,
    },
    /// How much of a quantity's variance over the configurations each of the keys explains.
    Axes {
        /// The quantity.
        metric: String,
    },
}
