//! The report in a real browser: Chromium, driven over WebDriver. Left out, with a word, where `chromedriver`
//! is not installed. With `GAN_SWEEP_TEST_SCREENSHOTS=DIR` pictures of the pages are kept there.

mod driver;

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use driver::Browser;
use fantoccini::Locator;
use gan_sweep::claim::Language;
use gan_sweep::event::Outcome;
use gan_sweep::report;
use serde_json::{Value, json};

use crate::report_material::{rich, small};

type Check = Result<(), Box<dyn Error>>;

/// Opens the page of a sweep that is finished.
async fn open(browser: &Browser, page: &Path) -> Check {
    browser
        .client
        .goto(&format!("file://{}", page.display()))
        .await?;
    Ok(())
}

/// The kinds of elements that reach beyond the right edge of the page.
const BEYOND: &str = "const edge = document.documentElement.clientWidth + 1;
    const all = [...document.querySelectorAll('main *')].filter(node => node.getBoundingClientRect().right > edge);
    return [...new Set(all.map(node => `${node.tagName} ${node.className.baseVal ?? node.className}`))]";

async fn script(browser: &Browser, text: &str) -> Result<Value, Box<dyn Error>> {
    Ok(browser.client.execute(text, Vec::new()).await?)
}

async fn click(browser: &Browser, css: &str) -> Check {
    browser
        .client
        .find(Locator::Css(css))
        .await?
        .click()
        .await?;
    Ok(())
}

/// The first column of means, top to bottom, as numbers.
const MEANS: &str = "return [...document.querySelectorAll('section.data table.cells')[0].querySelectorAll('tbody td.strong')]
    .map(td => Number(td.textContent.replace('−', '-')))";

#[test]
fn a_report_is_sorted_filtered_and_selected_in_a_browser() -> Check {
    let mut material = rich();
    for run in &mut material.runs {
        // Half way it made the same.
        if let Some(mut earlier) = run.samples.last().cloned() {
            earlier.step /= 2;
            run.samples.insert(0, earlier);
        }
    }
    let folder = tempfile::tempdir()?;
    let written = report::write(&material, folder.path(), Language::En, |_, _| {})?;
    driver::with(|browser| Box::pin(async move { read(&browser, &written.html).await }))
}

