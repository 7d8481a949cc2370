//! Folders of images and IDX files.

use std::path::{Path, PathBuf};

use super::{Samples, SamplesError};
use crate::bounded;
use crate::dataset::idx::read_images;
use crate::dataset::{any_picture, is_picture};

/// Bytes of pixels at most.
const MOST_BYTES: usize = 4 << 30;

/// Folders below the one that is given.
const DEEPEST: usize = 8;

/// The images of a folder and of those below it, sorted by path; all of one size. Grey images among
/// coloured ones become three equal channels.
pub(super) fn folder(dir: &Path) -> Result<Samples, SamplesError> {
    let mut paths = Vec::new();
    list(dir, DEEPEST, &mut paths)?;
    paths.sort();
    let refuse = |problem: String| SamplesError::Images {
        path: dir.to_owned(),
        problem,
    };
    let mut decoded: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut first: Option<(&PathBuf, [usize; 2])> = None;
    let mut bytes = 0;
    for path in &paths {
        let file = bounded::read(path, bounded::MOST_OF_A_PICTURE).map_err(|source| {
            SamplesError::Read {
                path: path.clone(),
                source,
            }
        })?;
        let (channels, sides, values) =
            any_picture(&file).map_err(|source| SamplesError::Picture {
                path: path.clone(),
                source,
            })?;
        match first {
            None => first = Some((path, sides)),
            Some((first, expected)) if expected != sides => {
                return Err(refuse(format!(
                    "{} is {} x {} pixels, {} is {} x {}: all images must be of one size",
                    path.display(),
                    sides[0],
                    sides[1],
                    first.display(),
                    expected[0],
                    expected[1]
                )));
            }
            Some(_) => {}
        }
        bytes += values.len();
        if bytes > MOST_BYTES {
            return Err(refuse(format!("more than {MOST_BYTES} bytes of pixels")));
        }
        decoded.push((channels, values));
    }
    let Some((_, [height, width])) = first else {
        return Err(refuse("no PNG or JPEG images in it".to_owned()));
    };
    let channels = decoded.iter().map(|d| d.0).max().unwrap_or(1);
    let mut pixels = Vec::new();
    for (own, values) in decoded {
        for _ in 0..channels / own {
            pixels.extend(&values);
        }
    }
    Ok(Samples::Images {
        shape: [channels, height, width],
        pixels,
    })
}

fn list(dir: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), SamplesError> {
    let unreadable = |source| SamplesError::Read {
        path: dir.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if depth > 0 {
                list(&path, depth - 1, out)?;
            }
        } else if is_picture(&path) {
            out.push(path);
        }
    }
    Ok(())
}

/// The images of an IDX file, gzipped or not.
pub(super) fn idx(path: &Path) -> Result<Samples, SamplesError> {
    let file = std::fs::File::open(path).map_err(|source| SamplesError::Read {
        path: path.to_owned(),
        source,
    })?;
    let images = read_images(file).map_err(|error| SamplesError::Images {
        path: path.to_owned(),
        problem: format!(
            "expected .npy, .safetensors, a folder of PNG or JPEG images, or an IDX file of images; as IDX: \
             {error}"
        ),
    })?;
    Ok(Samples::Images {
        shape: [1, images.height, images.width],
        pixels: images.pixels,
    })
}
