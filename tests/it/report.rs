//! The report of made-up sweeps: files, pictures and page.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use gan_sweep::claim::Language;
use gan_sweep::event::Outcome;
use gan_sweep::report::{self, Material, Written};
use gan_sweep::store::Measured;

use crate::report_material::{large, measure, rich, run, small, sweep};

type Check = Result<(), Box<dyn Error>>;

/// The answer of a page to a sweep of one loss a cell, `covered` being as given at two seeds.
fn answered(values: &[(&str, [f64; 2])]) -> Result<String, Box<dyn Error>> {
    let mut runs = Vec::new();
    for (loss, of_seeds) in values {
        for (seed, value) in of_seeds.iter().enumerate() {
            let settings = [("dataset", "ring8"), ("loss", *loss)];
            let mut run = run(runs.len() as u64, seed as u64, &settings);
            run.row.outcome = Some(Outcome::Done);
            measure(&mut run, "covered", *value, &[100]);
            runs.push(run);
        }
    }
    let sweep = sweep();
    let material = Material { sweep, runs };
    let folder = tempfile::tempdir()?;
    let written = report::write(&material, folder.path(), Language::En, |_, _| {})?;
    let page = fs::read_to_string(written.html)?;
    let (_, rest) = page.split_once("<p class=\"answer\">").ok_or("no answer")?;
    Ok(rest.split("</p>").next().unwrap_or_default().to_owned())
}

#[test]
fn one_cell_and_cells_that_are_alike_have_their_answer() -> Check {
    assert_eq!(
        answered(&[("minimax", [5.0, 5.0])])?,
        "The one cell has a mean covered of 5.00 (no interval) over 2 seeds."
    );
    assert_eq!(
        answered(&[("minimax", [5.0, 7.0]), ("hinge", [6.0, 6.0])])?,
        "All 2 cells have the same mean covered: 6.00."
    );
    let differ = answered(&[("minimax", [5.0, 7.0]), ("hinge", [6.0, 7.0])])?;
    assert!(differ.contains("changes it by +0.500"), "{differ}");
    Ok(())
}

/// Okabe and Ito's blue, the first colour of every plot.
const BLUE: [u8; 3] = [0x00, 0x72, 0xb2];
/// Their vermilion, the second.
const VERMILION: [u8; 3] = [0xd5, 0x5e, 0x00];

/// A decoded PNG.
struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let mut reader =
            png::Decoder::new(std::io::BufReader::new(fs::File::open(path)?)).read_info()?;
        let mut buffer = vec![0; reader.output_buffer_size().ok_or("too large")?];
        let info = reader.next_frame(&mut buffer)?;
        assert_eq!(info.color_type, png::ColorType::Rgb);
        let pixels = buffer.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        Ok(Self {
            width: info.width as usize,
            pixels,
        })
    }

    fn count(&self, colour: [u8; 3]) -> usize {
        self.pixels.iter().filter(|p| **p == colour).count()
    }

    /// The dark pixels of the top left corner, where a title stands.
    fn title(&self) -> Vec<bool> {
        self.pixels
            .chunks(self.width)
            .take(120)
            .flat_map(|row| {
                row[..self.width / 2]
                    .iter()
                    .map(|p| p.iter().all(|c| *c < 128))
            })
            .collect()
    }
}

/// Writes a report to a temporary folder, or to a folder of the same name in
/// `GAN_SWEEP_REPORT_DUMP`, to look at.
fn written(
    name: &str,
    material: &Material,
) -> Result<(tempfile::TempDir, Written, String), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let written = report::write(material, folder.path(), Language::En, |_, _| {})?;
    if let Some(dump) = std::env::var_os("GAN_SWEEP_REPORT_DUMP") {
        report::write(
            material,
            &Path::new(&dump).join(name),
            Language::En,
            |_, _| {},
        )?;
    }
    let html = fs::read_to_string(&written.html)?;
    Ok((folder, written, html))
}

