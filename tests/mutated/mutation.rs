//! What happens to a file: bits flip, pieces go, come and move, numbers become extreme.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::Content;

/// One change. Places are shares of the length that the content then has.
#[derive(Clone, Debug)]
enum Mutation {
    Flip {
        at: Index,
        bit: u8,
    },
    Byte {
        at: Index,
        value: u8,
    },
    Truncate {
        at: Index,
    },
    Delete {
        at: Index,
        length: usize,
    },
    Insert {
        at: Index,
        bytes: Vec<u8>,
    },
    Duplicate {
        from: Index,
        length: usize,
        at: Index,
    },
    /// The beginning of this content and the end of another seed.
    Splice {
        other: Index,
        end: Index,
        begin: Index,
    },
    /// A number of `width` bytes in either order.
    Number {
        at: Index,
        width: usize,
        value: u64,
        big: bool,
    },
    /// A number of the content, a little larger or smaller.
    Step {
        at: Index,
        width: usize,
        by: i8,
        big: bool,
    },
    /// A word in place of another.
    Word {
        at: Index,
        with: String,
    },
    /// A word of the content in place of another.
    Exchange {
        at: Index,
        from: Index,
    },
}

/// Numbers at which sizes, signs and counts go wrong.
const EXTREMES: [u64; 25] = [
    0,
    1,
    2,
    3,
    64,
    0x7f,
    0x80,
    0xff,
    0x100,
    4096,
    4097,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x1fff_ffff_ffff_ffff,
    0x3fff_ffff_ffff_ffff,
    0x4000_0000_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Words that texts are made of, or made wrong with.
const WORDS: [&str; 56] = [
    "0",
    "-1",
    "1",
    "2",
    "0.5",
    "1e-4",
    "1e400",
    "-0",
    "1000000",
    "4294967296",
    "9223372036854775807",
    "18446744073709551616",
    ".inf",
    ".nan",
    "NaN",
    "true",
    "null",
    "~",
    "none",
    "\"\"",
    "''",
    "[]",
    "{}",
    "[[]]",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "#",
    "&a ",
    "*a",
    "!!int ",
    "<<: ",
    "---\n",
    "\t",
    "\u{feff}",
    "é",
    "loss",
    "k",
    "lr.g",
    "norm",
    "g",
    "d",
    "seeds",
    "random: {samples: 1000, lr: {uniform: [0, 1]}}",
    "any",
    "gt",
    "dataset",
    "when",
];

/// Files: a seed, changed several times and wrapped.
pub fn files(
    seeds: Vec<Vec<u8>>,
    text: bool,
    wrap: fn(&[u8]) -> Vec<u8>,
) -> impl Strategy<Value = Content> {
    let mutations = prop::collection::vec(mutation(text), 1..8);
    (any::<Index>(), mutations).prop_map(move |(seed, mutations)| {
        let mut content = seed.get(&seeds).clone();
        for mutation in &mutations {
            apply(mutation, &mut content, &seeds);
        }
        Content(wrap(&content))
    })
}

fn mutation(text: bool) -> BoxedStrategy<Mutation> {
    let at = any::<Index>;
    let width = || select(vec![1_usize, 2, 4, 8]);
    let length = || prop_oneof![8 => 0..16_usize, 1 => 0..2000_usize];
    let of_bytes = prop_oneof![
        2 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
        2 => (at(), any::<u8>()).prop_map(|(at, value)| Mutation::Byte { at, value }),
        1 => at().prop_map(|at| Mutation::Truncate { at }),
        2 => (at(), length()).prop_map(|(at, length)| Mutation::Delete { at, length }),
        2 => (at(), prop::collection::vec(any::<u8>(), 0..16))
            .prop_map(|(at, bytes)| Mutation::Insert { at, bytes }),
        2 => (at(), length(), at())
            .prop_map(|(from, length, at)| Mutation::Duplicate { from, length, at }),
        1 => (at(), at(), at())
            .prop_map(|(other, end, begin)| Mutation::Splice { other, end, begin }),
        4 => (at(), width(), select(EXTREMES.to_vec()), any::<bool>())
            .prop_map(|(at, width, value, big)| Mutation::Number { at, width, value, big }),
        2 => (at(), width(), any::<i8>(), any::<bool>())
            .prop_map(|(at, width, by, big)| Mutation::Step { at, width, by, big }),
    ];
    if !text {
        return of_bytes.boxed();
    }
    // Fewer of bytes: most of them make no text of this language.
    prop_oneof![
        1 => of_bytes,
        4 => (at(), select(WORDS.to_vec()))
            .prop_map(|(at, with)| Mutation::Word { at, with: with.to_owned() }),
        4 => (at(), at()).prop_map(|(at, from)| Mutation::Exchange { at, from }),
    ]
    .boxed()
}

fn apply(mutation: &Mutation, content: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let length = content.len();
    // A place, or the end.
    let place = |at: &Index| at.index(length + 1);
    let piece = |from: usize, count: usize| from..(from + count).min(length);
    match mutation {
        Mutation::Truncate { at } => content.truncate(place(at)),
        Mutation::Insert { at, bytes } => {
            let at = place(at);
            content.splice(at..at, bytes.iter().copied());
        }
        Mutation::Delete { at, length } => {
            content.drain(piece(place(at), *length));
        }
        Mutation::Duplicate { from, length, at } => {
            let copy = content[piece(place(from), *length)].to_vec();
            let at = place(at);
            content.splice(at..at, copy);
        }
        Mutation::Splice { other, end, begin } => {
            let other = other.get(seeds);
            content.truncate(place(end));
            content.extend(&other[begin.index(other.len() + 1)..]);
        }
        _ if length == 0 => {}
        Mutation::Flip { at, bit } => content[at.index(length)] ^= 1 << bit,
        Mutation::Byte { at, value } => content[at.index(length)] = *value,
        Mutation::Number {
            at,
            width,
            value,
            big,
        } => {
            number(&mut content[piece(at.index(length), *width)], *big, |_| {
                *value
            });
        }
        Mutation::Step { at, width, by, big } => {
            let by = i64::from(*by) as u64;
            number(&mut content[piece(at.index(length), *width)], *big, |n| {
                n.wrapping_add(by)
            });
        }
        Mutation::Word { at, with } => {
            let word = word(content, at.index(length));
            content.splice(word, with.bytes());
        }
        Mutation::Exchange { at, from } => {
            let with = content[word(content, from.index(length))].to_vec();
            let word = word(content, at.index(length));
            content.splice(word, with);
        }
    }
}

fn number(bytes: &mut [u8], big: bool, change: impl FnOnce(u64) -> u64) {
    let width = bytes.len();
    let mut buffer = [0; 8];
    buffer[..width].copy_from_slice(bytes);
    if big {
        buffer[..width].reverse();
    }
    buffer = change(u64::from_le_bytes(buffer)).to_le_bytes();
    if big {
        buffer[..width].reverse();
    }
    bytes.copy_from_slice(&buffer[..width]);
}

/// The word around a place: letters and digits, or the one sign that stands there.
fn word(content: &[u8], at: usize) -> std::ops::Range<usize> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let before = content[..at].iter().rev().take_while(|b| part(b)).count();
    let after = content[at..].iter().take_while(|b| part(b)).count();
    match after {
        0 => at..at + 1,
        _ => at - before..at + after,
    }
}
