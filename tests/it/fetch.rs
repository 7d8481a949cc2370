//! `gan-sweep data fetch` and the library below it, against a server of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use gan_sweep::dataset::fetch::{
    Event, FetchError, Fetched, Published, RemoteFile, Source, Trouble, fetch,
};
use sha2::{Digest, Sha256};

use crate::data::small_set;
use crate::http_server::{self, Manner, Server, nobody};

/// The four files of a small set, gzipped, by name.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder");
    small_set(folder.path(), 3);
    let mut files = Vec::new();
    for published in Published::named("mnist").expect("MNIST").source().files {
        let plain = fs::read(folder.path().join(published.name.trim_end_matches(".gz")));
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain.expect("the file")).expect("memory");
        files.push((published.name, gzip.finish().expect("memory")));
    }
    files
}

fn sha256(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The small set as if it had been published on these mirrors.
fn source(files: &[(String, Vec<u8>)], mirrors: &[String]) -> Source {
    Source {
        name: "small".to_owned(),
        mirrors: mirrors.to_vec(),
        files: files
            .iter()
            .map(|(name, content)| RemoteFile {
                name: name.clone(),
                size: content.len() as u64,
                sha256: sha256(content),
            })
            .collect(),
    }
}

fn assert_arrived(dir: &Path, files: &[(String, Vec<u8>)]) {
    for (name, content) in files {
        let found = fs::read(dir.join(name)).expect(name);
        assert_eq!(&found, content, "{name}");
    }
    let parts = fs::read_dir(dir).expect("the folder").filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().ends_with(".part")
    });
    assert_eq!(parts.count(), 0, "nothing unfinished is left");
}

fn whole(files: &[(String, Vec<u8>)]) -> u64 {
    files.iter().map(|(_, content)| content.len() as u64).sum()
}

#[test]
fn a_set_arrives_whole_and_is_not_asked_for_again() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let server = Server::of_files(&files, Manner::Good);
    let source = source(&files, &[server.url("set")]);
    let (dir, mut most) = (home.path().join("small"), 0);
    let fetched = fetch(&source, &dir, |event| {
        if let Event::Bytes { done, of, .. } = event {
            assert!(done <= of);
            most = most.max(done);
        }
    });
    let received = whole(&files);
    assert_eq!(fetched.expect("it is there"), Fetched { kept: 0, received });
    assert_eq!(most, received, "progress ends with everything");
    assert_arrived(&dir, &files);
    let asked: Vec<String> = server.requests().into_iter().map(|r| r.0).collect();
    let expected: Vec<String> = files
        .iter()
        .map(|(name, _)| format!("/set/{name}"))
        .collect();
    assert_eq!(asked, expected);

    let mut kept = 0;
    let again = fetch(&source, &dir, |event| {
        kept += usize::from(matches!(event, Event::Kept { .. }));
    });
    let nothing = Fetched {
        kept: 4,
        received: 0,
    };
    assert_eq!((again.expect("it is there"), kept), (nothing, 4));
    assert_eq!(server.requests().len(), 4, "nothing was asked again");

    // What was damaged since is noticed, though its size is right.
    let (name, content) = &files[1];
    let mut damaged = content.clone();
    damaged[20] ^= 1;
    fs::write(dir.join(name), damaged).expect("a file");
    let mut told = Vec::new();
    let mended = fetch(&source, &dir, |event| {
        if let Event::Damaged { file } = event {
            told.push(file.to_owned());
        }
    });
    let received = content.len() as u64;
    assert_eq!(mended.expect("it is there"), Fetched { kept: 3, received });
    assert_eq!(told, [name.as_str()]);
    assert_arrived(&dir, &files);
}

#[test]
fn a_connection_that_breaks_is_made_again_and_goes_on_where_it_stopped() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let files = &files[..1];
    let cutting = Server::of_files(files, Manner::CutsHalf);
    let good = Server::of_files(files, Manner::Good);
    let source = source(files, &[cutting.url("set"), good.url("set")]);
    let fetched = fetch(&source, home.path(), |_| {}).expect("it is there");
    let size = files[0].1.len();
    assert_eq!(fetched.received, size as u64, "no byte came twice");
    assert_arrived(home.path(), files);
    let ranges: Vec<_> = cutting.requests().into_iter().map(|r| r.1).collect();
    assert_eq!(ranges[0], None);
    assert_eq!(ranges[1], Some(format!("bytes={}-", size / 2)));
    assert_eq!(
        ranges.len(),
        5,
        "a mirror is asked five times, not for ever"
    );
    let [(_, range)] = &good.requests()[..] else {
        panic!("one request: {:?}", good.requests());
    };
    let from: usize = range
        .as_deref()
        .and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
        .expect("a range");
    assert!(from > size / 2 && from < size, "the rest, from byte {from}");
}