/// The report of the rich sweep, drawn once for all tests, in a folder of the build.
fn rich_report() -> Result<(&'static Written, String), Box<dyn Error>> {
    static WRITTEN: OnceLock<Result<Written, String>> = OnceLock::new();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report-of-a-rich-sweep");
    let written = WRITTEN
        .get_or_init(|| {
            if let Some(dump) = std::env::var_os("GAN_SWEEP_REPORT_DUMP") {
                report::write(
                    &rich(),
                    &Path::new(&dump).join("rich"),
                    Language::En,
                    |_, _| {},
                )
                .map_err(|e| e.to_string())?;
            }
            report::write(&rich(), &folder, Language::En, |_, _| {}).map_err(|e| e.to_string())
        })
        .as_ref()
        .map_err(String::as_str)?;
    Ok((written, fs::read_to_string(&written.html)?))
}

/// What a browser would fetch or follow out of the page.
fn references(html: &str) -> Vec<&str> {
    [
        "src=", "href=", "url(", "@import", "http://", "https://", "<iframe",
    ]
    .iter()
    .flat_map(|word| html.match_indices(word).map(|(at, _)| &html[at..]))
    .filter(|rest| {
        ![
            "href=\"data:,\"",
            "href=\"data:image/png;base64,",
            // The name of SVG's elements, which nobody fetches.
            "http://www.w3.org/2000/svg\"",
            "src:url(data:",
            "url(data:font/woff2;base64,",
        ]
        .iter()
        .any(|inner| rest.starts_with(inner))
    })
    .map(|rest| rest.split_at(rest.len().min(60)).0)
    .collect()
}

/// A small check that elements nest and attributes are quoted; entities are those of XML.
fn check_xml(text: &str) -> Check {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        for (i, _) in before.match_indices('&') {
            let entity = before[i..].split(';').next().unwrap_or_default();
            if !["&amp", "&lt", "&gt", "&quot", "&#39"].contains(&entity) {
                return Err(format!("entity {entity}").into());
            }
        }
        let end = tag.find('>').ok_or("a tag without an end")?;
        let inner = &tag[1..end];
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            assert_eq!(inner.matches('"').count() % 2, 0, "{inner}");
            if !inner.ends_with('/') {
                open.push(inner.split([' ', '\n']).next().unwrap_or_default());
            }
        }
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty(), "{open:?} stay open");
    Ok(())
}

#[test]
fn a_rich_sweep_has_every_plot_in_png_and_svg() -> Check {
    let (written, html) = rich_report()?;
    let names: Vec<String> = written
        .plots
        .iter()
        .filter_map(|p| p.file_name()?.to_str().map(str::to_owned))
        .collect();
    for stem in [
        "ring8-covered-by-loss",
        "ring8-covered-by-k",
        "ring8-covered-by-noise",
        "ring8-covered-by-norm",
        "ring8-covered-over-k-norm",
        "ring8-samples",
        "ring8-losses",
        "ring8-gradients",
        "ring8-outputs",
        "ring8-over-steps",
        "ring8-reverse_kl",
        "mnist-fid-by-loss",
        "mnist-samples",
        "mnist-losses",
    ] {
        for ending in ["png", "svg"] {
            assert!(
                names.contains(&format!("{stem}.{ending}")),
                "{stem}.{ending} is not in {names:?}"
            );
        }
    }
    assert!(html.len() < 5_000_000, "{} bytes", html.len());
    Ok(())
}

#[test]
fn five_hundred_runs_fit_into_five_megabytes() -> Check {
    let (_folder, _, html) = written("large", &large())?;
    assert!(html.len() < 5_000_000, "{} bytes", html.len());
    let section = &data(&html)?["sections"][0];
    assert_eq!(section["cells"].as_array().map(Vec::len), Some(250));
    assert_eq!(section["runs"].as_array().map(Vec::len), Some(500));
    Ok(())
}

#[test]
fn plots_show_their_series_in_both_colours() -> Check {
    let (written, _) = rich_report()?;
    let folder = written.html.parent().ok_or("no folder")?;
    for plot in [
        "ring8-losses",
        "ring8-gradients",
        "ring8-outputs",
        "ring8-covered-by-norm",
        "ring8-samples",
    ] {
        let picture = Picture::open(&folder.join(format!("plots/{plot}.png")))?;
        for colour in [BLUE, VERMILION] {
            assert!(
                picture.count(colour) > 200,
                "{plot} has {} pixels of {colour:?}",
                picture.count(colour)
            );
        }
        assert!(picture.width >= 1920, "{plot} is {} wide", picture.width);
    }
    Ok(())
}

