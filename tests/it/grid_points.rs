//! Grids over data sets of points, and their errors as a user sees them.

use crate::grid::{cells, check, plan};
use gan_sweep::grid::Overrides;

#[test]
fn lists_are_values_and_replace_what_they_stand_for() {
    let body = "
defaults: {dataset: mixture1d}
zip:
  mixture:
    centres: [[-2, 2], [0, 1, 5]]
    weights: [[1, 3], [1, 1, 1]]
    sigmas: [[0.5, 0.1], [1, 2, 3]]
";
    let plan = plan(body, &Overrides::default()).expect("two runs");
    insta::assert_snapshot!(cells(&plan), @"");
}

#[test]
fn weights_for_other_components() {
    let body = "defaults: {dataset: mixture1d, centres: [-1, 0, 1], weights: [0.5, 0.5]}\n";
    insta::assert_snapshot!(check(body), @"");
}

#[test]
fn a_sigma_too_many() {
    let body = "defaults: {dataset: mixture1d, sigmas: [0.1, 0.2, 0.3]}\n";
    insta::assert_snapshot!(check(body), @"");
}

#[test]
fn weights_of_zero() {
    let body = "defaults: {dataset: mixture1d, weights: [0, 0]}\n";
    insta::assert_snapshot!(check(body), @"");
}

#[test]
fn points_of_the_plane_on_a_line() {
    let body = "defaults: {dataset: mixture1d, centres: [[-1, 0], [1, 0]]}\n";
    insta::assert_snapshot!(check(body), @"");
}

#[test]
fn numbers_in_the_plane() {
    let body = "defaults: {dataset: ring8, centres: [-1, 0]}\n";
    insta::assert_snapshot!(check(body), @"");
}

#[test]
fn a_generator_of_images_and_points_on_a_line() {
    let body = "defaults: {dataset: mixture1d, model: dcgan}\n";
    insta::assert_snapshot!(check(body), @"");
}

#[test]
fn labels_of_a_spiral() {
    let body = "defaults: {dataset: swiss_roll, conditioning: concat}\n";
    insta::assert_snapshot!(check(body), @"");
}
