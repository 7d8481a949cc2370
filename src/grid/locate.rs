//! Where everything stands in the YAML text: a marked event parse by `saphyr-parser`.
//!
//! It also refuses what a grid has no use for (tags, `<<`, several documents) and what would
//! exhaust the machine (deep nesting, aliases that explode) before any value is built.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::error::{Fault, Problem};
use super::limits::{DEEPEST, Limits};
use super::source::Place;

/// A node of the text with its place; aliases share what they refer to.
#[derive(Debug)]
pub(super) struct Marked {
    pub place: Place,
    pub shape: Shape,
    /// Nodes under it and itself, aliases followed.
    size: usize,
}

#[derive(Debug)]
pub(super) enum Shape {
    Scalar { text: String, plain: bool },
    List(Vec<Rc<Marked>>),
    Map(Vec<(Rc<Marked>, Rc<Marked>)>),
}

/// Parses the one document of a text; `None` when there is none. Faults stop the reading of a
/// grid, but several may be found.
pub(super) fn locate(
    text: &str,
    source: usize,
    limits: Limits,
) -> Result<Option<Rc<Marked>>, Vec<Fault>> {
    let mut builder = Builder {
        source,
        most_nodes: limits.nodes,
        stack: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        documents: 0,
        nodes: 0,
        faults: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(builder.syntax(*error.marker(), error.info(), text)),
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            break;
        }
    }
    if builder.faults.is_empty() {
        Ok(builder.root)
    } else {
        Err(builder.faults)
    }
}

/// A list or mapping that is not closed yet.
struct Open {
    start: Marker,
    anchor: usize,
    is_map: bool,
    children: Vec<Rc<Marked>>,
}

struct Builder {
    source: usize,
    most_nodes: usize,
    stack: Vec<Open>,
    /// `None` while what the anchor names is still open.
    anchors: HashMap<usize, Option<Rc<Marked>>>,
    root: Option<Rc<Marked>>,
    documents: usize,
    nodes: usize,
    faults: Vec<Fault>,
}

impl Builder {
    fn place(&self, start: Marker, end: Option<Marker>) -> Place {
        let width = match end {
            Some(end) if end.line() == start.line() => end.col().saturating_sub(start.col()).max(1),
            // What goes on over several lines is marked to the end of its first one.
            Some(_) => usize::MAX,
            None => 1,
        };
        Place {
            source: self.source,
            line: start.line(),
            column: start.col() + 1,
            width,
        }
    }

    fn syntax(&self, at: Marker, message: &str, text: &str) -> Fault {
        // The scanner looks ahead and may stop before the builder does.
        if message.contains("recursion limit") {
            return Fault::new(self.place(at, None), Problem::TooDeep);
        }
        let message = message.to_owned();
        let fault = Fault::new(self.place(at, None), Problem::Syntax { message });
        // What is not closed ends at the end of the file, far from where it began.
        let end = at.index() >= text.trim_end().chars().count();
        match self.stack.last() {
            Some(open) if end => fault.also(self.place(open.start, None), "not closed"),
            _ => fault,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let here = self.place(span.start, Some(span.end));
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Fault::new(here, Problem::SecondDocument)
                        .help("one file holds one grid: remove the line '---'"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), here);
                let plain = style == ScalarStyle::Plain;
                let text = text.into_owned();
                let mut place = here;
                if plain && !text.contains('\n') {
                    place.width = text.chars().count().max(1);
                }
                self.finish(place, anchor, 1, Shape::Scalar { text, plain })?;
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), here);
                self.open(span.start, anchor, false, here)?;
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), here);
                self.open(span.start, anchor, true, here)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(Some(node)) => {
                    let node = Rc::clone(node);
                    self.count(node.size, here)?;
                    self.attach(node);
                }
                _ => return Err(Fault::new(here, Problem::AliasOfItself)),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tag: Option<&saphyr_parser::Tag>, here: Place) {
        if let Some(tag) = tag {
            let tag = if tag.is_yaml_core_schema() {
                format!("!!{}", tag.suffix)
            } else {
                tag.to_string()
            };
            self.faults.push(Fault::new(here, Problem::Tag { tag }));
        }
    }

    fn open(
        &mut self,
        start: Marker,
        anchor: usize,
        is_map: bool,
        here: Place,
    ) -> Result<(), Fault> {
        if self.stack.len() >= DEEPEST {
            return Err(Fault::new(here, Problem::TooDeep));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        self.stack.push(Open {
            start,
            anchor,
            is_map,
            children: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Fault> {
        let Some(open) = self.stack.pop() else {
            return Ok(());
        };
        let place = self.place(open.start, Some(span.end));
        let size = 1 + open.children.iter().map(|c| c.size).sum::<usize>();
        let shape = if open.is_map {
            let mut entries = Vec::with_capacity(open.children.len() / 2);
            let mut children = open.children.into_iter();
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                self.check_key(&key);
                entries.push((key, value));
            }
            Shape::Map(entries)
        } else {
            Shape::List(open.children)
        };
        self.finish(place, open.anchor, size, shape)
    }

    fn check_key(&mut self, key: &Marked) {
        match &key.shape {
            Shape::Scalar { text, plain: true } if text == "<<" => self.faults.push(
                Fault::new(key.place, Problem::Merge)
                    .help("write the keys out, or put what cells share under 'defaults'"),
            ),
            Shape::Scalar { .. } => {}
            _ => self
                .faults
                .push(Fault::new(key.place, Problem::KeyIsNoWord)),
        }
    }

    fn finish(
        &mut self,
        place: Place,
        anchor: usize,
        size: usize,
        shape: Shape,
    ) -> Result<(), Fault> {
        // A list's children were counted when they were finished.
        self.count(1, place)?;
        let node = Rc::new(Marked { place, shape, size });
        if anchor != 0 {
            self.anchors.insert(anchor, Some(Rc::clone(&node)));
        }
        self.attach(node);
        Ok(())
    }

    fn count(&mut self, nodes: usize, here: Place) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.most_nodes {
            let most = self.most_nodes;
            return Err(Fault::new(here, Problem::Explosion { most }));
        }
        Ok(())
    }

    fn attach(&mut self, node: Rc<Marked>) {
        match self.stack.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }
}
