//! NumPy's `.npy` files: a header, a Python dictionary as text, and the numbers.
//!
//! The format: NumPy's documentation, `numpy.lib.format`. Versions 1 to 3 are read. What the header
//! claims is compared with what is there before anything is made of it.

use super::array::{Array, Element};

/// How a file begins.
const MAGIC: &[u8] = b"\x93NUMPY";

/// What is read, for errors.
const ADVICE: &str = "what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of \
                      little-endian float32, float64 or uint8";

/// The array of a file. What follows it is left alone, as NumPy does.
///
/// # Errors
/// What is wrong with the file, and where.
pub(super) fn read(file: &[u8]) -> Result<Array<'_>, String> {
    let Some(rest) = file.strip_prefix(MAGIC) else {
        return Err("it does not begin as NumPy's .npy files do".to_owned());
    };
    let short = |at: usize| format!("it ends in its header, which begins at byte {at}");
    let ([version, _], rest) = rest.split_first_chunk().ok_or_else(|| short(0))?;
    let (length, rest) = match version {
        1 => rest
            .split_first_chunk()
            .map(|(length, rest)| (usize::from(u16::from_le_bytes(*length)), rest)),
        2 | 3 => rest
            .split_first_chunk()
            .map(|(length, rest)| (u32::from_le_bytes(*length) as usize, rest)),
        other => {
            return Err(format!(
                "its format is version {other} at byte {}, expected 1 to 3; {ADVICE}",
                MAGIC.len()
            ));
        }
    }
    .ok_or_else(|| short(0))?;
    let begin = file.len() - rest.len();
    let (header, content) = rest.split_at_checked(length).ok_or_else(|| short(begin))?;
    let wrong = |problem: String| format!("its header at byte {begin}: {problem}; {ADVICE}");
    let text = std::str::from_utf8(header).map_err(|_| wrong("it is no text".to_owned()))?;
    let (element, shape) = parsed(text).map_err(wrong)?;
    Array::new(element, shape, content)
        .map_err(|problem| format!("at byte {}: {problem}", begin + length))
}

/// Type and shape that a header announces: `{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }`.
fn parsed(header: &str) -> Result<(Element, Vec<usize>), String> {
    let inner = header
        .trim()
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .ok_or_else(|| "it is no dictionary".to_owned())?;
    let (mut descr, mut order, mut shape) = (None, None, None);
    for entry in entries(inner) {
        let Some((key, value)) = entry.split_once(':') else {
            return Err(format!(
                "expected a key and a value, found {}",
                shown(entry)
            ));
        };
        let place = match key.trim().trim_matches(['\'', '"']) {
            "descr" => &mut descr,
            "fortran_order" => &mut order,
            "shape" => &mut shape,
            other => return Err(format!("unknown key {}", shown(other))),
        };
        *place = Some(value.trim());
    }
    match order {
        None | Some("False") => {}
        Some(other) => {
            return Err(format!(
                "'fortran_order' is {}, expected False",
                shown(other)
            ));
        }
    }
    let descr = descr.ok_or("it has no 'descr'")?;
    let element = element(descr.trim_matches(['\'', '"']))
        .ok_or_else(|| format!("'descr' is {}, which is not read", shown(descr)))?;
    let shape = shape.ok_or("it has no 'shape'")?;
    let sizes = sizes(shape)
        .ok_or_else(|| format!("'shape' is {}, expected a tuple of sizes", shown(shape)))?;
    Ok((element, sizes))
}

