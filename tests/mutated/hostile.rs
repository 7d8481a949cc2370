//! Files made by hand that once took memory without end, took for ever, or stopped the program.

use std::io::Write;
use std::sync::PoisonError;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::seeds::{self, LEGACY};
use crate::{ALONE, entry, survives, wrap};

/// A file that is refused within its bounds.
#[track_caller]
fn refused(name: &str, file: &[u8]) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = entry(name);
    // What is made once a process is not of any file.
    (entry.read)(b"");
    assert_eq!(survives(entry, file), Ok(()));
    assert!(!(entry.read)(file), "it is no sound file");
}

fn grid(body: &str) -> Vec<u8> {
    format!("version: 1\nname: hostile\n{body}").into_bytes()
}

/// Numbers from 1 with commas between them.
fn numbers(count: usize) -> String {
    (1..=count).map(|n| format!("{n},")).collect()
}

#[test]
fn a_grid_of_too_many_random_draws_in_all_is_refused_before_it_is_drawn() {
    let profiles: String = (0..900)
        .map(|i| format!("  p{i}: {{random: {{samples: 1000, lr: {{uniform: [0.1, 1]}}}}}}\n"))
        .collect();
    refused("grid", &grid(&format!("profiles:\n{profiles}")));
}

#[test]
fn the_name_of_a_zip_is_not_copied_for_each_of_its_values() {
    let (name, values) = ("z".repeat(1 << 20), numbers(5000));
    refused(
        "grid",
        &grid(&format!("zip: {{? {name} : {{batch_size: [{values}]}}}}\n")),
    );
}

#[test]
fn a_long_list_in_the_settings_of_every_run_is_refused() {
    let centres = "[1, 1],".repeat(1000);
    let defaults = format!("defaults: {{dataset: ring8, centres: [{centres}]}}");
    refused("grid", &grid(&format!("{defaults}\nseeds: 1000\n")));
}

#[test]
fn a_long_tag_of_every_run_is_refused() {
    let tag = "t".repeat(1 << 16);
    refused(
        "grid",
        &grid(&format!("include: [{{tags: [{tag}], seeds: 1000}}]\n")),
    );
}

#[test]
fn many_conditions_on_many_cells_are_refused() {
    let list = format!("{{batch_size: [{}]}},", numbers(8));
    let exclude = list.repeat(400);
    let random = "random: {samples: 1000, lr: {uniform: [0.1, 1]}}";
    refused("grid", &grid(&format!("{random}\nexclude: [{exclude}]\n")));
}

#[test]
fn a_long_misspelt_word_is_not_compared_with_every_parameter() {
    let word = "batchsize".repeat(1 << 17);
    refused("grid", &grid(&format!("defaults:\n  ? {word}\n  : 1\n")));
}

#[test]
fn many_misspelt_words_are_told_quickly() {
    let keys: String = (0..4000).map(|i| format!("  batchsize{i}: 1\n")).collect();
    refused("grid", &grid(&format!("defaults:\n{keys}")));
}

#[test]
fn an_array_that_claims_more_than_is_there_takes_no_memory_for_it() {
    for shape in [
        "(1000000000000,)",
        "(4294967296, 4294967296, 2)",
        "(18446744073709551615, 2)",
    ] {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
        refused("npy", &wrap::npy(header.as_bytes()));
    }
    let mut long_header = b"\x93NUMPY\x02\x00".to_vec();
    long_header.extend([0xff; 4]);
    refused("npy", &long_header);
}

#[test]
fn images_of_no_height_are_refused_and_not_counted() {
    for shape in [
        "(5, 0, 8)",
        "(0, 8, 8)",
        "(5, 8, 0, 3)",
        "(0, 9223372036854775807, 2)",
    ] {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
        refused("npy", &wrap::npy(header.as_bytes()));
    }
    // Its strides would overflow.
    let header = r#"{"x":{"dtype":"U8","shape":[0,4294967296,4294967295,3],"data_offsets":[0,0]}}"#;
    let length = (header.len() as u64).to_le_bytes();
    refused("tensor", &[&length[..], header.as_bytes()].concat());
}

