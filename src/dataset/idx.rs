//! IDX files, in which MNIST and its relatives are distributed: a big-endian header and unsigned
//! bytes (LeCun, Cortes and Burges, "The MNIST database of handwritten digits", file formats).
//!
//! A file is gzipped or not by its first two bytes, not by its name. What a header claims is never
//! allocated: memory follows the bytes that are really there, four times as many at most and 128 KiB.
//! Gzipped ones are inflated to a thousand times their bytes at most (deflate's limit), and to
//! [`MOST_BYTES`].

use std::fmt;
use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;

use crate::classifier::{CHANNELS, MOST_CLASSES, SIDES};
use crate::model::SampleShape;

/// Magic number of unsigned bytes in one dimension.
const LABELS: u32 = 0x0801;
/// Magic number of unsigned bytes in three dimensions.
const IMAGES: u32 = 0x0803;
/// Magic number of unsigned bytes in four dimensions.
const PLANES: u32 = 0x0804;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Bytes of a file, decompressed: eleven times MNIST's training images.
const MOST_BYTES: u64 = 512 << 20;

/// Bytes of a file of an imported folder of images: 350,000 RGB images of 64 x 64.
pub(super) const MOST_BYTES_OF_PLANES: u64 = 4 << 30;

/// The images of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFile {
    /// Rows of an image, within [`SIDES`].
    pub height: usize,
    /// Columns of an image, within [`SIDES`].
    pub width: usize,
    /// Row-major `[count, height, width]`, 0 to 255.
    pub pixels: Vec<u8>,
}

impl ImageFile {
    /// How many images.
    pub fn count(&self) -> usize {
        self.pixels.len() / (self.height * self.width)
    }
}

/// What is wrong with an IDX file, and where.
#[derive(Debug)]
pub struct IdxError {
    /// The byte at which it was noticed, of the decompressed content where the file is gzipped.
    pub offset: u64,
    /// Whether the file is gzipped.
    pub gzipped: bool,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with an IDX file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Reading or decompressing failed.
    #[error("the content cannot be read on")]
    Unreadable(#[source] io::Error),
    /// Another kind of file.
    #[error(
        "the file begins with {found:02x?}, expected the magic number {expected:#010x} of {kind}"
    )]
    Magic {
        /// The first bytes.
        found: [u8; 4],
        /// The magic number looked for.
        expected: u32,
        /// What it stands for.
        kind: &'static str,
    },
    /// The content ends before the header's promise is kept.
    #[error("the file ends here, expected {expected} bytes for {promise}")]
    Truncated {
        /// Bytes expected in all.
        expected: u64,
        /// What the header announces.
        promise: String,
    },
    /// The content goes on after it.
    #[error("the file goes on, expected its end here after {promise}")]
    Trailing {
        /// What the header announces.
        promise: String,
    },
    /// A header that announces nothing.
    #[error("the header announces 0 {what}, expected at least one")]
    Empty {
        /// What there is none of.
        what: &'static str,
    },
    /// An image too small or too large.
    #[error(
        "the header announces images of {height} x {width}, expected {} to {} on either side",
        SIDES.start(), SIDES.end()
    )]
    Sides {
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
    },
    /// Neither grey nor RGB.
    #[error("the header announces images of {channels} channels, expected 1 or 3")]
    Channels {
        /// Channels.
        channels: u32,
    },
    /// A file beyond what is read.
    #[error("the header announces {claimed} bytes, expected at most {most}")]
    TooLarge {
        /// Bytes announced.
        claimed: u128,
        /// Bytes that are read at most.
        most: u64,
    },
    /// A label that is no class.
    #[error("label {label} of image {index}, expected 0 to {}", MOST_CLASSES - 1)]
    Label {
        /// The label.
        label: u8,
        /// The image's place, from 0.
        index: usize,
    },
}

impl fmt::Display for IdxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = if self.gzipped {
            " of the decompressed content"
        } else {
            ""
        };
        write!(f, "at byte {}{of}: {}", self.offset, self.problem)
    }
}

impl std::error::Error for IdxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // `Display` has told the problem already: what is left is its cause.
        self.problem.source()
    }
}

