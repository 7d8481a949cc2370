//! Why a data set does not arrive.

use std::path::PathBuf;

/// Why a data set cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A mirror that is not asked.
    #[error("'{mirror}' cannot be a mirror: {problem}")]
    Mirror {
        /// What was given.
        mirror: String,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process fetches into the same folder.
    #[error("another fetch into {} is running", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// A file that no mirror gave.
    #[error(
        "no mirror gave {file} of '{set}':{}\n{}ask again later or name another mirror (--mirror URL), or \
         bring the four files into a folder by hand and import that: gan-sweep data import DIR --name NAME",
        tried.iter().map(told).collect::<String>(),
        match kept {
            0 => String::new(),
            n => format!("its first {n} bytes are kept in {} and are not asked for again; ", dir.display()),
        }
    )]
    Unavailable {
        /// The set.
        set: String,
        /// The file.
        file: String,
        /// What each attempt met, in their order.
        tried: Vec<Tried>,
        /// Bytes that are there to go on from.
        kept: u64,
        /// Where they are.
        dir: PathBuf,
    },
}

/// An attempt that failed.
#[derive(Debug)]
pub struct Tried {
    /// The address of the file.
    pub address: String,
    /// What was wrong.
    pub trouble: Trouble,
}

/// What can be wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No answer.
    #[error("no answer")]
    NoAnswer {
        /// Why.
        source: Box<ureq::Error>,
    },
    /// An answer other than the file.
    #[error("answered with status {status}{}", reason.map(|r| format!(" {r}")).unwrap_or_default())]
    Status {
        /// HTTP's number.
        status: u16,
        /// HTTP's words for it.
        reason: Option<&'static str>,
    },
    /// The file is said to be at a place that is not asked.
    #[error(
        "redirected to '{location}', which is not followed: expected https://…, or http:// of this machine"
    )]
    Redirect {
        /// The place.
        location: String,
    },
    /// One place sends to the next without end.
    #[error("redirected more than {most} times")]
    Redirects {
        /// How often it was followed.
        most: usize,
    },
    /// A file of another size.
    #[error("has {found} bytes, expected {expected}")]
    Size {
        /// Bytes that the answer announces or has.
        found: u64,
        /// Bytes of the published file.
        expected: u64,
    },
    /// More bytes than the file has.
    #[error("sent more than the {expected} bytes of the file")]
    TooLong {
        /// Bytes of the published file.
        expected: u64,
    },
    /// Other bytes of the file than those asked for.
    #[error("sent another part of the file ('{found}') than the one from byte {expected} on")]
    OtherPart {
        /// What the answer says.
        found: String,
        /// The byte asked for.
        expected: u64,
    },
    /// The answer ended too early.
    #[error("the connection ended after {have} of {expected} bytes")]
    Cut {
        /// Bytes on disk.
        have: u64,
        /// Bytes of the published file.
        expected: u64,
        /// Why.
        source: std::io::Error,
    },
    /// Another content.
    #[error("sent another content, which was removed: SHA-256 {found}, expected {expected}")]
    Digest {
        /// The digest of what arrived.
        found: String,
        /// The published digest.
        expected: String,
    },
}

impl Trouble {
    /// Whether a request for the whole file may fare better than this one for its end.
    pub(super) fn is_of_the_range(&self) -> bool {
        // 416: Range Not Satisfiable.
        matches!(
            self,
            Self::OtherPart { .. } | Self::Status { status: 416, .. }
        )
    }
}

/// An attempt on a line of its own, with the causes: there is one list for all mirrors, so these cannot
/// be sources of one error.
fn told(tried: &Tried) -> String {
    format!("\n  {tried}")
}

impl std::fmt::Display for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.address, self.trouble)?;
        let mut cause = std::error::Error::source(&self.trouble);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
