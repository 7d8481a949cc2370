//! Whatever a file holds, reading it ends in its content or an error: no panic, no hang, and no more
//! memory than [`gan_sweep::fuzz`] states.

mod format;
mod hostile;
mod mutation;
mod seeds;
mod wrap;

use std::fmt;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use gan_sweep::fuzz::{ENTRIES, Entry};
use peak_alloc::PeakAlloc;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use format::{FORMATS, Format};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// One case at a time: its bytes are those of the process.
static ALONE: Mutex<()> = Mutex::new(());

/// A case that takes longer counts as a hang. The longest of the files here takes a tenth.
const LONGEST: Duration = Duration::from_secs(5);

/// The content of a file, which a failed test shows as a byte string.
#[derive(Clone, PartialEq)]
struct Content(Vec<u8>);

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

fn entry(name: &str) -> &'static Entry {
    let mut entries = ENTRIES.iter();
    entries.find(|e| e.name == name).expect("a reader")
}

/// Bytes of memory and time that a file takes to be read.
fn measured(entry: &Entry, file: &[u8]) -> (usize, Duration) {
    ALLOCATOR.reset_peak_usage();
    let (before, start) = (ALLOCATOR.current_usage(), Instant::now());
    black_box((entry.read)(file));
    let peak = ALLOCATOR.peak_usage();
    (peak.saturating_sub(before), start.elapsed())
}

/// Reads a file and says what it took too much of.
fn survives(entry: &Entry, file: &[u8]) -> Result<(), String> {
    let most = entry.memory.of(file.len());
    let (mut taken, mut time) = measured(entry, file);
    // The threads of other tests, which begin or wait, are counted too; a reader takes it each time.
    for _ in 0..4 {
        if taken > most || time > LONGEST {
            std::thread::sleep(Duration::from_millis(20));
            (taken, time) = measured(entry, file);
        }
    }
    if taken > most {
        return Err(format!(
            "{taken} bytes of memory for {} of the file, expected at most {most}",
            file.len()
        ));
    }
    if time > LONGEST {
        return Err(format!("{time:?}, expected at most {LONGEST:?}"));
    }
    Ok(())
}

/// Reads mutated files of a format, and the seeds themselves.
fn check(format: &Format) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = entry(format.entry);
    let seeds = (format.seeds)();
    // What is made once a process is not of any file.
    (entry.read)(b"");
    for seed in &seeds {
        let file = (format.wrap)(seed);
        assert_eq!(survives(entry, &file), Ok(()), "{}", format.entry);
        assert!(
            (entry.read)(&file),
            "a seed of {} is no sound file",
            format.entry
        );
    }
    let mut runner = TestRunner::new(Config {
        cases: format.cases,
        failure_persistence: None,
        ..Config::default()
    });
    let files = mutation::files(seeds, format.text, format.wrap);
    let result = runner.run(&files, |Content(file)| {
        survives(entry, &file).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{}: {error}", format.entry);
    }
}

/// Tests of the formats, by what their lines in [`FORMATS`] are called.
macro_rules! mutated {
    ($($test:ident: $entry:literal;)*) => {
        $(
            #[test]
            fn $test() {
                let mut formats = FORMATS.iter().filter(|f| f.entry == $entry).peekable();
                assert!(formats.peek().is_some(), "a format of its own");
                formats.for_each(check);
            }
        )*

        #[test]
        fn every_reader_is_tested() {
            let tested = [$($entry),*];
            for entry in ENTRIES {
                assert!(tested.contains(&entry.name), "{}", entry.name);
                let target = format!("tests/fuzz/fuzz_targets/{}.rs", entry.name);
                assert!(Path::new(&target).exists(), "{target}");
            }
        }
    };
}

mutated! {
    mutated_grids_end_in_a_plan_or_an_error: "grid";
    mutated_idx_files_of_images_end_in_images_or_an_error: "idx_images";
    mutated_idx_files_of_planes_end_in_images_or_an_error: "idx_planes";
    mutated_idx_files_of_labels_end_in_labels_or_an_error: "idx_labels";
    mutated_numpy_files_end_in_samples_or_an_error: "npy";
    mutated_safetensors_files_end_in_samples_or_an_error: "tensor";
    mutated_weights_end_in_tensors_or_an_error: "weights";
    mutated_classifiers_end_in_a_classifier_or_an_error: "classifier";
    mutated_weights_of_a_run_end_in_a_generator_or_an_error: "generator";
    mutated_pictures_end_in_pixels_or_an_error: "picture";
    mutated_pictures_of_any_size_end_in_pixels_or_an_error: "any_picture";
    mutated_manifests_end_in_a_manifest_or_an_error: "manifest";
    mutated_stored_samples_end_in_a_sample_or_an_error: "sample";
    mutated_checkpoints_end_in_players_or_an_error: "checkpoint";
}

/// For `tests/fuzz`: its README has the command.
#[test]
#[ignore = "writes the seeds of the fuzz targets: the command in tests/fuzz/README.md runs this"]
fn seeds_of_the_fuzz_targets_are_written() {
    for format in FORMATS {
        let folder = Path::new("tests/fuzz/corpus").join(format.entry);
        fs::create_dir_all(&folder).expect("a folder");
        for seed in (format.seeds)() {
            let file = (format.wrap)(&seed);
            let name = blake3::hash(&file).to_hex();
            fs::write(folder.join(&name[..16]), &file).expect("writable");
        }
    }
}