#[test]
fn a_fetch_that_was_stopped_goes_on_another_time() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let files = &files[..1];
    let (name, content) = &files[0];
    let part = home.path().join(format!("{name}.part"));
    for (manner, received) in [
        (Manner::Good, content.len() - 100),
        // Whoever knows no ranges sends everything, and everything is taken from the beginning.
        (Manner::NoRanges, content.len()),
    ] {
        fs::write(&part, &content[..100]).expect("a part");
        let server = Server::of_files(files, manner);
        let source = source(files, &[server.url("set")]);
        let fetched = fetch(&source, home.path(), |_| {}).expect("it is there");
        assert_eq!(fetched.received, received as u64, "{manner:?}");
        let asked = server.requests();
        assert_eq!(asked.len(), 1, "{manner:?}");
        assert_eq!(asked[0].1.as_deref(), Some("bytes=100-"));
        assert_arrived(home.path(), files);
        fs::remove_file(home.path().join(name)).expect("the file");
    }
}

#[test]
fn a_beginning_that_does_not_belong_to_the_file_is_dropped_and_the_file_asked_for_whole() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let files = &files[..1];
    let (name, content) = &files[0];
    let part = home.path().join(format!("{name}.part"));
    for (manner, begun) in [
        (Manner::Good, vec![7; 100]),
        (Manner::WrongRange, content[..100].to_vec()),
        // As long as the file, and another one.
        (Manner::Good, vec![7; content.len()]),
        (Manner::Good, vec![7; content.len() + 1]),
    ] {
        fs::write(&part, begun).expect("a part");
        let server = Server::of_files(files, manner);
        let source = source(files, &[server.url("set")]);
        fetch(&source, home.path(), |_| {}).expect("it is there");
        let last = server.requests().pop().expect("a request");
        assert_eq!(last.1, None, "{manner:?}");
        assert_arrived(home.path(), files);
        fs::remove_file(home.path().join(name)).expect("the file");
    }
}

#[test]
fn wrong_content_is_refused_and_the_next_mirror_asked() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let files = &files[..1];
    let (name, content) = &files[0];
    let mut other = content.clone();
    other[30] ^= 1;
    let wrong = Server::of_files(&[(name.clone(), other.clone())], Manner::Good);
    let good = Server::of_files(files, Manner::Good);
    let source = source(files, &[wrong.url("set"), good.url("set/")]);
    let mut told = Vec::new();
    fetch(&source, home.path(), |event| {
        if let Event::Failed { file, tried, next } = event {
            let Trouble::Digest { found, expected } = &tried.trouble else {
                panic!("{tried}");
            };
            assert_eq!((found, expected), (&sha256(&other), &sha256(content)));
            told.push((file.to_owned(), next.map(str::to_owned)));
        }
    })
    .expect("the second mirror has it");
    assert_eq!(told, [(name.clone(), Some(good.url("set/")))]);
    assert_eq!(good.requests(), [(format!("/set/{name}"), None)]);
    assert_arrived(home.path(), files);
}

#[test]
fn where_no_mirror_has_a_file_the_error_says_what_each_of_them_said() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let files = &files[..1];
    let (name, content) = &files[0];
    let size = content.len();
    let short = [(name.clone(), content[1..].to_vec())];
    let servers = [
        Server::start(BTreeMap::new()),
        Server::of_files(files, Manner::Status(503)),
        Server::of_files(&short, Manner::Good),
        Server::of_files(files, Manner::TooLong),
        Server::of_files(files, Manner::Page),
    ];
    let mut mirrors: Vec<String> = servers.iter().map(|s| s.url("set")).collect();
    mirrors.push(nobody());
    // A server that speaks no TLS.
    mirrors.push(mirrors[0].replace("http://", "https://"));
    let error = fetch(&source(files, &mirrors), home.path(), |_| {}).expect_err("no mirror");
    let text = error.to_string();
    let expected = [
        "answered with status 404 Not Found".to_owned(),
        "answered with status 503 Service Unavailable".to_owned(),
        format!("has {} bytes, expected {size}", size - 1),
        format!("sent more than the {size} bytes of the file"),
        format!("has 25 bytes, expected {size}"),
        "no answer: io: Connection refused".to_owned(),
        "no answer: ".to_owned(),
    ];
    for (mirror, said) in mirrors.iter().zip(&expected) {
        let line = format!("\n  {mirror}/{name}: {said}");
        assert!(text.contains(&line), "'{line}' is not in:\n{text}");
    }
    assert!(text.starts_with(&format!("no mirror gave {name} of 'small':")));
    assert!(
        text.contains("gan-sweep data import DIR --name NAME"),
        "{text}"
    );
    assert!(!home.path().join(name).exists());
    assert!(!home.path().join(format!("{name}.part")).exists());
    let FetchError::Unavailable { tried, kept: 0, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(tried.len(), mirrors.len());

    // What a broken connection brought stays, and the error says so.
    let cutting = Server::of_files(files, Manner::CutsHalf);
    let source = source(files, &[cutting.url("set")]);
    let error = fetch(&source, home.path(), |_| {}).expect_err("never whole");
    let FetchError::Unavailable { kept, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(*kept > size as u64 / 2, "{kept}");
    let said = format!("its first {kept} bytes are kept in ");
    assert!(error.to_string().contains(&said), "{error}");
}

#[test]
fn redirections_are_followed_to_this_machine_and_nowhere_unencrypted() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let files = &files[..1];
    let (name, content) = &files[0];
    let to = |place: &str| http_server::Path::Elsewhere(place.to_owned());
    let server = Server::start(BTreeMap::from([
        (format!("/set/{name}"), to("/there/file.gz")),
        (format!("/away/{name}"), to("http://example.org/file.gz")),
        (format!("/round/{name}"), to(name)),
        (
            "/there/file.gz".to_owned(),
            http_server::Path::Content(content.clone(), Manner::Good),
        ),
    ]));
    let mirrors = ["away", "round", "set"].map(|folder| server.url(folder));
    let mut told = Vec::new();
    fetch(&source(files, &mirrors), home.path(), |event| {
        if let Event::Failed { tried, .. } = event {
            told.push(tried.to_string());
        }
    })
    .expect("the third has it");
    assert_arrived(home.path(), files);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("redirected to 'http://example.org/file.gz', which is not followed"));
    assert!(told[1].contains("redirected more than 5 times"), "{told:?}");

    let unencrypted = source(files, &["http://example.org/set".to_owned()]);
    let error = fetch(&unencrypted, home.path(), |_| {}).expect_err("not encrypted");
    assert!(matches!(error, FetchError::Mirror { .. }), "{error}");
}

