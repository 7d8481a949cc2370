//! Files that torch 2.15 wrote (`benches/peers/inception.py state-dicts tests/it/weights`), and what
//! became of them: cut, changed in single bits, made up.

use std::io::{Cursor, Write};

use proptest::prelude::*;

use super::{Tensor, Weights, WeightsError};

const LEGACY: &[u8] = include_bytes!("../../tests/it/weights/legacy.pth");
const PROTOCOL_4: &[u8] = include_bytes!("../../tests/it/weights/legacy-protocol-4.pth");
const ZIP: &[u8] = include_bytes!("../../tests/it/weights/zip.pth");
const MODULE: &[u8] = include_bytes!("../../tests/it/weights/module.pth");
const CHECKPOINT: &[u8] = include_bytes!("../../tests/it/weights/checkpoint.pth");

fn tensor(shape: &[usize], values: &[f32]) -> Tensor {
    Tensor {
        shape: shape.to_vec(),
        values: values.to_vec(),
    }
}

/// The tensors as the script fills them.
fn expected() -> Weights {
    let whole: Vec<f32> = (0..12_u8).map(f32::from).collect();
    [
        (
            "0.weight",
            tensor(&[2, 3], &[0.0, 0.125, 0.25, 0.375, 0.5, 0.625]),
        ),
        ("0.bias", tensor(&[2], &[1.0, 1.125])),
        ("1.weight", tensor(&[2], &[2.0, 2.125])),
        ("1.bias", tensor(&[2], &[3.0, 3.125])),
        ("1.running_mean", tensor(&[2], &[0.0, 0.0])),
        ("1.running_var", tensor(&[2], &[1.0, 1.0])),
        (
            "transposed",
            tensor(
                &[4, 3],
                &[0.0, 4.0, 8.0, 1.0, 5.0, 9.0, 2.0, 6.0, 10.0, 3.0, 7.0, 11.0],
            ),
        ),
        ("part", tensor(&[3], &[2.0, 5.0, 8.0])),
        ("whole", tensor(&[12], &whole)),
        ("repeated", tensor(&[2, 3], &[0.5, 0.5, 0.5, 1.5, 1.5, 1.5])),
        ("half", tensor(&[3], &[1.0, -2.5, 65504.0])),
        // 0x7f62 is the bfloat16 nearest to 3.0e38: 1.765625 · 2¹²⁷.
        (
            "bfloat",
            tensor(&[3], &[1.0, -2.5, f32::from_bits(0x7f62 << 16)]),
        ),
        ("double", tensor(&[1, 2], &[0.1, 1e-3])),
        ("not finite", tensor(&[2], &[1.0, f32::INFINITY])),
        ("parameter", tensor(&[1, 1, 1], &[7.0])),
        ("empty", tensor(&[0, 4], &[])),
        ("scalar", tensor(&[], &[2.5])),
    ]
    .map(|(name, tensor)| (name.to_owned(), tensor))
    .into_iter()
    .collect()
}

fn message(bytes: &[u8]) -> String {
    Weights::from_bytes(bytes)
        .expect_err("a file that is refused")
        .to_string()
}

#[test]
fn the_older_format_is_read_with_all_its_views_and_number_types() {
    assert_eq!(Weights::from_bytes(LEGACY).expect("legacy"), expected());
}

#[test]
fn the_zip_format_holds_the_same() {
    assert_eq!(Weights::from_bytes(ZIP).expect("zip"), expected());
}

#[test]
fn a_newer_pickle_protocol_is_read_too() {
    assert_eq!(
        Weights::from_bytes(PROTOCOL_4).expect("protocol 4"),
        expected()
    );
}

