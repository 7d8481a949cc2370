//! Generated points on a line: their histogram against the density they should have.

use super::points::outline;
use crate::dataset::Mixture;
use crate::event::Gaussian;
use crate::report::plot::{Colour, Panel, Point, Scale, Scene};

/// Bins across the evaluation box.
const BINS: usize = 60;

/// Places across the evaluation box at which the density is drawn, besides those near centres.
const PLACES: usize = 300;

/// A bar may be this much higher than the density's largest value; a collapsed generator's would
/// flatten everything else.
const HIGHEST_BAR: f64 = 2.5;

/// Room above the highest curve or bar.
const HEADROOM: f64 = 1.08;

/// The em of the numbers below, which fit between two rows of pictures.
const EM: f64 = 11.0;

/// How many points lie outside the evaluation box.
pub(in crate::report) fn outside(generated: &[f32], components: &[Gaussian]) -> usize {
    match bounds(components) {
        Some((low, high)) => {
            let inside = |x: &f32| (low..=high).contains(&f64::from(*x));
            generated.iter().filter(|x| !inside(x)).count()
        }
        None => 0,
    }
}

/// How to read the picture.
pub(super) fn caption() -> String {
    format!(
        "Bars are the histogram of the generated points, {BINS} bins of one area in all; the line is \
         the density of the data on the same scale. The width is the evaluation box; 'outside' counts \
         the points beyond it. Bars above {HIGHEST_BAR} times the largest density are cut."
    )
}

/// Draws the histogram in a square with that corner and side.
pub(super) fn draw(
    scene: &mut Scene,
    generated: &[f32],
    components: &[Gaussian],
    (left, top): Point,
    side: f64,
) {
    let Some((low, high)) = bounds(components) else {
        return;
    };
    let curve = curve(components, low, high);
    let bars = histogram(generated, low, high);
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let density = largest(&mut curve.iter().map(|p| p.1));
    let bar = largest(&mut bars.iter().copied());
    let panel = Panel {
        left,
        top,
        width: side,
        height: side,
        x: Scale::exact(low, high),
        y: Scale::exact(0.0, HEADROOM * density.max(bar.min(HIGHEST_BAR * density))),
        em: EM,
    };
    outline(scene, &panel);
    let width = side / BINS as f64;
    for (i, bar) in bars.into_iter().enumerate().filter(|(_, bar)| *bar > 0.0) {
        if let Some(y) = panel.y_at(bar) {
            let at = (left + i as f64 * width, y);
            let size = (width, panel.bottom() - y);
            scene.rectangle(at, size, Colour::Series(0), 0.55);
        }
    }
    let curve = curve.into_iter().filter_map(|(x, y)| panel.at(x, y));
    scene.line(curve.collect(), Colour::Series(1), 1.6);
    panel.draw_x(scene, true);
}

/// The evaluation box.
pub(in crate::report) fn bounds(components: &[Gaussian]) -> Option<(f64, f64)> {
    if components.is_empty() {
        return None;
    }
    let of = |value: fn(&Gaussian) -> f64| components.iter().map(value).collect::<Vec<_>>();
    let centres: Vec<[f64; 1]> = components.iter().map(|c| [c.centre]).collect();
    let [low, high] = Mixture::new(&centres, of(|c| c.weight), of(|c| c.sigma)).bounding_box();
    Some((low[0], high[0]))
}

/// The density Σ wᵢ N(x; cᵢ, σᵢ²) at rising x, close enough to see the narrowest component.
pub(in crate::report) fn curve(components: &[Gaussian], low: f64, high: f64) -> Vec<(f64, f64)> {
    let even = (0..=PLACES).map(|i| low + (high - low) * i as f64 / PLACES as f64);
    let near = components
        .iter()
        .flat_map(|c| (-16..=16).map(|i| c.centre + f64::from(i) / 4.0 * c.sigma));
    let mut places: Vec<f64> = even.chain(near).collect();
    places.sort_by(f64::total_cmp);
    let density = |x: f64| {
        let parts = components.iter().map(|c| {
            let z = (x - c.centre) / c.sigma;
            c.weight * (-0.5 * z * z).exp() / (c.sigma * std::f64::consts::TAU.sqrt())
        });
        parts.sum::<f64>()
    };
    places.into_iter().map(|x| (x, density(x))).collect()
}

/// Heights of the bars, whose area is the share of all points that lies inside.
pub(in crate::report) fn histogram(generated: &[f32], low: f64, high: f64) -> Vec<f64> {
    let width = (high - low) / BINS as f64;
    let mut counts = vec![0_usize; BINS];
    for x in generated.iter().map(|&x| f64::from(x)) {
        if (low..=high).contains(&x) {
            counts[(((x - low) / width) as usize).min(BINS - 1)] += 1;
        }
    }
    let n = generated.len().max(1) as f64;
    counts.into_iter().map(|c| c as f64 / (n * width)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Gaussian, bounds, curve, histogram, outside};

    const TWO: [Gaussian; 2] = [
        Gaussian {
            centre: -2.0,
            weight: 0.25,
            sigma: 0.5,
        },
        Gaussian {
            centre: 2.0,
            weight: 0.75,
            sigma: 0.01,
        },
    ];

    #[test]
    fn density_and_histogram_have_an_area_of_one() {
        let (low, high) = bounds(&TWO).expect("components");
        // Centres are 4 apart: half of that and 3 · 0.5 on either side.
        assert_eq!((low, high), (-5.5, 5.5));
        let curve = curve(&TWO, low, high);
        let area: f64 = curve
            .windows(2)
            .map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0)
            .sum();
        assert!((area - 1.0).abs() < 0.01, "{area}");
        let points = [-2.0, -1.9, 2.0, 5.4];
        let bars = histogram(&points, low, high);
        let area: f64 = bars
            .iter()
            .map(|b| b * (high - low) / bars.len() as f64)
            .sum();
        assert!((area - 1.0).abs() < 1e-12);
    }

    #[test]
    fn points_beyond_the_box_are_counted_and_not_drawn() {
        let points = [0.0, 6.0, f32::NAN, f32::NEG_INFINITY];
        assert_eq!(outside(&points, &TWO), 3);
        assert_eq!(
            histogram(&points, -5.5, 5.5)
                .iter()
                .filter(|b| **b > 0.0)
                .count(),
            1
        );
    }
}
