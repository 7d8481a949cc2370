//! `sample`, `interpolate`, `neighbours` and `directions`, as a user calls them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Cursor;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::Value;
use tempfile::TempDir;

use crate::synthetic::{Checked, gan_sweep, prints, refuses};

/// Runs that were hardly trained, by data set and conditioning.
struct Runs {
    folder: TempDir,
    ids: BTreeMap<String, String>,
}

type Made<T> = Result<T, Box<dyn std::error::Error>>;

impl Runs {
    fn of(grid: &str) -> Made<Self> {
        let folder = TempDir::new()?;
        let file = folder.path().join("grid.yaml");
        let defaults = "{steps: 60, hidden: [32], latent_dim: 8, eval_every: 1000}";
        let text = format!("version: 1\nname: looked\ndefaults: {defaults}\n{grid}\n");
        fs::write(&file, text)?;
        let file = file.to_str().expect("text");
        let run = gan_sweep(folder.path(), &["run", file, "--no-report", "--quiet"])?;
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{said}");
        let listed: Value = parsed(&prints(folder.path(), &["ls", "looked", "--json"])?)?;
        let runs = listed.as_array().ok_or("a list")?.iter();
        let ids = runs.map(|run| {
            let settings = &run["settings"];
            let word = |key: &str| settings[key].as_str().unwrap_or_default().to_owned();
            let name = format!("{} {}", word("dataset"), word("conditioning"));
            (name, run["run"].as_str().unwrap_or_default().to_owned())
        });
        Ok(Self {
            ids: ids.collect(),
            folder,
        })
    }

    fn results(&self) -> &Path {
        self.folder.path()
    }

    /// A run's id as a user would type it.
    fn id(&self, name: &str) -> &str {
        &self.ids[name][..10]
    }

    /// What a command line prints with a run's id in the place of RUN.
    fn prints(&self, name: &str, line: &str) -> Made<String> {
        let line = line.replace("RUN", self.id(name));
        prints(self.results(), &line.split_whitespace().collect::<Vec<_>>())
    }

    fn json(&self, name: &str, line: &str) -> Made<Value> {
        parsed(&self.prints(name, &format!("{line} --json"))?)
    }

    /// What it says, with RUN and RESULTS in their places.
    fn refuses(&self, name: &str, line: &str) -> Made<String> {
        let line = line.replace("RUN", self.id(name));
        let words: Vec<&str> = line.split_whitespace().collect();
        let results = self.results().to_str().expect("text");
        let said = refuses(self.results(), &words)?;
        Ok(said
            .replace(self.id(name), "RUN")
            .replace(results, "RESULTS"))
    }

    /// The text with every number as `#`, gaps between columns as one blank, and RUN and RESULTS in their
    /// places: what does not depend on training.
    fn shape(&self, name: &str, text: &str) -> String {
        let results = self.results().to_str().expect("text");
        shape(
            &text
                .replace(self.id(name), "RUN")
                .replace(results, "RESULTS"),
        )
    }

    fn picture(&self, name: &str, command: &str) -> Made<Vec<u8>> {
        let file = format!("pictures/{}-{command}.png", self.id(name));
        Ok(fs::read(self.results().join(file))?)
    }
}

fn parsed(text: &str) -> Made<Value> {
    Ok(serde_json::from_str(text)?)
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().expect("a list").iter();
    values.map(|x| x.as_f64().expect("a number")).collect()
}

