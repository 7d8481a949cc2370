//! From pickled calls to tensors: what `torch._utils` does on the Python side.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::pickle::size;
use super::pickled::{Global, Node, Pickled, Storage, Value, View};
use super::{Tensor, WeightsError, limits};

/// What a call gives.
pub(super) enum Made<'a> {
    /// A value that was there before.
    Known(Value<'a>),
    /// A new container or tensor.
    New(Node<'a>),
}

/// Calls a function of a pickle; `at` is the position of the call.
///
/// # Errors
/// [`WeightsError::Pickle`] if the arguments are not its.
pub(super) fn call<'a>(
    function: Global,
    arguments: &[Value<'a>],
    nodes: &[Node<'a>],
    at: usize,
) -> Result<Made<'a>, WeightsError> {
    let wrong = |expected: &str| {
        let found: Vec<String> = arguments
            .iter()
            .take(8)
            .map(|value| Pickled::describe(nodes, *value))
            .collect();
        let found = format!("({})", found.join(", "));
        WeightsError::pickle(at, expected, found)
    };
    match (function, arguments) {
        (Global::OrderedDict, []) => Ok(Made::New(Node::Dict(Vec::new()))),
        // Python 2 gives the items as a list of pairs.
        (Global::OrderedDict, [items]) => pairs(*items, nodes)
            .map(|items| Made::New(Node::Dict(items)))
            .ok_or_else(|| wrong("keys with their values")),
        (Global::RebuildTensor, [Value::Storage(storage), offset, shape, strides])
        | (
            Global::RebuildTensorV2,
            [Value::Storage(storage), offset, shape, strides, _, _]
            | [Value::Storage(storage), offset, shape, strides, _, _, _],
        ) => view(*storage, [*offset, *shape, *strides], nodes, at)
            .map(|view| Made::New(Node::Tensor(view)))
            .ok_or_else(|| wrong("a storage, an offset, a shape and as many strides")),
        (
            Global::RebuildParameter,
            [tensor @ Value::Node(place), _, _] | [tensor @ Value::Node(place), _, _, _],
        ) if matches!(nodes.get(*place), Some(Node::Tensor(_))) => Ok(Made::Known(*tensor)),
        (Global::RebuildParameter, _) => Err(wrong("a tensor to make a parameter of")),
        (Global::RebuildTensor | Global::RebuildTensorV2, _) => {
            Err(wrong("the arguments of a tensor"))
        }
        (Global::OrderedDict, _) => Err(wrong("no arguments, or keys with their values")),
        (Global::Storage(_), _) => Err(wrong("no call of a storage's class")),
    }
}

type Items<'a> = Vec<(Value<'a>, Value<'a>)>;

fn pairs<'a>(items: Value<'a>, nodes: &[Node<'a>]) -> Option<Items<'a>> {
    let elements = |value| match value {
        Value::Node(place) => match nodes.get(place)? {
            Node::List(values) | Node::Tuple(values) => Some(values),
            _ => None,
        },
        _ => None,
    };
    let pair = |item: &Value<'a>| match elements(*item)?[..] {
        [key, value] => Some((key, value)),
        _ => None,
    };
    elements(items)?.iter().map(pair).collect()
}

fn view<'a>(
    storage: Storage<'a>,
    [offset, shape, strides]: [Value<'a>; 3],
    nodes: &[Node<'a>],
    at: usize,
) -> Option<View<'a>> {
    let sizes = |tuple| -> Option<Vec<usize>> {
        let values = Pickled::tuple(nodes, tuple)?;
        if values.len() > limits::DIMENSIONS {
            return None;
        }
        values.iter().map(|value| size(*value)).collect()
    };
    let view = View {
        storage,
        offset: size(offset)?,
        shape: sizes(shape)?,
        strides: sizes(strides)?,
        at,
    };
    (view.shape.len() == view.strides.len()).then_some(view)
}

/// The tensors of an unpickled `state_dict`. `storage` gives a storage's bytes, or says why not.
///
/// # Errors
/// [`WeightsError`] if it is no dictionary of tensors, if a tensor reaches outside its storage, or
/// if all together hold more values than the file (`length` bytes) could: views may share and
/// repeat numbers, but not without end.
pub(super) fn tensors<'b>(
    pickled: &Pickled<'_>,
    length: usize,
    mut storage: impl FnMut(&Storage<'_>, usize) -> Result<&'b [u8], WeightsError>,
) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    let wrong = |value, expected: &str| {
        WeightsError::pickle(
            pickled.at,
            expected,
            Pickled::describe(&pickled.nodes, value),
        )
    };
    let items = pickled
        .dict()
        .ok_or_else(|| wrong(pickled.root, "a state_dict, a dictionary of tensors"))?;
    let mut room = length;
    let mut tensors = BTreeMap::new();
    for (key, value) in items {
        let Value::Text(name) = *key else {
            return Err(wrong(*key, "names as keys of the state_dict"));
        };
        let view = pickled
            .tensor(*value)
            .ok_or_else(|| wrong(*value, &format!("a tensor under the name {name:?}")))?;
        let count = view.check(name)?;
        room = room.checked_sub(count).ok_or_else(|| {
            let problem = format!("repeats numbers more often than the file has bytes, {length}");
            view.wrong(name, problem)
        })?;
        let bytes = storage(&view.storage, view.at)?;
        let Entry::Vacant(place) = tensors.entry(name.to_owned()) else {
            return Err(view.wrong(name, "is there twice".to_owned()));
        };
        place.insert(view.storage.element.is_real().then(|| Tensor {
            shape: view.shape.clone(),
            values: view.values(bytes, count),
        }));
    }
    let real = |(name, tensor): (String, Option<Tensor>)| Some((name, tensor?));
    Ok(tensors.into_iter().filter_map(real).collect())
}

