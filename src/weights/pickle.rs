//! The stack machine of Python's pickles, with the instructions of a `state_dict` alone.
//!
//! The format: Python's `Lib/pickletools.py`. Protocols 2 to 5 are read; `torch.save` writes 2.

use std::collections::{BTreeMap, HashMap};

use super::pickled::{Global, Node, Pickled, Storage, Value};
use super::{WeightsError, limits, state_dict};

/// Reads the pickle that begins at `at`. It may end before the bytes do; what it points at lies in
/// the result's nodes.
///
/// # Errors
/// [`WeightsError::Pickle`] with the position of the first instruction that is damaged, unknown or
/// out of place.
pub(super) fn read(bytes: &[u8], at: usize) -> Result<Pickled<'_>, WeightsError> {
    let mut machine = Machine {
        bytes,
        at,
        instruction: at,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        nodes: Vec::new(),
        storages: BTreeMap::new(),
        left: limits::INSTRUCTIONS.min(2 * bytes.len()),
    };
    loop {
        machine.instruction = machine.at;
        machine.spend(1)?;
        if let Some(root) = machine.step()? {
            return Ok(Pickled {
                root,
                at,
                end: machine.at,
                nodes: machine.nodes,
                storages: machine.storages,
            });
        }
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    /// The next byte.
    at: usize,
    /// Where the instruction in work begins.
    instruction: usize,
    stack: Vec<Value<'a>>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<usize, Value<'a>>,
    nodes: Vec<Node<'a>>,
    storages: BTreeMap<&'a str, Storage<'a>>,
    /// Instructions that may follow.
    left: usize,
}

impl<'a> Machine<'a> {
    /// Counts instructions, or what one of them copies.
    fn spend(&mut self, count: usize) -> Result<(), WeightsError> {
        let most = limits::INSTRUCTIONS.min(2 * self.bytes.len());
        self.left = self.left.checked_sub(count).ok_or_else(|| {
            self.wrong(
                format!("at most {most} instructions and copied items"),
                "more",
            )
        })?;
        Ok(())
    }

    /// One instruction; the result after the last.
    fn step(&mut self) -> Result<Option<Value<'a>>, WeightsError> {
        let code = self.whole::<1>()?;
        match code as u8 {
            // PROTO. A frame's length (FRAME) says only how much to read ahead.
            0x80 => self.protocol()?,
            0x95 => drop(self.whole::<8>()?),
            b'.' => return Ok(Some(self.pop()?)),      // STOP
            b'(' => self.marks.push(self.stack.len()), // MARK
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Truth(true)),
            0x89 => self.push(Value::Truth(false)),
            b'K' => self.whole_number::<1>()?, // BININT1
            b'M' => self.whole_number::<2>()?, // BININT2
            b'J' => {
                let n = self.whole::<4>()? as i32; // BININT: the only one with a sign.
                self.push(Value::Whole(i128::from(n)));
            }
            0x8a => self.long()?, // LONG1
            b'G' => {
                self.whole::<8>()?; // BINFLOAT
                self.push(Value::Real);
            }
            b'X' | b'T' => self.text::<4>()?, // BINUNICODE, BINSTRING
            0x8c | b'U' => self.text::<1>()?, // SHORT_BINUNICODE, SHORT_BINSTRING
            b']' => self.push_node(Node::List(Vec::new())),
            b'}' => self.push_node(Node::Dict(Vec::new())),
            b')' => self.push_node(Node::Tuple(Vec::new())),
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b't' => {
                let values = self.above_mark()?;
                self.push_node(Node::Tuple(values));
            }
            b'a' => {
                let value = self.pop()?; // APPEND
                self.append(&[value])?;
            }
            b'e' => {
                let values = self.above_mark()?; // APPENDS
                self.append(&values)?;
            }
            b's' => {
                let value = self.pop()?; // SETITEM
                let key = self.pop()?;
                self.insert(&[key, value])?;
            }
            b'u' => {
                let values = self.above_mark()?; // SETITEMS
                self.insert(&values)?;
            }
            b'q' => self.memoize::<1>()?,       // BINPUT
            b'r' => self.memoize::<4>()?,       // LONG_BINPUT
            0x94 => self.put(self.memo.len())?, // MEMOIZE
            b'h' => self.recall::<1>()?,        // BINGET
            b'j' => self.recall::<4>()?,        // LONG_BINGET
            b'c' => {
                let (module, name) = (self.line()?, self.line()?); // GLOBAL
                self.global(module, name)?;
            }
            0x93 => self.stack_global()?,
            b'Q' => self.persistent()?, // BINPERSID
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            other => {
                return Err(self.wrong(
                    "an instruction that a state_dict needs",
                    format!("the byte {other:#04x}"),
                ));
            }
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Result<(), WeightsError> {
        match self.whole::<1>()? {
            2..=5 => Ok(()),
            n => Err(self.wrong("a pickle of protocol 2 to 5", format!("protocol {n}"))),
        }
    }

