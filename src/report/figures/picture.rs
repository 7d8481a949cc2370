//! Pictures of one generator: labelled rows of images, and points.

use super::{MARGIN, TEXT, WIDTH, density, heading, points, samples};
use crate::event::Sample;
use crate::report::plot::{Anchor, Colour, Mark, PlotError, Scene, png, text_width, wrap};

/// Rows of images under headed columns.
#[derive(Clone, Debug, Default)]
pub struct Mosaic {
    /// What is shown.
    pub title: String,
    /// How to read it, line by line.
    pub notes: Vec<String>,
    /// Channels, height and width of every image; 1 or 3 channels.
    pub shape: [usize; 3],
    /// The columns; rows may be shorter, not longer.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A column of a mosaic.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// Whether a wider gap parts it from the column before.
    pub apart: bool,
}

/// A row of a mosaic.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What stands at its left.
    pub label: String,
    /// Whether a wider gap parts it from the row above.
    pub apart: bool,
    /// Its images.
    pub tiles: Vec<Tile>,
}

/// One image.
#[derive(Clone, Debug, Default)]
pub struct Tile {
    /// 0 to 255, `[channels, height, width]`.
    pub pixels: Vec<u8>,
    /// What stands below it.
    pub below: String,
}

/// White between two images, and where they are parted, in CSS pixels.
const GAP: f64 = 6.0;
const WIDE_GAP: f64 = 26.0;

/// The em of what stands below an image.
const SMALL: f64 = 14.0;

/// Labels take at most so much of the width.
const WIDEST_LABEL: f64 = 190.0;

/// CSS pixels of an image's side in a grid, about: fourteen of a digit's across a picture.
const GRID_SIDE: f64 = 60.0;

/// Rows of a grid at most; what does not fit is left out.
const MOST_ROWS: usize = 16;

/// CSS pixels a pixel: in quarters, of which the PNG has whole pixels, and so large at most.
const STEP: f64 = 0.25;
const LARGEST: f64 = 6.0;

fn scale(room: f64, side: usize) -> f64 {
    ((room / side as f64 / STEP).floor() * STEP).clamp(STEP, LARGEST)
}

impl Mosaic {
    /// As many of the images as fit, side by side, in as many rows as it takes. Empty without an image.
    pub fn grid(title: String, shape: [usize; 3], tiles: Vec<Tile>) -> Self {
        let size = scale(GRID_SIDE, shape[2]) * shape[2] as f64 + GAP;
        let across = (((WIDTH - 2.0 * MARGIN + GAP) / size) as usize).clamp(1, tiles.len().max(1));
        let all = tiles.len();
        let shown = all.min(across * MOST_ROWS);
        let notes = match shown < all {
            true => vec![format!("the first {shown} of {all}")],
            false => Vec::new(),
        };
        let rows = tiles[..shown].chunks(across).map(|tiles| Row {
            tiles: tiles.to_vec(),
            ..Row::default()
        });
        Self {
            title,
            notes,
            shape,
            columns: vec![Column::default(); across],
            rows: rows.collect(),
        }
    }

    /// As a PNG, on white.
    ///
    /// # Errors
    /// A [`PlotError`] if it cannot be drawn.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        png(&self.scene())
    }

    fn scene(&self) -> Scene {
        let [_, height, width] = self.shape;
        let parted = self.columns.iter().filter(|c| c.apart).count() as f64;
        let gaps = GAP * self.columns.len().saturating_sub(1) as f64 + (WIDE_GAP - GAP) * parted;
        let labels = self.rows.iter().map(|row| text_width(&row.label, TEXT));
        let labels = labels.fold(0.0, f64::max).min(WIDEST_LABEL);
        let left = match labels > 0.0 {
            true => MARGIN + labels + 2.0 * GAP,
            false => MARGIN,
        };
        let room = (WIDTH - MARGIN - left - gaps) / self.columns.len().max(1) as f64;
        // Grids have many columns, whose images keep their size.
        let scale = scale(room, width.max(height));
        let (wide, tall) = (scale * width as f64, scale * height as f64);
        let needed = left + gaps + wide * self.columns.len() as f64 + MARGIN;
        let mut scene = Scene::new(WIDTH.max(needed), 0.0);
        let notes: Vec<&str> = self.notes.iter().map(String::as_str).collect();
        let mut y = heading(&mut scene, &self.title, &notes);
        let places = self.places(left, wide);
        y += self.heads(&mut scene, &places, wide, y);
        for (i, row) in self.rows.iter().enumerate() {
            y += match (i, row.apart) {
                (0, _) => 0.0,
                (_, true) => WIDE_GAP,
                (_, false) => GAP,
            };
            let lines = wrap(&row.label, TEXT, WIDEST_LABEL, 3);
            let first = y + tall / 2.0 - 0.6 * TEXT * (lines.len() as f64 - 1.0) + 0.35 * TEXT;
            for (line, text) in lines.into_iter().enumerate() {
                let at = (left - 2.0 * GAP, first + 1.2 * TEXT * line as f64);
                scene.text(at, text, TEXT, Colour::Ink, Anchor::End);
            }
            for (tile, x) in row.tiles.iter().zip(&places) {
                scene.marks.push(Mark::Picture {
                    at: (*x, y),
                    size: (width, height),
                    scale,
                    rgb: self.rgb(&tile.pixels),
                });
                let at = (x + wide / 2.0, y + tall + 1.05 * SMALL);
                scene.text(at, &tile.below, SMALL, Colour::Muted, Anchor::Middle);
            }
            y += tall;
            if row.tiles.iter().any(|tile| !tile.below.is_empty()) {
                y += 1.3 * SMALL;
            }
        }
        scene.height = y + MARGIN;
        scene
    }

    /// Where the columns begin.
    fn places(&self, left: f64, wide: f64) -> Vec<f64> {
        let mut x = left;
        let mut places = Vec::new();
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                x += if column.apart { WIDE_GAP } else { GAP };
            }
            places.push(x);
            x += wide;
        }
        places
    }

    /// Writes the heads; how much room they take. A head may reach over the columns to its right that
    /// have none.
    fn heads(&self, scene: &mut Scene, places: &[f64], wide: f64, y: f64) -> f64 {
        if self.columns.iter().all(|column| column.head.is_empty()) {
            return 0.0;
        }
        for (i, (column, x)) in self.columns.iter().zip(places).enumerate() {
            let empty = self.columns[i + 1..].iter();
            let empty = empty.take_while(|c| c.head.is_empty() && !c.apart).count();
            let (at, anchor) = match empty {
                0 => (x + wide / 2.0, Anchor::Middle),
                _ => (*x, Anchor::Start),
            };
            let at = (at, y + TEXT);
            scene.text(at, &column.head, TEXT, Colour::Ink, anchor);
        }
        1.5 * TEXT
    }

    fn rgb(&self, pixels: &[u8]) -> Vec<u8> {
        let [channels, height, width] = self.shape;
        let area = height * width;
        (0..area)
            .flat_map(|i| [0, 1, 2].map(|channel| pixels[channel.min(channels - 1) * area + i]))
            .collect()
    }
}