#[test]
fn safetensors_hold_the_same() {
    let bytes: Vec<Vec<u8>> = expected()
        .iter()
        .map(|(_, t)| t.values.iter().flat_map(|x| x.to_le_bytes()).collect())
        .collect();
    let tensors = expected();
    let views = tensors.iter().zip(&bytes).map(|((name, t), bytes)| {
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, t.shape.clone(), bytes);
        (name, view.expect("a view"))
    });
    let file = safetensors::serialize(views, None).expect("a file");
    assert_eq!(Weights::from_bytes(&file).expect("safetensors"), expected());
    for length in 0..file.len() {
        assert!(
            Weights::from_bytes(&file[..length]).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_on_demand() {
    let error = expected().check_finite().expect_err("an infinity");
    assert_eq!(
        error.to_string(),
        "the tensor 'not finite' holds inf at place 1, expected finite numbers"
    );
    let finite = expected();
    let finite = finite.iter().filter(|(name, _)| *name != "not finite");
    let finite: Weights = finite
        .map(|(name, t)| (name.to_owned(), t.clone()))
        .collect();
    finite.check_finite().expect("the others");
}

#[test]
fn a_whole_module_is_refused_by_the_name_of_what_it_would_make() {
    let message = message(MODULE);
    assert!(
        message.ends_with("found the Python object \"torch.nn.modules.container.Sequential\""),
        "{message}"
    );
}

#[test]
fn a_checkpoint_with_other_things_in_it_is_refused_by_the_first_of_them() {
    let message = message(CHECKPOINT);
    assert!(
        message.ends_with("expected a tensor under the name \"epoch\", found 3"),
        "{message}"
    );
}

#[test]
fn another_file_is_refused_with_its_first_bytes() {
    assert_eq!(
        message(b"GIF89a"),
        "expected a PyTorch state_dict (a zip archive, or the older format) or a safetensors file, \
         found the first bytes [47, 49, 46, 38, 39, 61]"
    );
    assert!(matches!(
        Weights::from_bytes(b""),
        Err(WeightsError::Unknown { .. })
    ));
}

#[test]
fn numbers_of_a_big_endian_machine_are_refused() {
    // NEWTRUE after the memo of 'little_endian': sys_info begins at byte 21.
    let place = LEGACY
        .windows(13)
        .position(|w| w == b"little_endian")
        .expect("sys_info")
        + 15;
    let mut bytes = LEGACY.to_vec();
    assert_eq!(bytes[place], 0x88);
    bytes[place] = 0x89;
    assert_eq!(
        message(&bytes),
        "at byte 21: expected numbers written by a little-endian machine, found a big-endian one's"
    );
    let big = zip(&[("a/byteorder", b"big"), ("a/data.pkl", b"\x80\x02}.")]);
    assert_eq!(
        message(&big),
        "'a/byteorder' in the zip archive: says \"big\", expected little-endian numbers (\"little\")"
    );
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in entries {
        zip.start_file(*name, options).expect("an entry");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn a_zip_archive_without_a_pickle_or_a_storage_is_refused_by_name() {
    assert_eq!(
        message(&zip(&[("a/data/0", b"")])),
        "'*/data.pkl' in the zip archive: is not there: not a file of torch.save"
    );
    let pickle = state(1, 0, &[1], &[1]);
    assert_eq!(
        message(&zip(&[("a/data.pkl", &pickle)])),
        "'a/data/0' in the zip archive: is not there"
    );
    assert_eq!(
        message(&zip(&[("a/data.pkl", &pickle), ("a/data/0", b"12345")])),
        "'a/data/0' in the zip archive: has 5 bytes, expected 1 numbers of 4 bytes"
    );
}

/// A pickled integer: LONG1 with eight bytes.
fn whole(n: i64) -> Vec<u8> {
    [&[0x8a, 8], &n.to_le_bytes()[..]].concat()
}

/// A pickled tuple of integers: MARK, them, TUPLE.
fn tuple(numbers: &[i64]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|n| whole(*n)).collect();
    [b"(", &numbers[..], b"t"].concat()
}

/// A pickled `state_dict` of one tensor 't' over the storage '0' of `count` floats.
fn state(count: i64, offset: i64, shape: &[i64], strides: &[i64]) -> Vec<u8> {
    let text = |s: &str| [&[0x8c, s.len() as u8], s.as_bytes()].concat();
    [
        b"\x80\x02ccollections\nOrderedDict\n)R".to_vec(),
        text("t"),
        b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
        text("storage"),
        b"ctorch\nFloatStorage\n".to_vec(),
        text("0"),
        text("cpu"),
        whole(count),
        b"tQ".to_vec(),
        whole(offset),
        tuple(shape),
        tuple(strides),
        b"\x89}tRs.".to_vec(),
    ]
    .concat()
}

/// What is read of a tensor over the numbers 1 to 4.
fn of_four(offset: i64, shape: &[i64], strides: &[i64]) -> Result<Weights, WeightsError> {
    let numbers = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    let pickle = state(4, offset, shape, strides);
    Weights::from_bytes(&zip(&[("a/data.pkl", &pickle), ("a/data/0", &numbers)]))
}

#[test]
fn a_tensor_within_its_storage_is_read() {
    let weights = of_four(1, &[3], &[1]).expect("three of four");
    assert_eq!(weights.get("t"), Some(&tensor(&[3], &[2.0, 3.0, 4.0])));
}

#[test]
fn a_tensor_that_reaches_outside_its_storage_is_refused() {
    const MOST: i64 = i64::MAX;
    let cases: [(i64, &[i64], &[i64]); 7] = [
        (2, &[3], &[1]),
        (0, &[3], &[2]),
        (4, &[1], &[1]),
        (5, &[0], &[1]),
        (MOST, &[3], &[MOST]),
        (0, &[MOST, MOST], &[1, 1]),
        (0, &[MOST, 4], &[0, 1]),
    ];
    for (offset, shape, strides) in cases {
        let error = of_four(offset, shape, strides).expect_err("outside");
        assert!(
            error
                .to_string()
                .ends_with("reaches outside its storage of 4 numbers"),
            "{error}"
        );
    }
}

#[test]
fn numbers_repeated_without_end_are_refused() {
    let error = of_four(0, &[1 << 31], &[0]).expect_err("too many");
    assert!(
        error
            .to_string()
            .contains("repeats numbers more often than the file has bytes"),
        "{error}"
    );
}

#[test]
fn negative_sizes_and_strides_are_refused() {
    for (offset, shape, stride) in [(0, -1, 1), (3, 2, -1), (-1, 1, 1)] {
        let error = of_four(offset, &[shape], &[stride]).expect_err("negative");
        assert!(matches!(error, WeightsError::Pickle { .. }), "{error}");
    }
}

#[test]
fn a_pickle_of_endless_nesting_ends_in_an_error() {
    let mut bytes = LEGACY[..137].to_vec(); // Up to the state_dict.
    bytes.extend(b"\x80\x02)");
    bytes.extend(std::iter::repeat_n(0x85, 1 << 21));
    assert!(message(&bytes).contains("expected at most 1048576 instructions"));
}

#[test]
fn a_damaged_number_in_a_zip_archive_is_seen_by_its_checksum() {
    let place = ZIP
        .windows(4)
        .position(|w| w == 7.0_f32.to_le_bytes())
        .expect("the parameter's 7");
    let mut bytes = ZIP.to_vec();
    bytes[place] ^= 1;
    assert!(
        message(&bytes).ends_with("cannot be read"),
        "{}",
        message(&bytes)
    );
}

#[test]
fn a_file_that_ends_early_is_refused_at_every_length() {
    for file in [LEGACY, PROTOCOL_4, ZIP] {
        for length in 0..file.len() {
            assert!(
                Weights::from_bytes(&file[..length]).is_err(),
                "{length} bytes of {}",
                file.len()
            );
        }
    }
}

#[test]
fn no_single_changed_bit_makes_the_reader_fail_otherwise_than_by_an_error() {
    for file in [LEGACY, PROTOCOL_4, ZIP] {
        for bit in 0..file.len() * 8 {
            let mut bytes = file.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // Many bits are numbers, names or left out: the file may well be another good one.
            if let Ok(weights) = Weights::from_bytes(&bytes) {
                let values: usize = weights.iter().map(|(_, t)| t.values.len()).sum();
                assert!(values <= bytes.len(), "bit {bit}");
            }
        }
    }
}

proptest! {
    #[test]
    fn files_with_several_changed_bytes_end_in_tensors_or_an_error(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = [LEGACY, PROTOCOL_4, ZIP][which].to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(weights) = Weights::from_bytes(&bytes) {
            for (_, tensor) in weights.iter() {
                prop_assert_eq!(tensor.values.len(), tensor.shape.iter().product::<usize>());
            }
        }
    }

    #[test]
    fn any_instructions_end_in_a_value_or_an_error(
        codes in prop::collection::vec(
            prop::sample::select(b"\x80\x95(NKMJ\x88\x89\x8aGX\x8c]})\x85\x86\x87taesuqr\x94hjc\x93QRb\x00\x01\x02".to_vec()),
            0..200,
        ),
    ) {
        let bytes = [&LEGACY[..137], b"\x80\x02", &codes, b"."].concat();
        prop_assert!(Weights::from_bytes(&bytes).is_err());
    }
}
