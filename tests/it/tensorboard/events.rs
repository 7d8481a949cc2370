//! Event files read by hand, from the specifications of their framing and encoding alone.

use std::error::Error;

/// A number of an event file.
#[derive(Debug)]
pub(super) struct Scalar {
    pub wall_time: f64,
    pub step: u64,
    pub tag: String,
    pub value: f32,
}

/// CRC-32C bit by bit: the polynomial 1EDC6F41, here with its bits turned round (RFC 3720, section 12.1).
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x82f6_3b78;
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            0 => crc >> 1,
            _ => crc >> 1 ^ POLYNOMIAL,
        })
    })
}

/// The records of a file, whose checksums must be right.
fn records(mut file: &[u8]) -> Result<Vec<&[u8]>, Box<dyn Error>> {
    let mut records = Vec::new();
    let mut take = |n: usize| -> Result<&[u8], Box<dyn Error>> {
        let (taken, rest) = file
            .split_at_checked(n)
            .ok_or("the file ends in a record")?;
        file = rest;
        Ok(taken)
    };
    let check = |bytes: &[u8], found: &[u8]| {
        let crc = crc32c(bytes);
        let masked = crc.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(found, masked.to_le_bytes());
    };
    while let Ok(length) = take(8) {
        check(length, take(4)?);
        let record = take(usize::try_from(u64::from_le_bytes(length.try_into()?))?)?;
        check(record, take(4)?);
        records.push(record);
    }
    Ok(records)
}

/// The value of a field.
#[derive(Clone, Copy)]
enum Field<'a> {
    Int(u64),
    Double(f64),
    Bytes(&'a [u8]),
    Float(f32),
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Box<dyn Error>> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or("the message ends in a number")?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number of more than 64 bits".into())
}

fn fields(mut message: &[u8]) -> Result<Vec<(u64, Field<'_>)>, Box<dyn Error>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let length = match key & 7 {
            0 => 0,
            1 => 8,
            2 => usize::try_from(varint(&mut message)?)?,
            5 => 4,
            other => return Err(format!("wire type {other}").into()),
        };
        if key & 7 == 0 {
            fields.push((key >> 3, Field::Int(varint(&mut message)?)));
            continue;
        }
        let (bytes, rest) = message.split_at_checked(length).ok_or("a field ends")?;
        message = rest;
        let field = match key & 7 {
            1 => Field::Double(f64::from_le_bytes(bytes.try_into()?)),
            5 => Field::Float(f32::from_le_bytes(bytes.try_into()?)),
            _ => Field::Bytes(bytes),
        };
        fields.push((key >> 3, field));
    }
    Ok(fields)
}

/// Every value with `simple_value`, in order, of a file that begins with its version.
pub(super) fn scalars(file: &[u8]) -> Result<Vec<Scalar>, Box<dyn Error>> {
    let mut scalars = Vec::new();
    for (i, record) in records(file)?.into_iter().enumerate() {
        let (mut wall_time, mut step) = (f64::NAN, 0);
        let mut values = Vec::new();
        let mut version = None;
        for (number, field) in fields(record)? {
            match (number, field) {
                (1, Field::Double(x)) => wall_time = x,
                (2, Field::Int(n)) => step = n,
                (3, Field::Bytes(text)) => version = Some(text),
                (5, Field::Bytes(summary)) => values = fields(summary)?,
                _ => return Err(format!("field {number} of an event").into()),
            }
        }
        assert_eq!(version, (i == 0).then_some(&b"brain.Event:2"[..]));
        for (_, value) in values {
            let Field::Bytes(value) = value else {
                return Err("a value that is no message".into());
            };
            let (mut tag, mut number) = (String::new(), None);
            for field in fields(value)? {
                match field {
                    (1, Field::Bytes(text)) => tag = String::from_utf8(text.to_vec())?,
                    (2, Field::Float(x)) => number = Some(x),
                    _ => {}
                }
            }
            scalars.extend(number.map(|value| Scalar {
                wall_time,
                step,
                tag,
                value,
            }));
        }
    }
    Ok(scalars)
}

#[test]
fn the_checksum_by_hand_is_that_of_rfc_3720() {
    // Appendix B.4: 32 bytes of zeros, 32 bytes of ones.
    assert_eq!(crc32c(&[0; 32]).to_le_bytes(), [0xaa, 0x36, 0x91, 0x8a]);
    assert_eq!(crc32c(&[0xff; 32]).to_le_bytes(), [0x43, 0xab, 0xa8, 0x62]);
}