async fn read(browser: &Browser, page: &Path) -> Check {
    browser.size(1440, 900).await?;
    open(browser, page).await?;
    browser.shot("report-1440").await?;

    // Best first; a click on the head turns it round.
    let best_first: Vec<f64> = serde_json::from_value(script(browser, MEANS).await?)?;
    assert!(
        best_first.len() > 2 && best_first.is_sorted_by(|a, b| a >= b),
        "{best_first:?}"
    );
    let head = "section.data table.cells th:not([aria-sort=none])[aria-sort] button";
    click(browser, head).await?;
    let worst_first: Vec<f64> = serde_json::from_value(script(browser, MEANS).await?)?;
    assert!(worst_first.is_sorted_by(|a, b| a <= b), "{worst_first:?}");
    // The head keeps the focus, and Enter does what a click does.
    browser
        .client
        .active_element()
        .await?
        .send_keys("\u{e007}")
        .await?;
    let again: Vec<f64> = serde_json::from_value(script(browser, MEANS).await?)?;
    assert_eq!(again, best_first);

    // A value that is left out takes its cells with it, everywhere.
    let dots = "return document.querySelectorAll('section.data')[0].querySelectorAll('.panels .dot').length";
    let all = script(browser, dots).await?.as_u64().ok_or("dots")?;
    click(browser, "section.data details.filters summary").await?;
    click(browser, "section.data details.filters fieldset input").await?;
    let fewer: Vec<f64> = serde_json::from_value(script(browser, MEANS).await?)?;
    assert!(
        !fewer.is_empty() && fewer.len() < best_first.len(),
        "{} of {}",
        fewer.len(),
        best_first.len()
    );
    assert!(script(browser, dots).await?.as_u64().ok_or("dots")? < all);
    browser.shot("report-filtered").await?;
    click(browser, "section.data details.filters > button").await?;

    // A cell is selected by its row, by mouse and by keys, and marked wherever it is drawn.
    let chosen = "const s = document.querySelectorAll('section.data')[0];
        return ['tr', 'circle', 'g.row', 'figure'].map(kind => s.querySelectorAll(kind + '.chosen').length)";
    click(browser, "section.data table.cells tbody tr").await?;
    let marked: Vec<u64> = serde_json::from_value(script(browser, chosen).await?)?;
    assert!(marked.iter().all(|n| *n > 0), "{marked:?}");
    let curves =
        "return document.querySelectorAll('section.data')[0].querySelectorAll('.run-line').length";
    assert!(
        script(browser, curves).await?.as_u64() > Some(0),
        "no run of the cell in the curves"
    );
    browser.shot("report-selected").await?;
    browser
        .client
        .active_element()
        .await?
        .send_keys("\u{e007}")
        .await?;
    assert_eq!(script(browser, chosen).await?, json!([0, 0, 0, 0]));
    // A dot selects one seed.
    click(browser, "section.data .panels .dot").await?;
    let words = "return document.querySelector('.selection').textContent";
    let said = script(browser, words).await?;
    assert!(
        said.as_str()
            .is_some_and(|s| s.contains("seed") && s.contains("gan-sweep show")),
        "{said}"
    );

    // The curves are read by keys.
    let plot = "section.data .plot.follows svg";
    browser
        .client
        .find(Locator::Css(plot))
        .await?
        .send_keys("\u{e014}")
        .await?;
    let read = "return document.querySelector('section.data .reading').textContent";
    let reading = script(browser, read).await?;
    assert!(
        reading
            .as_str()
            .is_some_and(|s| s.contains("step") && s.contains("n = ")),
        "{reading}"
    );

    // The slider goes back to what was made first.
    let step = "return document.querySelector('section.data .slider output').textContent";
    let last = script(browser, step).await?;
    let slider = browser
        .client
        .find(Locator::Css("section.data .slider input"))
        .await?;
    slider.send_keys("\u{e011}").await?;
    let first = script(browser, step).await?;
    assert_ne!(first, last);
    browser.shot("report-first-samples").await?;

    // Another language, another theme.
    script(browser, "const s = document.getElementById('language'); s.value = 'ru'; s.dispatchEvent(new Event('change'))").await?;
    let head = script(browser, "return document.querySelector('section.data h3').textContent + document.documentElement.lang").await?;
    assert_eq!(head, "Ячейкиru");
    let paper = "return getComputedStyle(document.body).backgroundColor";
    let light = script(browser, paper).await?;
    script(browser, "const s = document.getElementById('theme'); s.value = 'dark'; s.dispatchEvent(new Event('change'))").await?;
    assert_ne!(script(browser, paper).await?, light);
    browser.shot("report-dark-ru").await?;
    script(browser, "localStorage.clear()").await?;

    // A telephone: nothing is wider than the screen but what scrolls by itself.
    browser.size(360, 780).await?;
    open(browser, page).await?;
    let width = script(browser, "return document.documentElement.scrollWidth").await?;
    assert!(width.as_u64().is_some_and(|w| w <= 360), "{width} pixels");
    browser.shot("report-360").await?;

    // A sheet of A4 in portrait: what would scroll must fit, since paper does not.
    browser.size(1440, 900).await?;
    open(browser, page).await?;
    let drawn = "return Math.max(...[...document.querySelectorAll('.plot svg')].map(svg => svg.viewBox.baseVal.width))";
    let on_screen = script(browser, drawn).await?.as_f64().ok_or("a width")?;
    browser.on_paper(718).await?;
    assert_eq!(script(browser, BEYOND).await?, json!([]));
    let for_paper = script(browser, drawn).await?.as_f64().ok_or("a width")?;
    assert!(
        for_paper <= 718.0 && on_screen > 1000.0,
        "plots are drawn {for_paper} wide for paper, {on_screen} for the screen"
    );
    browser.shot("report-printed").await?;

    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    let requests = browser.requests().await?;
    assert!(
        requests
            .iter()
            .all(|url| url.starts_with("file:") || url.starts_with("data:")),
        "{requests:?}"
    );
    Ok(())
}

#[test]
fn means_and_intervals_in_the_page_are_those_of_the_statistics() -> Check {
    let folder = tempfile::tempdir()?;
    let written = report::write(&rich(), folder.path(), Language::En, |_, _| {})?;
    driver::with(|browser| {
        Box::pin(async move {
            open(&browser, &written.html).await?;
            // What the script computes of the runs of each cell, against what the program wrote of it.
            let differ = "return data.sections.flatMap(section => section.cells.flatMap(cell => cell.summaries.map((known, m) => {
            const own = overSeeds(cell.runs.map(r => [section.runs[r].seed, section.runs[r].values[m]]), data.quantiles);
            if (known === null || own === null) return known === own ? null : [known, own];
            const near = (a, b) => (a === null ? b === null : Math.abs(a - b) <= 1e-4 * Math.max(0.1, Math.abs(a)));
            return known[0] === own.n && near(known[1], own.mean) && near(known[2], own.low) && near(known[3], own.high) ? null : [known, own];
        }))).filter(Boolean)";
            assert_eq!(script(&browser, differ).await?, json!([]));
            let many = script(&browser, "return data.sections.flatMap(s => s.cells.flatMap(c => c.summaries.filter(x => x && x[2] !== null))).length").await?;
            assert!(many.as_u64() > Some(20), "{many} intervals");
            Ok(())
        })
    })
}

