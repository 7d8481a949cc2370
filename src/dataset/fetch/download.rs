//! One file: from one mirror after another, on from where the last attempt stopped.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::address::Address;
use super::attempt::{Answer, ask};
use super::error::{FetchError, Tried, Trouble};
use super::folder::{self, write_error};
use super::{Event, RemoteFile};

/// Attempts at one mirror: a connection that breaks is made again while it brings something.
const ATTEMPTS: usize = 5;

/// Bytes between two looks at the progress.
const PIECE: usize = 1 << 16;

/// A file on its way.
pub(super) struct Download<'a> {
    pub set: &'a str,
    pub file: &'a RemoteFile,
    pub dir: &'a Path,
    /// Bytes of the files before it, and of all.
    pub before: u64,
    pub of: u64,
    pub tell: &'a mut dyn FnMut(Event<'_>),
    /// Bytes that came over the network.
    pub received: u64,
}

/// How an attempt ended that did not end the fetch.
enum Ended {
    Whole,
    Trouble(Trouble),
    /// The bytes from an earlier attempt and this mirror's do not make the file: asked for all of it the
    /// same mirror may be right.
    Patchwork(Trouble),
}

impl Download<'_> {
    /// Whether it was there already.
    pub fn run(&mut self, mirrors: &[Address]) -> Result<bool, FetchError> {
        if self.is_there()? {
            return Ok(true);
        }
        let part = folder::part(&self.whole());
        let mut tried: Vec<Tried> = Vec::new();
        for (index, mirror) in mirrors.iter().enumerate() {
            let address = match mirror.file(&self.file.name) {
                Ok(address) => address,
                Err(trouble) => {
                    tried.push(Tried {
                        address: mirror.uri().to_string(),
                        trouble,
                    });
                    continue;
                }
            };
            let mut longest = folder::bytes(&part)?;
            for attempt in 1..=ATTEMPTS {
                let (trouble, patchwork) = match self.attempt(&address, &part)? {
                    Ended::Whole => return Ok(false),
                    Ended::Trouble(trouble) => (trouble, false),
                    Ended::Patchwork(trouble) => (trouble, true),
                };
                let have = folder::bytes(&part)?;
                let grew = matches!(trouble, Trouble::Cut { .. }) && have > longest;
                longest = longest.max(have);
                let again = attempt < ATTEMPTS && (grew || patchwork);
                let next = mirrors.get(index + usize::from(!again));
                let failed = Tried {
                    address: address.uri().to_string(),
                    trouble,
                };
                (self.tell)(Event::Failed {
                    file: &self.file.name,
                    tried: &failed,
                    next: next.map(|m| m.uri().to_string()).as_deref(),
                });
                tried.push(failed);
                if !again {
                    break;
                }
            }
        }
        Err(FetchError::Unavailable {
            set: self.set.to_owned(),
            file: self.file.name.clone(),
            tried,
            kept: folder::bytes(&part)?,
            dir: self.dir.to_owned(),
        })
    }

    fn whole(&self) -> PathBuf {
        self.dir.join(&self.file.name)
    }

    fn is_there(&mut self) -> Result<bool, FetchError> {
        let whole = self.whole();
        if !whole.exists() {
            return Ok(false);
        }
        let file = &self.file.name;
        let same =
            folder::bytes(&whole)? == self.file.size && folder::sha256(&whole)? == self.file.sha256;
        if same {
            (self.tell)(Event::Kept { file });
        } else {
            (self.tell)(Event::Damaged { file });
            folder::remove(&whole)?;
        }
        Ok(same)
    }

    /// Asks a mirror for what is missing.
    fn attempt(&mut self, address: &Address, part: &Path) -> Result<Ended, FetchError> {
        let size = self.file.size;
        let mut have = folder::bytes(part)?;
        if have > size {
            folder::remove(part)?;
            have = 0;
        }
        let mut resumed = have > 0;
        if have < size {
            let answer = match ask(address, have, size) {
                Ok(answer) => answer,
                Err(trouble) if have > 0 && trouble.is_of_the_range() => {
                    folder::remove(part)?;
                    return Ok(Ended::Patchwork(trouble));
                }
                Err(trouble) => return Ok(Ended::Trouble(trouble)),
            };
            resumed = answer.from > 0;
            if let Some(trouble) = self.receive(answer, part)? {
                return Ok(Ended::Trouble(trouble));
            }
        }
        let found = folder::sha256(part)?;
        if found == self.file.sha256 {
            folder::keep(part, &self.whole(), self.dir)?;
            return Ok(Ended::Whole);
        }
        folder::remove(part)?;
        let trouble = Trouble::Digest {
            found,
            expected: self.file.sha256.clone(),
        };
        Ok(match resumed {
            true => Ended::Patchwork(trouble),
            false => Ended::Trouble(trouble),
        })
    }

    /// Writes an answer behind what is there, and never more than the file has.
    fn receive(&mut self, answer: Answer, part: &Path) -> Result<Option<Trouble>, FetchError> {
        let unwritable = |e| write_error(part, e);
        let size = self.file.size;
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(part)
            .map_err(unwritable)?;
        file.set_len(answer.from).map_err(unwritable)?;
        file.seek(SeekFrom::End(0)).map_err(unwritable)?;
        let mut have = answer.from;
        let mut body = answer.body.into_reader();
        let mut piece = vec![0; PIECE];
        loop {
            (self.tell)(Event::Bytes {
                file: &self.file.name,
                done: self.before + have,
                of: self.of,
            });
            let count = match body.read(&mut piece) {
                Ok(0) if have == size => return Ok(None),
                Ok(count) => count,
                Err(source) => {
                    return Ok(Some(Trouble::Cut {
                        have,
                        expected: size,
                        source,
                    }));
                }
            };
            // An answer that ends as it should and is shorter is something else: a page, say.
            let wrong = match have + count as u64 {
                more if more > size => Some(Trouble::TooLong { expected: size }),
                found if count == 0 => Some(Trouble::Size {
                    found,
                    expected: size,
                }),
                _ => None,
            };
            if wrong.is_some() {
                drop(file);
                folder::remove(part)?;
                return Ok(wrong);
            }
            file.write_all(&piece[..count]).map_err(unwritable)?;
            have += count as u64;
            self.received += count as u64;
        }
    }
}
