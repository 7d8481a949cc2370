//! A folder of PNG or JPEG images of one size, with sub-folders as classes (torchvision's
//! ImageFolder convention) or flat and without labels.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder::FEWEST;
use super::idx::MOST_BYTES_OF_PLANES;
use super::picture::{Picture, Pixels};
use super::{DataError, Labelled};
use crate::bounded;
use crate::classifier::CLASSES;

/// Endings of images, in small letters.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// What file managers leave behind; names with a dot in front are left out as well.
const LITTER: [&str; 3] = ["Thumbs.db", "desktop.ini", "__MACOSX"];

/// Names told in a note.
const NAMED: usize = 3;

/// Images needed of each class: one for each part and one to spare.
const FEWEST_OF_A_CLASS: usize = 4;

/// The images of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pictures {
    /// In the order of class and file name.
    pub images: Labelled,
    /// The names of the classes, sorted; empty without classes.
    pub class_names: Vec<String>,
    /// What was left out or changed.
    pub notes: Vec<String>,
}

/// What a folder holds, sorted by name.
#[derive(Default)]
struct Listing {
    images: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    others: Vec<PathBuf>,
}

impl Pictures {
    /// Reads a folder. A folder with images in sub-folders, 2 to 10 of them, has these as classes,
    /// sorted by name; one with images in it has none. Grey images among coloured ones become RGB.
    /// `progress` is told how many images of how many are read.
    ///
    /// # Errors
    /// A [`DataError`] that names the first file that cannot be used.
    pub fn read(dir: &Path, progress: &mut dyn FnMut(usize, usize)) -> Result<Self, DataError> {
        let top = list(dir)?;
        let mut others = top.others;
        let mut within = Vec::new();
        for folder in top.folders {
            let listing = list(&folder)?;
            within.push((folder, listing));
        }
        let with_images = within.iter().filter(|(_, l)| !l.images.is_empty()).count();
        if with_images == 0 {
            others.extend(within.into_iter().map(|(folder, _)| folder));
            if top.images.is_empty() {
                let dir = dir.to_owned();
                return Err(DataError::NoImages { dir });
            }
            let files = top.images.into_iter().map(|path| (path, None)).collect();
            return load(dir, files, Vec::new(), &others, progress);
        }
        let layout = |problem: String| {
            let dir = dir.to_owned();
            Err(DataError::Layout { dir, problem })
        };
        if let Some(stray) = top.images.first() {
            return layout(format!(
                "holds images ({}) beside sub-folders of images: either all images are in sub-folders, \
                 one a class, or none",
                name(stray)
            ));
        }
        if !CLASSES.contains(&within.len()) {
            return layout(match within.len() {
                1 => format!(
                    "holds one sub-folder of images, expected {} to {}, one a class: import {} for \
                     images without labels",
                    CLASSES.start(),
                    CLASSES.end(),
                    within[0].0.display()
                ),
                many => format!(
                    "holds {many} sub-folders, expected {} to {}, one a class",
                    CLASSES.start(),
                    CLASSES.end()
                ),
            });
        }
        let (mut files, mut class_names) = (Vec::new(), Vec::new());
        for (class, (folder, listing)) in within.into_iter().enumerate() {
            let found = listing.images.len();
            if found < FEWEST_OF_A_CLASS {
                return Err(DataError::TooFew {
                    path: folder,
                    found,
                    least: FEWEST_OF_A_CLASS,
                });
            }
            let label = Some(class as u8);
            files.extend(listing.images.into_iter().map(|path| (path, label)));
            others.extend(listing.others.into_iter().chain(listing.folders));
            class_names.push(name(&folder));
        }
        load(dir, files, class_names, &others, progress)
    }
}