#[test]
fn a_sweep_with_the_name_of_a_script_stays_text_in_a_browser() -> Check {
    let attack = "<script>alert(1)</script>";
    let mut material = small();
    material.sweep.name = attack.to_owned();
    material.sweep.question = Some("<img src=x onerror=alert(2)>".to_owned());
    for run in &mut material.runs {
        let loss = run.row.settings.entry("loss".to_owned()).or_default();
        *loss = format!("{attack}{loss}</script><!--");
    }
    material.runs[0].row.outcome = Some(Outcome::Failed {
        message: format!("{attack}]]>&lt;"),
    });
    let folder = tempfile::tempdir()?;
    let written = report::write(&material, folder.path(), Language::En, |_, _| {})?;
    driver::with(|browser| {
        Box::pin(async move {
            open(&browser, &written.html).await?;
            assert!(browser.client.get_alert_text().await.is_err(), "an alert");
            let head = script(&browser, "return document.querySelector('h1').textContent").await?;
            assert_eq!(head, attack);
            let own = script(
                &browser,
                "return document.scripts.length + [...document.images].filter(image => !image.src.startsWith('data:image/png')).length",
            )
            .await?;
            assert_eq!(own, 2);
            let text = script(
                &browser,
                "return document.querySelector('table.cells').textContent",
            )
            .await?;
            assert!(
                text.as_str()
                    .is_some_and(|s| s.contains("<script>alert(1)</script>minimax")),
                "{text}"
            );
            assert_eq!(browser.complaints().await?, Vec::<String>::new());
            Ok(())
        })
    })
}

/// Ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const GRID: &str = "\
version: 1
name: slow
defaults: {hidden: [32], steps: 4000, eval_every: 200, log_every: 50}
grid: {k: [1, 2, 3, 4], loss: [minimax, non_saturating]}
seeds: 4
";

fn gan_sweep(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gan-sweep"));
    command.current_dir(folder).args(args);
    command
}

/// Serves a sweep of a folder, once its first runs are planned; the address with which it answers.
fn served(folder: &Path) -> Result<(Running, String), Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        let mut child = gan_sweep(folder, &["serve", "slow", "--port", "0"])
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        let mut stderr = BufReader::new(child.stderr.take().ok_or("stderr")?);
        stderr.read_line(&mut said)?;
        if let Some((_, rest)) = said.split_once("http://") {
            let address = rest.split_once('/').ok_or("an address")?.0.to_owned();
            return Ok((Running(child), address));
        }
        child.wait()?;
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(format!("it does not serve: {said}").into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The first line of the answer to a request as it stands.
fn answer(address: &str, request: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn a_page_that_is_served_grows_with_its_sweep() -> Check {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("grid.yaml"), GRID)?;
    let sweep = gan_sweep(
        folder.path(),
        &["run", "grid.yaml", "--quiet", "--no-report", "--jobs", "1"],
    )
    .stdout(Stdio::null())
    .spawn()?;
    let _sweep = Running(sweep);
    let (_server, address) = served(folder.path())?;

    let get = |path: &str, host: &str, method: &str| {
        answer(
            &address,
            &format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
        )
    };
    assert_eq!(get("/data.json", &address, "GET")?, "HTTP/1.1 200 OK");
    // Another name for this address, as DNS rebinding gives it one.
    assert_eq!(
        get("/data.json", "evil.example", "GET")?,
        "HTTP/1.1 403 Forbidden"
    );
    assert_eq!(
        get("/", "evil.example:80", "GET")?,
        "HTTP/1.1 403 Forbidden"
    );
    for path in [
        "/../gan-sweep.db",
        "/%2e%2e/gan-sweep.db",
        "/results/gan-sweep.db",
        "//etc/passwd",
        "/data.json/../../x",
    ] {
        assert_eq!(
            get(path, &address, "GET")?,
            "HTTP/1.1 404 Not Found",
            "{path}"
        );
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(
            get("/data.json", &address, method)?,
            "HTTP/1.1 405 Method Not Allowed"
        );
    }

    driver::with(|browser| {
        Box::pin(async move {
            browser.client.goto(&format!("http://{address}/")).await?;
            let done = "return data.outcomes.filter(([word]) => word === 'done').reduce((sum, [, n]) => sum + n, 0)";
            let points = "return data.sections[0].curves.reduce((sum, c) => sum + c.lines.flat().filter(v => v !== null).length, 0)";
            let before = (
                script(&browser, done).await?.as_u64(),
                script(&browser, points).await?.as_u64(),
            );
            let begun = Instant::now();
            loop {
                let now = (
                    script(&browser, done).await?.as_u64(),
                    script(&browser, points).await?.as_u64(),
                );
                if now.0 > before.0 && now.1 > before.1 {
                    break;
                }
                assert!(
                    begun.elapsed() < Duration::from_secs(120),
                    "{before:?} then {now:?}"
                );
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            let live = script(
                &browser,
                "return document.getElementById('live').textContent",
            )
            .await?;
            assert!(
                live.as_str()
                    .is_some_and(|s| s.starts_with("live, updated")),
                "{live}"
            );
            browser.shot("serve").await?;
            assert_eq!(browser.complaints().await?, Vec::<String>::new());
            let own = format!("http://{address}/");
            let requests = browser.requests().await?;
            assert!(
                requests
                    .iter()
                    .all(|url| url.starts_with(&own) || url.starts_with("data:")),
                "{requests:?}"
            );
            Ok(())
        })
    })
}