    fn whole_number<const BYTES: usize>(&mut self) -> Result<(), WeightsError> {
        let n = self.whole::<BYTES>()?;
        self.push(Value::Whole(i128::from(n)));
        Ok(())
    }

    /// A little-endian two's complement of up to 16 bytes: the file's magic number has 10.
    fn long(&mut self) -> Result<(), WeightsError> {
        const MOST: usize = size_of::<i128>();
        let length = self.whole::<1>()? as usize;
        if length > MOST {
            return Err(self.wrong(
                format!("an integer of at most {MOST} bytes"),
                format!("one of {length}"),
            ));
        }
        let from = self.take(length)?;
        let negative = from.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut bytes = [if negative { 0xff } else { 0 }; MOST];
        bytes[..length].copy_from_slice(from);
        self.push(Value::Whole(i128::from_le_bytes(bytes)));
        Ok(())
    }

    fn text<const BYTES: usize>(&mut self) -> Result<(), WeightsError> {
        let length = self.whole::<BYTES>()? as usize;
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes)
            .map_err(|_| self.wrong("text in UTF-8", format!("{length} other bytes")))?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn tuple(&mut self, count: usize) -> Result<(), WeightsError> {
        let from = self.height(count)?;
        let values = self.stack.split_off(from);
        self.push_node(Node::Tuple(values));
        Ok(())
    }

    fn append(&mut self, values: &[Value<'a>]) -> Result<(), WeightsError> {
        match self.top_node()? {
            Some(Node::List(list)) => {
                list.extend_from_slice(values);
                Ok(())
            }
            _ => Err(self.wrong_top("a list to append to")),
        }
    }

    fn insert(&mut self, values: &[Value<'a>]) -> Result<(), WeightsError> {
        let (items, rest) = values.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.wrong("keys with their values", "a key alone"));
        }
        match self.top_node()? {
            Some(Node::Dict(dict)) => {
                dict.extend(items.iter().map(|[key, value]| (*key, *value)));
                Ok(())
            }
            _ => Err(self.wrong_top("a dictionary to insert into")),
        }
    }

    fn memoize<const BYTES: usize>(&mut self) -> Result<(), WeightsError> {
        let place = self.whole::<BYTES>()? as usize;
        self.put(place)
    }

    fn put(&mut self, place: usize) -> Result<(), WeightsError> {
        let value = self.top()?;
        self.memo.insert(place, value);
        Ok(())
    }

    fn recall<const BYTES: usize>(&mut self) -> Result<(), WeightsError> {
        let place = self.whole::<BYTES>()? as usize;
        match self.memo.get(&place) {
            Some(value) => {
                self.push(*value);
                Ok(())
            }
            None => Err(self.wrong("something kept before", format!("nothing at {place}"))),
        }
    }

    fn stack_global(&mut self) -> Result<(), WeightsError> {
        match (self.pop()?, self.pop()?) {
            (Value::Text(name), Value::Text(module)) => self.global(module, name),
            _ => Err(self.wrong("a module and a name", "other values")),
        }
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), WeightsError> {
        let Some(global) = Global::named(module, name) else {
            let shown = |text: &str| text.chars().take(limits::NAME).collect::<String>();
            return Err(self.wrong(
                "a state_dict of tensors, which needs only OrderedDict, torch's storages and \
                 functions that rebuild tensors",
                format!("the Python object {:?}", shown(module) + "." + &shown(name)),
            ));
        };
        self.push(Value::Global(global));
        Ok(())
    }

