//! The pictures that a comparison declares.

use super::Fields;
use crate::claim::{Figure, FigureGroup, FigureKind, Group, Words};
use crate::grid::condition::Condition;
use crate::grid::node::{Node, Tree};
use crate::grid::reader::Reader;
use crate::grid::source::Place;

/// The keys of a figure.
pub(in crate::grid) const FIGURE: [&str; 10] = [
    "kind",
    "title",
    "in",
    "by",
    "metric",
    "over",
    "log",
    "log_steps",
    "columns",
    "groups",
];

/// The most images side by side.
pub(in crate::grid) const MOST_COLUMNS: i64 = 64;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::grid) enum Kind {
    Samples,
    Curves,
    Levels,
    Quantities,
    Dots,
    Axes,
}

/// Every kind.
pub(in crate::grid) const KINDS: [(&str, Kind); 6] = [
    ("samples", Kind::Samples),
    ("curves", Kind::Curves),
    ("levels", Kind::Levels),
    ("quantities", Kind::Quantities),
    ("dots", Kind::Dots),
    ("axes", Kind::Axes),
];

impl Kind {
    /// The keys without which it cannot be drawn, besides `kind` and `title`.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Samples => &[],
            Self::Curves => &["metric"],
            Self::Levels => &["metric", "over"],
            Self::Quantities => &["columns", "groups"],
            Self::Dots => &["metric", "groups"],
            Self::Axes => &["metric", "by", "groups"],
        }
    }
}

/// A figure whose runs are still conditions.
#[derive(Debug)]
pub(super) struct FigureDraft {
    pub figure: Figure,
    pub within: Option<Condition>,
    /// One a group.
    pub groups: Vec<Condition>,
    pub place: Place,
}

impl Reader<'_> {
    pub(super) fn figure(&mut self, node: &Node) -> Option<FigureDraft> {
        let before = self.faults.len();
        let fields = self.fields(node, "a figure", &FIGURE)?;
        let title = self.required(&fields, "title", |r, node| r.words(node, "the title"));
        let kind = self.figure_kind(&fields)?;
        let grouped = match kind {
            FigureKind::Dots { .. } | FigureKind::Axes { .. } => {
                self.required(&fields, "groups", |r, node| r.groups(node))?
            }
            _ => Vec::new(),
        };
        let by = match fields.get("by") {
            Some(node) => self
                .list(node, "by")
                .iter()
                .filter_map(|n| self.key(n))
                .collect(),
            None => Vec::new(),
        };
        let within = fields
            .get("in")
            .and_then(|n| self.condition(n, "the 'in' of a figure"));
        if self.faults.len() > before {
            return None;
        }
        let (names, groups): (Vec<Words>, Vec<Condition>) = grouped.into_iter().unzip();
        let group = |name| FigureGroup {
            name,
            runs: Vec::new(),
        };
        Some(FigureDraft {
            figure: Figure {
                kind,
                title: title?,
                runs: Vec::new(),
                by,
                groups: names.into_iter().map(group).collect(),
            },
            within,
            groups,
            place: node.place,
        })
    }

    fn figure_kind(&mut self, fields: &Fields<'_>) -> Option<FigureKind> {
        let [log, log_steps] = ["log", "log_steps"].map(|key| self.truth(fields, key));
        let kind = self.required(fields, "kind", |r, node| r.choice(node, "kind", &KINDS))?;
        for key in kind.needs() {
            self.required(fields, key, |_, _| Some(()))?;
        }
        let metric = |reader: &mut Self| {
            reader.required(fields, "metric", |r, node| r.quantity(node, "metric"))
        };
        Some(match kind {
            Kind::Samples => FigureKind::Samples {
                columns: match fields.get("columns").map(|node| (node, &node.tree)) {
                    None => None,
                    Some((_, Tree::Int(n @ 1..=MOST_COLUMNS))) => Some(*n as usize),
                    Some((node, _)) => {
                        self.wrong_shape(node, "columns", "how many images side by side, 1 to 64");
                        None
                    }
                },
            },
            Kind::Curves => FigureKind::Curves {
                metric: metric(self)?,
                log,
                log_steps,
            },
            Kind::Levels => FigureKind::Levels {
                metric: metric(self)?,
                over: self.required(fields, "over", |r, node| r.key(node))?,
                log,
            },
            Kind::Quantities => {
                let columns: Vec<Words> = self.required(fields, "columns", |r, node| {
                    let columns = r.list(node, "columns").iter();
                    Some(columns.filter_map(|n| r.label(n)).collect())
                })?;
                let groups = self.required(fields, "groups", |r, node| {
                    let groups = r.list(node, "groups");
                    let groups = groups
                        .iter()
                        .filter_map(|node| r.group(node, columns.len()));
                    Some(groups.collect())
                })?;
                FigureKind::Quantities {
                    columns,
                    groups,
                    log,
                }
            }
            Kind::Dots => FigureKind::Dots {
                metric: metric(self)?,
                log,
            },
            Kind::Axes => FigureKind::Axes {
                metric: metric(self)?,
            },
        })
    }

    /// A text in both languages, or one that is the same in both.
    fn label(&mut self, node: &Node) -> Option<Words> {
        match &node.tree {
            Tree::Text { text, .. } => Some(Words {
                en: text.clone(),
                ru: text.clone(),
            }),
            _ => self.words(node, "a label"),
        }
    }

    /// A group of a figure of quantities.
    fn group(&mut self, node: &Node, columns: usize) -> Option<Group> {
        let fields = self.fields(node, "a group of quantities", &["name", "metrics"])?;
        let name = self.required(&fields, "name", |r, node| r.words(node, "the name"));
        let metrics = self.required(&fields, "metrics", |r, node| {
            let nodes = r.list(node, "metrics");
            let metrics = nodes.iter().filter_map(|n| r.quantity(n, "metrics"));
            let metrics: Vec<String> = metrics.collect();
            if nodes.len() != columns {
                r.wrong_shape(node, "metrics", "a quantity for every column");
            }
            Some(metrics)
        });
        Some(Group {
            name: name?,
            metrics: metrics?,
        })
    }

    /// `[{name: {en: …, ru: …}, in: {loss: wgan}}]`
    fn groups(&mut self, node: &Node) -> Option<Vec<(Words, Condition)>> {
        let nodes = self.list(node, "groups");
        let mut groups = Vec::new();
        for node in self.few(nodes, "groups") {
            let fields = self.fields(node, "a group", &["name", "in"])?;
            let name = self.required(&fields, "name", |r, n| r.words(n, "the name of a group"));
            let runs = self.required(&fields, "in", |r, n| r.condition(n, "the 'in' of a group"));
            groups.push((name?, runs?));
        }
        Some(groups)
    }
}