#[test]
fn a_list_of_items_that_a_pickle_copies_again_and_again_is_refused() {
    // After the magic number, the protocol and the machine.
    let mut file = LEGACY[..137].to_vec();
    file.extend(b"\x80\x02ccollections\nOrderedDict\nq\x00NN\x86q\x02](");
    file.extend(b"h\x02".repeat(20_000));
    file.extend(b"e\x85q\x03");
    file.extend(b"h\x00h\x03R".repeat(4000));
    file.push(b'.');
    refused("weights", &file);
}

#[test]
fn a_manifest_of_impossible_images_is_refused() {
    for (from, to) in [
        ("\"height\": 8", "\"height\": 1000000000000000000"),
        ("\"width\": 9", "\"width\": 0"),
        ("\"channels\": 3", "\"channels\": 2"),
        ("\"classes\": 2", "\"classes\": 11"),
        ("\"name\": \"images\"", "\"name\": \"../../images\""),
    ] {
        let manifest = String::from_utf8(seeds::manifests()[1].clone()).expect("text");
        assert!(manifest.contains(from), "{from}");
        refused("manifest", manifest.replace(from, to).as_bytes());
    }
}

#[test]
fn a_stored_sample_of_endless_images_without_pixels_is_refused() {
    let header = [
        &b"I\x01"[..],
        &[0xff; 4],
        &[1, 0, 0, 0],
        &[0; 4],
        &[8, 0, 0, 0],
    ]
    .concat();
    refused("sample", &wrap::sample(&header));
}

#[test]
fn a_stored_sample_that_claims_a_gigabyte_is_refused_before_it_is_inflated() {
    let mut blob =
        b"P\x01\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00".to_vec();
    blob = {
        let mut encoder = ZlibEncoder::new(blob, Compression::best());
        for _ in 0..1024 {
            encoder.write_all(&[0; 1 << 20]).expect("memory");
        }
        encoder.finish().expect("memory")
    };
    refused("sample", &blob);
}

/// A PNG file with a chunk after its header.
fn with_chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut file = seeds::pngs()[0].clone();
    let length = (content.len() as u32).to_be_bytes();
    let chunk = [&length[..], kind, content, &[0; 4]].concat();
    file.splice(33..33, chunk);
    wrap::png(&file)
}

#[test]
fn what_a_picture_says_beside_its_pixels_is_not_inflated() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut encoder = ZlibEncoder::new(b"profile\0\0".to_vec(), Compression::best());
    encoder.write_all(&[0; 32 << 20]).expect("memory");
    let profile = encoder.finish().expect("memory");
    for kind in [b"iCCP", b"zTXt"] {
        let file = with_chunk(kind, &profile);
        assert_eq!(survives(entry("picture"), &file), Ok(()));
        assert!((entry("picture").read)(&file), "the pixels are sound");
    }
}

#[test]
fn the_largest_pictures_keep_within_their_bound() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4096, 4096);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("a header");
    writer
        .write_image_data(&vec![255; 4 << 24])
        .expect("pixels");
    writer.finish().expect("an end");
    assert_eq!(survives(entry("any_picture"), &file), Ok(()));
    assert!((entry("any_picture").read)(&file), "a sound picture");
    // JPEG files that say 4096 x 4096 of 10 x 12.
    for mut file in seeds::pictures().split_off(5) {
        let frame = file
            .windows(2)
            .position(|m| matches!(m, [0xff, 0xc0 | 0xc2]));
        let sides = frame.expect("a frame") + 5;
        file[sides..sides + 4].copy_from_slice(&[0x10, 0, 0x10, 0]);
        assert_eq!(survives(entry("any_picture"), &file), Ok(()));
    }
}