/// Whether a file is a PNG or JPEG image by its name, and none that a file manager left.
pub fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    !name(path).starts_with('.') && ending.is_some_and(|e| ENDINGS.contains(&e.as_str()))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn list(dir: &Path) -> Result<Listing, DataError> {
    let unreadable = |source| DataError::Read {
        path: dir.to_owned(),
        source,
    };
    let mut listing = Listing::default();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = name(&path);
        if name.starts_with('.') || LITTER.iter().any(|l| l.eq_ignore_ascii_case(&name)) {
            continue;
        }
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if path.is_dir() {
            listing.folders.push(path);
        } else if ending.is_some_and(|e| ENDINGS.contains(&e.as_str())) {
            listing.images.push(path);
        } else {
            listing.others.push(path);
        }
    }
    for paths in [
        &mut listing.images,
        &mut listing.folders,
        &mut listing.others,
    ] {
        paths.sort();
    }
    Ok(listing)
}

/// Reads the images of a folder, each with its class.
fn load(
    dir: &Path,
    files: Vec<(PathBuf, Option<u8>)>,
    class_names: Vec<String>,
    others: &[PathBuf],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Pictures, DataError> {
    let classes = Some(class_names.len()).filter(|&n| n > 0);
    // The parts of the division: a half and two quarters, or two halves.
    let least = FEWEST * if classes.is_some() { 4 } else { 2 };
    if files.len() < least {
        return Err(DataError::TooFew {
            path: dir.to_owned(),
            found: files.len(),
            least,
        });
    }
    let mut first: Option<(&Path, [usize; 2])> = None;
    let (mut decoded, mut bytes): (Vec<Pixels>, u64) = (Vec::new(), 0);
    for (path, _) in &files {
        let unusable = |source| DataError::Picture {
            path: path.clone(),
            source,
        };
        let file =
            bounded::read(path, bounded::MOST_OF_A_PICTURE).map_err(|source| DataError::Read {
                path: path.clone(),
                source,
            })?;
        let picture = Picture::open(&file).map_err(unusable)?;
        match first {
            None => {
                picture.check_sides().map_err(unusable)?;
                first = Some((path, picture.sides));
            }
            Some((first, sides)) if sides != picture.sides => {
                return Err(DataError::Differs {
                    first: first.to_owned(),
                    first_sides: sides,
                    other: path.clone(),
                    other_sides: picture.sides,
                });
            }
            Some(_) => {}
        }
        let pixels = picture.pixels().map_err(unusable)?;
        bytes += pixels.values.len() as u64;
        if bytes > MOST_BYTES_OF_PLANES {
            return Err(DataError::Layout {
                dir: dir.to_owned(),
                problem: format!("holds more than {MOST_BYTES_OF_PLANES} bytes of pixels"),
            });
        }
        decoded.push(pixels);
        progress(decoded.len(), files.len());
    }
    let [height, width] = first.map_or([0; 2], |(_, sides)| sides);
    let grey = decoded.iter().filter(|p| p.channels == 1).count();
    let channels = if grey == decoded.len() { 1 } else { 3 };
    let mut pixels = Vec::with_capacity(decoded.len() * channels * height * width);
    for image in decoded {
        for _ in 0..channels / image.channels {
            pixels.extend(&image.values);
        }
    }
    Ok(Pictures {
        images: Labelled {
            shape: [channels, height, width],
            classes,
            pixels,
            labels: files.iter().filter_map(|(_, label)| *label).collect(),
        },
        class_names,
        notes: notes(files.len(), if channels == 3 { grey } else { 0 }, others),
    })
}

fn notes(count: usize, grey: usize, others: &[PathBuf]) -> Vec<String> {
    let mut notes = Vec::new();
    if grey > 0 {
        notes.push(format!(
            "{grey} of {count} images are grey: they become RGB with three equal channels"
        ));
    }
    if !others.is_empty() {
        let mut names: Vec<String> = others.iter().take(NAMED).map(|p| name(p)).collect();
        if others.len() > NAMED {
            names.push("…".to_owned());
        }
        notes.push(format!(
            "left out, as no PNG or JPEG images of a class: {} ({})",
            names.join(", "),
            others.len()
        ));
    }
    notes
}
