//! How the intensity of an image is spread.

/// Intensities above the darkest pixel's, with their moments. x is the column and y the row, down, of a
/// pixel's centre.
#[derive(Clone, Debug)]
pub struct Moments {
    /// x, y and intensity of what is not dark.
    points: Vec<[f64; 3]>,
    mass: f64,
    centre_y: f64,
    mu11: f64,
    mu02: f64,
}

/// Share of the intensity beyond each side of the bounding parallelogram; Morpho-MNIST leaves 2 % out,
/// half on either side.
const BEYOND: f64 = 0.01;

/// Halvings of an interval as long as an image: to 10⁻⁸ of a pixel.
const HALVINGS: u32 = 40;

impl Moments {
    /// Of an image of `[height, width]`; `None` for one whose intensity lies in one row.
    pub fn of(pixels: &[u8], [_, width]: [usize; 2]) -> Option<Self> {
        let least = *pixels.iter().min()?;
        let bright = pixels.iter().enumerate().filter(|(_, p)| **p > least);
        let points: Vec<[f64; 3]> = bright
            .map(|(i, p)| [(i % width) as f64, (i / width) as f64, f64::from(p - least)])
            .collect();
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points.iter().map(|[x, y, mass]| mass * of(*x, *y)).sum()
        };
        let mass = sum(&|_, _| 1.0);
        let (cx, cy) = (sum(&|x, _| x) / mass, sum(&|_, y| y) / mass);
        let mu11 = sum(&|x, y| (x - cx) * (y - cy)) / mass;
        let mu02 = sum(&|_, y| (y - cy) * (y - cy)) / mass;
        (mu02 > 0.0).then_some(Self {
            points,
            mass,
            centre_y: cy,
            mu11,
            mu02,
        })
    }

    /// μ₁₁ / μ₀₂: by how much x grows a row, in the mean.
    pub fn shear(&self) -> f64 {
        self.mu11 / self.mu02
    }

    /// Left and right side of the parallelogram of that shear, at the height of the centre: where the
    /// intensity, moved back by the shear, reaches 1 % and 99 %. A pixel's is spread evenly over its
    /// width.
    pub fn across(&self, shear: f64) -> [f64; 2] {
        let places = self.points.iter();
        let places = places.map(|[x, y, mass]| [x - shear * (y - self.centre_y), *mass]);
        self.quantiles(&places.collect::<Vec<_>>())
    }

    /// Its upper and lower side.
    pub fn down(&self) -> [f64; 2] {
        let places: Vec<_> = self.points.iter().map(|[_, y, mass]| [*y, *mass]).collect();
        self.quantiles(&places)
    }

    fn quantiles(&self, places: &[[f64; 2]]) -> [f64; 2] {
        let up_to = |t: f64| -> f64 {
            let shares = places.iter();
            let shares = shares.map(|[place, mass]| mass * (t - place + 0.5).clamp(0.0, 1.0));
            shares.sum()
        };
        let ends = places.iter().map(|[place, _]| *place);
        let low = ends.clone().fold(f64::INFINITY, f64::min) - 0.5;
        let high = ends.fold(f64::NEG_INFINITY, f64::max) + 0.5;
        [BEYOND, 1.0 - BEYOND].map(|share| {
            let (mut low, mut high) = (low, high);
            for _ in 0..HALVINGS {
                let middle = (low + high) / 2.0;
                match up_to(middle) < share * self.mass {
                    true => low = middle,
                    false => high = middle,
                }
            }
            (low + high) / 2.0
        })
    }
}
