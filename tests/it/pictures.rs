//! `gan-sweep data import` of folders of images, and runs on them, as a user calls it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use gan_sweep::dataset::{self, Data, Dataset, Imported, Library};

use crate::synthetic::{Checked, gan_sweep, prints, refuses};

/// 10 rows and 12 columns, made by Pillow: see the tests of `dataset::picture`.
const JPEG: &[u8] = include_bytes!("pictures/rgb.jpg");
const GREY_JPEG: &[u8] = include_bytes!("pictures/grey.jpg");

/// Writes a PNG: grey for one value a pixel, RGB for three.
fn png(path: &Path, [height, width]: [u32; 2], pixels: &[u8]) -> Checked {
    let mut encoder = png::Encoder::new(File::create(path)?, width, height);
    if pixels.len() as u32 == 3 * height * width {
        encoder.set_color(png::ColorType::Rgb);
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    Ok(writer.finish()?)
}

/// The i-th image of a class: one channel is bright, all have a pattern of their own.
fn coloured(class: usize, i: usize, pixels: usize) -> Vec<u8> {
    (0..3 * pixels)
        .map(|at| {
            let bright = if at % 3 == class { 180 } else { 0 };
            (bright + (at * (i + 3) * 7 + i * 13) % 60) as u8
        })
        .collect()
}

/// Sub-folders of 40 RGB images of 8 x 10 each.
fn classes(dir: &Path, names: &[&str]) -> Checked {
    for (class, name) in names.iter().enumerate() {
        let folder = dir.join(name);
        fs::create_dir_all(&folder)?;
        for i in 0..40 {
            let path = folder.join(format!("{i:03}.png"));
            png(&path, [8, 10], &coloured(class, i, 80))?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn open(results: &Path, name: &str) -> Result<Data, Box<dyn std::error::Error>> {
    let known = dataset::catalog(results)?.get(name).ok_or("a sound set")?;
    let set = Dataset::Imported(Imported {
        name: name.to_owned(),
        known,
    });
    assert_eq!(set.expected_shape(), known.shape);
    assert_eq!(set.classes(), known.classes);
    Ok(set.open(&Library::new(results))?)
}

#[test]
fn sub_folders_are_classes_and_the_set_can_be_trained_on() -> Checked {
    let home = tempfile::tempdir()?;
    let (source, results) = (home.path().join("colours"), home.path().join("results"));
    classes(&source, &["red", "green", "blue"])?;
    // What is no image of a class is left out, some of it without a word.
    fs::write(source.join(".DS_Store"), "")?;
    fs::write(source.join("red/Thumbs.db"), "")?;
    fs::write(source.join("red/labels.csv"), "")?;
    let output = gan_sweep(
        &results,
        &["data", "import", text(&source), "--name", "rgb"],
    )?;
    let (said, noted) = (
        String::from_utf8(output.stdout)?,
        String::from_utf8(output.stderr)?,
    );
    assert!(output.status.success(), "{noted}");
    assert_eq!(
        said,
        "rgb: 60 RGB images of 8 x 10 for GANs, 30 as reference (N = 30)\n  \
         3 classes, labelled from 0 on: blue, green, red\n  \
         feature classifier: 100.00 % on the reference, trained on 30 other images\n  \
         in a grid: dataset: rgb\n"
    );
    let left_out = "note: left out, as no PNG or JPEG images of a class: labels.csv (1)";
    assert!(noted.contains(left_out), "{noted}");
    assert!(!noted.contains("Thumbs") && !noted.contains("DS_Store"));
    let again = prints(
        &results,
        &["data", "import", text(&source), "--name", "rgb"],
    )?;
    assert_eq!(again, "rgb holds this content already\n");

    // The same files elsewhere: the same bytes. Listed with its classes.
    let elsewhere = home.path().join("elsewhere");
    prints(
        &elsewhere,
        &["data", "import", text(&source), "--name", "rgb"],
    )?;
    for file in [
        "manifest.json",
        "images-idx4-ubyte",
        "classifier.safetensors",
    ] {
        let read = |results: &Path| fs::read(results.join("data/rgb").join(file));
        assert_eq!(read(&results)?, read(&elsewhere)?, "{file}");
    }
    let listed = prints(&results, &["data", "ls"])?;
    let row: Vec<&str> = listed
        .lines()
        .find(|line| line.starts_with("rgb"))
        .ok_or("its row")?
        .split_whitespace()
        .collect();
    let expected = "rgb images 8 x 10 x 3 60 30 30 3 100.00 %";
    assert_eq!(row[..row.len() - 1].join(" "), expected);

    // Every image is in one part, channel after channel, and its class is in every part alike.
    let Data::Images(images) = open(&results, "rgb")? else {
        return Err("images were imported".into());
    };
    assert_eq!(images.shape, [3, 8, 10]);
    for (labels, pixels, each) in [
        (&images.train_labels, &images.train, 20),
        (&images.reference_labels, &images.reference, 10),
    ] {
        for (class, colour) in [2, 1, 0].into_iter().enumerate() {
            let of = labels.iter().filter(|&&l| usize::from(l) == class).count();
            assert_eq!(of, each);
            // Blue has label 0, and its third channel is bright.
            for (image, &label) in pixels.chunks_exact(240).zip(labels) {
                if usize::from(label) == class {
                    let plane = &image[80 * colour..][..80];
                    assert!(plane.iter().all(|&p| p >= 180));
                }
            }
        }
    }

    // A run: its metrics are those of classes.
    let grid = home.path().join("colours.yaml");
    fs::write(
        &grid,
        "version: 1\nname: colours\ndefaults: {dataset: rgb, steps: 3, hidden: [16], batch_size: 8}\n",
    )?;
    let table = prints(&results, &["run", text(&grid), "--quiet"])?;
    let heading = "fid (on the data set's own classifier), lower is better, best first";
    assert!(table.contains(heading), "{table}");
    let metrics = prints(
        &results,
        &["export", "colours", "--table", "metrics", "--format", "csv"],
    )?;
    for name in ["fid,", "fid.floor,", "fid.n,", "classes,", "class_entropy,"] {
        assert!(metrics.contains(&format!(",{name}")), "{metrics}");
    }
    assert!(!metrics.contains("label_accuracy") && !metrics.contains("fid_pixels"));
    Ok(())
}

#[test]
fn a_flat_folder_has_no_classes_and_its_pixels_are_compared() -> Checked {
    let home = tempfile::tempdir()?;
    let (source, results) = (home.path().join("flat"), home.path().join("results"));
    fs::create_dir(&source)?;
    for i in 0..60 {
        let path = |ending: &str| source.join(format!("{i:02}.{ending}"));
        match i {
            // A JPEG is known by its content; a grey one becomes RGB among the others.
            0 => fs::write(path("JPG"), JPEG)?,
            1 => fs::write(path("png"), JPEG)?,
            2 => fs::write(path("jpeg"), GREY_JPEG)?,
            _ => png(&path("png"), [10, 12], &coloured(i % 3, i, 120))?,
        }
    }
    let output = gan_sweep(
        &results,
        &["data", "import", text(&source), "--name", "flat"],
    )?;
    let noted = String::from_utf8(output.stderr)?;
    assert_eq!(
        String::from_utf8(output.stdout)?,
        "flat: 30 RGB images of 10 x 12 for GANs, 30 as reference (N = 30)\n  \
         no classes, so no feature classifier: FID compares pixels averaged to 8 x 8 (fid_pixels)\n  \
         in a grid: dataset: flat\n"
    );
    let grey = "note: 1 of 60 images are grey: they become RGB with three equal channels";
    assert!(noted.contains(grey), "{noted}");
    let Data::Images(images) = open(&results, "flat")? else {
        return Err("images were imported".into());
    };
    assert_eq!((images.shape, images.classes()), ([3, 10, 12], None));
    assert!(images.train_labels.is_empty() && images.classifier.is_none());

    let grid = home.path().join("flat.yaml");
    fs::write(
        &grid,
        "version: 1\nname: flat\ndefaults: {dataset: flat, steps: 3, hidden: [16], batch_size: 8}\n",
    )?;
    let table = prints(&results, &["run", text(&grid), "--quiet"])?;
    for words in [
        "fid_pixels (on pixels averaged to 8 x 8), lower is better, best first",
        "fid_pixels on flat, for reference: floor ",
        " at N = 30",
    ] {
        assert!(table.contains(words), "{table}");
    }
    let metrics = prints(
        &results,
        &["export", "flat", "--table", "metrics", "--format", "csv"],
    )?;
    assert!(metrics.contains(",fid_pixels,") && !metrics.contains(",classes,"));
    Ok(())
}

#[test]
fn a_grey_folder_stays_grey() -> Checked {
    let home = tempfile::tempdir()?;
    let (source, results) = (home.path().join("grey"), home.path().join("results"));
    fs::create_dir(&source)?;
    for i in 0..40_usize {
        let pixels: Vec<u8> = (0..96).map(|at| (at * (i + 1) % 256) as u8).collect();
        png(&source.join(format!("{i}.png")), [8, 12], &pixels)?;
    }
    prints(
        &results,
        &["data", "import", text(&source), "--name", "grey"],
    )?;
    let known = dataset::catalog(&results)?.get("grey").ok_or("sound")?;
    assert_eq!((known.shape, known.classes), ([1, 8, 12], None));
    Ok(())
}

/// What an import of a folder says when it refuses.
fn refusal(source: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let results = source.with_file_name("results");
    let said = refuses(&results, &["data", "import", text(source), "--name", "set"])?;
    assert!(said.starts_with("error: "), "{said}");
    assert!(!results.exists(), "nothing was written");
    // Paths are those of this test's folder.
    let home = source.parent().map_or("", text);
    Ok(said.replace(home, "HOME"))
}

/// A flat folder of 40 grey images of 8 x 8.
fn flat(home: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let source = home.join("set");
    fs::create_dir_all(&source)?;
    for i in 0..40 {
        png(&source.join(format!("{i:02}.png")), [8, 8], &[i; 64])?;
    }
    Ok(source)
}

#[test]
fn files_that_cannot_be_used_are_named() -> Checked {
    let home = tempfile::tempdir()?;
    let source = flat(home.path())?;
    png(&source.join("21.png"), [9, 8], &[1; 72])?;
    assert_eq!(
        refusal(&source)?,
        "error: HOME/set/21.png is 9 x 8 pixels (rows x columns), expected 8 x 8 as \
         HOME/set/00.png: all images must be of one size"
    );
    fs::write(source.join("21.png"), "GIF89a")?;
    assert_eq!(
        refusal(&source)?,
        "error: cannot use HOME/set/21.png\n  because: its content is neither PNG nor JPEG"
    );
    fs::write(source.join("21.png"), &JPEG[..400])?;
    assert_eq!(
        refusal(&source)?,
        "error: cannot use HOME/set/21.png\n  because: it is cut short"
    );
    png(&source.join("00.png"), [8, 65], &[1; 520])?;
    assert_eq!(
        refusal(&source)?,
        "error: cannot use HOME/set/00.png\n  because: it is 8 x 65 pixels (rows x columns), expected 8 to 64 \
         on either side: scale the images first"
    );
    Ok(())
}

#[test]
fn folders_that_are_arranged_otherwise_are_refused_with_what_to_do() -> Checked {
    let home = tempfile::tempdir()?;
    let empty = home.path().join("empty");
    fs::create_dir(&empty)?;
    assert_eq!(
        refusal(&empty)?,
        "error: HOME/empty holds neither PNG or JPEG images nor IDX files \
         (train-images-idx3-ubyte and its like)"
    );
    let source = flat(home.path())?;
    fs::remove_file(source.join("39.png"))?;
    assert_eq!(
        refusal(&source)?,
        "error: HOME/set holds 39 images, expected at least 40"
    );
    // One class, images beside a class, a class without images.
    let class = source.join("cats");
    fs::create_dir(&class)?;
    for i in 0..10 {
        png(&class.join(format!("{i}.png")), [8, 8], &[i; 64])?;
    }
    assert_eq!(
        refusal(&source)?,
        "error: HOME/set holds images (00.png) beside sub-folders of images: either all images are \
         in sub-folders, one a class, or none"
    );
    for i in 0..39 {
        fs::remove_file(source.join(format!("{i:02}.png")))?;
    }
    assert_eq!(
        refusal(&source)?,
        "error: HOME/set holds one sub-folder of images, expected 2 to 10, one a class: import \
         HOME/set/cats for images without labels"
    );
    fs::create_dir(source.join("dogs"))?;
    assert_eq!(
        refusal(&source)?,
        "error: HOME/set/dogs holds 0 images, expected at least 4"
    );
    for i in 0..9 {
        fs::create_dir(source.join(format!("{i}")))?;
    }
    assert_eq!(
        refusal(&source)?,
        "error: HOME/set holds 11 sub-folders, expected 2 to 10, one a class"
    );
    Ok(())
}

#[test]
fn a_manifest_of_the_first_format_is_read_as_grey_images_of_ten_classes() -> Checked {
    let home = tempfile::tempdir()?;
    let (source, results) = (home.path().join("idx"), home.path().join("results"));
    crate::data::small_set(&source, 3);
    prints(
        &results,
        &["data", "import", text(&source), "--name", "old"],
    )?;
    let before = dataset::catalog(&results)?.get("old").ok_or("sound")?;
    let path = results.join("data/old/manifest.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
    let fields = json.as_object_mut().ok_or("an object")?;
    for added in ["origin", "channels", "classes", "class_names"] {
        assert!(fields.remove(added).is_some(), "{added}");
    }
    fields.insert("format".to_owned(), 1.into());
    fs::write(&path, json.to_string())?;
    let after = dataset::catalog(&results)?.get("old").ok_or("sound")?;
    assert_eq!(before, after);
    assert_eq!((after.shape, after.classes), ([1, 8, 8], Some(10)));
    assert!(matches!(open(&results, "old")?, Data::Images(_)));
    Ok(())
}

#[test]
fn stacked_digits_are_trained_on_and_their_modes_are_counted() -> Checked {
    let home = tempfile::tempdir()?;
    let results = home.path().join("results");
    let grid = home.path().join("stacked.yaml");
    fs::write(
        &grid,
        "version: 1\nname: stacked\ndefaults: {dataset: stacked_mnist, eval_samples: 1000, steps: 3, \
         hidden: [16], batch_size: 8}\n",
    )?;
    let table = prints(&results, &["run", text(&grid), "--quiet"])?;
    for words in [
        "modes, in modes, higher is better, best first",
        "modes on stacked_mnist, for reference: perfect ",
        " at N = 1000",
    ] {
        assert!(table.contains(words), "{table}");
    }
    let metrics = prints(
        &results,
        &["export", "stacked", "--table", "metrics", "--format", "csv"],
    )?;
    for name in [
        "modes",
        "reverse_kl",
        "modes.perfect",
        "reverse_kl.uniform",
        "modes.n",
    ] {
        assert!(metrics.contains(&format!(",{name},")), "{metrics}");
    }
    Ok(())
}
