//! Where the file of weights is, and whether it is the file of its name.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::InceptionError;

/// The file's name; its end is the beginning of the content's SHA-256.
pub const FILE: &str = "pt_inception-2015-12-05-6726825d.pth";

/// The beginning of that.
pub const PUBLISHED_SHA256: &str = "6726825d";

/// Where pytorch-fid publishes it.
pub const PUBLISHED: &str = "https://github.com/mseitzer/pytorch-fid/releases/download/\
                             fid_weights/pt_inception-2015-12-05-6726825d.pth";

/// The environment variable that may name the file.
pub const VARIABLE: &str = "GAN_SWEEP_INCEPTION";

/// Where pytorch-fid's own download leaves it, under the home directory.
const CACHE: &str = ".cache/torch/hub/checkpoints";

/// The file of weights: the one given, else the one that [`VARIABLE`] names, else [`FILE`] in
/// torch's cache, else in `weights/` under the results directory.
///
/// # Errors
/// [`InceptionError::Variable`] if the variable names no file, [`InceptionError::NotFound`] with
/// the places if there is none. A file that is given is not looked at.
pub fn find(given: Option<&Path>, results: &Path) -> Result<PathBuf, InceptionError> {
    find_among(given, env::var_os(VARIABLE), env::home_dir(), results)
}

fn find_among(
    given: Option<&Path>,
    variable: Option<OsString>,
    home: Option<PathBuf>,
    results: &Path,
) -> Result<PathBuf, InceptionError> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    if let Some(path) = variable.filter(|path| !path.is_empty()).map(PathBuf::from) {
        return match path.is_file() {
            true => Ok(path),
            false => Err(InceptionError::Variable { path }),
        };
    }
    let cache = home.map(|home| home.join(CACHE).join(FILE));
    let looked_for: Vec<PathBuf> = cache
        .into_iter()
        .chain([results.join("weights").join(FILE)])
        .collect();
    let found = looked_for.iter().find(|path| path.is_file()).cloned();
    found.ok_or(InceptionError::NotFound { looked_for })
}

/// Compares the content with the name: torch's published files are called
/// `NAME-<first 8 hexadecimal digits of the SHA-256>.pth`. The older format has no other checksum.
/// Names of another form promise nothing.
///
/// # Errors
/// [`InceptionError::Checksum`] if the content is not that of its name.
pub(super) fn check_name(path: &Path, bytes: &[u8]) -> Result<(), InceptionError> {
    const DIGITS: usize = 8;
    let promised = path
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(".pth")?.rsplit_once('-'))
        .map(|(_, end)| end.to_ascii_lowercase())
        .filter(|end| end.len() == DIGITS && end.bytes().all(|b| b.is_ascii_hexdigit()));
    let Some(expected) = promised else {
        return Ok(());
    };
    let found = sha256(bytes);
    if found.starts_with(&expected) {
        Ok(())
    } else {
        Err(InceptionError::Checksum { expected, found })
    }
}

/// Compares the content with the weights that were asked for.
///
/// # Errors
/// [`InceptionError::OtherWeights`] if it is another.
pub(super) fn check_content(bytes: &[u8], expected: &str) -> Result<(), InceptionError> {
    let found = sha256(bytes);
    match found.starts_with(expected) {
        true => Ok(()),
        false => Err(InceptionError::OtherWeights {
            expected: expected.to_owned(),
            found,
        }),
    }
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_file_given_comes_before_the_variable_before_the_cache_before_the_results() {
        let folder = tempfile::tempdir().expect("a folder");
        let results = folder.path().join("results");
        let home = folder.path().join("home");
        let find = |given: Option<&Path>, variable: Option<&Path>| {
            let variable = variable.map(|path| path.as_os_str().to_owned());
            find_among(given, variable, Some(home.clone()), &results)
        };
        let place = |file: PathBuf| {
            fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
            fs::write(&file, "").expect("a file");
            file
        };
        let error = find(None, None).expect_err("nothing yet").to_string();
        for part in [
            ".cache/torch/hub/checkpoints",
            "results/weights",
            PUBLISHED,
            "--weights",
        ] {
            assert!(error.contains(part), "{error}");
        }
        let kept = place(results.join("weights").join(FILE));
        assert_eq!(find(None, None).expect("in the results"), kept);
        let cached = place(home.join(CACHE).join(FILE));
        assert_eq!(find(None, None).expect("in the cache"), cached);
        let named = place(folder.path().join("named.pth"));
        assert_eq!(find(None, Some(&named)).expect("by the variable"), named);
        assert_eq!(
            find(None, Some(Path::new(""))).expect("an empty one"),
            cached
        );
        let given = Path::new("given.pth");
        assert_eq!(find(Some(given), Some(&named)).expect("given"), given);
        let error = find(None, Some(given)).expect_err("a file that is not there");
        assert!(matches!(error, InceptionError::Variable { .. }), "{error}");
    }

    #[test]
    fn a_content_that_is_not_that_of_its_name_is_refused() {
        // printf abc | sha256sum: ba7816bf 8f01cfea …
        let check = |name: &str| check_name(Path::new(name), b"abc");
        check("net-ba7816bf.pth").expect("the right one");
        check("net-BA7816BF.pth").expect("the right one");
        check("net.pth").expect("no promise");
        check("net-12345678.pt").expect("no promise");
        let error = check("net-6726825d.pth").expect_err("another").to_string();
        assert!(
            error.starts_with(
                "the file's name says that its SHA-256 begins with 6726825d, that of \
                               its content is ba7816bf8f01cfea"
            ),
            "{error}"
        );
    }
}
