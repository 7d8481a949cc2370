//! The grammar of filters.

use super::error::{FilterError, Problem};

/// Levels within each other: more are a mistake, and each takes room on the stack.
const DEEPEST: usize = 64;

/// A filter whose names are `N`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree<N> {
    All(Vec<Tree<N>>),
    Any(Vec<Tree<N>>),
    Not(Box<Tree<N>>),
    Compare(Comparison<N>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison<N> {
    pub name: N,
    pub operator: Operator,
    pub value: Literal,
}

/// A name as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Written {
    pub name: String,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub text: String,
    /// What it is as a number, unless it is quoted.
    pub number: Option<f64>,
    pub place: Place,
}

/// Column, from 1, and length, in letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub column: usize,
    pub length: usize,
}

impl Place {
    pub fn error(self, text: &str, problem: Problem) -> FilterError {
        FilterError {
            text: text.to_owned(),
            column: self.column,
            length: self.length,
            problem,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Operator {
    /// Longer ones before their beginnings.
    const ALL: [Self; 6] = [
        Self::Unequal,
        Self::AtMost,
        Self::AtLeast,
        Self::Equal,
        Self::Less,
        Self::Greater,
    ];

    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    pub fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::Unequal)
    }
}

impl<N> Tree<N> {
    /// With other names.
    pub fn named<M, E>(
        self,
        name: &mut impl FnMut(Comparison<N>) -> Result<Comparison<M>, E>,
    ) -> Result<Tree<M>, E> {
        let mut all = |terms: Vec<Self>| {
            let terms = terms.into_iter().map(|term| term.named(name));
            terms.collect::<Result<Vec<_>, E>>()
        };
        Ok(match self {
            Self::All(terms) => Tree::All(all(terms)?),
            Self::Any(terms) => Tree::Any(all(terms)?),
            Self::Not(term) => Tree::Not(Box::new(term.named(name)?)),
            Self::Compare(comparison) => Tree::Compare(name(comparison)?),
        })
    }
}

/// A text as a number; words such as `nan` and `inf` are numbers too, since measured values can be.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Operator(Operator),
    Word(String),
    Quoted(String),
}

/// Reads a filter.
pub(super) fn parse(text: &str) -> Result<Tree<Written>, FilterError> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        next: 0,
    };
    let tree = parser.any(0)?;
    match parser.peek() {
        None => Ok(tree),
        Some(_) => Err(parser.unexpected("'and', 'or' or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token, Place)>,
    next: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// Goes on if this word is next.
    fn takes(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.next += usize::from(found);
        found
    }

    /// Where the next token is, or the end.
    fn place(&self) -> Place {
        let end = || Place {
            column: self.text.chars().count() + 1,
            length: 1,
        };
        self.tokens
            .get(self.next)
            .map_or_else(end, |(_, place)| *place)
    }

    fn unexpected(&self, expected: &'static str) -> FilterError {
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some(Token::Open) => "'('".to_owned(),
            Some(Token::Close) => "')'".to_owned(),
            Some(Token::Operator(operator)) => format!("'{}'", operator.sign()),
            Some(Token::Word(word) | Token::Quoted(word)) => format!("'{word}'"),
        };
        let problem = Problem::Unexpected { expected, found };
        self.place().error(self.text, problem)
    }

    fn any(&mut self, depth: usize) -> Result<Tree<Written>, FilterError> {
        let mut terms = vec![self.all(depth)?];
        while self.takes("or") {
            terms.push(self.all(depth)?);
        }
        Ok(single(terms, Tree::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Tree<Written>, FilterError> {
        let mut terms = vec![self.term(depth)?];
        while self.takes("and") {
            terms.push(self.term(depth)?);
        }
        Ok(single(terms, Tree::All))
    }

    fn term(&mut self, depth: usize) -> Result<Tree<Written>, FilterError> {
        if depth > DEEPEST {
            return Err(self.place().error(self.text, Problem::TooDeep(DEEPEST)));
        }
        if self.takes("not") {
            return Ok(Tree::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.next += 1;
            let tree = self.any(depth + 1)?;
            if self.peek() != Some(&Token::Close) {
                return Err(self.unexpected("'and', 'or' or ')'"));
            }
            self.next += 1;
            return Ok(tree);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Tree<Written>, FilterError> {
        let place = self.place();
        let name = match self.peek() {
            Some(Token::Word(word)) if !matches!(word.as_str(), "and" | "or") => word.clone(),
            _ => return Err(self.unexpected("a name such as 'loss'")),
        };
        self.next += 1;
        let Some(&Token::Operator(operator)) = self.peek() else {
            return Err(self.unexpected("one of = != < <= > >="));
        };
        self.next += 1;
        let value = self.place();
        let (text, is_quoted) = match self.peek() {
            Some(Token::Word(word)) => (word.clone(), false),
            Some(Token::Quoted(text)) => (text.clone(), true),
            _ => return Err(self.unexpected("a number, a word or a 'text'")),
        };
        self.next += 1;
        Ok(Tree::Compare(Comparison {
            name: Written { name, place },
            operator,
            value: Literal {
                number: number(&text).filter(|_| !is_quoted),
                text,
                place: value,
            },
        }))
    }
}

fn single<N>(mut terms: Vec<Tree<N>>, many: fn(Vec<Tree<N>>) -> Tree<N>) -> Tree<N> {
    match terms.len() {
        1 => terms.remove(0),
        _ => many(terms),
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Place)>, FilterError> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let (token, length) = match rest[0] {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            quote @ ('\'' | '"') => match rest[1..].iter().position(|&c| c == quote) {
                Some(end) => (Token::Quoted(rest[1..=end].iter().collect()), end + 2),
                None => return Err(mark(text, at, rest.len(), Problem::Unclosed(quote))),
            },
            // A list is one word, blanks included.
            '[' => match rest.iter().position(|&c| c == ']') {
                Some(end) => (Token::Word(rest[..=end].iter().collect()), end + 1),
                None => return Err(mark(text, at, rest.len(), Problem::Unclosed(']'))),
            },
            _ => match operator(rest) {
                Some(operator) => (Token::Operator(operator), operator.sign().len()),
                None => {
                    let end = rest.iter().position(|c| ends_word(*c));
                    // A lone '!' is a word too: what follows then tells what is wrong.
                    let length = end.unwrap_or(rest.len()).max(1);
                    (Token::Word(rest[..length].iter().collect()), length)
                }
            },
        };
        let column = at + 1;
        tokens.push((token, Place { column, length }));
        at += length;
    }
    Ok(tokens)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '=' | '!' | '<' | '>' | '\'' | '"' | '[')
}

fn operator(rest: &[char]) -> Option<Operator> {
    let begins = |operator: &Operator| {
        let sign: Vec<char> = operator.sign().chars().collect();
        rest.starts_with(&sign)
    };
    Operator::ALL.into_iter().find(begins)
}

fn mark(text: &str, at: usize, length: usize, problem: Problem) -> FilterError {
    let column = at + 1;
    Place { column, length }.error(text, problem)
}