    /// `("storage", class, key, device, count[, view])`: the view is of torch before 0.4 and
    /// `None` since.
    fn persistent(&mut self) -> Result<(), WeightsError> {
        let id = self.pop()?;
        let parts = Pickled::tuple(&self.nodes, id).unwrap_or_default();
        let (Value::Text("storage"), Value::Global(Global::Storage(element)), Value::Text(key)) =
            (part(parts, 0), part(parts, 1), part(parts, 2))
        else {
            return Err(self.wrong("a storage's class and key", self.describe(id)));
        };
        if !matches!(part(parts, 5), Value::None) {
            return Err(self.wrong("a whole storage", "a view of another"));
        }
        let count = size(part(parts, 4))
            .ok_or_else(|| self.wrong("a storage's size", self.describe(part(parts, 4))))?;
        let storage = Storage {
            element,
            key,
            count,
        };
        if *self.storages.entry(key).or_insert(storage) != storage {
            return Err(self.wrong(
                format!("the storage '{key}' with the type and size that it had before"),
                "others",
            ));
        }
        self.push(Value::Storage(storage));
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), WeightsError> {
        let arguments = self.pop()?;
        let function = self.pop()?;
        let Value::Global(function) = function else {
            return Err(self.wrong("a function to call", self.describe(function)));
        };
        let Some(values) = Pickled::tuple(&self.nodes, arguments) else {
            return Err(self.wrong("a tuple of arguments", self.describe(arguments)));
        };
        match state_dict::call(function, values, &self.nodes, self.instruction)? {
            state_dict::Made::Known(value) => self.push(value),
            state_dict::Made::New(node) => {
                // Of a list of items: the same list can be copied again and again.
                if let Node::Dict(items) = &node {
                    self.spend(items.len())?;
                }
                self.push_node(node);
            }
        }
        Ok(())
    }

    /// Sets the attributes of a dictionary (its `_metadata`), which are left out here.
    fn build(&mut self) -> Result<(), WeightsError> {
        self.pop()?;
        match self.top_node()? {
            Some(Node::Dict(_)) => Ok(()),
            _ => Err(self.wrong_top("a dictionary with attributes")),
        }
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(value);
    }

    fn push_node(&mut self, node: Node<'a>) {
        self.stack.push(Value::Node(self.nodes.len()));
        self.nodes.push(node);
    }

    /// Where the last `count` values begin, all above the last mark.
    fn height(&self, count: usize) -> Result<usize, WeightsError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack
            .len()
            .checked_sub(count)
            .filter(|from| *from >= floor)
            .ok_or_else(|| self.wrong(format!("{count} values on the stack"), "fewer"))
    }

    fn top(&self) -> Result<Value<'a>, WeightsError> {
        Ok(self.stack[self.height(1)?])
    }

    fn pop(&mut self) -> Result<Value<'a>, WeightsError> {
        let from = self.height(1)?;
        let value = self.stack[from];
        self.stack.truncate(from);
        Ok(value)
    }

    /// The container on top of the stack; `None` for another value.
    fn top_node(&mut self) -> Result<Option<&mut Node<'a>>, WeightsError> {
        Ok(match self.top()? {
            Value::Node(place) => self.nodes.get_mut(place),
            _ => None,
        })
    }

    fn above_mark(&mut self) -> Result<Vec<Value<'a>>, WeightsError> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.wrong("a mark on the stack", "none")),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WeightsError> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let Some(taken) = rest.get(..count) else {
            return Err(self.wrong(
                format!("{count} more bytes at byte {}", self.at),
                format!("the end after {}", rest.len()),
            ));
        };
        self.at += count;
        Ok(taken)
    }

    /// A little-endian number.
    fn whole<const BYTES: usize>(&mut self) -> Result<u64, WeightsError> {
        let bytes = self.take(BYTES)?.iter().rev();
        Ok(bytes.fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// Text up to a line feed.
    fn line(&mut self) -> Result<&'a str, WeightsError> {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let text = rest
            .iter()
            .take(limits::NAME)
            .position(|byte| *byte == b'\n')
            .and_then(|end| std::str::from_utf8(&rest[..end]).ok())
            .ok_or_else(|| self.wrong("a name and a line feed", "neither"))?;
        self.at += text.len() + 1;
        Ok(text)
    }

    fn describe(&self, value: Value<'a>) -> String {
        Pickled::describe(&self.nodes, value)
    }

    fn wrong(&self, expected: impl Into<String>, found: impl Into<String>) -> WeightsError {
        WeightsError::pickle(self.instruction, expected, found)
    }

    fn wrong_top(&self, expected: &str) -> WeightsError {
        match self.top() {
            Ok(value) => self.wrong(expected, self.describe(value)),
            Err(error) => error,
        }
    }
}

/// A part of a tuple; absent ones are `None`.
fn part<'a>(parts: &[Value<'a>], place: usize) -> Value<'a> {
    parts.get(place).copied().unwrap_or(Value::None)
}

/// A value as a size or position.
pub(super) fn size(value: Value<'_>) -> Option<usize> {
    match value {
        Value::Whole(n) => usize::try_from(n).ok(),
        _ => None,
    }
}
