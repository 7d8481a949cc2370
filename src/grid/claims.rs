//! The sections that make a sweep a comparison: slide, texts, claims and figures.

pub(super) mod figures;
pub(super) mod words;

use figures::FigureDraft;
use words::{AT_LEAST, AT_MOST, EXPECTATIONS, LAST, MOMENTS, SCALES, STEP, UNITS};

use super::condition::Condition;
use super::error::{Fault, Problem};
use super::node::{Entry, Node, Tree};
use super::plan::Plan;
use super::reader::Reader;
use super::source::{Place, Sources};
use crate::claim::{Arm, At, Claim, Expect, Over, Success, Topic, Unit, Words};
use crate::nearest::nearest;
use crate::param::{Key, Settings};
use crate::quantity;

/// What the sections say; which runs are meant is known after the expansion.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub topic: Topic,
    claims: Vec<Draft>,
    figures: Vec<FigureDraft>,
}

/// A claim whose sides are still conditions.
#[derive(Debug)]
struct Draft {
    claim: Claim,
    within: Option<Condition>,
    a: Option<Condition>,
    b: Option<Condition>,
    place: Place,
}

/// The sections that are read here.
pub(super) const WORDS: [&str; 6] = [
    "slide",
    "setup",
    "changes",
    "discussion",
    "claims",
    "figures",
];

/// The keys of a claim.
pub(super) const CLAIM: [&str; 19] = [
    "text",
    "primary",
    "metric",
    "metric_b",
    "at",
    "at_b",
    "scale",
    "in",
    "a",
    "b",
    "expect",
    "of",
    "within",
    "min_effect",
    "because",
    "unit",
    "over",
    "success",
    "best",
];

/// Every mapping of a claim's or a figure's keys, with what is said of a key that it does not know.
struct Fields<'n> {
    entries: &'n [Entry],
    place: Place,
}

impl<'n> Fields<'n> {
    fn get(&self, key: &str) -> Option<&'n Node> {
        let entry = self.entries.iter().find(|e| e.key == key)?;
        Some(&entry.value)
    }
}

