//! An HTTP server of this machine that does what a test tells it to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With the file, or the part asked for.
    Good,
    /// With the whole file, whatever was asked for.
    NoRanges,
    /// With half of what is due, then it hangs up, as often as asked.
    CutsHalf,
    /// With the part from the first byte on, called the one asked for.
    WrongRange,
    /// With one more byte than the file has, without saying how many there are.
    TooLong,
    /// With a page that has no announced length, instead of the file.
    Page,
    /// With this status.
    Status(u16),
}

/// A request: the path and the value of `Range`.
pub(crate) type Request = (String, Option<String>);

pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What a path leads to: a content and a manner, or another place.
#[derive(Clone, Debug)]
pub(crate) enum Path {
    Content(Vec<u8>, Manner),
    Elsewhere(String),
}

impl Server {
    pub fn start(paths: BTreeMap<String, Path>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
        let address = listener.local_addr().expect("its address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (seen, ends) = (Arc::clone(&requests), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                // A client that hangs up is no fault of the server.
                let _ = stream.and_then(|stream| serve(stream, &paths, &seen));
            }
        });
        Self {
            address,
            requests,
            over,
            thread: Some(thread),
        }
    }

    /// Serves every file under `/set/`, all in one manner.
    pub fn of_files(files: &[(String, Vec<u8>)], manner: Manner) -> Self {
        Self::start(
            files
                .iter()
                .map(|(name, content)| {
                    let path = Path::Content(content.clone(), manner);
                    (format!("/set/{name}"), path)
                })
                .collect(),
        )
    }

    /// The address of a folder.
    pub fn url(&self, folder: &str) -> String {
        format!("http://{}/{folder}", self.address)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for a client.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The address of a server that has stopped: nobody answers there.
pub(crate) fn nobody() -> String {
    let server = Server::start(BTreeMap::new());
    server.url("set")
}

fn serve(
    mut stream: TcpStream,
    paths: &BTreeMap<String, Path>,
    requests: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    // Whoever speaks TLS to it sends no line that ends.
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    let (mut path, mut range) = (String::new(), None);
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if let Some(rest) = line.strip_prefix("GET ") {
            path = rest.split(' ').next().unwrap_or_default().to_owned();
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        if name.eq_ignore_ascii_case("range") {
            range = Some(value.to_owned());
        }
        if line.is_empty() {
            break;
        }
    }
    requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((path.clone(), range.clone()));
    let from: Option<usize> = range
        .as_deref()
        .and_then(|r| r.strip_prefix("bytes="))
        .and_then(|r| r.strip_suffix('-'))
        .and_then(|r| r.parse().ok());
    let (status, headers, body) = match paths.get(&path) {
        None => ("404 Not Found".to_owned(), length(3), b"no\n".to_vec()),
        Some(Path::Elsewhere(to)) => (
            "302 Found".to_owned(),
            format!("Location: {to}\r\n"),
            vec![],
        ),
        Some(Path::Content(content, manner)) => answer(content, *manner, from),
    };
    let head = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()
}

fn length(n: usize) -> String {
    format!("Content-Length: {n}\r\n")
}

/// Status, headers and body.
fn answer(content: &[u8], manner: Manner, from: Option<usize>) -> (String, String, Vec<u8>) {
    let ok = || "200 OK".to_owned();
    let part = |from: usize, body: &[u8]| {
        let (last, all) = (content.len() - 1, content.len());
        let range = format!("Content-Range: bytes {from}-{last}/{all}\r\n");
        let headers = range + &length(all - from);
        ("206 Partial Content".to_owned(), headers, body.to_vec())
    };
    match (manner, from) {
        (Manner::Good, Some(from)) => part(from, &content[from..]),
        (Manner::Good | Manner::NoRanges, _) => (ok(), length(content.len()), content.to_vec()),
        (Manner::CutsHalf, Some(from)) => {
            part(from, &content[from..from + (content.len() - from) / 2])
        }
        (Manner::CutsHalf, None) => {
            let half = content[..content.len() / 2].to_vec();
            (ok(), length(content.len()), half)
        }
        (Manner::WrongRange, Some(_)) => part(0, content),
        (Manner::WrongRange, None) => (ok(), length(content.len()), content.to_vec()),
        (Manner::TooLong, _) => (ok(), String::new(), [content, b"!"].concat()),
        (Manner::Page, _) => (ok(), String::new(), b"<html>log in first</html>".to_vec()),
        (Manner::Status(status), _) => (format!("{status} As Told"), length(0), Vec::new()),
    }
}