/// Reads a file of images.
///
/// # Errors
/// An [`IdxError`] for everything that is not exactly such a file.
pub fn read_images(source: impl Read) -> Result<ImageFile, IdxError> {
    let mut content = Content::new(source)?;
    let [count, height, width] = content.header::<3>(IMAGES, "images, unsigned bytes")?;
    if count == 0 {
        return Err(content.at(4, Problem::Empty { what: "images" }));
    }
    let side = |n: u32| usize::try_from(n).ok().filter(|n| SIDES.contains(n));
    let (Some(rows), Some(columns)) = (side(height), side(width)) else {
        return Err(content.at(8, Problem::Sides { height, width }));
    };
    let size = u128::from(count) * u128::from(height) * u128::from(width);
    let pixels = content.rest(
        size,
        MOST_BYTES,
        format!("{count} images of {height} x {width}"),
    )?;
    Ok(ImageFile {
        height: rows,
        width: columns,
        pixels,
    })
}

/// Reads a file of images with channels, `[count, channels, height, width]`: how this program keeps
/// what it imported from a folder of images.
///
/// # Errors
/// An [`IdxError`] for everything that is not exactly such a file.
pub(crate) fn read_planes(source: impl Read) -> Result<(SampleShape, Vec<u8>), IdxError> {
    let mut content = Content::new(source)?;
    let [count, channels, height, width] =
        content.header::<4>(PLANES, "images with channels, unsigned bytes")?;
    if count == 0 {
        return Err(content.at(4, Problem::Empty { what: "images" }));
    }
    let shape = [channels, height, width].map(|n| n as usize);
    if !CHANNELS.contains(&shape[0]) {
        return Err(content.at(8, Problem::Channels { channels }));
    }
    if !SIDES.contains(&shape[1]) || !SIDES.contains(&shape[2]) {
        return Err(content.at(12, Problem::Sides { height, width }));
    }
    let size = u128::from(count) * shape.iter().map(|&n| n as u128).product::<u128>();
    let promise = format!("{count} images of {channels} x {height} x {width}");
    let pixels = content.rest(size, MOST_BYTES_OF_PLANES, promise)?;
    Ok((shape, pixels))
}

/// The bytes that go before the pixels of `count` images in a file for [`read_planes`].
pub(super) fn planes_header(count: usize, shape: SampleShape) -> Vec<u8> {
    let mut out = PLANES.to_be_bytes().to_vec();
    for size in [count, shape[0], shape[1], shape[2]] {
        out.extend((size as u32).to_be_bytes());
    }
    out
}

/// Reads a file of labels, each 0 to 9.
///
/// # Errors
/// An [`IdxError`] for everything that is not exactly such a file.
pub fn read_labels(source: impl Read) -> Result<Vec<u8>, IdxError> {
    let mut content = Content::new(source)?;
    let [count] = content.header::<1>(LABELS, "labels, unsigned bytes")?;
    if count == 0 {
        return Err(content.at(4, Problem::Empty { what: "labels" }));
    }
    let labels = content.rest(u128::from(count), MOST_BYTES, format!("{count} labels"))?;
    match labels.iter().position(|&l| usize::from(l) >= MOST_CLASSES) {
        None => Ok(labels),
        Some(index) => {
            let label = labels[index];
            Err(content.at(8 + index as u64, Problem::Label { label, index }))
        }
    }
}

/// Writes a file of images: the inverse of [`read_images`].
pub fn write_images(file: &ImageFile) -> Vec<u8> {
    let mut out = IMAGES.to_be_bytes().to_vec();
    for size in [file.count(), file.height, file.width] {
        out.extend((size as u32).to_be_bytes());
    }
    out.extend(&file.pixels);
    out
}

/// Writes a file of labels: the inverse of [`read_labels`].
pub fn write_labels(labels: &[u8]) -> Vec<u8> {
    let mut out = LABELS.to_be_bytes().to_vec();
    out.extend((labels.len() as u32).to_be_bytes());
    out.extend(labels);
    out
}

/// A file's content with the place reached in it.
struct Content<R: Read> {
    source: Decoder<R>,
    offset: u64,
}

/// A source of which the first bytes were read already.
type Peeked<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

enum Decoder<R: Read> {
    Plain(Peeked<R>),
    Gzip(Box<MultiGzDecoder<BufReader<Peeked<R>>>>),
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(buffer),
            Self::Gzip(source) => source.read(buffer),
        }
    }
}

