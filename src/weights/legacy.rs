//! The format of `torch.save` before 1.6: four pickles (a magic number, the protocol, the writing
//! machine, the `state_dict`), a fifth with the storages' keys, then their numbers in that order,
//! each after its count in eight bytes. There is no checksum.

use std::collections::{BTreeMap, HashMap};

use super::pickled::{Pickled, Value};
use super::{Tensor, WeightsError, pickle, state_dict};

/// `torch.serialization.MAGIC_NUMBER`.
const MAGIC: i128 = 0x1950_a86a_20f9_469c_fc6c;

/// `torch.serialization.PROTOCOL_VERSION`.
const PROTOCOL: i128 = 1001;

/// Whether the content begins as a pickle does, with its protocol.
pub(super) fn begins(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..])
}

/// Reads the content of a file.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    let magic = expect(bytes, 0, "torch's magic number", MAGIC)?;
    let protocol = expect(bytes, magic.end, "torch's protocol", PROTOCOL)?;
    let machine = pickle::read(bytes, protocol.end)?;
    check_machine(&machine)?;
    let state = pickle::read(bytes, machine.end)?;
    let keys = pickle::read(bytes, state.end)?;
    let storages = storages(bytes, &state, &keys)?;
    state_dict::tensors(&state, bytes.len(), |storage, at| {
        storages.get(storage.key).copied().ok_or_else(|| {
            let expected = format!("the storage '{}' to be among the file's", storage.key);
            WeightsError::pickle(at, expected, format!("{} others", storages.len()))
        })
    })
}

/// A pickle of one integer.
fn expect<'a>(
    bytes: &'a [u8],
    at: usize,
    name: &str,
    number: i128,
) -> Result<Pickled<'a>, WeightsError> {
    let pickled = pickle::read(bytes, at)?;
    match pickled.root {
        Value::Whole(found) if found == number => Ok(pickled),
        other => {
            let found = Pickled::describe(&pickled.nodes, other);
            Err(WeightsError::pickle(at, format!("{name} {number}"), found))
        }
    }
}

/// The numbers are in the byte order of the machine that wrote them; only little-endian is read.
fn check_machine(machine: &Pickled<'_>) -> Result<(), WeightsError> {
    let order = machine.dict().and_then(|items| {
        let mut orders = items
            .iter()
            .filter(|(key, _)| matches!(key, Value::Text("little_endian")));
        orders.next_back().map(|(_, order)| *order)
    });
    match order {
        Some(Value::Truth(true)) => Ok(()),
        other => Err(WeightsError::pickle(
            machine.at,
            "numbers written by a little-endian machine",
            match other {
                Some(Value::Truth(false)) => "a big-endian one's",
                _ => "no 'little_endian' that is true or false",
            },
        )),
    }
}

/// The bytes of every storage that the file holds.
fn storages<'a>(
    bytes: &'a [u8],
    state: &Pickled<'a>,
    keys: &Pickled<'a>,
) -> Result<HashMap<&'a str, &'a [u8]>, WeightsError> {
    /// Bytes of a storage's count.
    const COUNT: usize = 8;

    let wrong = |expected: &str, value| {
        WeightsError::pickle(keys.at, expected, Pickled::describe(&keys.nodes, value))
    };
    let list = keys
        .list()
        .ok_or_else(|| wrong("a list of storages' keys", keys.root))?;
    let mut storages = HashMap::new();
    let mut at = keys.end;
    for key in list {
        let storage = match key {
            Value::Text(key) => state.storages.get(key),
            _ => None,
        };
        let storage = storage.ok_or_else(|| wrong("keys of the state_dict's storages", *key))?;
        let rest = &bytes[at..];
        let (count, rest) = rest.split_first_chunk::<COUNT>().ok_or_else(|| {
            let expected = format!("the count of the storage '{}'", storage.key);
            WeightsError::pickle(at, expected, format!("the end after {} bytes", rest.len()))
        })?;
        let count = u64::from_le_bytes(*count);
        if count != storage.count as u64 {
            return Err(WeightsError::pickle(
                at,
                format!("a storage '{}' of {} numbers", storage.key, storage.count),
                format!("one of {count}"),
            ));
        }
        at += COUNT;
        let numbers = storage.bytes().and_then(|size| rest.get(..size));
        let numbers = numbers.ok_or_else(|| {
            WeightsError::pickle(
                at,
                format!("{} numbers of the storage '{}'", storage.count, storage.key),
                format!("the end after {} bytes", rest.len()),
            )
        })?;
        at += numbers.len();
        storages.insert(storage.key, numbers);
    }
    Ok(storages)
}