#[test]
fn two_fetches_into_one_folder_do_not_mix() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    let server = Server::of_files(&files, Manner::Good);
    let source = source(&files, &[server.url("set")]);
    let mut second = None;
    fetch(&source, home.path(), |_| {
        second.get_or_insert_with(|| fetch(&source, home.path(), |_| {}));
    })
    .expect("the first");
    let second = second
        .expect("it was tried")
        .expect_err("the folder is taken");
    assert!(matches!(second, FetchError::Busy { .. }), "{second}");
}

fn data_fetch(results: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(["data", "fetch"])
        .args(args)
        .arg("--results")
        .arg(results)
        .output()
        .expect("the binary")
}

#[test]
fn the_command_takes_a_published_set_for_nothing_but_its_digest() {
    let (home, files) = (tempfile::tempdir().expect("a folder"), files());
    // As long as the real one, so that only the digest tells.
    let published = Published::named("kmnist").expect("KMNIST").source();
    let labels = &published.files[1];
    let first = &published.files[0];
    let server = Server::of_files(&files, Manner::Good);
    let mirror = server.url("set");
    let refused = data_fetch(home.path(), &["kmnist", "--mirror", &mirror]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{error}");
    assert!(refused.stdout.is_empty());
    let said = format!("has {} bytes, expected {}", files[0].1.len(), first.size);
    assert!(error.contains(&said), "{error}");
    assert!(error.contains(&first.name), "{error}");

    let fake: Vec<(String, Vec<u8>)> = published
        .files
        .iter()
        .map(|file| (file.name.clone(), vec![0; file.size as usize]))
        .collect();
    let server = Server::of_files(&fake, Manner::Good);
    let mirror = server.url("set");
    let refused = data_fetch(home.path(), &["kmnist", "--mirror", &mirror]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{error}");
    let (found, expected) = (sha256(&fake[0].1), &first.sha256);
    let said = format!("SHA-256 {found}, expected {expected}");
    assert!(error.contains(&said), "{error}");
    let asked: Vec<String> = server.requests().into_iter().map(|r| r.0).collect();
    assert_eq!(asked, [format!("/set/{}", first.name)]);
    let downloads = home.path().join("downloads/kmnist");
    for file in [first, labels] {
        assert!(!downloads.join(&file.name).exists());
        assert!(!downloads.join(format!("{}.part", file.name)).exists());
    }
    assert!(!home.path().join("data/kmnist").exists());
}

#[test]
fn the_command_refuses_bad_names_and_mirrors_before_it_asks_anyone() {
    let home = tempfile::tempdir().expect("a folder");
    let results = home.path().join("results");
    for (args, words) in [
        (
            &["mnist", "--name", "mnist"][..],
            &["'mnist' is built in"][..],
        ),
        (&["mnist", "--name", "a/b"], &["cannot name a data set"]),
        (
            &["kmnist", "--mirror", "http://example.org/kmnist"],
            &["'http://example.org/kmnist'", "expected https://"],
        ),
        (&["cifar"], &["mnist", "fashion-mnist", "kmnist"]),
    ] {
        let refused = data_fetch(&results, args);
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{error}");
        for word in words {
            assert!(error.contains(word), "'{word}' is not in: {error}");
        }
    }
    assert!(!results.exists(), "nothing was written");
}
