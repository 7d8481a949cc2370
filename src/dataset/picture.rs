//! One PNG or JPEG file: its size, and its pixels as 8-bit channels.

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::classifier::SIDES;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// What is wrong with a picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Absurdly large.
    #[error("it is {height} x {width} pixels (rows x columns), expected at most 4096 x 4096")]
    TooLarge {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// Another kind of file.
    #[error("its content is neither PNG nor JPEG")]
    Kind,
    /// A PNG file that cannot be decoded.
    #[error("it cannot be decoded")]
    Png(#[from] png::DecodingError),
    /// A JPEG file that cannot be decoded.
    #[error("it cannot be decoded")]
    Jpeg(#[from] DecodeErrors),
    /// A JPEG file without its end, which a decoder would fill up with grey.
    #[error("it is cut short")]
    Truncated,
    /// A size that no network here takes.
    #[error(
        "it is {height} x {width} pixels (rows x columns), expected {least} to {most} on either side: \
         scale the images first",
        least = SIDES.start(), most = SIDES.end()
    )]
    Sides {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// An image that shows what is behind it.
    #[error("it is transparent in places: put it on a background first")]
    Transparent,
    /// Neither grey nor RGB, such as CMYK.
    #[error("it is neither grey nor RGB: convert it first")]
    Colour,
}

/// A file of which the header is read.
pub(crate) struct Picture<'a> {
    /// Rows and columns.
    pub sides: [usize; 2],
    kind: Kind<'a>,
}

