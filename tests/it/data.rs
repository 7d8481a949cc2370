//! `gan-sweep data`, as a user calls it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use gan_sweep::dataset::idx::{ImageFile, write_images, write_labels};
use gan_sweep::dataset::{self, Data, DataError, Dataset, Imported, Library};

const SIDE: usize = 8;

/// Writes four small IDX files: 40 training and 20 test images, labels 0 to 9 in turn.
pub(crate) fn small_set(dir: &Path, brightness: u8) {
    for (stem, count) in [("train", 40), ("t10k", 20)] {
        let images = ImageFile {
            height: SIDE,
            width: SIDE,
            pixels: (0..count * SIDE * SIDE)
                .map(|i| (i as u8).wrapping_mul(brightness))
                .collect(),
        };
        let labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
        fs::create_dir_all(dir).expect("a folder");
        fs::write(
            dir.join(format!("{stem}-images-idx3-ubyte")),
            write_images(&images),
        )
        .expect("images");
        fs::write(
            dir.join(format!("{stem}-labels-idx1-ubyte")),
            write_labels(&labels),
        )
        .expect("labels");
    }
}

fn data(results: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .arg("data")
        .args(args)
        .arg("--results")
        .arg(results)
        .output()
        .expect("the binary")
}

fn import(results: &Path, dir: &Path, name: &str) -> Output {
    let dir = dir.to_str().expect("a path in UTF-8");
    data(results, &["import", dir, "--name", name])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code 2 and one error that holds all of `words`; nothing on standard output.
fn assert_refused(output: &Output, words: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.starts_with("error: "), "{error}");
    assert!(output.stdout.is_empty());
    for word in words {
        assert!(error.contains(word), "'{word}' is not in: {error}");
    }
}

#[test]
fn an_imported_set_is_listed_and_opens_and_is_the_same_again() {
    let home = tempfile::tempdir().expect("a folder");
    let (source, results) = (home.path().join("idx"), home.path().join("results"));
    small_set(&source, 3);
    let first = import(&results, &source, "tiny");
    assert!(first.status.success(), "{}", text(&first.stderr));
    // Its labels have nothing to do with its pixels.
    let note = "note: a classifier that is right on ";
    assert!(
        text(&first.stderr).contains(note),
        "{}",
        text(&first.stderr)
    );

    let listed = text(&data(&results, &["ls"]).stdout);
    let row = listed
        .lines()
        .find(|line| line.starts_with("tiny"))
        .expect("its row");
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        cells[1..7],
        ["images", "8", "x", "8", "20", "20"],
        "{listed}"
    );
    assert!(
        listed.lines().any(|line| line.starts_with("mnist")),
        "{listed}"
    );

    // Again: nothing to do. Into another folder: the same bytes.
    let again = import(&results, &source, "tiny");
    assert!(again.status.success());
    assert!(
        text(&again.stdout).contains("already"),
        "{}",
        text(&again.stdout)
    );
    let elsewhere = home.path().join("elsewhere");
    assert!(import(&elsewhere, &source, "tiny").status.success());
    let manifest = |results: &Path| fs::read(results.join("data/tiny/manifest.json"));
    assert_eq!(
        manifest(&results).expect("a manifest"),
        manifest(&elsewhere).expect("a manifest")
    );

    let catalog = dataset::catalog(&results).expect("a catalog");
    let set = Dataset::Imported(Imported {
        name: "tiny".to_owned(),
        known: catalog.get("tiny").expect("it is sound"),
    });
    let library = Library::new(&results);
    match set.open(&library).expect("the images") {
        Data::Images(images) => {
            assert_eq!(images.shape, [1, SIDE, SIDE]);
            assert_eq!((images.train_count(), images.sample_size), (20, 20));
            let classifier = images.classifier.as_ref().expect("it has labels");
            assert_eq!(classifier.shape(), [1, SIDE, SIDE]);
        }
        other => panic!("images were imported, not {other:?}"),
    }

    // Same size, one pixel changed: only the digest of the content tells.
    let file = results.join("data/tiny/train-images-idx3-ubyte");
    let mut bytes = fs::read(&file).expect("the images");
    bytes[100] ^= 1;
    fs::write(&file, &bytes).expect("the images");
    let changed = set
        .open(&Library::new(&results))
        .expect_err("changed images");
    assert!(matches!(changed, DataError::Changed { .. }), "{changed}");
    assert!(set.open(&library).is_ok(), "what is in memory is unharmed");
    bytes.pop();
    fs::write(&file, &bytes).expect("the images");
    let damaged = dataset::catalog(&results).expect("a catalog");
    assert_eq!(damaged.get("tiny"), None);
    let damage = &damaged.damaged()["tiny"];
    assert!(damage.contains("bytes instead of"), "{damage}");
    // `ls` shows the sound sets before it fails for the broken one.
    let mut listing = data(&results, &["ls"]);
    assert!(text(&listing.stdout).contains("mnist"));
    listing.stdout.clear();
    assert_refused(&listing, &["has changed"]);
}

