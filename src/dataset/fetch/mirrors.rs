//! The data sets that can be fetched: where they are, and what their files must be.

use super::{RemoteFile, Source};

/// A published data set of four IDX files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its name here.
    pub name: &'static str,
    /// What it shows and who made it.
    pub about: &'static str,
    /// Under what terms it is published.
    pub licence: &'static str,
    mirrors: &'static [&'static str],
    files: [(&'static str, u64, &'static str); 4],
}

/// Sizes and SHA-256 are those that TensorFlow Datasets keeps for these files
/// (`tensorflow_datasets/url_checksums`). torchvision (`torchvision/datasets/mnist.py`) publishes MD5
/// sums of the same files; public lists that give both sums side by side agree with either.
const ALL: [Published; 3] = [
    Published {
        name: "mnist",
        about: "handwritten digits (LeCun, Bottou, Bengio and Haffner 1998)",
        licence: "CC BY-SA 3.0",
        mirrors: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ],
        files: [
            (
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ],
    },
    Published {
        name: "fashion-mnist",
        about: "pictures of clothes (Xiao, Rasul and Vollgraf 2017)",
        licence: "MIT",
        mirrors: &[
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ],
        files: [
            (
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ],
    },
    Published {
        name: "kmnist",
        about: "cursive Japanese characters (Clanuwat et al. 2018)",
        licence: "CC BY-SA 4.0",
        mirrors: &["https://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
        files: [
            (
                "train-images-idx3-ubyte.gz",
                18_165_135,
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            ),
            (
                "train-labels-idx1-ubyte.gz",
                29_497,
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            ),
            (
                "t10k-images-idx3-ubyte.gz",
                3_041_136,
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            ),
            (
                "t10k-labels-idx1-ubyte.gz",
                5_120,
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
        ],
    },
];

impl Published {
    /// Every set that can be fetched.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The set of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|set| set.name == name)
    }

    /// Its files, and the servers that have them.
    pub fn source(&self) -> Source {
        Source {
            name: self.name.to_owned(),
            mirrors: self.mirrors.iter().map(|&m| m.to_owned()).collect(),
            files: self
                .files
                .iter()
                .map(|&(name, size, sha256)| RemoteFile {
                    name: name.to_owned(),
                    size,
                    sha256: sha256.to_owned(),
                })
                .collect(),
        }
    }

    /// Bytes of its four files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|&(_, size, _)| size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::*;

    #[test]
    fn every_set_has_four_idx_files_with_whole_digests_and_encrypted_mirrors() {
        let mut digests = Vec::new();
        for set in Published::all() {
            assert_eq!(Published::named(set.name), Some(set));
            let source = set.source();
            assert!(!source.mirrors.is_empty(), "{}", set.name);
            for mirror in &source.mirrors {
                assert!(mirror.starts_with("https://"), "{mirror}");
                assert!(Address::folder(mirror).is_ok(), "{mirror}");
            }
            let names: Vec<&str> = source.files.iter().map(|f| f.name.as_str()).collect();
            let expected = [
                "train-images-idx3-ubyte.gz",
                "train-labels-idx1-ubyte.gz",
                "t10k-images-idx3-ubyte.gz",
                "t10k-labels-idx1-ubyte.gz",
            ];
            assert_eq!(names, expected);
            for file in source.files {
                let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                assert!(file.sha256.len() == 64 && file.sha256.chars().all(digit));
                digests.push(file.sha256);
            }
        }
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count, "two files of one digest");
    }
}
