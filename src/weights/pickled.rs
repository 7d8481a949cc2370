//! What a pickle makes: values, and the containers and tensors that they point at.

use std::collections::BTreeMap;

use super::element::Element;

/// A value on the stack. Containers lie beside it, so that a value is copied without following it
/// and no depth of nesting can exhaust the program's own stack.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    None,
    Truth(bool),
    Whole(i128),
    /// A floating-point number; nothing in a `state_dict` depends on one.
    Real,
    Text(&'a str),
    Global(Global),
    Storage(Storage<'a>),
    /// A place in [`Pickled::nodes`].
    Node(usize),
}

/// A Python object that is called by its name. There are no others.
#[derive(Clone, Copy, Debug)]
pub(super) enum Global {
    OrderedDict,
    /// `torch._utils._rebuild_tensor(storage, offset, shape, strides)`.
    RebuildTensor,
    /// The same with `(…, requires_grad, backward_hooks[, metadata])`.
    RebuildTensorV2,
    /// `torch._utils._rebuild_parameter(tensor, requires_grad, backward_hooks[, state])`.
    RebuildParameter,
    /// A class of storages.
    Storage(Element),
}

/// Numbers that lie elsewhere in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Storage<'a> {
    pub element: Element,
    pub key: &'a str,
    /// How many elements the pickle says it has.
    pub count: usize,
}

/// A view of a storage: element (i, j, …) is number `offset + i · strides[0] + j · strides[1] + …`.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub storage: Storage<'a>,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
    /// Where the pickle makes it.
    pub at: usize,
}

/// What a value points at.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    /// Keys and values in order of insertion; `dict` and `OrderedDict` alike.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    Tensor(View<'a>),
}

/// A whole pickle.
#[derive(Debug)]
pub(super) struct Pickled<'a> {
    /// What it is.
    pub root: Value<'a>,
    /// Where its first byte lies.
    pub at: usize,
    /// One past its last byte.
    pub end: usize,
    /// What its values point at.
    pub nodes: Vec<Node<'a>>,
    /// The storages that it names, by key.
    pub storages: BTreeMap<&'a str, Storage<'a>>,
}

impl Global {
    /// The object of that name, if a `state_dict` may need it.
    pub fn named(module: &str, name: &str) -> Option<Self> {
        match (module, name) {
            ("collections", "OrderedDict") => Some(Self::OrderedDict),
            ("torch._utils", "_rebuild_tensor") => Some(Self::RebuildTensor),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Self::RebuildTensorV2),
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Some(Self::RebuildParameter)
            }
            ("torch", class) => Element::of_storage(class).map(Self::Storage),
            _ => None,
        }
    }
}

impl Storage<'_> {
    /// Bytes of its elements; `None` where that is not even a number.
    pub fn bytes(&self) -> Option<usize> {
        self.count.checked_mul(self.element.size())
    }
}

impl<'a> Pickled<'a> {
    /// The elements of a tuple; `None` for anything else.
    pub fn tuple<'n>(nodes: &'n [Node<'a>], value: Value<'a>) -> Option<&'n [Value<'a>]> {
        match node(nodes, value)? {
            Node::Tuple(values) => Some(values),
            _ => None,
        }
    }

    /// The elements of a list; `None` for anything else.
    pub fn list(&self) -> Option<&[Value<'a>]> {
        match node(&self.nodes, self.root)? {
            Node::List(values) => Some(values),
            _ => None,
        }
    }

    /// Keys and values of a dictionary; `None` for anything else.
    pub fn dict(&self) -> Option<&[(Value<'a>, Value<'a>)]> {
        match node(&self.nodes, self.root)? {
            Node::Dict(items) => Some(items),
            _ => None,
        }
    }

    /// A tensor; `None` for anything else.
    pub fn tensor(&self, value: Value<'a>) -> Option<&View<'a>> {
        match node(&self.nodes, value)? {
            Node::Tensor(view) => Some(view),
            _ => None,
        }
    }

    /// The value in words.
    pub fn describe(nodes: &[Node<'a>], value: Value<'a>) -> String {
        match value {
            Value::None => "None".to_owned(),
            Value::Truth(true) => "True".to_owned(),
            Value::Truth(false) => "False".to_owned(),
            Value::Whole(n) => n.to_string(),
            Value::Real => "a floating-point number".to_owned(),
            Value::Text(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
            Value::Global(_) => "a function or class".to_owned(),
            Value::Storage(_) => "a storage".to_owned(),
            Value::Node(_) => match node(nodes, value) {
                Some(Node::Tuple(values)) => format!("a tuple of {}", values.len()),
                Some(Node::List(values)) => format!("a list of {}", values.len()),
                Some(Node::Dict(items)) => format!("a dictionary of {}", items.len()),
                Some(Node::Tensor(_)) => "a tensor".to_owned(),
                None => "nothing".to_owned(),
            },
        }
    }
}

fn node<'n, 'a>(nodes: &'n [Node<'a>], value: Value<'a>) -> Option<&'n Node<'a>> {
    match value {
        Value::Node(place) => nodes.get(place),
        _ => None,
    }
}