/// Generated points over what they should be, as a PNG.
///
/// # Errors
/// A [`PlotError`] if it cannot be drawn.
pub fn scatter(title: &str, sample: &Sample) -> Result<Vec<u8>, PlotError> {
    /// Leaves room for the title on a screen of 16 to 9.
    const SIDE: f64 = 640.0;
    let mut scene = Scene::new(WIDTH, 0.0);
    let outside = match sample {
        Sample::Line {
            generated,
            components,
        } => density::outside(generated, components),
        other => points::outside(other),
    };
    let outside = match outside {
        0 => String::new(),
        n => format!("{n} points lie outside the frame, which is the evaluation box"),
    };
    let top = heading(&mut scene, title, &[&samples::legend(sample), &outside]);
    match sample {
        Sample::Line {
            generated,
            components,
        } => density::draw(&mut scene, generated, components, (MARGIN, top), SIDE),
        other => points::draw(&mut scene, other, (MARGIN, top), SIDE),
    }
    scene.height = top + SIDE + MARGIN;
    png(&scene)
}

#[cfg(test)]
mod tests {
    use super::{Column, Mosaic, Row, Tile};
    use crate::report::plot::Mark;

    fn tile(level: u8) -> Tile {
        Tile {
            pixels: vec![level; 12],
            below: String::new(),
        }
    }

    fn pictures(mosaic: &Mosaic) -> Vec<(f64, f64, u8)> {
        let marks = mosaic.scene().marks.into_iter();
        let pictures = marks.filter_map(|mark| match mark {
            Mark::Picture { at, rgb, .. } => Some((at.0, at.1, rgb[0])),
            _ => None,
        });
        pictures.collect()
    }

    #[test]
    fn images_stand_in_their_rows_and_columns() {
        let mosaic = Mosaic {
            shape: [1, 3, 4],
            columns: vec![
                Column::default(),
                Column {
                    apart: true,
                    ..Column::default()
                },
            ],
            rows: [[1, 2], [3, 4]]
                .map(|levels| Row {
                    tiles: levels.map(tile).to_vec(),
                    ..Row::default()
                })
                .to_vec(),
            ..Mosaic::default()
        };
        let found = pictures(&mosaic);
        assert_eq!(found.iter().map(|p| p.2).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(found[0].1 == found[1].1 && found[0].0 == found[2].0);
        // Six CSS pixels a pixel, at most: 24 wide and 18 tall, and the gaps.
        assert_eq!(found[1].0 - found[0].0, 24.0 + 26.0);
        assert_eq!(found[2].1 - found[0].1, 18.0 + 6.0);
        let png = mosaic.png().expect("a picture");
        assert!(png.starts_with(b"\x89PNG"));
    }

    #[test]
    fn a_grid_shows_as_many_as_fit_and_says_so() {
        let digits = |n| {
            let tiles = vec![
                Tile {
                    pixels: vec![0; 784],
                    below: String::new()
                };
                n
            ];
            Mosaic::grid("digits".to_owned(), [1, 28, 28], tiles)
        };
        let few = digits(3);
        assert_eq!((few.columns.len(), few.rows.len()), (3, 1));
        let many = digits(1000);
        let shown = pictures(&many).len();
        assert_eq!(shown, many.columns.len() * many.rows.len());
        assert_eq!(many.notes, [format!("the first {shown} of 1000")]);
        // Inside the picture.
        let width = many.scene().width;
        assert!(pictures(&many).iter().all(|p| p.0 + 56.0 <= width));
    }
}