#[test]
fn svg_files_are_well_formed_and_bring_their_font() -> Check {
    let (written, _) = rich_report()?;
    for path in written
        .plots
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "svg"))
    {
        let svg = fs::read_to_string(path)?;
        check_xml(&svg).map_err(|e| format!("{}: {e}", path.display()))?;
        assert!(
            svg.contains("@font-face") && svg.contains("<text"),
            "{}",
            path.display()
        );
        // Pieces of the font and of pictures may spell anything.
        let drawn: String = svg
            .split("base64,")
            .enumerate()
            .map(|(i, piece)| {
                if i == 0 {
                    piece
                } else {
                    piece.trim_start_matches(|c| c != ')' && c != '"')
                }
            })
            .collect();
        assert!(
            !drawn.contains("NaN") && !drawn.contains("inf"),
            "{}",
            path.display()
        );
    }
    Ok(())
}

#[test]
fn the_page_asks_the_network_for_nothing() -> Check {
    let (_, html) = rich_report()?;
    assert_eq!(references(&html), Vec::<&str>::new());
    Ok(())
}

#[test]
fn the_answer_names_the_largest_effect_with_interval_and_n() -> Check {
    let (_, html) = rich_report()?;
    let data = data(&html)?;
    let section = &data["sections"][0];
    let answer = section["answer"]["en"].as_str().ok_or("an answer")?;
    assert!(
        answer.contains("norm has the largest effect on covered of those whose interval excludes 0: batch instead of none"),
        "{answer}"
    );
    assert!(
        answer.contains("95 % interval") && answer.contains(" seeds)"),
        "{answer}"
    );
    let russian = section["answer"]["ru"].as_str().ok_or("an answer")?;
    assert!(
        russian.contains("сильнее всего на covered влияет norm"),
        "{russian}"
    );
    let text = data.to_string();
    assert!(
        text.contains("features of the data set's own classifier"),
        "FID without its features"
    );
    assert!(
        text.contains("[\"floor\",0.84,5000.0]"),
        "a floor without its N"
    );
    assert!(text.contains("the disk is full") && text.contains("stopped being finite at step 800"));
    // Readers without scripts are told too.
    assert!(html.contains("<noscript>") && html.contains("norm has the largest effect"));
    Ok(())
}

/// What the page's script reads.
fn data(html: &str) -> Result<serde_json::Value, Box<dyn Error>> {
    let (_, rest) = html
        .split_once("<script type=\"application/json\" id=\"data\">")
        .ok_or("data")?;
    let (json, _) = rest.split_once("</script>").ok_or("its end")?;
    Ok(serde_json::from_str(json)?)
}

/// Letters of the same advance width differ in the picture; an unknown letter would be a box.
#[test]
fn cyrillic_titles_are_drawn_letter_by_letter() -> Check {
    let mut titles = Vec::new();
    for name in [
        "кольцо",
        "кальцо",
        "\u{e000}\u{e000}\u{e000}\u{e000}\u{e000}\u{e000}",
    ] {
        let mut runs = Vec::new();
        for (i, loss) in ["а", "б"].iter().enumerate() {
            let mut run = run(
                i as u64,
                0,
                &[("dataset", name), ("sigma", "1"), ("loss", loss)],
            );
            measure(&mut run, "covered", 3.0 + i as f64, &[1, 2]);
            run.row.outcome = Some(Outcome::Done);
            runs.push(run);
        }
        let (_folder, written, html) = written(
            "cyrillic",
            &Material {
                sweep: sweep(),
                runs,
            },
        )?;
        assert!(html.contains(name));
        let png = written
            .plots
            .iter()
            .find(|p| p.to_string_lossy().ends_with("loss.png"));
        titles.push(Picture::open(png.ok_or("no plot")?)?.title());
    }
    assert!(
        titles
            .iter()
            .all(|t| t.iter().filter(|dark| **dark).count() > 300),
        "titles are empty"
    );
    assert_ne!(titles[0], titles[1]);
    assert_ne!(titles[0], titles[2]);
    Ok(())
}