impl View<'_> {
    /// How many values it has, all within its storage.
    fn check(&self, name: &str) -> Result<usize, WeightsError> {
        let held = self.storage.count;
        let outside = || {
            let Self {
                offset,
                shape,
                strides,
                ..
            } = self;
            let problem = format!(
                "of shape {shape:?}, strides {strides:?} and offset {offset} reaches outside \
                 its storage of {held} numbers"
            );
            self.wrong(name, problem)
        };
        // Zero first: the product of the others need not be a number.
        if self.shape.contains(&0) {
            return if self.offset <= held {
                Ok(0)
            } else {
                Err(outside())
            };
        }
        let mut count = 1_usize;
        let mut last = self.offset;
        for (size, stride) in self.shape.iter().zip(&self.strides) {
            let along = (size - 1).checked_mul(*stride);
            last = along
                .and_then(|along| last.checked_add(along))
                .ok_or_else(outside)?;
            count = count.checked_mul(*size).ok_or_else(outside)?;
        }
        if last < held {
            Ok(count)
        } else {
            Err(outside())
        }
    }

    /// Its `count` values, row-major, out of its storage's bytes; [`Self::check`] has passed.
    fn values(&self, bytes: &[u8], count: usize) -> Vec<f32> {
        let element = self.storage.element;
        let mut values = Vec::with_capacity(count);
        if count == 0 {
            return values;
        }
        // The longest inner part that lies in one piece, then one piece after another.
        let mut piece = 1;
        let mut outer = self.shape.len();
        while outer > 0 && (self.strides[outer - 1] == piece || self.shape[outer - 1] == 1) {
            piece *= self.shape[outer - 1];
            outer -= 1;
        }
        let mut place = vec![0; outer];
        for _ in 0..count / piece {
            let offset = place
                .iter()
                .zip(&self.strides)
                .map(|(i, stride)| i * stride);
            let from = (self.offset + offset.sum::<usize>()) * element.size();
            element.convert(&bytes[from..from + piece * element.size()], &mut values);
            for (i, size) in place.iter_mut().zip(&self.shape).rev() {
                *i += 1;
                if *i < *size {
                    break;
                }
                *i = 0;
            }
        }
        values
    }

    fn wrong(&self, name: &str, problem: String) -> WeightsError {
        WeightsError::Tensor {
            name: name.to_owned(),
            at: self.at,
            problem,
        }
    }
}