enum Kind<'a> {
    Png(Box<png::Reader<Cursor<&'a [u8]>>>),
    Jpeg(Box<JpegDecoder<ZCursor<&'a [u8]>>>),
}

/// Rows and columns of any picture, at most.
const LONGEST_SIDE: usize = 4096;

/// Decodes a PNG or JPEG file of any size up to 4096 × 4096: channels (1 or 3), rows and columns, and
/// the pixels, row-major `[channels, height, width]`.
///
/// # Errors
/// A [`PictureError`] for what is no such picture.
pub fn any_picture(file: &[u8]) -> Result<(usize, [usize; 2], Vec<u8>), PictureError> {
    let picture = Picture::open(file)?;
    let sides @ [height, width] = picture.sides;
    if height.max(width) > LONGEST_SIDE || height.min(width) == 0 {
        return Err(PictureError::TooLarge { height, width });
    }
    let Pixels { channels, values } = picture.pixels()?;
    Ok((channels, sides, values))
}

/// Pixels, row-major `[channels, height, width]`.
pub(crate) struct Pixels {
    /// One for grey, three for red, green and blue.
    pub channels: usize,
    /// 0 to 255.
    pub values: Vec<u8>,
}

impl<'a> Picture<'a> {
    /// Reads the header of a file, whose kind its first bytes tell and not its name.
    pub fn open(file: &'a [u8]) -> Result<Self, PictureError> {
        if file.starts_with(PNG) {
            let mut decoder = png::Decoder::new(Cursor::new(file));
            // 16 bits to 8, fewer to 8, palettes to RGB, a transparent colour to alpha.
            // Neither is looked at, and either could be inflated to a thousand times its bytes.
            decoder.set_ignore_text_chunk(true);
            decoder.set_ignore_iccp_chunk(true);
            decoder.set_transformations(png::Transformations::normalize_to_color8());
            let reader = decoder.read_info()?;
            let (width, height) = reader.info().size();
            return Ok(Self {
                sides: [height as usize, width as usize],
                kind: Kind::Png(Box::new(reader)),
            });
        }
        if !file.starts_with(JPEG) {
            return Err(PictureError::Kind);
        }
        if !ends(file) {
            return Err(PictureError::Truncated);
        }
        // Strict: what is damaged is an error, not an image that ends in grey.
        let options = DecoderOptions::default().set_strict_mode(true);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
        decoder.decode_headers()?;
        let out = match decoder.input_colorspace() {
            Some(ColorSpace::Luma) => ColorSpace::Luma,
            Some(ColorSpace::YCbCr | ColorSpace::RGB) => ColorSpace::RGB,
            _ => return Err(PictureError::Colour),
        };
        decoder.set_options(options.jpeg_set_out_colorspace(out));
        let (width, height) = decoder.dimensions().ok_or(PictureError::Kind)?;
        Ok(Self {
            sides: [height, width],
            kind: Kind::Jpeg(Box::new(decoder)),
        })
    }

    /// Refuses what no network here takes, before any pixel is decoded.
    pub fn check_sides(&self) -> Result<(), PictureError> {
        let [height, width] = self.sides;
        if SIDES.contains(&height) && SIDES.contains(&width) {
            Ok(())
        } else {
            Err(PictureError::Sides { height, width })
        }
    }

    /// Decodes a picture of sides that were checked.
    pub fn pixels(self) -> Result<Pixels, PictureError> {
        let [height, width] = self.sides;
        let values = match self.kind {
            Kind::Png(mut reader) => {
                let mut values = vec![0; reader.output_buffer_size().ok_or(PictureError::Colour)?];
                let frame = reader.next_frame(&mut values)?;
                values.truncate(frame.buffer_size());
                values
            }
            Kind::Jpeg(mut decoder) => decoder.decode()?,
        };
        let samples = values.len() / (height * width);
        // Grey or RGB, each with or without alpha.
        let channels = match samples {
            1 | 2 => 1,
            3 | 4 => 3,
            _ => return Err(PictureError::Colour),
        };
        let pixels = values.chunks_exact(samples);
        if samples > channels && pixels.clone().any(|p| p[channels] != u8::MAX) {
            return Err(PictureError::Transparent);
        }
        let plane = |channel: usize| pixels.clone().map(move |p| p[channel]);
        Ok(Pixels {
            channels,
            values: (0..channels).flat_map(plane).collect(),
        })
    }
}

/// Whether the last scan of a JPEG file has an end of image after it: in a scan 0xff stands for itself
/// only before 0x00, so neither marker is mistaken. What comes after the end does not matter.
fn ends(file: &[u8]) -> bool {
    let last = |marker: [u8; 2]| file.windows(2).rposition(|pair| pair == marker);
    last([0xff, 0xd9]) > last([0xff, 0xda])
}

#[cfg(test)]
mod tests {
    use super::{Picture, PictureError, Pixels};

    // By Pillow 13.0 (libjpeg-turbo): x, y, and the way down the other diagonal as red, green and
    // blue of 10 rows and 12 columns, saved with quality=90 as it is, as convert('L'), with
    // progressive=True and subsampling=0, and as convert('CMYK').
    const RGB: &[u8] = include_bytes!("../../tests/it/pictures/rgb.jpg");
    const GREY: &[u8] = include_bytes!("../../tests/it/pictures/grey.jpg");
    const PROGRESSIVE: &[u8] = include_bytes!("../../tests/it/pictures/progressive.jpg");
    const CMYK: &[u8] = include_bytes!("../../tests/it/pictures/cmyk.jpg");

    fn pixels(file: &[u8]) -> Result<Pixels, PictureError> {
        let picture = Picture::open(file)?;
        picture.check_sides()?;
        picture.pixels()
    }

    fn png(colour: png::ColorType, depth: png::BitDepth, row: &[u8], palette: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 8, 8);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if !palette.is_empty() {
            encoder.set_palette(palette.to_vec());
        }
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&row.repeat(8)).expect("pixels");
        writer.finish().expect("an end");
        file
    }

    #[test]
    fn jpegs_have_the_pixels_that_pillow_decodes() {
        // np.array(Image.open(file)).reshape(-1, channels)[[0, 5, 11, 60, 66, 119]]
        let places = [0, 5, 11, 60, 66, 119];
        let rgb = [
            [4, 2, 233],
            [108, 6, 178],
            [235, 9, 111],
            [11, 137, 185],
            [139, 141, 119],
            [253, 249, 27],
        ];
        let progressive = [
            [0, 1, 252],
            [112, 2, 189],
            [249, 1, 113],
            [1, 141, 190],
            [141, 141, 113],
            [254, 253, 2],
        ];
        // Decoders differ in how they round, and the first in how it spreads halved colours.
        for (file, expected, off) in [(RGB, rgb, 4), (PROGRESSIVE, progressive, 2)] {
            let found = pixels(file).expect("a picture");
            assert_eq!((found.channels, found.values.len()), (3, 360));
            for (place, expected) in places.into_iter().zip(expected) {
                for (channel, expected) in expected.into_iter().enumerate() {
                    let value: u8 = found.values[channel * 120 + place];
                    assert!(
                        value.abs_diff(expected) <= off,
                        "{place}: {value}, {expected}"
                    );
                }
            }
        }
        let found = pixels(GREY).expect("a picture");
        assert_eq!((found.channels, found.values.len()), (1, 120));
        for (place, expected) in places.into_iter().zip([29_u8, 56, 88, 105, 138, 225]) {
            assert!(found.values[place].abs_diff(expected) <= 1);
        }
        assert!(matches!(pixels(CMYK), Err(PictureError::Colour)));
    }

    #[test]
    fn pngs_of_every_kind_become_eight_bits_a_channel() {
        use png::{BitDepth, ColorType};
        let grey: Vec<u8> = (0..8).map(|x| 30 * x).collect();
        let found = pixels(&png(ColorType::Grayscale, BitDepth::Eight, &grey, &[]));
        let found = found.expect("grey");
        assert_eq!((found.channels, found.values), (1, grey.repeat(8)));
        // One bit: black and white. 16 bits: the high ones.
        let found = pixels(&png(
            ColorType::Grayscale,
            BitDepth::One,
            &[0b0101_0101],
            &[],
        ));
        assert_eq!(found.expect("bits").values, [0, 255].repeat(32));
        let wide: Vec<u8> = grey.iter().flat_map(|&x| [x, 77]).collect();
        let found = pixels(&png(ColorType::Grayscale, BitDepth::Sixteen, &wide, &[]));
        assert_eq!(found.expect("wide").values, grey.repeat(8));
        // Channel after channel; a palette is RGB.
        let rgb = [1, 2, 3].repeat(8);
        let planes = [[1; 64], [2; 64], [3; 64]].concat();
        let found = pixels(&png(ColorType::Rgb, BitDepth::Eight, &rgb, &[])).expect("RGB");
        assert_eq!((found.channels, &found.values), (3, &planes));
        let found = pixels(&png(
            ColorType::Indexed,
            BitDepth::Eight,
            &[1; 8],
            &[0, 0, 0, 1, 2, 3],
        ));
        assert_eq!(found.expect("a palette").values, planes);
        // Alpha is left out where it hides nothing.
        let opaque = [1, 2, 3, 255].repeat(8);
        let found = pixels(&png(ColorType::Rgba, BitDepth::Eight, &opaque, &[]));
        assert_eq!(found.expect("opaque").values, planes);
        let mut glass = opaque;
        glass[3] = 254;
        let found = pixels(&png(ColorType::Rgba, BitDepth::Eight, &glass, &[]));
        assert!(matches!(found, Err(PictureError::Transparent)));
        let glass = [9, 0].repeat(8);
        let found = pixels(&png(
            ColorType::GrayscaleAlpha,
            BitDepth::Eight,
            &glass,
            &[],
        ));
        assert!(matches!(found, Err(PictureError::Transparent)));
    }

    #[test]
    fn damaged_files_are_errors_and_never_panics() {
        let whole = png(
            png::ColorType::Grayscale,
            png::BitDepth::Eight,
            &[5; 8],
            &[],
        );
        for file in [whole.as_slice(), RGB, GREY, PROGRESSIVE] {
            // All pixels are there, where a PNG lacks no more than the checksum of its last chunk.
            let spare = if file == whole.as_slice() { 4 } else { 0 };
            for cut in 0..file.len() - spare {
                assert!(pixels(&file[..cut]).is_err(), "{cut} of {}", file.len());
            }
            for place in 0..file.len() {
                let mut changed = file.to_vec();
                changed[place] ^= 0x55;
                // Any pixels or an error.
                let _ = pixels(&changed);
            }
        }
        assert!(matches!(pixels(b"GIF89a"), Err(PictureError::Kind)));
    }

    #[test]
    fn a_header_of_a_large_image_is_enough_to_refuse_it() {
        let mut file = png(
            png::ColorType::Grayscale,
            png::BitDepth::Eight,
            &[5; 8],
            &[],
        );
        // Width 65 in IHDR, with its checksum made anew.
        file[19] = 65;
        let mut crc = flate2::Crc::new();
        crc.update(&file[12..29]);
        file[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        let found = pixels(&file);
        let Err(error @ PictureError::Sides { .. }) = found else {
            panic!("65 columns are too many");
        };
        assert_eq!(
            error.to_string(),
            "it is 8 x 65 pixels (rows x columns), expected 8 to 64 on either side: scale the images \
             first"
        );
    }
}
