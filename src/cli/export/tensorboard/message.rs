//! The protocol buffers of an event file, as bytes.
//!
//! By hand: of ten small messages that are only ever written, all that there is to encode is four kinds of
//! field. A library for it would bring a derive macro and declarations as long as this file. The field
//! numbers are those of `event.proto`, `summary.proto`, `tensor.proto` and the hparams plugin's `api.proto`
//! and `plugin_data.proto`, of TensorBoard 2.21, which reads what is written here in a test.

/// A message under construction. Fields are written in the order in which they are added.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    pub fn int(mut self, field: u64, value: u64) -> Self {
        self.key(field, 0);
        self.varint(value);
        self
    }

    pub fn double(mut self, field: u64, value: f64) -> Self {
        self.key(field, 1);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub fn float(mut self, field: u64, value: f32) -> Self {
        self.key(field, 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.key(field, 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    pub fn message(self, field: u64, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    fn key(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    /// Seven bits a byte, the lowest first; all but the last have the highest bit set.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The first event of a file.
pub(super) fn file_version(wall_time: f64) -> Message {
    Message::default()
        .double(1, wall_time)
        .text(3, "brain.Event:2")
}

/// What was measured at a step.
pub(super) fn event(wall_time: f64, step: u64, values: &[Message]) -> Message {
    let summary = values.iter().fold(Message::default(), |summary, value| {
        summary.message(1, value)
    });
    Message::default()
        .double(1, wall_time)
        .int(2, step)
        .message(5, &summary)
}

/// A number under a tag; what it is the first value of a tag tells.
pub(super) fn scalar(tag: &str, value: f32, about: Option<(&str, &str)>) -> Message {
    const SCALAR: u64 = 1;
    let message = Message::default().text(1, tag).float(2, value);
    match about {
        None => message,
        Some((name, description)) => {
            let metadata = plugin("scalars", &Message::default());
            let metadata = metadata.text(2, name).text(3, description);
            // Without the class TensorBoard's reader in Rust drops the words.
            message.message(9, &metadata.int(4, SCALAR))
        }
    }
}

/// A picture under a tag.
pub(super) fn picture(tag: &str, (width, height): (u32, u32), png: &[u8]) -> Message {
    const RGB: u64 = 3;
    let image = Message::default()
        .int(1, height.into())
        .int(2, width.into())
        .int(3, RGB)
        .bytes(4, png);
    Message::default().text(1, tag).message(4, &image)
}

/// A value whose content is in what its plugin is told of it; it needs a tensor all the same.
pub(super) fn told(tag: &str, plugin_name: &str, content: &Message) -> Message {
    const FLOAT: u64 = 1;
    let shape = Message::default().message(2, &Message::default().int(1, 0));
    let empty = Message::default().int(1, FLOAT).message(2, &shape);
    Message::default()
        .text(1, tag)
        .message(8, &empty)
        .message(9, &plugin(plugin_name, content))
}

fn plugin(name: &str, content: &Message) -> Message {
    let data = Message::default().text(1, name).message(2, content);
    Message::default().message(1, &data)
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn fields_are_encoded_as_in_the_specification() {
        // protobuf.dev, 'Encoding': field 1 = 150 is 08 96 01; field 2 = "testing" is
        // 12 07 74 65 73 74 69 6e 67; a message with 150 in its field 1 as field 3 is 1a 03 08 96 01.
        let inner = Message::default().int(1, 150);
        assert_eq!(inner.as_bytes(), [0x08, 0x96, 0x01]);
        let text = Message::default().text(2, "testing");
        assert_eq!(text.as_bytes(), b"\x12\x07testing");
        let outer = Message::default().message(3, &inner);
        assert_eq!(outer.as_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        // Wire types 1 and 5: 64 and 32 bits, little-endian. 1.0 is 3ff0…0 and 3f80 0000.
        let double = Message::default().double(1, 1.0);
        assert_eq!(double.as_bytes(), [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        let float = Message::default().float(2, 1.0);
        assert_eq!(float.as_bytes(), [0x15, 0, 0, 0x80, 0x3f]);
        let large = Message::default().int(1, u64::MAX);
        assert_eq!(large.as_bytes()[1..], [[0xff; 9].as_slice(), &[1]].concat());
    }
}
