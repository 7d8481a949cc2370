//! Chromium behind ChromeDriver.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};

use fantoccini::error::ErrorStatus;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use http::Method;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A browser with a page.
#[derive(Clone)]
pub(super) struct Browser {
    pub client: Client,
}

/// Ends with its test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Does something with a browser; says so where there is none.
pub(super) fn with<F>(test: F) -> Result<()>
where
    F: FnOnce(Browser) -> Pin<Box<dyn Future<Output = Result<()>>>>,
{
    let Some((_driver, port)) = started()? else {
        let word = "left out: chromedriver is not installed (Debian's package is chromium-driver)";
        writeln!(std::io::stderr(), "{word}")?;
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await?;
        let browser = Browser {
            client: client.clone(),
        };
        let outcome = test(browser).await;
        client.close().await?;
        outcome
    })
}

/// ChromeDriver at a port of its choice; `None` where it is not installed.
fn started() -> Result<Option<(Driver, u16)>> {
    let child = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let stdout = child.stdout.take().ok_or("its output")?;
    let driver = Driver(child);
    for line in BufReader::new(stdout).lines() {
        // ChromeDriver was started successfully on port 41213.
        let line = line?;
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return Ok(Some((driver, port.trim_end_matches('.').parse()?)));
        }
    }
    Err("chromedriver ended before it listened".into())
}

fn capabilities() -> Capabilities {
    let value = json!({
        "browserName": "chrome",
        "goog:chromeOptions": {"args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage",
        ]},
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    });
    match value {
        Value::Object(map) => map,
        _ => unreachable!("an object"),
    }
}

/// A command of ChromeDriver's own.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> std::result::Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Makes the page so wide and high, in CSS pixels.
    pub async fn size(&self, width: u32, height: u32) -> Result<()> {
        let body = json!({"cmd": "Emulation.setDeviceMetricsOverride",
            "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}});
        let path = "goog/cdp/execute";
        self.client.issue_cmd(Own { path, body }).await?;
        Ok(())
    }

    /// Lays the page out as it is printed, on a sheet between its margins.
    pub async fn on_paper(&self, width: u32) -> Result<()> {
        // The event is sent before the medium changes, as a browser does.
        let script = "dispatchEvent(new Event('beforeprint'))";
        self.client.execute(script, Vec::new()).await?;
        self.size(width, 1000).await?;
        let body = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}});
        let path = "goog/cdp/execute";
        self.client.issue_cmd(Own { path, body }).await?;
        Ok(())
    }

    /// What stands in the console as an error.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let entries = self.log("browser").await?;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| entry["message"].to_string()).collect())
    }

    /// The addresses of all that was asked for.
    pub async fn requests(&self) -> Result<Vec<String>> {
        let mut requests = Vec::new();
        for entry in self.log("performance").await? {
            let text = entry["message"].as_str().ok_or("a message")?;
            let message: Value = serde_json::from_str(text)?;
            let message = &message["message"];
            if message["method"] == "Network.requestWillBeSent" {
                let url = message["params"]["request"]["url"].as_str();
                requests.push(url.unwrap_or_default().to_owned());
            }
        }
        Ok(requests)
    }

    async fn log(&self, kind: &str) -> Result<Vec<Value>> {
        let body = json!({"type": kind});
        let path = "se/log";
        let log = self.client.issue_cmd(Own { path, body }).await;
        match log {
            Ok(Value::Array(entries)) => Ok(entries),
            Ok(other) => Err(format!("no log: {other}").into()),
            Err(fantoccini::error::CmdError::Standard(e))
                if e.error == ErrorStatus::UnknownCommand =>
            {
                Err("this chromedriver keeps no logs".into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a picture of the whole page, where pictures are asked for.
    pub async fn shot(&self, name: &str) -> Result<()> {
        let Some(folder) = std::env::var_os("GAN_SWEEP_TEST_SCREENSHOTS") else {
            return Ok(());
        };
        std::fs::create_dir_all(&folder)?;
        let png = self.client.screenshot().await?;
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), png)?;
        Ok(())
    }
}