/// The parts between the commas that are in no brackets.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i64;
    let parts = text.split(move |c| {
        depth += match c {
            '(' | '[' => 1,
            ')' | ']' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// Numbers of one byte have no order; the host's (`=`) is little-endian where this runs.
fn element(descr: &str) -> Option<Element> {
    let element = match descr.trim_start_matches(['<', '=', '|']) {
        "u1" | "B" | "b1" | "?" => Element::U8,
        "i2" | "h" => Element::I16,
        "i4" | "i" => Element::I32,
        "u4" | "I" => Element::U32,
        "i8" | "q" => Element::I64,
        "f2" | "e" => Element::F16,
        "f4" | "f" => Element::F32,
        "f8" | "d" => Element::F64,
        _ => return None,
    };
    Some(element)
}

fn sizes(tuple: &str) -> Option<Vec<usize>> {
    let inner = tuple.strip_prefix('(')?.strip_suffix(')')?.trim();
    let inner = inner.strip_suffix(',').unwrap_or(inner).trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner.split(',').map(|n| n.trim().parse().ok()).collect()
}

/// A part of a header that fits into a message.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    format!("{:?}", text.chars().take(MOST).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::read;

    fn file(header: &str, content: &[u8]) -> Vec<u8> {
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(content);
        file
    }

    fn message(file: &[u8]) -> String {
        read(file).expect_err("a file that is refused")
    }

    #[test]
    fn a_file_of_numpy_is_read() {
        // numpy.save(f, numpy.array([[1, 2], [-0.5, 1e3]], dtype=numpy.float16)), NumPy 2.3.
        let header = format!(
            "{{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }}{:57}\n",
            ""
        );
        let bytes = [0x00, 0x3c, 0x00, 0x40, 0x00, 0xb8, 0xd0, 0x63];
        let file = file(&header, &bytes);
        let array = read(&file).expect("an array");
        assert_eq!(array.shape(), [2, 2]);
        assert_eq!(array.to_f64(), [1.0, 2.0, -0.5, 1000.0]);
    }

    #[test]
    fn one_dimension_and_none_have_their_own_notation() {
        let line = file(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }",
            &[1, 2, 3],
        );
        assert_eq!(read(&line).expect("an array").shape(), [3]);
        let scalar = file(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (), }",
            &[1],
        );
        assert!(read(&scalar).expect("an array").shape().is_empty());
    }

    #[test]
    fn what_a_header_claims_is_not_believed() {
        let claims = |shape: &str| {
            let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
            message(&file(&header, &[0; 16]))
        };
        insta::assert_snapshot!(claims("(1000000000000,)"), @"at byte 79: 16 bytes are there, expected 1000000000000 numbers of 8 bytes for the shape [1000000000000]");
        insta::assert_snapshot!(claims("(4294967296, 4294967296, 2)"), @"at byte 90: the shape [4294967296, 4294967296, 2] is of more numbers than can be counted");
        insta::assert_snapshot!(claims("(0, 9223372036854775807, 9223372036854775807)"), @"at byte 108: the shape [0, 9223372036854775807, 9223372036854775807] is of more numbers than can be counted");
        insta::assert_snapshot!(claims("(-1,)"), @r#"its header at byte 10: 'shape' is "(-1,)", expected a tuple of sizes; what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of little-endian float32, float64 or uint8"#);
        // A header of 4 GiB.
        let mut long = b"\x93NUMPY\x02\x00".to_vec();
        long.extend([0xff; 4]);
        insta::assert_snapshot!(message(&long), @"it ends in its header, which begins at byte 12");
    }

    #[test]
    fn what_is_not_read_is_told() {
        let of = |header: &str| message(&file(header, &[0; 8]));
        insta::assert_snapshot!(of("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }"), @r#"its header at byte 10: 'descr' is "'>f8'", which is not read; what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of little-endian float32, float64 or uint8"#);
        insta::assert_snapshot!(of("{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }"), @r#"its header at byte 10: 'fortran_order' is "True", expected False; what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of little-endian float32, float64 or uint8"#);
        insta::assert_snapshot!(of("{'descr': [('x', '<f4')], 'shape': (1,)}"), @r#"its header at byte 10: 'descr' is "[('x', '<f4')]", which is not read; what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of little-endian float32, float64 or uint8"#);
        insta::assert_snapshot!(message(b"\x93NUMPY\x04\x00"), @"its format is version 4 at byte 6, expected 1 to 3; what is read is numpy.save(FILE, numpy.ascontiguousarray(x)) of little-endian float32, float64 or uint8");
    }
}
