//! Colours that the colour-blind can tell apart.

/// A colour by its role; roles follow the page into the dark, the others stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Colour {
    /// Text and axes.
    Ink,
    /// Secondary text.
    Muted,
    /// Grid lines and what is missing.
    Grid,
    /// The background.
    Paper,
    /// A series, by its place in the palette; further ones begin again.
    Series(usize),
    /// A fixed colour.
    Rgb(u8, u8, u8),
}

impl Colour {
    /// Red, green and blue on light paper.
    pub fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Ink => (0x1f, 0x23, 0x28),
            Self::Muted => (0x59, 0x60, 0x68),
            Self::Grid => (0xd8, 0xdc, 0xe1),
            Self::Paper => (0xff, 0xff, 0xff),
            Self::Series(i) => SERIES[i % SERIES.len()].1,
            Self::Rgb(r, g, b) => (r, g, b),
        }
    }

    /// The page's variable that overrides the role.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Self::Ink => Some("--ink"),
            Self::Muted => Some("--muted"),
            Self::Grid => Some("--grid"),
            Self::Paper => Some("--paper"),
            Self::Series(i) => Some(SERIES[i % SERIES.len()].0),
            Self::Rgb(..) => None,
        }
    }
}

/// The palette of Okabe and Ito (2008), "Color Universal Design", without black and yellow, which
/// vanish on dark and on light paper; with the page's variables, which are lighter in the dark.
const SERIES: [(&str, (u8, u8, u8)); 6] = [
    ("--blue", (0x00, 0x72, 0xb2)),
    ("--vermilion", (0xd5, 0x5e, 0x00)),
    ("--green", (0x00, 0x9e, 0x73)),
    ("--purple", (0xcc, 0x79, 0xa7)),
    ("--orange", (0xe6, 0x9f, 0x00)),
    ("--sky", (0x56, 0xb4, 0xe9)),
];

/// Eleven equidistant colours of matplotlib's perceptually uniform viridis.
const VIRIDIS: [(u8, u8, u8); 11] = [
    (0x44, 0x01, 0x54),
    (0x48, 0x24, 0x75),
    (0x41, 0x44, 0x87),
    (0x35, 0x5f, 0x8d),
    (0x2a, 0x78, 0x8e),
    (0x21, 0x91, 0x8c),
    (0x22, 0xa8, 0x84),
    (0x44, 0xbf, 0x70),
    (0x7a, 0xd1, 0x51),
    (0xbd, 0xdf, 0x26),
    (0xfd, 0xe7, 0x25),
];

/// Viridis at `t` in [0, 1], dark to bright, linear between the table's colours.
pub(in crate::report) fn viridis(t: f64) -> Colour {
    let at = t.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let low = (at.floor() as usize).min(VIRIDIS.len() - 2);
    let share = at - low as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    let (a, b) = (VIRIDIS[low], VIRIDIS[low + 1]);
    Colour::Rgb(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Black or white, whichever reads better on a colour (relative luminance, WCAG 2.2).
pub(in crate::report) fn legible_on(colour: Colour) -> Colour {
    let linear = |c: u8| (f64::from(c) / 255.0).powf(2.2);
    let (r, g, b) = colour.rgb();
    let luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    // Contrast with white and with black are equal at √(1.05 · 0.05) − 0.05.
    if luminance > 0.179 {
        Colour::Rgb(0, 0, 0)
    } else {
        Colour::Rgb(255, 255, 255)
    }
}
