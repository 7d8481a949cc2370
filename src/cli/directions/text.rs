//! Directions as text.

use super::name;
use crate::cli::columns::{Align, Columns};
use crate::cli::look::line;
use crate::latent::directions::{Directions, Protocol};
use crate::stats::figure;

pub(super) fn of(found: &Directions, protocol: &Protocol) -> String {
    let mut text = String::new();
    let measured = found.places.len();
    line(
        &mut text,
        "samples",
        &format!("{} drawn, {measured} of them measured", found.drawn),
    );
    line(
        &mut text,
        "extremes",
        &format!(
            "{} high and {} low ones of each attribute, {} % of them fitted to",
            found.extremes,
            found.extremes,
            figure(100.0 * protocol.train)
        ),
    );
    text.push('\n');
    text.push_str(&attributes(found));
    text.push_str(
        "accuracy: of held-out extremes, ± its standard error, 0.5 by chance; R²: of the law s = λ nᵀz on \
         held-out samples, n the hyperplane's normal or the best there is\n\n",
    );
    if found.attributes.len() > 1 {
        text.push_str(&pairs(found));
        text.push_str(&format!(
            "covariance of the scores against ΛNᵀNΛ, relative difference: {} with the hyperplanes' normals, \
             {} with the best\n\n",
            figure(found.by_separators.difference(&found.covariance)),
            figure(found.by_regression.difference(&found.covariance)),
        ));
    }
    text.push_str(&moves(found));
    text.push_str(
        "change of each attribute, in its standard deviations, a step of one standard deviation of the latents, \
         ± its standard error\n",
    );
    text
}

fn attributes(found: &Directions) -> String {
    let mut columns = Columns::default()
        .column("attribute", Align::Left)
        .column("unit", Align::Left);
    for name in [
        "mean",
        "deviation",
        "accuracy",
        "n",
        "lambda",
        "R²",
        "best lambda",
        "best R²",
    ] {
        columns = columns.column(name, Align::Right);
    }
    for (i, attribute) in found.attributes.iter().enumerate() {
        let separator = &found.separators[i];
        let (own, best) = (&found.by_separators, &found.by_regression);
        columns.row(vec![
            attribute.to_string(),
            attribute.unit().to_owned(),
            figure(found.scales[i].mean),
            figure(found.scales[i].sd),
            format!(
                "{:.3} ± {:.3}",
                separator.accuracy,
                separator.standard_error()
            ),
            separator.held_out.to_string(),
            format!("{:.3}", own.lambda[i]),
            format!("{:.3}", own.r2[i]),
            format!("{:.3}", best.lambda[i]),
            format!("{:.3}", best.r2[i]),
        ]);
    }
    columns.text()
}

/// What ties two attributes together.
fn pairs(found: &Directions) -> String {
    let mut columns = Columns::default().column("attributes", Align::Left);
    let real = format!("correlation in {} real", found.real.1);
    for name in [
        real.as_str(),
        "in generated",
        "by the law",
        "by the best law",
        "cosine of normals",
        "of the best",
    ] {
        columns = columns.column(name, Align::Right);
    }
    let laws = [&found.by_separators, &found.by_regression];
    let [own, best] = laws.map(|law| (law.covariance(), law.cosines()));
    for a in 0..found.attributes.len() {
        for b in a + 1..found.attributes.len() {
            let values = [
                found.real.0[a][b],
                found.covariance[a][b],
                own.0[a][b],
                best.0[a][b],
                own.1[a][b],
                best.1[a][b],
            ];
            let pair = format!("{}, {}", found.attributes[a], found.attributes[b]);
            let cells = values.map(|x| format!("{x:.3}"));
            columns.row(std::iter::once(pair).chain(cells).collect());
        }
    }
    columns.text()
}

fn moves(found: &Directions) -> String {
    let mut columns = Columns::default().column("moving along", Align::Left);
    for attribute in &found.attributes {
        columns = columns.column(attribute.to_string(), Align::Right);
    }
    columns = columns.column("n", Align::Right);
    for step in &found.moves {
        let mut cells = vec![name(found, step.along, step.off)];
        cells.extend(
            step.changes
                .iter()
                .map(|c| format!("{:.3} ± {:.3}", c.mean, c.standard_error)),
        );
        cells.push(step.changes.first().map_or(0, |c| c.n).to_string());
        columns.row(cells);
    }
    columns.text()
}