impl Reader<'_> {
    /// Reads those of a file's sections.
    pub fn claims(&mut self, entries: &[Entry]) -> Sections {
        let mut sections = Sections::default();
        let of = |name: &str| entries.iter().find(|e| e.key == name).map(|e| &e.value);
        let topic = &mut sections.topic;
        topic.slide = of("slide").and_then(|node| self.words(node, "slide"));
        topic.setup = of("setup").and_then(|node| self.words(node, "setup"));
        topic.changes = of("changes").and_then(|node| self.words(node, "changes"));
        topic.discussion = of("discussion").and_then(|node| self.words(node, "discussion"));
        topic.question = of("question")
            .filter(|node| matches!(node.tree, Tree::Map(_)))
            .and_then(|node| self.words(node, "question"));
        if let Some(node) = of("claims") {
            let entries = self.map(node, "claims");
            for entry in self.few(entries, "claims") {
                let draft = self.claim(entry);
                sections.claims.extend(draft);
            }
        }
        if let Some(node) = of("figures") {
            let nodes = self.list(node, "figures");
            for node in self.few(nodes, "figures") {
                let figure = self.figure(node);
                sections.figures.extend(figure);
            }
        }
        sections
    }

    /// `{en: …, ru: …}`
    pub(super) fn words(&mut self, node: &Node, what: &str) -> Option<Words> {
        let Tree::Map(entries) = &node.tree else {
            self.wrong_shape(node, what, "a text in both languages, {en: ..., ru: ...}");
            return None;
        };
        let text = |key: &str| {
            let entry = entries.iter().find(|e| e.key == key)?;
            match &entry.value.tree {
                Tree::Text { text, .. } if !text.trim().is_empty() => Some(text.trim().to_owned()),
                _ => None,
            }
        };
        let known = entries.iter().all(|e| e.key == "en" || e.key == "ru");
        match (text("en"), text("ru")) {
            (Some(en), Some(ru)) if known => Some(Words { en, ru }),
            _ => {
                self.wrong_shape(node, what, "a text in both languages, {en: ..., ru: ...}");
                None
            }
        }
    }

    fn fields<'n>(
        &mut self,
        node: &'n Node,
        what: &'static str,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        let Tree::Map(entries) = &node.tree else {
            self.wrong_shape(node, what, "a mapping of keys to values");
            return None;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let near = self.nearest(&entry.key, known);
                let word = entry.key.clone();
                let fault = Fault::new(entry.key_place, Problem::Misplaced { word, place: what });
                self.fault(match near {
                    Some(near) => fault.nearest(Some(near)),
                    None => fault.help(format!("it may hold {}", known.join(", "))),
                });
            }
        }
        let place = node.place;
        Some(Fields { entries, place })
    }

    fn claim(&mut self, entry: &Entry) -> Option<Draft> {
        let before = self.faults.len();
        let fields = self.fields(&entry.value, "a claim", &CLAIM)?;
        let text = self.required(&fields, "text", |r, node| {
            r.words(node, "the text of a claim")
        });
        let metric = self.required(&fields, "metric", |r, node| r.quantity(node, "metric"));
        let at = match fields.get("at") {
            Some(node) => self.at(node),
            None => Some(At::Last),
        };
        let at_b = fields.get("at_b").and_then(|node| self.at(node));
        let expect = self.required(&fields, "expect", |r, node| r.expect(node, &fields));
        let log10 = match fields.get("scale") {
            Some(node) => self.choice(node, "scale", &SCALES),
            None => Some(false),
        };
        let unit = match fields.get("unit") {
            Some(node) => self.choice(node, "unit", &UNITS),
            None => Some(Unit::Seed),
        };
        let primary = self.truth(&fields, "primary");
        let because = fields.get("because").and_then(|n| self.words(n, "because"));
        let over = fields.get("over").and_then(|node| self.over(node));
        let best = fields.get("best").and_then(|node| self.key(node));
        let success = fields.get("success").and_then(|node| self.success(node));
        let metric_b = fields
            .get("metric_b")
            .and_then(|n| self.quantity(n, "metric_b"));
        let [within, a, b] = ["in", "a", "b"].map(|key| {
            fields
                .get(key)
                .and_then(|node| Some((self.condition(node, "a side of a claim")?, written(node))))
        });
        if self.faults.len() > before {
            return None;
        }
        let (metric, at, log10) = (metric?, at?, log10?);
        let arm = |side: &Option<(Condition, String)>, metric: &str, at: At| Arm {
            runs: Vec::new(),
            label: side.as_ref().map(|s| s.1.clone()).unwrap_or_default(),
            metric: metric.to_owned(),
            at,
            log10,
        };
        let second = (b.is_some() || metric_b.is_some() || at_b.is_some()).then(|| {
            let metric = metric_b.as_deref().unwrap_or(&metric);
            arm(&b, metric, at_b.unwrap_or(at))
        });
        let claim = Claim {
            name: entry.key.clone(),
            text: text?,
            primary,
            expect: expect?,
            because,
            unit: unit?,
            a: arm(&a, &metric, at),
            b: second,
            over,
            success,
            best,
        };
        if let Some(missing) = incomplete(&claim) {
            self.fault(Fault::new(entry.key_place, Problem::Claim { why: missing }));
            return None;
        }
        Some(Draft {
            claim,
            within: within.map(|s| s.0),
            a: a.map(|s| s.0),
            b: b.map(|s| s.0),
            place: entry.key_place,
        })
    }

    /// A field that has to be there.
    fn required<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Self, &Node) -> Option<T>,
    ) -> Option<T> {
        match fields.get(key) {
            Some(node) => read(self, node),
            None => {
                self.fault(Fault::new(fields.place, Problem::Missing { section: key }));
                None
            }
        }
    }

    /// Whether a field says `true`; by default it is false.
    fn truth(&mut self, fields: &Fields<'_>, key: &str) -> bool {
        match fields.get(key).map(|node| (node, &node.tree)) {
            None => false,
            Some((_, Tree::Bool(truth))) => *truth,
            Some((node, _)) => {
                self.wrong_shape(node, key, "true or false");
                false
            }
        }
    }

    fn one_word(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.tree {
            Tree::Text { text, .. } => Some(text.clone()),
            _ => {
                self.wrong_shape(node, what, "a word");
                None
            }
        }
    }

    /// The name of a quantity that runs log, or of a figure that stands beside one (`fid.floor`).
    fn quantity(&mut self, node: &Node, what: &str) -> Option<String> {
        let word = self.one_word(node, what)?;
        let beside = word.rsplit_once('.').map_or("", |(name, _)| name);
        if [&word, beside]
            .iter()
            .any(|name| quantity::info(name).is_some())
        {
            return Some(word);
        }
        let names: Vec<&str> = quantity::all().map(|info| info.name).collect();
        let near = self.nearest(&word, &names);
        let problem = Problem::Misfit {
            key: what.to_owned(),
            found: format!("'{word}'"),
            expected: "a quantity that runs log".to_owned(),
        };
        self.fault(Fault::new(node.place, problem).nearest(near));
        None
    }

    /// One of a few words, each with what it means.
    fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.one_word(node, what)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|c| c.0).collect();
            let problem = Problem::Misfit {
                key: what.to_owned(),
                found: format!("'{word}'"),
                expected: format!("one of {}", names.join(", ")),
            };
            let near = nearest(&word, names);
            self.fault(Fault::new(node.place, problem).nearest(near));
        }
        found.map(|(_, value)| *value)
    }

    fn number(&mut self, node: &Node, what: &str) -> Option<f64> {
        match node.tree {
            Tree::Int(i) => Some(i as f64),
            Tree::Float(x, _) if x.is_finite() => Some(x),
            _ => {
                self.wrong_shape(node, what, "a finite number");
                None
            }
        }
    }

    fn expect(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Expect> {
        let expectation = self.choice(node, "expect", &EXPECTATIONS)?;
        let mut numbers = Vec::new();
        for key in expectation.numbers() {
            numbers.push(self.required(fields, key, |reader, node| reader.number(node, key))?);
        }
        expectation.with(&numbers)
    }

    fn at(&mut self, node: &Node) -> Option<At> {
        if let Tree::Map(entries) = &node.tree {
            let count = |entry: &Entry| match entry.value.tree {
                Tree::Int(n @ 0..) => Some(n as u64),
                _ => None,
            };
            if let [entry] = entries.as_slice()
                && let Some(n) = count(entry)
            {
                match entry.key.as_str() {
                    STEP => return Some(At::Step(n)),
                    LAST if n > 0 => return Some(At::MeanOfLast(n as usize)),
                    _ => {}
                }
            }
            self.wrong_shape(node, "at", "a word, {step: N} or {last: N}");
            return None;
        }
        self.choice(node, "at", &MOMENTS)
    }

    fn over(&mut self, node: &Node) -> Option<Over> {
        match &node.tree {
            Tree::Text { text, .. } if text == STEP => Some(Over::Step),
            _ => self.key(node).map(Over::Key),
        }
    }

    /// A parameter; of both networks the generator's stands for both.
    fn key(&mut self, node: &Node) -> Option<Key> {
        let word = self.one_word(node, "a parameter")?;
        let read = self.vocabulary.word(&word, node.place, true);
        let word = self.keep(read)?;
        word.keys().first().copied()
    }

    fn success(&mut self, node: &Node) -> Option<Success> {
        if let Tree::Map(entries) = &node.tree
            && let [entry] = entries.as_slice()
        {
            let bound = self.number(&entry.value, "success")?;
            match entry.key.as_str() {
                AT_LEAST => return Some(Success::AtLeast(bound)),
                AT_MOST => return Some(Success::AtMost(bound)),
                _ => {}
            }
        }
        self.wrong_shape(node, "success", "{at_least: X} or {at_most: X}");
        None
    }
}