impl<R: Read> Content<R> {
    fn new(mut source: R) -> Result<Self, IdxError> {
        let mut head = Vec::new();
        let read = source
            .by_ref()
            .take(GZIP.len() as u64)
            .read_to_end(&mut head);
        let gzipped = head == GZIP;
        let (read, offset) = (read.map(|_| ()), head.len() as u64);
        let source = io::Cursor::new(head).chain(source);
        let content = Self {
            source: if gzipped {
                Decoder::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(source))))
            } else {
                Decoder::Plain(source)
            },
            offset: 0,
        };
        read.map_err(|e| content.at(offset, Problem::Unreadable(e)))?;
        Ok(content)
    }

    fn at(&self, offset: u64, problem: Problem) -> IdxError {
        IdxError {
            offset,
            gzipped: matches!(self.source, Decoder::Gzip(_)),
            problem,
        }
    }

    /// Up to `most` bytes: fewer where the content ends.
    fn read(&mut self, most: u64) -> Result<Vec<u8>, IdxError> {
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(most).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        match read {
            Ok(_) => Ok(bytes),
            Err(e) => Err(self.at(self.offset, Problem::Unreadable(e))),
        }
    }

    /// The magic number and the sizes after it.
    fn header<const N: usize>(
        &mut self,
        expected: u32,
        kind: &'static str,
    ) -> Result<[u32; N], IdxError> {
        let truncated = |content: &Self| {
            let problem = Problem::Truncated {
                expected: 4 + 4 * N as u64,
                promise: format!("the header of {kind}"),
            };
            content.at(content.offset, problem)
        };
        let magic = self.read(4)?;
        let found: [u8; 4] = magic.try_into().map_err(|_| truncated(self))?;
        if u32::from_be_bytes(found) != expected {
            let problem = Problem::Magic {
                found,
                expected,
                kind,
            };
            return Err(self.at(0, problem));
        }
        let mut sizes = [0; N];
        for size in &mut sizes {
            let bytes = self.read(4)?;
            *size = u32::from_be_bytes(bytes.try_into().map_err(|_| truncated(self))?);
        }
        Ok(sizes)
    }

    /// Everything after the header, which must be exactly `size` bytes, and `most` at most.
    fn rest(&mut self, size: u128, most: u64, promise: String) -> Result<Vec<u8>, IdxError> {
        let header = self.offset;
        let Some(size) = u64::try_from(size).ok().filter(|&s| s <= most) else {
            let claimed = size;
            let problem = Problem::TooLarge { claimed, most };
            return Err(self.at(4, problem));
        };
        let bytes = self.read(size)?;
        if (bytes.len() as u64) < size {
            let expected = header + size;
            return Err(self.at(self.offset, Problem::Truncated { expected, promise }));
        }
        let end = self.offset;
        // Reading to the end also lets gzip compare its checksum.
        if self.read(1)?.is_empty() {
            Ok(bytes)
        } else {
            Err(self.at(end, Problem::Trailing { promise }))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn small() -> ImageFile {
        ImageFile {
            height: 8,
            width: 9,
            pixels: (0..3 * 72).map(|i| i as u8).collect(),
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn message(error: &dyn std::error::Error) -> String {
        match error.source() {
            Some(source) => format!("{error}; because: {source}"),
            None => error.to_string(),
        }
    }

    fn images_message(bytes: &[u8]) -> String {
        message(&read_images(bytes).expect_err("must be refused"))
    }

    fn labels_message(bytes: &[u8]) -> String {
        message(&read_labels(bytes).expect_err("must be refused"))
    }

    #[test]
    fn what_is_written_is_read_gzipped_or_not() {
        let bytes = write_images(&small());
        assert_eq!(read_images(&bytes[..]).expect("plain"), small());
        assert_eq!(read_images(&gzip(&bytes)[..]).expect("gzipped"), small());
        let labels = [0, 9, 3];
        let bytes = write_labels(&labels);
        assert_eq!(read_labels(&bytes[..]).expect("plain"), labels);
        assert_eq!(read_labels(&gzip(&bytes)[..]).expect("gzipped"), labels);
    }

    #[test]
    fn every_defect_is_told_with_its_place() {
        let good = write_images(&small());
        let edited = |at: usize, value: &[u8]| {
            let mut bytes = good.clone();
            bytes[at..at + value.len()].copy_from_slice(value);
            bytes
        };
        insta::assert_snapshot!(images_message(b""), @"at byte 0: the file ends here, expected 16 bytes for the header of images, unsigned bytes");
        insta::assert_snapshot!(images_message(&good[..10]), @"at byte 10: the file ends here, expected 16 bytes for the header of images, unsigned bytes");
        insta::assert_snapshot!(images_message(b"PK\x03\x04"), @"at byte 0: the file begins with [50, 4b, 03, 04], expected the magic number 0x00000803 of images, unsigned bytes");
        insta::assert_snapshot!(images_message(&write_labels(&[1])), @"at byte 0: the file begins with [00, 00, 08, 01], expected the magic number 0x00000803 of images, unsigned bytes");
        insta::assert_snapshot!(images_message(&good[..100]), @"at byte 100: the file ends here, expected 232 bytes for 3 images of 8 x 9");
        insta::assert_snapshot!(images_message(&[&good[..], b"!"].concat()), @"at byte 232: the file goes on, expected its end here after 3 images of 8 x 9");
        insta::assert_snapshot!(images_message(&edited(4, &[0; 4])), @"at byte 4: the header announces 0 images, expected at least one");
        insta::assert_snapshot!(images_message(&edited(8, &[0, 0, 0, 7])), @"at byte 8: the header announces images of 7 x 9, expected 8 to 64 on either side");
        insta::assert_snapshot!(images_message(&edited(4, &[0xff; 4])), @"at byte 4: the header announces 309237645240 bytes, expected at most 536870912");
        insta::assert_snapshot!(images_message(&edited(4, &[0, 0x20, 0, 0])), @"at byte 232: the file ends here, expected 150994960 bytes for 2097152 images of 8 x 9");
        insta::assert_snapshot!(labels_message(&write_labels(&[1, 10])), @"at byte 9: label 10 of image 1, expected 0 to 9");
        insta::assert_snapshot!(labels_message(&write_labels(&[])), @"at byte 4: the header announces 0 labels, expected at least one");
    }

    #[test]
    fn a_damaged_archive_is_told_with_its_cause() {
        let packed = gzip(&write_images(&small()));
        let half = images_message(&packed[..packed.len() - 9]);
        assert!(
            half.contains("of the decompressed content: the content cannot be read on; because: "),
            "{half}"
        );
        let mut wrong_sum = packed.clone();
        let at = wrong_sum.len() - 6;
        wrong_sum[at] ^= 1;
        let wrong_sum = images_message(&wrong_sum);
        assert!(
            wrong_sum.contains("at byte 232 of the decompressed content"),
            "{wrong_sum}"
        );
        let trailing = images_message(&[&packed[..], b"trailing"].concat());
        assert!(trailing.contains("cannot be read on"), "{trailing}");
    }

    #[test]
    fn a_bomb_is_not_unpacked_beyond_what_its_header_announces() {
        // 64 MiB of zeros behind a header for three images: a reader that unpacked it all would
        // go through every zero; the counter shows that the archive was hardly touched.
        struct Counted<'a>(&'a [u8], &'a std::cell::Cell<usize>);
        impl Read for Counted<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let read = self.0.read(buffer)?;
                self.1.set(self.1.get() + read);
                Ok(read)
            }
        }
        let mut bytes = write_images(&small());
        bytes.resize(64 << 20, 0);
        let bomb = gzip(&bytes);
        let touched = std::cell::Cell::new(0);
        let error = read_images(Counted(&bomb, &touched)).expect_err("trailing zeros");
        assert!(matches!(error.problem, Problem::Trailing { .. }), "{error}");
        assert!(
            touched.get() < bomb.len() / 2,
            "{} of {}",
            touched.get(),
            bomb.len()
        );
    }

    proptest! {
        #[test]
        fn no_mutation_of_a_valid_file_panics(
            packed: bool,
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            cut in prop::option::of(any::<prop::sample::Index>()),
            tail in prop::collection::vec(any::<u8>(), 0..3),
        ) {
            for plain in [write_images(&small()), write_labels(&[1, 2, 3])] {
                let mut bytes = if packed { gzip(&plain) } else { plain.clone() };
                for (place, value) in &edits {
                    let at = place.index(bytes.len());
                    bytes[at] = *value;
                }
                if let Some(cut) = cut {
                    bytes.truncate(cut.index(bytes.len()));
                }
                bytes.extend(&tail);
                if let Ok(file) = read_images(&bytes[..]) {
                    prop_assert!(file.pixels.len() <= plain.len());
                }
                if let Ok(labels) = read_labels(&bytes[..]) {
                    prop_assert!(labels.len() <= plain.len());
                }
            }
        }
    }
}
