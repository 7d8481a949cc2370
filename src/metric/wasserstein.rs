//! Wasserstein-1 distance between any two sets of vectors.

use super::features::{Features, MetricError};
use super::sliced::Directions;

/// Of vectors of one value, exactly the Wasserstein-1 distance between the samples: ∫ |F − G| over the
/// empirical distribution functions, for any numbers of samples. Of longer vectors the mean of that over
/// the fixed directions of `sliced_w1` (Rabin et al. 2012), without its box.
///
/// # Errors
/// [`MetricError::Widths`].
pub fn sliced_wasserstein(x: &Features, y: &Features) -> Result<f64, MetricError> {
    x.check_width(y)?;
    let directions = Directions::new(x.width()).vectors(x.width());
    let along = |set: &Features, u: &[f64]| {
        let rows = (0..set.rows()).map(|i| set.row(i));
        let mut line: Vec<f64> = rows
            .map(|row| row.iter().zip(u).map(|(x, u)| x * u).sum())
            .collect();
        line.sort_by(f64::total_cmp);
        line
    };
    let distances = directions
        .iter()
        .map(|u| on_a_line(&along(x, u), &along(y, u)));
    Ok(distances.sum::<f64>() / directions.len() as f64)
}

/// ∫ |F − G| of sorted samples.
fn on_a_line(x: &[f64], y: &[f64]) -> f64 {
    let (mut i, mut j) = (0, 0);
    let mut last: Option<f64> = None;
    let mut area = 0.0;
    while i < x.len() || j < y.len() {
        // The next value of either; where one has ended the other goes on.
        let from_x = match (x.get(i), y.get(j)) {
            (Some(a), Some(b)) => a <= b,
            (a, _) => a.is_some(),
        };
        let here = if from_x { x[i] } else { y[j] };
        if let Some(last) = last {
            let apart = i as f64 / x.len() as f64 - j as f64 / y.len() as f64;
            area += apart.abs() * (here - last);
        }
        last = Some(here);
        match from_x {
            true => i += 1,
            false => j += 1,
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::{close, pair, uniform};
    use super::{Features, MetricError, sliced_wasserstein};

    #[test]
    fn on_a_line_it_is_scipys_for_unequal_numbers_too() -> Result<(), MetricError> {
        let line = |v: &[f64]| Features::new(v, 1);
        // scipy.stats.wasserstein_distance([0.5, -1, 2, 3.25], [0, 0.25, -3, 1]), scipy 1.17.1
        let equal = sliced_wasserstein(
            &line(&[0.5, -1.0, 2.0, 3.25])?,
            &line(&[0.0, 0.25, -3.0, 1.0])?,
        )?;
        close(equal, 1.625, 1e-15);
        // By hand: F jumps at 0 and 1, G at 0.5 alone, so |F − G| is 1/2 on (0, 1).
        close(
            sliced_wasserstein(&line(&[1.0, 0.0])?, &line(&[0.5])?)?,
            0.5,
            1e-15,
        );
        // Translation: exactly the shift.
        let x = uniform(1, 300);
        let moved: Vec<f64> = x.iter().map(|v| v + 2.0).collect();
        close(sliced_wasserstein(&line(&x)?, &line(&moved)?)?, 2.0, 1e-12);
        Ok(())
    }

    #[test]
    fn in_the_plane_a_shift_is_its_mean_projection() -> Result<(), MetricError> {
        let x = uniform(1, 200);
        let moved: Vec<f64> = x
            .iter()
            .enumerate()
            .map(|(i, v)| v + f64::from(u8::from(i % 2 == 0)))
            .collect();
        let found = sliced_wasserstein(&Features::new(&x, 2)?, &Features::new(&moved, 2)?)?;
        // The mean of |cos| over all directions is 2/π; 64 of them are near it.
        close(found, std::f64::consts::FRAC_2_PI, 1e-3);
        let [a, b] = pair(50);
        let c = b.take(&(0..30).collect::<Vec<_>>());
        close(
            sliced_wasserstein(&a, &c)?,
            sliced_wasserstein(&c, &a)?,
            1e-12,
        );
        assert_eq!(sliced_wasserstein(&a, &a)?, 0.0);
        Ok(())
    }
}