fn shape(text: &str) -> String {
    let line = |line: &str| {
        let mut out = String::new();
        for word in line.split_whitespace() {
            let bare = word.trim_matches(['[', ']', ',', '(', ')', ';', ':']);
            let word = match bare.parse::<f64>().is_ok() || bare == "–" {
                true => word.replace(bare, "#"),
                false => word.to_owned(),
            };
            out.push_str(if out.is_empty() { "" } else { " " });
            out.push_str(&word);
        }
        out
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

const DIGITS: &str = "grid: {dataset: [mnist], conditioning: [none, concat]}";

#[test]
fn samples_come_as_a_picture_or_as_arrays() -> Checked {
    let runs = Runs::of(DIGITS)?;
    let (plain, told) = ("mnist none", "mnist concat");
    let file = |name: &str| runs.results().join(name).to_str().expect("text").to_owned();
    for (name, count) in [("five.npy", 5), ("three.npy", 3)] {
        runs.prints(
            plain,
            &format!("sample RUN --count {count} --output {}", file(name)),
        )?;
    }
    let read = |name: &str| Tensor::read_npy(file(name));
    let (five, three) = (read("five.npy")?, read("three.npy")?);
    assert_eq!(
        (five.dims(), five.dtype()),
        (&[5, 1, 28, 28][..], DType::F32)
    );
    let first = five.narrow(0, 0, 3)?.flatten_all()?.to_vec1::<f32>()?;
    assert_eq!(first, three.flatten_all()?.to_vec1::<f32>()?);
    // Other programs of ours read it.
    let line = format!(
        "eval memorisation --json --real mnist --fake {}",
        file("five.npy")
    );
    let found = parsed(&runs.prints(plain, &line)?)?;
    assert_eq!(found["generated"]["n"], 5);
    // Of a conditional run with latents and labels.
    let line = format!(
        "sample RUN --count 4 --label 7 --output {}",
        file("x.safetensors")
    );
    let text = runs.prints(told, &line)?;
    assert!(text.contains("seed 0, class 7"), "{text}");
    let tensors = candle_core::safetensors::load(file("x.safetensors"), &Device::Cpu)?;
    assert_eq!(tensors["samples"].dims(), [4, 1, 28, 28]);
    assert_eq!(tensors["latents"].dims(), [4, 8]);
    assert_eq!(tensors["labels"].to_vec1::<i64>()?, [7; 4]);
    // The picture: sixty-four digits, and what the classifier reads.
    let text = runs.prints(told, "sample RUN")?;
    assert!(text.contains("asked for") && text.contains("read by the classifier of mnist"));
    let png = runs.picture(told, "sample")?;
    let decoder = png::Decoder::new(Cursor::new(png.as_slice()));
    let info = decoder.read_info()?.info().clone();
    assert!(info.width > 1000 && info.height > 400, "{info:?}");
    // The same again, and under another seed others.
    runs.prints(told, "sample RUN")?;
    assert!(png == runs.picture(told, "sample")?);
    runs.prints(told, "sample RUN --seed 1")?;
    assert!(png != runs.picture(told, "sample")?);
    Ok(())
}

#[test]
fn points_are_drawn_over_what_they_should_be() -> Checked {
    let runs = Runs::of(
        "grid: {dataset: [ring8, swiss_roll, mixture1d]}\ninclude: [{dataset: stacked_mnist, eval_samples: 1000}]",
    )?;
    for name in ["ring8 none", "swiss_roll none", "mixture1d none"] {
        let text = runs.prints(name, "sample RUN --count 300")?;
        assert!(text.contains("samples    300\n"), "{text}");
        assert!(runs.picture(name, "sample")?.starts_with(b"\x89PNG"));
    }
    let file = runs.results().join("points.npy");
    let line = format!("sample RUN --output {}", file.display());
    let json = runs.json("ring8 none", &line)?;
    assert_eq!(
        json["values"]["coordinates"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(Tensor::read_npy(&file)?.dims(), [2500, 2]);
    // Coloured images walk too; their training samples and strokes are none.
    let stacked = "stacked_mnist none";
    let json = runs.json(stacked, "interpolate RUN --pairs 2 --points 3")?;
    assert_eq!(json["interpolation"]["real"], 1000);
    insta::assert_snapshot!(runs.refuses(stacked, "neighbours RUN")?, @r"
    error: 'neighbours' cannot look into run RUN on stacked_mnist; 'gan-sweep interpolate' and 'gan-sweep sample' work for it
      because: its training samples are drawn and not stored: there are none to be near to
    ");
    insta::assert_snapshot!(runs.refuses(stacked, "directions RUN")?, @r"
    error: 'directions' cannot look into run RUN on stacked_mnist; 'gan-sweep interpolate' and 'gan-sweep sample' work for it
      because: each of its images is 3 digits, attributes are of one
    ");
    for command in ["interpolate", "neighbours", "directions"] {
        let said = runs.refuses("ring8 none", &format!("{command} RUN"))?;
        let expected = format!(
            "error: '{command}' cannot look into run RUN on ring8; of points 'gan-sweep sample' draws a picture, \
             and 'gan-sweep eval' measures them\n  because: its samples are points, not images"
        );
        assert_eq!(said, expected);
    }
    // Nothing half-written is left.
    let files = fs::read_dir(runs.results().join("pictures"))?;
    let names: Vec<String> = files
        .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    assert_eq!(names.len(), 4, "{names:?}");
    Ok(())
}

#[test]
fn walks_are_measured_and_shown() -> Checked {
    let runs = Runs::of(DIGITS)?;
    let (plain, told) = ("mnist none", "mnist concat");
    let text = runs.prints(plain, "interpolate RUN --pairs 6 --points 5")?;
    insta::assert_snapshot!(runs.shape(plain, &text), @r"
    run RUN on mnist
    latents normal in # dimensions, seed #
    features classifier of mnist (02cc3267d5f4afe2), # real images
    pairs #

    t precision straight density |z| precision spherical density |z| precision cross-fade density
    # # # # # # # # #
    # # # # # # # # #
    # # # # # # # # #
    # # # # # # # # #
    # # # # # # # # #
    each a share (precision) or mean (density) of # images: a precision has a standard error of up to #; # other real images have precision # and density #

    between the ends n precision # % interval density # % interval
    straight # # # # #
    spherical # # # # #
    cross-fade # # # # #
    straight − cross-fade # # # # #
    spherical − cross-fade # # # # #
    a mixture of images that are far from real ones may be nearer to them than its ends: compare with t = # and #

    steps in features n largest / mean at # # % interval largest / mean at # # % interval largest # / # # % interval worst
    straight # # [#, #] # [#, #] # [#, #] #
    spherical # # [#, #] # [#, #] # [#, #] #
    cross-fade # # [#, #] # [#, #] # [#, #] #
    means over the pairs with # % intervals; largest step at # over that at # steps: # of a smooth walk, # of one that jumps

    written to RESULTS/pictures/RUN-interpolate.png
    ");
    let picture = runs.picture(plain, "interpolate")?;
    let json = runs.json(plain, "interpolate RUN --pairs 6 --points 5")?;
    assert!(
        picture == runs.picture(plain, "interpolate")?,
        "the same picture again"
    );
    let found = &json["interpolation"];
    assert_eq!(numbers(&found["positions"]), [0.0, 0.25, 0.5, 0.75, 1.0]);
    let walks = found["walks"].as_array().ok_or("a list")?;
    let routes: Vec<_> = walks.iter().map(|w| w["route"].as_str()).collect();
    assert_eq!(
        routes,
        [Some("straight"), Some("spherical"), Some("cross-fade")]
    );
    for walk in walks {
        // All routes share their ends.
        for end in [0, 4] {
            assert_eq!(walk["density"][end], walks[0]["density"][end]);
        }
        assert!(
            numbers(&walk["precision"])
                .iter()
                .all(|p| (0.0..=1.0).contains(p))
        );
        assert!(
            numbers(&walk["largest_over_mean"]["64"])
                .iter()
                .all(|r| *r >= 1.0)
        );
    }
    let norms = [0, 1].map(|i| numbers(&walks[i]["mean_norm"]));
    assert!(norms[0][2] < 0.9 * norms[0][0] && norms[1][2] > 0.9 * norms[1][0]);
    // One path alone, of one class.
    let json = runs.json(
        told,
        "interpolate RUN --pairs 2 --points 3 --path straight --label 4",
    )?;
    assert_eq!(
        json["interpolation"]["walks"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(json["label"], 4);
    Ok(())
}

#[test]
fn neighbours_stand_beside_their_controls() -> Checked {
    let runs = Runs::of("grid: {dataset: [mnist]}")?;
    let name = "mnist none";
    let text = runs.prints(name, "neighbours RUN --count 2")?;
    insta::assert_snapshot!(runs.shape(name, &text), @r"
    run RUN on mnist
    latents normal in # dimensions, seed #
    training # images; features: classifier of mnist (02cc3267d5f4afe2)

    space images n mean distance ratio copied
    features generated # # # # no copying found
    features control: held-out # # # # no copying found
    features control: copies # # # # COPIES
    pixels generated # # # # no copying found
    pixels control: held-out # # # # no copying found
    pixels control: copies # # # # COPIES
    ratio: mean distance to the nearest training image over that of held-out images; copied: the share that is nearer than # % of those are

    sample nearest in features distance nearest in pixels distance
    # image # (class #) # image # (class #) #
    # image # (class #) # image # (class #) #

    written to RESULTS/pictures/RUN-neighbours.png
    ");
    assert!(runs.picture(name, "neighbours")?.starts_with(b"\x89PNG"));
    let json = runs.json(name, "neighbours RUN --count 2 --space features")?;
    let spaces = json["neighbours"].as_array().ok_or("a list")?;
    assert_eq!(spaces.len(), 1);
    let compared = spaces[0]["compared"].as_array().ok_or("a list")?;
    let of = |i: usize, key: &str| compared[i][key].as_f64().expect("a number");
    // After sixty steps nothing is copied; held-out digits are as near as others, copies are copies.
    let copies: Vec<_> = compared.iter().map(|c| c["copies"].as_bool()).collect();
    assert_eq!(copies, [Some(false), Some(false), Some(true)]);
    assert!(of(0, "ratio") > 1.2 && (of(1, "ratio") - 1.0).abs() < 0.1 && of(2, "ratio") < 0.5);
    assert_eq!(spaces[0]["nearest"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[test]
fn directions_are_found_and_told_with_the_law() -> Checked {
    let runs = Runs::of(DIGITS)?;
    let plain = "mnist none";
    let text = runs.prints(plain, "directions RUN --samples 1500")?;
    insta::assert_snapshot!(runs.shape(plain, &text), @r"
    run RUN on mnist
    latents normal in # dimensions, seed #
    samples # drawn, # of them measured
    extremes # high and # low ones of each attribute, # % of them fitted to

    attribute unit mean deviation accuracy # % interval n lambda R² best lambda best R²
    thickness px # # # [#, #] # # # # #
    slant rad # # # [#, #] # # # # #
    width px # # # [#, #] # # # # #
    accuracy: of held-out extremes, # by chance; R²: of the law s = λ nᵀz on held-out samples, n the hyperplane's normal or the best there is

    attributes correlation in # real in generated by the law by the best law cosine of normals of the best
    thickness, slant # # # # # #
    thickness, width # # # # # #
    slant, width # # # # # #
    covariance of the scores against ΛNᵀNΛ, relative difference: # with the hyperplanes' normals, # with the best

    moving along thickness slant width n
    thickness # ± # # ± # # ± # #
    thickness without slant # ± # # ± # # ± # #
    thickness without width # ± # # ± # # ± # #
    slant # ± # # ± # # ± # #
    slant without thickness # ± # # ± # # ± # #
    slant without width # ± # # ± # # ± # #
    width # ± # # ± # # ± # #
    width without thickness # ± # # ± # # ± # #
    width without slant # ± # # ± # # ± # #
    change of each attribute, in its standard deviations, a step of one standard deviation of the latents, ± its standard error

    written to RESULTS/pictures/RUN-directions.png
    ");
    assert!(runs.picture(plain, "directions")?.starts_with(b"\x89PNG"));
    let line = "directions RUN --samples 1500 --attribute slant,class=1 --label 3 --share 0.1";
    let json = runs.json("mnist concat", line)?;
    let found = &json["directions"];
    assert_eq!(found["moves"].as_array().map(Vec::len), Some(4));
    assert_eq!(found["moves"][1]["without"], "class=1");
    for key in ["law", "best_law"] {
        let cosines = &found[key]["cosines"];
        assert!((cosines[0][0].as_f64().ok_or("a number")? - 1.0).abs() < 1e-9);
        assert_eq!(numbers(&found[key]["lambda"]).len(), 2);
    }
    let extremes = found["extremes"].as_u64().ok_or("a number")?;
    let measured = found["measured"].as_u64().ok_or("a number")?;
    assert_eq!(extremes, measured / 10);
    Ok(())
}

#[test]
fn what_cannot_be_looked_into_is_told_with_the_next_step() -> Checked {
    let runs = Runs::of(
        "grid: {dataset: [ring8]}\ninclude: [{dataset: grid25, lr: 10, loss: lsgan, optimizer: sgd}]",
    )?;
    let (ring, diverged) = ("ring8 none", "grid25 none");
    let outcome = &parsed(&runs.prints(diverged, "show RUN --json")?)?["outcome"];
    assert_eq!(outcome, "diverged");
    let said = |line: &str| runs.refuses(ring, line);
    insta::assert_snapshot!(runs.refuses(diverged, "sample RUN")?, @"error: run RUN is diverged: only a run that is done has a generator ('gan-sweep show RUN' says more)");
    insta::assert_snapshot!(said("sample ffff00")?, @"error: no run's id begins with 'ffff00': 'gan-sweep ls SWEEP' lists them");
    insta::assert_snapshot!(said("sample RUN --label 3")?, @r"
    error: --label 3 cannot be asked for
      because: this generator is told no class: labels are for runs with a 'conditioning'
    ");
    insta::assert_snapshot!(said("sample RUN --output x.jpg")?, @"error: --output x.jpg: expected a file that ends in .png, .npy, .safetensors");
    insta::assert_snapshot!(said("interpolate RUN --output x.npy")?, @"error: --output x.npy: expected a file that ends in .png");
    insta::assert_snapshot!(said("sample RUN --output no/such/folder/x.png")?, @"error: cannot write no/such/folder/x.png: there is no folder no/such/folder; make it first");
    insta::assert_snapshot!(said("sample RUN --count 0")?, @r"
    error: invalid value '0' for '--count <N>': expected a whole number from 1 to 100000

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said("directions RUN --attribute slantt")?, @r"
    error: invalid value 'slantt' for '--attribute <NAME>': there is no attribute 'slantt' (did you mean 'slant'?); there are thickness, slant, width, height and class=C

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(said("directions RUN --attribute slant,slant")?, @"error: --attribute names slant twice");
    // A file where the folder of pictures should be.
    File::create(runs.results().join("pictures"))?;
    insta::assert_snapshot!(said("sample RUN")?, @r"
    error: cannot make RESULTS/pictures: name another place by --output
      because: File exists (os error 17)
    ");
    runs.prints(ring, "gc --weights --yes")?;
    insta::assert_snapshot!(said("sample RUN")?, @"error: run RUN is done and keeps no weights: 'gc --weights' removed them, or it was trained before weights were kept; 'gan-sweep run GRID.yaml --results OTHER' trains it again, to the same weights");
    Ok(())
}

#[test]
fn a_label_is_of_the_classes_there_are() -> Checked {
    let runs = Runs::of("grid: {dataset: [ring8], conditioning: [concat]}")?;
    let name = "ring8 concat";
    insta::assert_snapshot!(runs.refuses(name, "sample RUN --label 8")?, @r"
    error: --label 8 cannot be asked for
      because: there is no class 8: the data set has 8 classes, 0 to 7
    ");
    let json = runs.json(name, "sample RUN --label 7 --count 10")?;
    assert_eq!(json["label"], 7);
    Ok(())
}
