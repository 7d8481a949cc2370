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
    /// Another kind of file.
    #[error("its content is neither PNG nor JPEG")]
    Kind,
    /// A PNG file that cannot be decoded.
    #[error("it cannot be decoded")]
    Png(#[from] png::DecodingError),
    /// A JPEG file that cannot be decoded.
    #[error("it cannot be decoded")]
    Jpeg(#[from] DecodeErrors),
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
pub(super) struct Picture<'a> {
    /// Rows and columns.
    pub sides: [usize; 2],
    kind: Kind<'a>,
}

enum Kind<'a> {
    Png(Box<png::Reader<Cursor<&'a [u8]>>>),
    Jpeg(Box<JpegDecoder<ZCursor<&'a [u8]>>>),
}

/// Pixels, row-major `[channels, height, width]`.
pub(super) struct Pixels {
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
        // Strict: a file that is cut short is an error, not an image that ends in grey.
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
