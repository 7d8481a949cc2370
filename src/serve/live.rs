//! What is served: read again when it may have changed, and seldom enough to slow nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::claim::Language;
use crate::report::{self, Asked, Material, ReportError};
use crate::store::{Reader, StoreError};

/// The data are never read more often than this.
const LEAST: Duration = Duration::from_secs(2);

/// After reading for a second nothing is read for this many: a hundredth of one core's time at most.
const REST: u32 = 99;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// A sweep in a results folder.
#[derive(Debug)]
pub struct Live {
    results: PathBuf,
    sweep: String,
    profile: Option<String>,
    language: Language,
    kept: Mutex<Option<Kept>>,
}

/// The data of the page at some time.
#[derive(Debug)]
pub struct Served {
    /// JSON.
    pub json: String,
    /// Changes with it.
    pub tag: String,
}

#[derive(Debug)]
struct Kept {
    served: Arc<Served>,
    /// Before this nothing is read again.
    until: Instant,
}

impl Live {
    /// A sweep by name; without a profile it is that of its last run.
    pub fn new(results: &Path, sweep: &str, profile: Option<&str>, language: Language) -> Self {
        Self {
            results: results.to_owned(),
            sweep: sweep.to_owned(),
            profile: profile.map(str::to_owned),
            language,
            kept: Mutex::new(None),
        }
    }

    /// The page as it is now; it then asks for its data itself.
    ///
    /// # Errors
    /// [`LiveError`].
    pub fn page(&self) -> Result<String, LiveError> {
        Ok(report::page(&self.material()?, self.asked())?)
    }

    /// The data as they are now, or were a short time ago.
    ///
    /// # Errors
    /// [`LiveError`].
    pub fn data(&self) -> Result<Arc<Served>, LiveError> {
        // Held while reading, so that two pages make one reading.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        if let Some(kept) = kept.as_ref().filter(|kept| start < kept.until) {
            return Ok(Arc::clone(&kept.served));
        }
        let json = report::data(&self.material()?, self.asked())?;
        let tag = format!("\"{}\"", &blake3::hash(json.as_bytes()).to_hex()[..32]);
        let served = Arc::new(Served { json, tag });
        let took = start.elapsed();
        *kept = Some(Kept {
            served: Arc::clone(&served),
            until: start + took + LEAST.max(took * REST),
        });
        Ok(served)
    }

    fn asked(&self) -> Asked {
        Asked {
            language: self.language,
            live: true,
        }
    }

    fn material(&self) -> Result<Material, LiveError> {
        let reader = Reader::open(&self.results)?;
        let sweep = match &self.profile {
            Some(profile) => reader.sweep_under(&self.sweep, profile)?,
            None => reader.sweep(&self.sweep)?,
        };
        Ok(Material::load(&reader, &sweep, |_, _| {})?)
    }
}
