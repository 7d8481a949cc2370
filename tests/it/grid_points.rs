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
    insta::assert_snapshot!(cells(&plan), @r"
    centres=[-2, 2] weights=[1, 3] sigmas=[0.5, 0.1] | seeds 0
    centres=[0, 1, 5] weights=[1, 1, 1] sigmas=[1, 2, 3] | seeds 0
    ");
}

#[test]
fn weights_for_other_components() {
    let body = "defaults: {dataset: mixture1d, centres: [-1, 0, 1], weights: [0.5, 0.5]}\n";
    insta::assert_snapshot!(check(body), @r"
    error: weights has 2 of 3 components: give one for each of the centres
     --> grid.yaml:3:62
      |
    3 | ...efaults: {dataset: mixture1d, centres: [-1, 0, 1], weights: [0.5, 0.5]}
      |                                                                ^^^^^^^^^^
     ::: grid.yaml:3:41
      |
    3 | defaults: {dataset: mixture1d, centres: [-1, 0, 1], weights: [0.5, 0.5]}
      |                                         ^^^^^^^^^^ centres
    ");
}

#[test]
fn a_sigma_too_many() {
    let body = "defaults: {dataset: mixture1d, sigmas: [0.1, 0.2, 0.3]}\n";
    insta::assert_snapshot!(check(body), @r"
    error: sigmas has 3 of 2 components: give one for each of the centres
     --> grid.yaml:3:40
      |
    3 | defaults: {dataset: mixture1d, sigmas: [0.1, 0.2, 0.3]}
      |                                        ^^^^^^^^^^^^^^^
    ");
}

#[test]
fn weights_of_zero() {
    let body = "defaults: {dataset: mixture1d, weights: [0, 0]}\n";
    insta::assert_snapshot!(check(body), @r"
    error: weights: [0, 0] is not a list of 1 to 1000 numbers in (0, 1000000]
     --> grid.yaml:3:41
      |
    3 | defaults: {dataset: mixture1d, weights: [0, 0]}
      |                                         ^^^^^^
    ");
}

#[test]
fn points_of_the_plane_on_a_line() {
    let body = "defaults: {dataset: mixture1d, centres: [[-1, 0], [1, 0]]}\n";
    insta::assert_snapshot!(check(body), @r"
    error: centres: [[-1, 0], [1, 0]] is not a list of 1 to 1000 numbers in [-10000, 10000]
     --> grid.yaml:3:41
      |
    3 | defaults: {dataset: mixture1d, centres: [[-1, 0], [1, 0]]}
      |                                         ^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn numbers_in_the_plane() {
    let body = "defaults: {dataset: ring8, centres: [-1, 0]}\n";
    insta::assert_snapshot!(check(body), @r"
    error: centres: [-1, 0] is not a list of 1 to 1000 points [x, y] with coordinates in [-10000, 10000]
     --> grid.yaml:3:37
      |
    3 | defaults: {dataset: ring8, centres: [-1, 0]}
      |                                     ^^^^^^^
    ");
}

#[test]
fn a_generator_of_images_and_points_on_a_line() {
    let body = "defaults: {dataset: mixture1d, model: dcgan}\n";
    insta::assert_snapshot!(check(body), @r"
    error: dcgan makes images; points of a mixture need model: mlp
     --> grid.yaml:3:39
      |
    3 | defaults: {dataset: mixture1d, model: dcgan}
      |                                       ^^^^^
     ::: grid.yaml:3:21
      |
    3 | defaults: {dataset: mixture1d, model: dcgan}
      |                     ^^^^^^^^^ dataset
    ");
}

#[test]
fn labels_of_a_spiral() {
    let body = "defaults: {dataset: swiss_roll, conditioning: concat}\n";
    insta::assert_snapshot!(check(body), @r"
    error: data set swiss_roll has no labels: take conditioning: none
     --> grid.yaml:3:47
      |
    3 | defaults: {dataset: swiss_roll, conditioning: concat}
      |                                               ^^^^^^
     ::: grid.yaml:3:21
      |
    3 | defaults: {dataset: swiss_roll, conditioning: concat}
      |                     ^^^^^^^^^^ dataset
    ");
}