#[test]
fn text_of_the_user_is_escaped_everywhere() -> Check {
    let attack = "<script>alert(\"1\")</script>&amp;'";
    let mut material = small();
    material.sweep.question = Some(attack.to_owned());
    material.sweep.source = attack.to_owned();
    for run in &mut material.runs {
        let loss = run.row.settings.entry("loss".to_owned()).or_default();
        if loss == "minimax" {
            *loss = attack.to_owned();
        }
    }
    material.runs[0].row.outcome = Some(Outcome::Crashed {
        message: attack.to_owned(),
        place: attack.to_owned(),
    });
    let (_folder, written, html) = written("escaped", &material)?;
    assert_eq!(
        html.matches("<script").count(),
        2,
        "the data and the page's own"
    );
    assert_eq!(html.matches("</script").count(), 2);
    assert_eq!(data(&html)?["question"], attack);
    for path in written
        .plots
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "svg"))
    {
        check_xml(&fs::read_to_string(path)?)?;
    }
    Ok(())
}

#[test]
fn a_sweep_without_runs_has_a_page() -> Check {
    let (_folder, written, html) = written(
        "empty",
        &Material {
            sweep: sweep(),
            runs: Vec::new(),
        },
    )?;
    assert_eq!(data(&html)?["sections"], serde_json::json!([]));
    assert_eq!(written.plots.len(), 0);
    Ok(())
}

#[test]
fn a_sweep_that_has_not_run_says_what_is_missing() -> Check {
    let mut material = small();
    for run in &mut material.runs {
        run.row.outcome = None;
        run.row.last = BTreeMap::new();
        run.series.clear();
        run.samples.clear();
    }
    let (_folder, written, html) = written("missing", &material)?;
    assert!(html.contains("No run has a value of covered yet: 12 missing, 0 failed."));
    assert_eq!(written.plots.len(), 0);
    Ok(())
}

#[test]
fn a_sweep_in_which_all_diverged_shows_the_worst_values() -> Check {
    let mut material = small();
    for run in &mut material.runs {
        run.row.outcome = Some(Outcome::Diverged {
            step: 10,
            quantity: "grad.g".to_owned(),
        });
        run.samples.clear();
        for series in run.series.values_mut() {
            series.truncate(1);
        }
        let worst = Measured {
            step: 10,
            value: 0.0,
            worst: true,
        };
        run.row.last.insert("covered".to_owned(), worst);
    }
    let (_folder, _, html) = written("diverged", &material)?;
    assert!(html.contains("No answer: every run that ended diverged (12)"));
    Ok(())
}

#[test]
fn with_one_seed_there_is_no_interval_of_a_cell() -> Check {
    let mut material = small();
    material.runs.retain(|run| run.row.seed == 0);
    let (_folder, _, html) = written("one-seed", &material)?;
    assert!(html.contains("no interval"));
    Ok(())
}

#[test]
fn values_that_are_not_finite_break_no_plot() -> Check {
    let mut material = small();
    for (i, run) in material.runs.iter_mut().enumerate() {
        for (j, series) in run.series.values_mut().enumerate() {
            for (k, measured) in series.iter_mut().enumerate() {
                measured.value = match (i + j + k) % 5 {
                    0 => f64::NAN,
                    1 => f64::INFINITY,
                    2 => f64::NEG_INFINITY,
                    3 => -1e300,
                    _ => measured.value,
                };
            }
        }
        for (j, measured) in run.row.last.values_mut().enumerate() {
            if (i + j).is_multiple_of(3) {
                measured.value = f64::NAN;
            }
        }
    }
    let (_folder, written, html) = written("not-finite", &material)?;
    assert!(written.plots.len() > 10);
    assert!(html.contains("</html>"));
    Ok(())
}

#[test]
fn the_same_material_gives_the_same_bytes() -> Check {
    let (first, written, html) = written("same", &small())?;
    let (second, _, again) = self::written("same", &small())?;
    assert!(html == again, "the pages differ");
    for path in &written.plots {
        let other = second.path().join(path.strip_prefix(first.path())?);
        assert!(
            fs::read(path)? == fs::read(other)?,
            "{} differs",
            path.display()
        );
    }
    Ok(())
}
