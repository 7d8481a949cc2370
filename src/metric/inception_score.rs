//! Inception Score (Salimans et al. 2016) of class probabilities, of whatever classifier.

use super::features::{Features, MetricError};

/// How far a row's sum may be from 1: what single precision leaves of a softmax over a thousand classes.
const TOLERANCE: f64 = 1e-4;

/// The score over splits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InceptionScore {
    /// The mean over the splits; 1 to the number of classes, higher is better.
    pub mean: f64,
    /// The standard deviation over the splits, ddof 0.
    pub std: f64,
    /// How many splits.
    pub splits: usize,
}

/// exp of the mean over the rows of KL(p(y|x) ‖ p(y)), where p(y) is the mean of the rows, of each of
/// `splits` contiguous parts of probabilities `[n, classes]`. As torch-fidelity does after its shuffle:
/// shuffle rows first that are in the order of their classes.
///
/// # Errors
/// [`MetricError::NoDistribution`] for a row that is none; [`MetricError::TooFew`] for fewer rows than
/// splits.
pub fn inception_score(
    probabilities: &Features,
    splits: usize,
) -> Result<InceptionScore, MetricError> {
    let splits = splits.max(1);
    probabilities.check_rows("an Inception Score of as many splits", splits)?;
    let n = probabilities.rows();
    for row in 0..n {
        let values = probabilities.row(row);
        let sum: f64 = values.iter().sum();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        if (sum - 1.0).abs() > TOLERANCE || least < 0.0 {
            return Err(MetricError::NoDistribution { row, sum, least });
        }
    }
    let scores: Vec<f64> = (0..splits)
        .map(|i| {
            let rows: Vec<usize> = (i * n / splits..(i + 1) * n / splits).collect();
            of_split(&probabilities.take(&rows))
        })
        .collect();
    let mean = scores.iter().sum::<f64>() / splits as f64;
    let squares = scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>();
    Ok(InceptionScore {
        mean,
        std: (squares / splits as f64).sqrt(),
        splits,
    })
}

fn of_split(probabilities: &Features) -> f64 {
    let marginal = probabilities.mean();
    let rows = (0..probabilities.rows()).map(|i| probabilities.row(i));
    let divergences = rows.map(|row| {
        let terms = row.iter().zip(&marginal).filter(|(p, _)| **p > 0.0);
        terms.map(|(p, q)| p * libm::log(p / q)).sum::<f64>()
    });
    libm::exp(divergences.sum::<f64>() / probabilities.rows() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::features::fixture::{close, pair};
    use super::{Features, MetricError, inception_score};

    fn softmax_of_4y() -> Features {
        let [_, y] = pair(200);
        let rows = y.values().chunks_exact(8).flat_map(|row| {
            let exp: Vec<f64> = row.iter().map(|v| libm::exp(4.0 * v)).collect();
            let sum: f64 = exp.iter().sum();
            exp.into_iter().map(move |e| e / sum)
        });
        Features::new(&rows.collect::<Vec<_>>(), 8).expect("rows")
    }

    #[test]
    fn the_score_is_torch_fidelitys() -> Result<(), MetricError> {
        // torch-fidelity's formula on the softmax of 4 Y, unshuffled.
        let one = inception_score(&softmax_of_4y(), 1)?;
        close(one.mean, 1.337_977_484_598_71, 1e-9);
        assert_eq!(one.std, 0.0);
        let ten = inception_score(&softmax_of_4y(), 10)?;
        close(ten.mean, 1.322_303_054_777_466, 1e-9);
        close(ten.std, 0.032_143_421_646_570, 1e-9);
        Ok(())
    }

    #[test]
    fn sure_and_even_classes_score_their_number_and_one_class_scores_one() -> Result<(), MetricError>
    {
        let sure = Features::new(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], 3)?;
        close(inception_score(&sure, 1)?.mean, 3.0, 1e-15);
        close(inception_score(&sure.take(&[1, 1, 1]), 1)?.mean, 1.0, 1e-15);
        Ok(())
    }

    #[test]
    fn rows_that_are_no_distributions_are_refused() -> Result<(), MetricError> {
        let logits = Features::new(&[0.5, 0.5, 2.0, -1.0], 2)?;
        insta::assert_snapshot!(inception_score(&logits, 1).expect_err("refused"), @"row 1 is no distribution over classes: its values sum to 1 and the least is -1, expected a sum of 1 and none below 0; of logits take the softmax first");
        let few = Features::new(&[0.5, 0.5], 2)?;
        insta::assert_snapshot!(inception_score(&few, 10).expect_err("refused"), @"an Inception Score of as many splits needs at least 10 samples, got 1");
        Ok(())
    }
}