/// A condition on one line.
fn written(node: &Node) -> String {
    let Tree::Map(entries) = &node.tree else {
        return node.written();
    };
    let parts = entries
        .iter()
        .map(|e| format!("{} {}", e.key, e.value.written().replace('\'', "")));
    parts.collect::<Vec<_>>().join(", ")
}

/// What a claim lacks.
fn incomplete(claim: &Claim) -> Option<&'static str> {
    let two = claim.b.is_some();
    match claim.expect {
        Expect::Above { .. } | Expect::Below { .. } | Expect::Equivalent { .. } if !two => {
            Some("it compares a with b: say what b is")
        }
        Expect::Value { .. } | Expect::Exact { .. } if two => {
            Some("it speaks of one value: leave b out")
        }
        Expect::Between { .. } if two => {
            Some("it compares the configurations of one side with each other: leave b out")
        }
        Expect::Between { .. } if claim.unit != Unit::Configuration => {
            Some("'between > within' needs unit: configuration, pairs of which it compares")
        }
        Expect::Between { .. }
            if claim.success.is_some() || claim.best.is_some() || claim.over.is_some() =>
        {
            Some("'between > within' compares values as they are: leave success, best and over out")
        }
        Expect::Increasing { .. } | Expect::Decreasing { .. } if claim.over.is_none() => {
            Some("it needs 'over', the parameter or 'step' that the values are ordered by")
        }
        Expect::Above { min_effect }
        | Expect::Below { min_effect }
        | Expect::Increasing { min_effect }
        | Expect::Decreasing { min_effect }
        | Expect::Between { min_effect }
            if min_effect <= 0.0 =>
        {
            Some("min_effect has to be above 0: of no size an effect would be worth a claim")
        }
        Expect::Equivalent { within } | Expect::Value { within, .. } if within <= 0.0 => {
            Some("within has to be above 0: no sample shows that two things are equal")
        }
        expect if expect.is_tested() && claim.because.is_none() => {
            Some("it needs 'because', the reason for the size of the effect or margin")
        }
        _ => None,
    }
}