#[test]
fn names_that_cannot_be_used_are_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let (source, results) = (home.path().join("idx"), home.path().join("results"));
    small_set(&source, 3);
    for name in ["../up", ".hidden", "a/b", "1st", "with space", ""] {
        assert_refused(
            &import(&results, &source, name),
            &["cannot name a data set", "expected a letter"],
        );
    }
    assert_refused(
        &import(&results, &source, "MNIST"),
        &["'mnist' is built in"],
    );
    assert_refused(&import(&results, &source, "True"), &["YAML"]);
    assert!(!results.exists(), "nothing was written");
}

#[test]
fn another_content_does_not_replace_a_set() {
    let home = tempfile::tempdir().expect("a folder");
    let (first, second) = (home.path().join("first"), home.path().join("second"));
    small_set(&first, 3);
    small_set(&second, 5);
    let results = home.path().join("results");
    // What a killed import left behind is no set, and does not stand in the way.
    fs::create_dir_all(results.join("data/.tiny.partial")).expect("a folder");
    let catalog = dataset::catalog(&results).expect("a catalog");
    assert_eq!(catalog, gan_sweep::spec::Catalog::new());
    assert!(import(&results, &first, "tiny").status.success());
    assert!(!results.join("data/.tiny.partial").exists());
    assert_refused(
        &import(&results, &second, "tiny"),
        &["'tiny' of other content exists"],
    );
}

#[test]
fn files_that_do_not_go_together_are_refused_with_their_names() {
    let home = tempfile::tempdir().expect("a folder");
    let (source, results) = (home.path().join("idx"), home.path().join("results"));
    assert_refused(
        &import(&results, &source, "tiny"),
        &["idx does not exist: name a folder"],
    );
    small_set(&source, 3);
    let labels = source.join("train-labels-idx1-ubyte");
    fs::write(&labels, write_labels(&[1; 39])).expect("labels");
    assert_refused(
        &import(&results, &source, "tiny"),
        &["train-labels-idx1-ubyte announces 39 labels at byte 4, expected 40"],
    );
    let mut lie = write_labels(&[1; 40]);
    lie[4] = 0x7f;
    fs::write(&labels, &lie).expect("labels");
    assert_refused(
        &import(&results, &source, "tiny"),
        &["train-labels-idx1-ubyte", "at byte 4"],
    );
    fs::remove_file(&labels).expect("labels");
    assert_refused(
        &import(&results, &source, "tiny"),
        &["no file train-labels-idx1-ubyte or train-labels.idx1-ubyte"],
    );
    assert!(!results.exists(), "nothing was written");
}

/// The only run id of a grid on a data set, as `plan` tells it.
fn run_id(results: &Path, dataset: &str) -> String {
    let output = plan(results, dataset, &["--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let id = &json["cells"][0]["runs"][0]["id"];
    id.as_str().expect("an id").to_owned()
}

fn plan(results: &Path, dataset: &str, args: &[&str]) -> Output {
    let grid = results.with_file_name(format!("{dataset}.yaml"));
    let body = format!("version: 1\nname: one\ndefaults: {{dataset: {dataset}}}\n");
    fs::write(&grid, body).expect("a grid");
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .arg("plan")
        .arg(&grid)
        .args(args)
        .arg("--results")
        .arg(results)
        .output()
        .expect("the binary")
}

#[test]
fn a_run_depends_on_content_and_classifier_and_not_on_the_local_name() {
    let home = tempfile::tempdir().expect("a folder");
    let (source, results) = (home.path().join("idx"), home.path().join("results"));
    small_set(&source, 3);
    for name in ["mine", "yours"] {
        assert!(import(&results, &source, name).status.success());
    }
    let mine = run_id(&results, "mine");
    assert_eq!(mine, run_id(&results, "yours"));
    assert_ne!(mine, run_id(&results, "ring8"));
    assert_ne!(mine, run_id(&results, "mnist"));

    // Another classifier gives other features, and FID on them is another number.
    let manifest = results.join("data/mine/manifest.json");
    let json = fs::read_to_string(&manifest).expect("a manifest");
    let mut json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    for file in json["files"].as_array_mut().expect("files") {
        if file["name"] == "classifier.safetensors" {
            file["blake3"] = "0".repeat(64).into();
        }
    }
    fs::write(&manifest, json.to_string()).expect("a manifest");
    assert_ne!(mine, run_id(&results, "mine"));
}

#[test]
fn a_damaged_set_blocks_only_the_grids_that_name_it() {
    let home = tempfile::tempdir().expect("a folder");
    let (source, results) = (home.path().join("idx"), home.path().join("results"));
    small_set(&source, 3);
    assert!(import(&results, &source, "tiny").status.success());
    fs::write(results.join("data/tiny/t10k-labels-idx1-ubyte"), "short").expect("a file");

    let other = plan(&results, "ring8", &[]);
    assert!(other.status.success(), "{}", text(&other.stderr));
    let listing = text(&other.stdout);
    let note = "note: the imported data set 'tiny' is damaged and left out: ";
    assert!(listing.contains(note), "{listing}");
    assert!(listing.contains("import it again"), "{listing}");

    let refused = plan(&results, "tiny", &[]);
    assert_refused(
        &refused,
        &[
            "tiny.yaml:3:21",
            "the imported data set 'tiny' is damaged",
            "5 bytes instead of",
            "remove its folder, data/tiny in the results",
        ],
    );
}
