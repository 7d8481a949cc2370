//! One request: what is asked, and which answers are believed.

use std::time::Duration;

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, LOCATION, RANGE};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::Trouble;
use super::address::Address;

const CONNECT: Duration = Duration::from_secs(10);

/// Until an answer begins, and between two pieces of it. The sum of all pieces is not limited: a slow
/// line is no fault.
const SILENCE: Duration = Duration::from_secs(30);

/// Places that one answer after another may name. GitHub and its like need one or two.
const MOST_REDIRECTS: usize = 5;

/// A body that is the file from byte `from` on.
pub(super) struct Answer {
    pub body: Body,
    pub from: u64,
}

fn agent(address: &Address) -> Agent {
    let mut config = Agent::config_builder()
        // Followed here, because not every place is.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("gan-sweep/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT))
        .timeout_send_request(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE));
    if address.is_loopback() {
        config = config.proxy(None);
    }
    config.build().new_agent()
}

/// Asks for the bytes of a file from `have` on.
pub(super) fn ask(address: &Address, have: u64, size: u64) -> Result<Answer, Trouble> {
    let mut at = address.clone();
    for _ in 0..=MOST_REDIRECTS {
        let mut request = agent(&at).get(at.uri().clone());
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|source| Trouble::NoAnswer {
            source: Box::new(source),
        })?;
        if !response.status().is_redirection() {
            return believe(response, have, size);
        }
        let location = text(response.headers(), &LOCATION);
        at = match location {
            Some(location) => at.redirected(location)?,
            None => return Err(status(response.status())),
        };
    }
    Err(Trouble::Redirects {
        most: MOST_REDIRECTS,
    })
}

fn believe(response: Response<Body>, have: u64, size: u64) -> Result<Answer, Trouble> {
    let from = match response.status() {
        // Whoever does not know ranges sends the whole file.
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT if have > 0 => {
            check_range(response.headers(), have, size)?;
            have
        }
        other => return Err(status(other)),
    };
    let length = text(response.headers(), &CONTENT_LENGTH).and_then(|n| n.parse::<u64>().ok());
    if let Some(length) = length.filter(|&n| n != size - from) {
        return Err(Trouble::Size {
            found: from + length,
            expected: size,
        });
    }
    Ok(Answer {
        body: response.into_body(),
        from,
    })
}

/// `Content-Range: bytes FROM-TO/SIZE` must be of the bytes asked for; the size may be `*`.
fn check_range(headers: &HeaderMap, have: u64, size: u64) -> Result<(), Trouble> {
    let found = text(headers, &CONTENT_RANGE).unwrap_or_default();
    let parts = found
        .strip_prefix("bytes ")
        .and_then(|range| range.split_once('/'));
    let (from, of) = match parts {
        Some((range, of)) => (range.split('-').next().and_then(|n| n.parse().ok()), of),
        None => (None, ""),
    };
    if from != Some(have) {
        return Err(Trouble::OtherPart {
            found: found.to_owned(),
            expected: have,
        });
    }
    match of.parse() {
        Ok(found) if found != size => Err(Trouble::Size {
            found,
            expected: size,
        }),
        _ => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &ureq::http::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn status(status: StatusCode) -> Trouble {
    Trouble::Status {
        status: status.as_u16(),
        reason: status.canonical_reason(),
    }
}