impl Sections {
    /// Finds the runs that are meant. A side without runs is a fault of the file as written; under a
    /// profile or an option it is a note, and the claim stays without runs.
    pub fn resolve(
        self,
        plan: &mut Plan,
        as_written: bool,
        sources: &Sources,
        faults: &mut Vec<Fault>,
    ) {
        let settings: Vec<&Settings> = plan.runs.iter().map(|r| &r.spec.settings).collect();
        let runs = |conditions: &[&Option<Condition>]| -> Vec<usize> {
            let holds = |s: &&Settings| {
                conditions
                    .iter()
                    .all(|c| c.as_ref().is_none_or(|c| c.holds(s)))
            };
            (0..settings.len())
                .filter(|&i| holds(&settings[i]))
                .collect()
        };
        let mut claims = Vec::new();
        let mut notes = Vec::new();
        let mut empty = |place, why| {
            let fault = Fault::new(place, Problem::Claim { why });
            match as_written {
                true => faults.push(fault),
                false => notes.push(format!("{}: {}", sources.brief(place), fault.problem)),
            }
        };
        for draft in self.claims {
            let Draft {
                mut claim,
                within,
                a,
                b,
                place,
            } = draft;
            claim.a.runs = runs(&[&within, &a]);
            if let Some(second) = &mut claim.b {
                second.runs = runs(&[&within, &b]);
            }
            if claim.a.runs.is_empty() || claim.b.as_ref().is_some_and(|b| b.runs.is_empty()) {
                empty(place, "no run is on one of its sides");
            }
            claims.push(claim);
        }
        let mut topic = self.topic;
        for draft in self.figures {
            let FigureDraft {
                mut figure,
                within,
                groups,
                place,
            } = draft;
            figure.runs = runs(&[&within]);
            for (group, condition) in figure.groups.iter_mut().zip(groups) {
                group.runs = runs(&[&within, &Some(condition)]);
                if group.runs.is_empty() {
                    empty(place, "no run is in one of its groups");
                }
            }
            topic.figures.push(figure);
        }
        plan.notes.extend(notes);
        plan.topic = topic;
        plan.claims = claims;
    }
}
