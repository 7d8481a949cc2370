//! Addresses on the network: what is encrypted, or does not leave this machine.

use std::net::IpAddr;

use ureq::http::Uri;

use super::{FetchError, Trouble};

/// What an address must be.
const EXPECTED: &str = "expected https://…, or http:// of this machine";

/// An address that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(Uri);

impl Address {
    /// A folder on a server, with or without a slash at its end.
    pub fn folder(text: &str) -> Result<Self, FetchError> {
        let refuse = |problem: String| FetchError::Mirror {
            mirror: text.to_owned(),
            problem,
        };
        if text.contains(['?', '#']) {
            return Err(refuse("expected a folder, without '?' and '#'".to_owned()));
        }
        let uri: Uri = format!("{}/", text.trim_end_matches('/'))
            .parse()
            .map_err(|e| refuse(format!("{e}; {EXPECTED}")))?;
        match allowed(&uri) {
            true => Ok(Self(uri)),
            false => Err(refuse(EXPECTED.to_owned())),
        }
    }

    /// A file in this folder.
    pub fn file(&self, name: &str) -> Result<Self, Trouble> {
        self.redirected(name)
    }

    /// Where an answer's `Location` sends whoever asked this address.
    pub fn redirected(&self, location: &str) -> Result<Self, Trouble> {
        let refuse = || Trouble::Redirect {
            location: location.to_owned(),
        };
        let target = location.split('#').next().unwrap_or_default();
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self.0.authority().map_or("", |a| a.as_str());
        let absolute = if target.contains("://") {
            target.to_owned()
        } else if target.starts_with("//") {
            format!("{scheme}:{target}")
        } else if target.starts_with('/') {
            format!("{scheme}://{authority}{target}")
        } else {
            let path = self.0.path();
            let folder = &path[..=path.rfind('/').unwrap_or(0)];
            format!("{scheme}://{authority}{folder}{target}")
        };
        let uri: Uri = absolute.parse().map_err(|_| refuse())?;
        match allowed(&uri) {
            true => Ok(Self(uri)),
            false => Err(refuse()),
        }
    }

    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

fn allowed(uri: &Uri) -> bool {
    let host = uri.host().is_some_and(|host| !host.is_empty());
    match uri.scheme_str() {
        Some("https") => host,
        Some("http") => is_loopback(uri),
        _ => false,
    }
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_encrypted_or_stays_on_this_machine_is_asked() {
        for good in [
            "https://example.org/mnist",
            "https://example.org/mnist/",
            "http://127.0.0.1:8000",
            "http://localhost:8000/x/",
            "http://[::1]:8000/",
        ] {
            assert!(Address::folder(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org/mnist/",
            "http://127.0.0.1.example.org/",
            "ftp://example.org/",
            "file:///etc",
            "/a/folder",
            "example.org",
            "https://example.org/?list=mnist",
            "https://",
            "",
        ] {
            let error = Address::folder(bad).expect_err(bad).to_string();
            assert!(error.contains("expected"), "{error}");
        }
    }

    #[test]
    fn a_location_is_read_from_where_it_was_given() {
        let from = Address::folder("https://a.org/x/y").expect("a folder");
        let to = |location| from.redirected(location).map(|a| a.uri().to_string());
        for (location, expected) in [
            ("z.gz", "https://a.org/x/y/z.gz"),
            ("/z.gz?t=1", "https://a.org/z.gz?t=1"),
            ("//b.org/z.gz", "https://b.org/z.gz"),
            ("https://b.org/z.gz#part", "https://b.org/z.gz"),
            ("http://127.0.0.1:9/z.gz", "http://127.0.0.1:9/z.gz"),
        ] {
            assert_eq!(to(location).expect(location), expected);
        }
        for location in ["http://b.org/z.gz", "ftp://b.org/z.gz", "https://a b/"] {
            assert!(
                matches!(to(location), Err(Trouble::Redirect { .. })),
                "{location}"
            );
        }
    }
}
