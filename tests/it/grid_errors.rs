//! Every error of a grid file, as a user sees it.

use crate::grid::{check, check_file};

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(check_file(""), @r"
    error: the grid is empty
     --> grid.yaml:1:1
      |
    1 |
      | ^
      = help: begin with 'version: 1' and 'name: my-sweep'; `gan-sweep init other.yaml` writes a grid that explains itself
    ");
}

#[test]
fn a_file_with_comments_alone() {
    insta::assert_snapshot!(check_file("# nothing yet\n"), @r"
    error: the grid is empty
     --> grid.yaml:1:1
      |
    1 | # nothing yet
      | ^
      = help: begin with 'version: 1' and 'name: my-sweep'; `gan-sweep init other.yaml` writes a grid that explains itself
    ");
}

#[test]
fn a_list_instead_of_a_grid() {
    insta::assert_snapshot!(check_file("- 1\n- 2\n"), @r"
    error: a grid must be a mapping of sections, not a list
     --> grid.yaml:1:1
      |
    1 | - 1
      | ^^^
    ");
}

#[test]
fn no_version_and_no_name() {
    insta::assert_snapshot!(check_file("grid: {k: [1, 2]}\n"), @r"
    error: 'version' is missing
     --> grid.yaml:1:1
      |
    1 | grid: {k: [1, 2]}
      | ^
      = help: begin the file with the line 'version: 1'

    error: 'name' is missing
     --> grid.yaml:1:1
      |
    1 | grid: {k: [1, 2]}
      | ^
      = help: add the line 'name: grid'
    ");
}

#[test]
fn another_version() {
    insta::assert_snapshot!(check_file("version: 2\nname: test\n"), @r"
    error: version 2 of the grid language is unknown; this program reads version 1
     --> grid.yaml:1:10
      |
    1 | version: 2
      |          ^
      = help: write 'version: 1'
    ");
}

#[test]
fn text_that_is_not_yaml() {
    insta::assert_snapshot!(check("grid: {k: [1, 2\n"), @r"
    error: this is not YAML: while parsing a flow sequence, expected ',' or ']'
     --> grid.yaml:4:1
      |
    4 |
      | ^
     ::: grid.yaml:3:11
      |
    3 | grid: {k: [1, 2
      |           ^ not closed
    ");
}

#[test]
fn a_tab_as_indentation() {
    insta::assert_snapshot!(check("grid:\n\tk: [1, 2]\n"), @r"
    error: this is not YAML: tabs disallowed within this context (block indentation)
     --> grid.yaml:4:2
      |
    4 | 	k: [1, 2]
      | 	^
    ");
}

#[test]
fn a_second_document() {
    insta::assert_snapshot!(check("---\ngrid: {k: [1]}\n"), @r"
    error: a second YAML document begins here
     --> grid.yaml:3:1
      |
    3 | ---
      | ^^^
      = help: one file holds one grid: remove the line '---'
    ");
}

#[test]
fn a_tag() {
    insta::assert_snapshot!(check("grid: {k: [!!int 1]}\n"), @r"
    error: the tag '!!int' means nothing in a grid
     --> grid.yaml:3:12
      |
    3 | grid: {k: [!!int 1]}
      |            ^^^^^^^
    ");
}

#[test]
fn a_merge_key() {
    insta::assert_snapshot!(check("defaults: &base {k: 1}\nprofiles: {quick: {defaults: {<<: *base}}}\n"), @r"
    error: '<<' does not merge in a grid
     --> grid.yaml:4:31
      |
    4 | profiles: {quick: {defaults: {<<: *base}}}
      |                               ^^
      = help: write the keys out, or put what cells share under 'defaults'
    ");
}

#[test]
fn an_alias_inside_itself() {
    insta::assert_snapshot!(check("grid: &g {k: [*g]}\n"), @r"
    error: this alias stands inside what it refers to
     --> grid.yaml:3:15
      |
    3 | grid: &g {k: [*g]}
      |               ^^
    ");
}

#[test]
fn an_unknown_alias() {
    insta::assert_snapshot!(check("grid: {k: *nothing}\n"), @r"
    error: this is not YAML: while parsing node, found unknown anchor
     --> grid.yaml:3:11
      |
    3 | grid: {k: *nothing}
      |           ^
    ");
}

#[test]
fn a_misspelt_section() {
    insta::assert_snapshot!(check("gird: {k: [1, 2]}\n"), @r"
    error: unknown section 'gird'
     --> grid.yaml:3:1
      |
    3 | gird: {k: [1, 2]}
      | ^^^^
      = help: did you mean 'grid'?
    ");
}

#[test]
fn an_unknown_section() {
    insta::assert_snapshot!(check("colour: red\n"), @r"
    error: unknown section 'colour'
     --> grid.yaml:3:1
      |
    3 | colour: red
      | ^^^^^^
      = help: the sections are version, name, question, slide, setup, changes, defaults, grid, zip, random, when, exclude, include, seeds, profiles, cluster, claims, figures, discussion
    ");
}

#[test]
fn a_section_of_a_later_version() {
    insta::assert_snapshot!(check("search: {lr: [1e-5, 1e-2]}\n"), @r"
    error: unknown section 'search'
     --> grid.yaml:3:1
      |
    3 | search: {lr: [1e-5, 1e-2]}
      | ^^^^^^
      = help: the sections are version, name, question, slide, setup, changes, defaults, grid, zip, random, when, exclude, include, seeds, profiles, cluster, claims, figures, discussion
    ");
}

#[test]
fn a_parameter_at_the_left_margin() {
    insta::assert_snapshot!(check("lr: 1e-4\n"), @r"
    error: unknown section 'lr'
     --> grid.yaml:3:1
      |
    3 | lr: 1e-4
      | ^^
      = help: 'lr' is a parameter: put it under 'defaults' or 'grid'
    ");
}

#[test]
fn a_misspelt_parameter() {
    insta::assert_snapshot!(check("defaults: {batchsize: 64}\n"), @r"
    error: unknown parameter 'batchsize'
     --> grid.yaml:3:12
      |
    3 | defaults: {batchsize: 64}
      |            ^^^^^^^^^
      = help: did you mean 'batch_size'?
    ");
}

#[test]
fn a_misspelt_parameter_of_one_network() {
    insta::assert_snapshot!(check("grid: {nrom.g: [none, batch]}\n"), @r"
    error: unknown parameter 'nrom.g'
     --> grid.yaml:3:8
      |
    3 | grid: {nrom.g: [none, batch]}
      |        ^^^^^^
      = help: did you mean 'norm.g'?
    ");
}

#[test]
fn a_parameter_unlike_all_others() {
    insta::assert_snapshot!(check("defaults: {zebra: 1}\n"), @r"
    error: unknown parameter 'zebra'
     --> grid.yaml:3:12
      |
    3 | defaults: {zebra: 1}
      |            ^^^^^
      = help: `gan-sweep params` lists every parameter
    ");
}

#[test]
fn a_parameter_that_does_not_exist_yet() {
    insta::assert_snapshot!(check("defaults: {dropout: 5}\n"), @r"
    error: unknown parameter 'dropout'
     --> grid.yaml:3:12
      |
    3 | defaults: {dropout: 5}
      |            ^^^^^^^
      = help: `gan-sweep params` lists every parameter
    ");
}

#[test]
fn a_section_among_the_parameters() {
    insta::assert_snapshot!(check("defaults: {seeds: 3}\n"), @r"
    error: unknown parameter 'seeds'
     --> grid.yaml:3:12
      |
    3 | defaults: {seeds: 3}
      |            ^^^^^
      = help: 'seeds' is a section of the file: write it at the left margin
    ");
}

#[test]
fn a_thousands_comma_in_a_flow_mapping() {
    insta::assert_snapshot!(check("defaults: {steps: 1,000}\n"), @r"
    error: unknown parameter '000'
     --> grid.yaml:3:21
      |
    3 | defaults: {steps: 1,000}
      |                     ^^^
      = help: inside {...} a comma ends the value before it: write 1000, not 1,000
    ");
}

#[test]
fn a_column_behind_cyrillic_text() {
    insta::assert_snapshot!(check("question: 'Сколько мод?'\nwhen: [{if: {loss: minimax}, set: {k: 2}}, {если: 1}] # вопрос\n"), @r"
    error: 'если' does not belong in an entry of when, which holds if, set, grid, zip and random
     --> grid.yaml:4:45
      |
    4 | when: [{if: {loss: minimax}, set: {k: 2}}, {если: 1}] # вопрос
      |                                             ^^^^
    ");
}

#[test]
fn a_caret_behind_cyrillic_text() {
    insta::assert_snapshot!(check("profiles: {быстро: {defaults: {lrr: 1}}}\n"), @r"
    error: unknown parameter 'lrr'
     --> grid.yaml:3:32
      |
    3 | profiles: {быстро: {defaults: {lrr: 1}}}
      |                                ^^^
      = help: did you mean 'lr'?
    ");
}

#[test]
fn a_duplicate_key() {
    insta::assert_snapshot!(check("defaults: {lr: 1e-4, k: 1, lr: 2e-4}\n"), @r"
    error: 'lr' is written twice
     --> grid.yaml:3:28
      |
    3 | defaults: {lr: 1e-4, k: 1, lr: 2e-4}
      |                            ^^
     ::: grid.yaml:3:12
      |
    3 | defaults: {lr: 1e-4, k: 1, lr: 2e-4}
      |            ^^ first here
    ");
}

#[test]
fn a_duplicate_section() {
    insta::assert_snapshot!(check("seeds: 2\nseeds: 3\n"), @r"
    error: 'seeds' is written twice
     --> grid.yaml:4:1
      |
    4 | seeds: 3
      | ^^^^^
     ::: grid.yaml:3:1
      |
    3 | seeds: 2
      | ^^^^^ first here
    ");
}

#[test]
fn a_word_for_a_number() {
    insta::assert_snapshot!(check("defaults: {lr: fast}\n"), @r"
    error: lr: 'fast' is not a number in (0, 10]
     --> grid.yaml:3:16
      |
    3 | defaults: {lr: fast}
      |                ^^^^
    ");
}

#[test]
fn a_number_in_quotes() {
    insta::assert_snapshot!(check("defaults: {k: '2'}\n"), @r"
    error: k: '2' is not a whole number from 1 to 1000, or converge
     --> grid.yaml:3:15
      |
    3 | defaults: {k: '2'}
      |               ^^^
      = help: remove the quotes: 2
    ");
}

#[test]
fn a_number_with_underscores() {
    insta::assert_snapshot!(check("defaults: {steps: 1_000}\n"), @r"
    error: steps: YAML reads '1_000' as text, not as a number
     --> grid.yaml:3:19
      |
    3 | defaults: {steps: 1_000}
      |                   ^^^^^
      = help: write 1000
    ");
}

#[test]
fn a_number_with_a_leading_zero() {
    insta::assert_snapshot!(check("grid: {k: [010, 2]}\n"), @r"
    error: k: YAML reads '010' as text, not as a number
     --> grid.yaml:3:12
      |
    3 | grid: {k: [010, 2]}
      |            ^^^
      = help: write 10
    ");
}

#[test]
fn a_number_that_is_not_finite() {
    insta::assert_snapshot!(check("defaults: {lr: .inf}\n"), @r"
    error: lr: .inf is not a finite number
     --> grid.yaml:3:16
      |
    3 | defaults: {lr: .inf}
      |                ^^^^
    ");
}

#[test]
fn a_number_beyond_the_largest_double() {
    insta::assert_snapshot!(check("defaults: {lr: 1e999}\n"), @r"
    error: lr: 1e999 is not a finite number
     --> grid.yaml:3:16
      |
    3 | defaults: {lr: 1e999}
      |                ^^^^^
    ");
}

#[test]
fn a_number_out_of_range() {
    insta::assert_snapshot!(check("defaults: {lr: -0.1, batch_size: 0}\n"), @r"
    error: lr: -0.1 is not a number in (0, 10]
     --> grid.yaml:3:16
      |
    3 | defaults: {lr: -0.1, batch_size: 0}
      |                ^^^^

    error: batch_size: 0 is not a whole number from 1 to 65536
     --> grid.yaml:3:34
      |
    3 | defaults: {lr: -0.1, batch_size: 0}
      |                                  ^
    ");
}

#[test]
fn a_fraction_where_a_whole_number_belongs() {
    insta::assert_snapshot!(check("defaults: {k: 1.5}\n"), @r"
    error: k: 1.5 is not a whole number from 1 to 1000, or converge
     --> grid.yaml:3:15
      |
    3 | defaults: {k: 1.5}
      |               ^^^
    ");
}

#[test]
fn a_misspelt_choice() {
    insta::assert_snapshot!(check("grid: {loss: [minmax, non_saturating]}\n"), @r"
    error: loss: 'minmax' is not one of minimax, non_saturating, lsgan, hinge, wgan, wgan_gp, dragan, rpgan
     --> grid.yaml:3:15
      |
    3 | grid: {loss: [minmax, non_saturating]}
      |               ^^^^^^
      = help: did you mean 'minimax'?
    ");
}

#[test]
fn a_choice_that_does_not_exist_yet() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, ebgan]}\n"), @r"
    error: loss: 'ebgan' is not one of minimax, non_saturating, lsgan, hinge, wgan, wgan_gp, dragan, rpgan
     --> grid.yaml:3:24
      |
    3 | grid: {loss: [minimax, ebgan]}
      |                        ^^^^^
    ");
}

#[test]
fn an_unknown_data_set() {
    insta::assert_snapshot!(check("defaults: {dataset: imagenet}\n"), @r"
    error: dataset: 'imagenet' is not one of ring8, grid25, swiss_roll, two_moons, mixture1d, mixture1200, mnist, stacked_mnist
     --> grid.yaml:3:21
      |
    3 | defaults: {dataset: imagenet}
      |                     ^^^^^^^^
      = help: `gan-sweep data import` adds data sets of your own
    ");
}

#[test]
fn nothing_where_a_value_belongs() {
    insta::assert_snapshot!(check("defaults:\n  lr:\n  k: 1\n"), @r"
    error: lr: an empty value is not a number in (0, 10]
     --> grid.yaml:4:3
      |
    4 |   lr:
      |   ^^
    ");
}

#[test]
fn null_for_none() {
    insta::assert_snapshot!(check("grid: {norm: [null, batch]}\n"), @r"
    error: norm: an empty value is not one of none, batch, layer, instance, spectral
     --> grid.yaml:3:15
      |
    3 | grid: {norm: [null, batch]}
      |               ^^^^
      = help: write the word none
    ");
}

#[test]
fn a_comma_string() {
    insta::assert_snapshot!(check("defaults:\n  hidden: 64, 64\n"), @r"
    error: hidden: '64, 64' is one text, not a list
     --> grid.yaml:4:11
      |
    4 |   hidden: 64, 64
      |           ^^^^^^
      = help: write [64, 64]
    ");
}

#[test]
fn a_comma_string_as_an_axis() {
    insta::assert_snapshot!(check("grid:\n  k: 1, 2\n"), @r"
    error: k: '1, 2' is one text, not a list
     --> grid.yaml:4:6
      |
    4 |   k: 1, 2
      |      ^^^^
      = help: write [1, 2]
    ");
}

#[test]
fn a_scalar_as_an_axis() {
    insta::assert_snapshot!(check("grid: {k: 3}\n"), @r"
    error: k: a list belongs here, not 3
     --> grid.yaml:3:11
      |
    3 | grid: {k: 3}
      |           ^
      = help: write k: [3], or move it to 'defaults'
    ");
}

#[test]
fn a_mapping_as_an_axis() {
    insta::assert_snapshot!(check("grid: {norm: {g: [none, batch]}}\n"), @r"
    error: norm: a list belongs here, not a mapping
     --> grid.yaml:3:14
      |
    3 | grid: {norm: {g: [none, batch]}}
      |              ^^^^^^^^^^^^^^^^^^
      = help: 'norm.g' and 'norm.d' are keys of their own: norm.g: [...]
    ");
}

#[test]
fn a_list_as_a_default() {
    insta::assert_snapshot!(check("defaults: {k: [1, 2]}\n"), @r"
    error: k: [1, 2] is not a whole number from 1 to 1000, or converge
     --> grid.yaml:3:15
      |
    3 | defaults: {k: [1, 2]}
      |               ^^^^^^
      = help: a list of values to compare belongs in 'grid'
    ");
}

#[test]
fn one_list_for_an_axis_of_lists() {
    insta::assert_snapshot!(check("grid: {hidden: [64, 128]}\n"), @r"
    error: hidden: 64 is not a list of at most 32 whole numbers from 1 to 16384, such as [64, 64]
     --> grid.yaml:3:17
      |
    3 | grid: {hidden: [64, 128]}
      |                 ^^
      = help: the outer list is the axis, each of its elements a value: write [[...], [...]]

    error: hidden: 128 is not a list of at most 32 whole numbers from 1 to 16384, such as [64, 64]
     --> grid.yaml:3:21
      |
    3 | grid: {hidden: [64, 128]}
      |                     ^^^
      = help: the outer list is the axis, each of its elements a value: write [[...], [...]]
    ");
}

#[test]
fn an_axis_without_values() {
    insta::assert_snapshot!(check("grid: {k: []}\n"), @r"
    error: the axis 'k' has no values
     --> grid.yaml:3:11
      |
    3 | grid: {k: []}
      |           ^^
      = help: an axis without values would leave no runs
    ");
}

#[test]
fn an_axis_with_a_value_twice() {
    insta::assert_snapshot!(check("grid: {lr: [1e-4, 0.0001]}\n"), @r"
    error: the axis 'lr' has the value 0.0001 twice
     --> grid.yaml:3:19
      |
    3 | grid: {lr: [1e-4, 0.0001]}
      |                   ^^^^^^
     ::: grid.yaml:3:13
      |
    3 | grid: {lr: [1e-4, 0.0001]}
      |             ^^^^ first here
    ");
}

#[test]
fn a_network_of_a_shared_parameter() {
    insta::assert_snapshot!(check("defaults: {k.g: 1}\n"), @r"
    error: 'k' is one value for both networks: 'k.g' does not exist
     --> grid.yaml:3:12
      |
    3 | defaults: {k.g: 1}
      |            ^^^
      = help: write 'k'
    ");
}

#[test]
fn a_network_that_does_not_exist() {
    insta::assert_snapshot!(check("defaults: {lr.x: 1e-4}\n"), @r"
    error: 'lr.x': a network is g (generator) or d (discriminator)
     --> grid.yaml:3:12
      |
    3 | defaults: {lr.x: 1e-4}
      |            ^^^^
      = help: write 'lr.g' or 'lr.d'
    ");
}

#[test]
fn a_pair_with_one_half() {
    insta::assert_snapshot!(check("defaults: {lr: {g: 1e-4}}\n"), @r"
    error: a value for each network needs both g and d
     --> grid.yaml:3:16
      |
    3 | defaults: {lr: {g: 1e-4}}
      |                ^^^^^^^^^
      = help: write both, or one of the keys lr.g and lr.d
    ");
}

#[test]
fn norm_beside_norm_g() {
    insta::assert_snapshot!(check("grid:\n  norm: [none, batch]\n  norm.g: [none, layer]\n"), @r"
    error: 'norm.g' stands beside 'norm', which it includes or is part of
     --> grid.yaml:5:3
      |
    5 |   norm.g: [none, layer]
      |   ^^^^^^
     ::: grid.yaml:4:3
      |
    4 |   norm: [none, batch]
      |   ^^^^ here
      = help: write one key for each network: the ones that end in .g and .d
    ");
}

#[test]
fn lr_beside_lr_d_in_the_defaults() {
    insta::assert_snapshot!(check("defaults: {lr: 1e-4, lr.d: 2e-4}\n"), @r"
    error: 'lr.d' stands beside 'lr', which it includes or is part of
     --> grid.yaml:3:22
      |
    3 | defaults: {lr: 1e-4, lr.d: 2e-4}
      |                      ^^^^
     ::: grid.yaml:3:12
      |
    3 | defaults: {lr: 1e-4, lr.d: 2e-4}
      |            ^^ here
      = help: write one key for each network: the ones that end in .g and .d
    ");
}

#[test]
fn a_key_on_two_axes() {
    insta::assert_snapshot!(check("grid: {lr: [1e-4, 2e-4]}\nzip: {rate: {lr: [1e-3, 2e-3], k: [1, 2]}}\n"), @r"
    error: 'lr' is on two axes
     --> grid.yaml:4:14
      |
    4 | zip: {rate: {lr: [1e-3, 2e-3], k: [1, 2]}}
      |              ^^
     ::: grid.yaml:3:8
      |
    3 | grid: {lr: [1e-4, 2e-4]}
      |        ^^ the other axis
    ");
}

#[test]
fn zip_lists_of_unequal_length() {
    insta::assert_snapshot!(check("zip: {rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9]]}}\n"), @r"
    error: the lists of zip 'rate' differ in length: lr has 2, betas has 1
     --> grid.yaml:3:7
      |
    3 | zip: {rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9]]}}
      |       ^^^^
     ::: grid.yaml:3:14
      |
    3 | zip: {rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9]]}}
      |              ^^ 2 values
     ::: grid.yaml:3:32
      |
    3 | zip: {rate: {lr: [1e-4, 2e-4], betas: [[0.5, 0.9]]}}
      |                                ^^^^^ 1 values
    ");
}

#[test]
fn a_zip_without_a_name() {
    insta::assert_snapshot!(check("zip: {lr: [1e-4, 2e-4]}\n"), @r"
    error: the zip entry 'lr' must be a mapping of keys to lists, not a list
     --> grid.yaml:3:11
      |
    3 | zip: {lr: [1e-4, 2e-4]}
      |           ^^^^^^^^^^^^
    ");
}

#[test]
fn a_zip_with_a_position_twice() {
    insta::assert_snapshot!(check("zip: {rate: {lr: [1e-4, 1e-4], k: [1, 1]}}\n"), @r"
    error: the axis 'rate' has the value lr.g=1e-4, lr.d=1e-4, k=1 twice
     --> grid.yaml:3:25
      |
    3 | zip: {rate: {lr: [1e-4, 1e-4], k: [1, 1]}}
      |                         ^^^^
     ::: grid.yaml:3:19
      |
    3 | zip: {rate: {lr: [1e-4, 1e-4], k: [1, 1]}}
      |                   ^^^^ first here
    ");
}

#[test]
fn random_without_samples() {
    insta::assert_snapshot!(check("random: {lr: {log_uniform: [1e-5, 1e-2]}}\n"), @r"
    error: 'samples' is missing
     --> grid.yaml:3:1
      |
    3 | random: {lr: {log_uniform: [1e-5, 1e-2]}}
      | ^^^^^^
      = help: write {samples: 100, ...}
    ");
}

#[test]
fn random_of_a_list() {
    insta::assert_snapshot!(check("random: {samples: 3, betas: {uniform: [0, 1]}}\n"), @r"
    error: 'betas' cannot be drawn at random: it takes a list of two numbers in [0, 1), such as [0.5, 0.9]
     --> grid.yaml:3:22
      |
    3 | random: {samples: 3, betas: {uniform: [0, 1]}}
      |                      ^^^^^
      = help: write betas: {choice: [..., ...]}
    ");
}

#[test]
fn random_with_a_misspelt_distribution() {
    insta::assert_snapshot!(check("random: {samples: 3, lr: {log_unifrom: [1e-5, 1e-2]}}\n"), @r"
    error: lr: 'log_unifrom' is not a distribution: uniform, log_uniform or choice
     --> grid.yaml:3:27
      |
    3 | random: {samples: 3, lr: {log_unifrom: [1e-5, 1e-2]}}
      |                           ^^^^^^^^^^^
      = help: did you mean 'log_uniform'?
    ");
}

#[test]
fn random_without_a_distribution() {
    insta::assert_snapshot!(check("random: {samples: 3, lr: [1e-5, 1e-2]}\n"), @r"
    error: lr: [1e-5, 1e-2] is not a distribution
     --> grid.yaml:3:26
      |
    3 | random: {samples: 3, lr: [1e-5, 1e-2]}
      |                          ^^^^^^^^^^^^
      = help: write {uniform: [low, high]}, {log_uniform: [low, high]} or {choice: [a, b]}
    ");
}

#[test]
fn random_with_a_choice_of_no_lists() {
    insta::assert_snapshot!(check("random: {samples: 3, hidden: {choice: [64, 128]}}\n"), @r"
    error: hidden: 64 is not a list of at most 32 whole numbers from 1 to 16384, such as [64, 64]
     --> grid.yaml:3:40
      |
    3 | random: {samples: 3, hidden: {choice: [64, 128]}}
      |                                        ^^
      = help: the outer list is the axis, each of its elements a value: write [[...], [...]]

    error: hidden: 128 is not a list of at most 32 whole numbers from 1 to 16384, such as [64, 64]
     --> grid.yaml:3:44
      |
    3 | random: {samples: 3, hidden: {choice: [64, 128]}}
      |                                            ^^^
      = help: the outer list is the axis, each of its elements a value: write [[...], [...]]
    ");
}

#[test]
fn random_with_bounds_that_make_no_range() {
    insta::assert_snapshot!(check("random: {samples: 3, lr: {uniform: [1e-2, 1e-5]}, k: {uniform: [0, 5]}, sigma: {log_uniform: [0, 1]}}\n"), @r"
    error: lr: write the lower bound first
     --> grid.yaml:3:36
      |
    3 | random: {samples: 3, lr: {uniform: [1e-2, 1e-5]}, k: {uniform: [0, 5]}, sigma: {log_uniform: [0, 1]}}
      |                                    ^^^^^^^^^^^^

    error: k: the bounds must be a whole number from 1 to 1000
     --> grid.yaml:3:64
      |
    3 | ...dom: {samples: 3, lr: {uniform: [1e-2, 1e-5]}, k: {uniform: [0, 5]}, sigma: {log_uniform: [0, 1]}}
      |                                                                ^^^^^^

    error: sigma: log_uniform needs bounds above 0
     --> grid.yaml:3:94
      |
    3 | ...: [1e-2, 1e-5]}, k: {uniform: [0, 5]}, sigma: {log_uniform: [0, 1]}}
      |                                                                ^^^^^^
    ");
}

#[test]
fn random_of_nothing() {
    insta::assert_snapshot!(check("random: {samples: 3, seed: 1}\n"), @r"
    error: random has nothing in it
     --> grid.yaml:3:1
      |
    3 | random: {samples: 3, seed: 1}
      | ^^^^^^
      = help: add a key to draw: lr: {log_uniform: [1e-5, 1e-2]}
    ");
}

#[test]
fn when_without_if() {
    insta::assert_snapshot!(check("when: [{set: {k: 2}}]\n"), @r"
    error: 'if' is missing
     --> grid.yaml:3:8
      |
    3 | when: [{set: {k: 2}}]
      |        ^^^^^^^^^^^^^
      = help: write {if: {loss: minimax}, set: {...}}; what holds everywhere belongs in 'defaults' or 'grid'
    ");
}

#[test]
fn when_that_does_nothing() {
    insta::assert_snapshot!(check("when: [{if: {loss: minimax}}]\n"), @r"
    error: this entry of when has nothing in it
     --> grid.yaml:3:8
      |
    3 | when: [{if: {loss: minimax}}]
      |        ^^^^^^^^^^^^^^^^^^^^^
      = help: add one of set, grid, zip, random
    ");
}

#[test]
fn when_with_a_misspelt_word() {
    insta::assert_snapshot!(check("when: [{if: {loss: minimax}, gird: {k: [1, 2]}}]\n"), @r"
    error: 'gird' does not belong in an entry of when, which holds if, set, grid, zip and random
     --> grid.yaml:3:30
      |
    3 | when: [{if: {loss: minimax}, gird: {k: [1, 2]}}]
      |                              ^^^^
      = help: did you mean 'grid'?
    ");
}

#[test]
fn when_as_a_mapping() {
    insta::assert_snapshot!(check("when: {if: {loss: minimax}, set: {k: 2}}\n"), @r"
    error: when must be a list, not a mapping
     --> grid.yaml:3:7
      |
    3 | when: {if: {loss: minimax}, set: {k: 2}}
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn when_that_overrides_an_axis() {
    insta::assert_snapshot!(check("grid: {k: [1, 2], loss: [minimax, non_saturating]}\nwhen: [{if: {loss: minimax}, set: {k: 3}}]\n"), @r"
    error: this overrides 'k', which is an axis
     --> grid.yaml:4:36
      |
    4 | when: [{if: {loss: minimax}, set: {k: 3}}]
      |                                    ^
     ::: grid.yaml:3:8
      |
    3 | grid: {k: [1, 2], loss: [minimax, non_saturating]}
      |        ^ the axis
      = help: restrict the axis with 'exclude', or vary the key in 'when' alone
    ");
}

#[test]
fn when_that_overrides_the_axis_of_another_when() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating]}\nwhen:\n  - {if: {loss: minimax}, grid: {k: [1, 2]}}\n  - {if: {k: 2}, set: {k: 3}}\n"), @r"
    error: this overrides 'k', which is an axis
     --> grid.yaml:6:24
      |
    6 |   - {if: {k: 2}, set: {k: 3}}
      |                        ^
     ::: grid.yaml:5:34
      |
    5 |   - {if: {loss: minimax}, grid: {k: [1, 2]}}
      |                                  ^ the axis
      = help: restrict the axis with 'exclude', or vary the key in 'when' alone
    ");
}

#[test]
fn when_that_matches_nothing() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating], k: [1, 2]}\nwhen: [{if: {k: {gt: 5}}, set: {lr: 1e-3}}]\n"), @r"
    error: this 'when' matches no cell
     --> grid.yaml:4:13
      |
    4 | when: [{if: {k: {gt: 5}}, set: {lr: 1e-3}}]
      |             ^^^^^^^^^^^^
    ");
}

#[test]
fn when_on_a_value_outside_the_axis() {
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\nwhen: [{if: {k: [2, 7]}, set: {lr: 1e-3}}]\n"), @r"
    error: k is 7 in no cell
     --> grid.yaml:4:21
      |
    4 | when: [{if: {k: [2, 7]}, set: {lr: 1e-3}}]
      |                     ^
     ::: grid.yaml:3:8
      |
    3 | grid: {k: [1, 2]}
      |        ^ the axis
    ");
}

#[test]
fn exclude_that_matches_nothing() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating], k: [1, 2]}\nexclude: [{loss: minimax, noise: normal, k: {gt: 2}}]\n"), @r"
    error: this 'exclude' matches no cell
     --> grid.yaml:4:11
      |
    4 | exclude: [{loss: minimax, noise: normal, k: {gt: 2}}]
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = help: no cell has all of this at once
    ");
}

#[test]
fn exclude_with_a_value_outside_the_axis() {
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\nexclude: [{k: [2, 3]}]\n"), @r"
    error: k is 3 in no cell
     --> grid.yaml:4:19
      |
    4 | exclude: [{k: [2, 3]}]
      |                   ^
     ::: grid.yaml:3:8
      |
    3 | grid: {k: [1, 2]}
      |        ^ the axis
    ");
}

#[test]
fn exclude_of_everything() {
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\nexclude: [{k: [1, 2]}]\n"), @r"
    error: no run is left
     --> grid.yaml:4:11
      |
    4 | exclude: [{k: [1, 2]}]
      |           ^^^^^^^^^^^
      = help: 'exclude' takes out every cell
    ");
}

#[test]
fn exclude_without_a_key() {
    insta::assert_snapshot!(check("exclude: [{}]\n"), @r"
    error: an entry of exclude has nothing in it
     --> grid.yaml:3:11
      |
    3 | exclude: [{}]
      |           ^^
      = help: without a key it would match every cell
    ");
}

#[test]
fn exclude_with_an_unknown_key() {
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\nexclude: [{kk: 2}]\n"), @r"
    error: unknown parameter 'kk'
     --> grid.yaml:4:12
      |
    4 | exclude: [{kk: 2}]
      |            ^^
      = help: did you mean 'k'?
    ");
}

#[test]
fn a_list_in_a_condition_on_lists() {
    insta::assert_snapshot!(check("grid: {betas: [[0.5, 0.9], [0, 0.9]]}\nexclude: [{betas: [0, 0.9]}]\n"), @r"
    error: a list-valued parameter in a condition needs {any: [...]}
     --> grid.yaml:4:19
      |
    4 | exclude: [{betas: [0, 0.9]}]
      |                   ^^^^^^^^
      = help: write betas: {any: [[0, 0.9]]} for this one value
    ");
}

#[test]
fn an_unknown_comparison() {
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\nexclude: [{k: {gte: 2}}]\n"), @r"
    error: unknown comparison 'gte'
     --> grid.yaml:4:16
      |
    4 | exclude: [{k: {gte: 2}}]
      |                ^^^
      = help: did you mean 'gt'?
    ");
}

#[test]
fn a_comparison_of_words() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating]}\nexclude: [{loss: {gt: 2}}]\n"), @r"
    error: 'loss' is not a number: only numbers can be compared
     --> grid.yaml:4:19
      |
    4 | exclude: [{loss: {gt: 2}}]
      |                   ^^
    ");
}

#[test]
fn a_comparison_with_a_word() {
    insta::assert_snapshot!(check("grid: {k: [1, 2]}\nexclude: [{k: {gt: many}}]\n"), @r"
    error: k gt: 'many' is not a finite number
     --> grid.yaml:4:20
      |
    4 | exclude: [{k: {gt: many}}]
      |                    ^^^^
    ");
}

#[test]
fn include_with_an_unknown_key() {
    insta::assert_snapshot!(check("include: [{stepps: 30000, tags: [long]}]\n"), @r"
    error: unknown parameter 'stepps'
     --> grid.yaml:3:12
      |
    3 | include: [{stepps: 30000, tags: [long]}]
      |            ^^^^^^
      = help: did you mean 'steps'?
    ");
}

#[test]
fn include_with_a_tag_that_is_no_list() {
    insta::assert_snapshot!(check("include: [{steps: 30000, tags: long}]\n"), @r"
    error: tags must be a list of words, not text
     --> grid.yaml:3:32
      |
    3 | include: [{steps: 30000, tags: long}]
      |                                ^^^^
    ");
}

#[test]
fn include_of_what_does_not_apply() {
    insta::assert_snapshot!(check("include: [{noise_range: [0, 1]}]\n"), @r"
    error: noise_range does not apply to 1 of 2 cells; it belongs to noise: uniform
     --> grid.yaml:3:12
      |
    3 | include: [{noise_range: [0, 1]}]
      |            ^^^^^^^^^^^
      = help: add noise: uniform to the entry, or leave noise_range out
    ");
}

#[test]
fn an_axis_that_does_not_apply() {
    insta::assert_snapshot!(check("grid:\n  noise: [normal, uniform]\n  noise_range: [[-1, 1], [0, 1]]\n"), @r"
    error: noise_range does not apply to 2 of 4 cells, such as noise=normal, noise_range=[-1, 1]; it belongs to noise: uniform
     --> grid.yaml:5:3
      |
    5 |   noise_range: [[-1, 1], [0, 1]]
      |   ^^^^^^^^^^^
      = help: move it into 'when': {if: {noise: uniform}, grid: {noise_range: [...]}}
    ");
}

#[test]
fn a_set_that_does_not_apply() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating]}\nwhen: [{if: {loss: minimax}, set: {momentum: 0.9}}]\n"), @r"
    error: momentum does not apply to 1 of 2 cells, such as loss=minimax, momentum=0.9; it belongs to optimizer: sgd
     --> grid.yaml:4:36
      |
    4 | when: [{if: {loss: minimax}, set: {momentum: 0.9}}]
      |                                    ^^^^^^^^
      = help: add optimizer: sgd to its 'if'
    ");
}

#[test]
fn a_value_that_does_not_fit_everywhere() {
    insta::assert_snapshot!(check("defaults: {data_range: native}\ngrid: {dataset: [ring8, mnist]}\n"), @r"
    error: data_range: 'native' is not one of minus_one_one, zero_one, standardised
     --> grid.yaml:3:24
      |
    3 | defaults: {data_range: native}
      |                        ^^^^^^
      = help: in one cell, such as dataset=mnist; leave them out with 'exclude'
    ");
}

#[test]
fn a_combination_that_cannot_train() {
    insta::assert_snapshot!(check("grid: {noise: [normal, uniform], k: [1, 2]}\nwhen: [{if: {noise: uniform}, grid: {noise_range: [[0, 1], [1, 1]]}}]\n"), @r"
    error: noise_range [1, 1] is empty: write the lower bound first
     --> grid.yaml:4:60
      |
    4 | when: [{if: {noise: uniform}, grid: {noise_range: [[0, 1], [1, 1]]}}]
      |                                                            ^^^^^^
      = help: in 2 cells, such as noise=uniform, k=1, noise_range=[1, 1]; leave them out with 'exclude'
    ");
}

#[test]
fn an_empty_noise_range() {
    insta::assert_snapshot!(check("defaults: {noise: uniform, noise_range: [1, -1]}\n"), @r"
    error: noise_range [1, -1] is empty: write the lower bound first
     --> grid.yaml:3:41
      |
    3 | defaults: {noise: uniform, noise_range: [1, -1]}
      |                                         ^^^^^^^
    ");
}

#[test]
fn a_noise_range_that_is_empty_in_single_precision() {
    insta::assert_snapshot!(check("defaults: {noise: uniform, noise_range: [1, 1.00000001]}\n"), @r"
    error: noise_range [1, 1.00000001] is empty in single precision, where both bounds are the same number: move them apart
     --> grid.yaml:3:41
      |
    3 | defaults: {noise: uniform, noise_range: [1, 1.00000001]}
      |                                         ^^^^^^^^^^^^^^^
    ");
}

#[test]
fn a_gradient_penalty_twice() {
    insta::assert_snapshot!(
        check("grid: {loss: [wgan_gp], regulariser: [gradient_penalty]}\n"),
        @r"
    error: loss wgan_gp has this gradient penalty already
     --> grid.yaml:3:39
      |
    3 | grid: {loss: [wgan_gp], regulariser: [gradient_penalty]}
      |                                       ^^^^^^^^^^^^^^^^
     ::: grid.yaml:3:15
      |
    3 | grid: {loss: [wgan_gp], regulariser: [gradient_penalty]}
      |               ^^^^^^^ loss
      = help: in one cell, such as loss=wgan_gp, regulariser=gradient_penalty; leave them out with 'exclude'
    "
    );
}

#[test]
fn convolutions_on_points() {
    insta::assert_snapshot!(check("grid: {model: [mlp, dcgan]}\n"), @r"
    error: dcgan makes images; points of a mixture need model: mlp
     --> grid.yaml:3:21
      |
    3 | grid: {model: [mlp, dcgan]}
      |                     ^^^^^
      = help: in one cell, such as model=dcgan; leave them out with 'exclude'
    ");
}

#[test]
fn a_normalisation_that_an_architecture_does_not_have() {
    insta::assert_snapshot!(
        check("defaults: {norm.g: batch, norm.d: instance}\n"),
        @r"
    error: instance normalisation is over the positions of an image, and a layer of D in mlp has only one; use norm.d: layer
     --> grid.yaml:3:35
      |
    3 | defaults: {norm.g: batch, norm.d: instance}
      |                                   ^^^^^^^^
    "
    );
    insta::assert_snapshot!(
        check("defaults: {dataset: mnist, model: infogan}\ngrid: {norm: [layer, instance]}\n"),
        @r"
    error: instance normalisation is over the positions of an image, and a layer of G in infogan has only one; use norm.g: layer
     --> grid.yaml:4:22
      |
    4 | grid: {norm: [layer, instance]}
      |                      ^^^^^^^^
     ::: grid.yaml:3:35
      |
    3 | defaults: {dataset: mnist, model: infogan}
      |                                   ^^^^^^^ model
      = help: in one cell, such as norm=instance; leave them out with 'exclude'
    "
    );
}

#[test]
fn images_that_an_architecture_cannot_make() {
    insta::assert_snapshot!(
        check("defaults: {dataset: mnist, model: convnet, channels.d: [4, 4, 4, 4, 4, 4]}\n"),
        @r"
    error: an image of 28 x 28 pixels cannot be halved by 6 layers of D; shorten channels.d
     --> grid.yaml:3:56
      |
    3 | defaults: {dataset: mnist, model: convnet, channels.d: [4, 4, 4, 4, 4, 4]}
      |                                                        ^^^^^^^^^^^^^^^^^^
     ::: grid.yaml:3:21
      |
    3 | defaults: {dataset: mnist, model: convnet, channels.d: [4, 4, 4, 4, 4, 4]}
      |                     ^^^^^ dataset
    "
    );
    insta::assert_snapshot!(
        check("defaults: {dataset: mnist, model: convnet, channels: []}\n"),
        @r"
    error: convnet's G needs at least one number of channels: [] makes no image
     --> grid.yaml:3:54
      |
    3 | defaults: {dataset: mnist, model: convnet, channels: []}
      |                                                      ^^
     ::: grid.yaml:3:35
      |
    3 | defaults: {dataset: mnist, model: convnet, channels: []}
      |                                   ^^^^^^^ model
    "
    );
}

#[test]
fn seeds_as_a_word() {
    insta::assert_snapshot!(check("seeds: many\n"), @r"
    error: seeds must be a number of seeds from 1 or a list of them, not 'many'
     --> grid.yaml:3:8
      |
    3 | seeds: many
      |        ^^^^
      = help: write 'seeds: 5' for 0 to 4, or 'seeds: [3, 7]'
    ");
}

#[test]
fn no_seeds() {
    insta::assert_snapshot!(check("seeds: 0\n"), @r"
    error: seeds must be a number of seeds from 1 or a list of them, not 0
     --> grid.yaml:3:8
      |
    3 | seeds: 0
      |        ^
      = help: write 'seeds: 5' for 0 to 4, or 'seeds: [3, 7]'
    ");
}

#[test]
fn a_seed_twice() {
    insta::assert_snapshot!(check("seeds: [1, 2, 1]\n"), @r"
    error: the seed 1 is listed twice
     --> grid.yaml:3:15
      |
    3 | seeds: [1, 2, 1]
      |               ^
    ");
}

#[test]
fn a_negative_seed() {
    insta::assert_snapshot!(check("seeds: [1, -2]\n"), @r"
    error: -2 is not a seed: a whole number from 0 to 9223372036854775807
     --> grid.yaml:3:12
      |
    3 | seeds: [1, -2]
      |            ^^
    ");
}

#[test]
fn a_range_of_seeds() {
    insta::assert_snapshot!(check("seeds: 0..4\n"), @r"
    error: seeds must be a number of seeds from 1 or a list of them, not '0..4'
     --> grid.yaml:3:8
      |
    3 | seeds: 0..4
      |        ^^^^
      = help: write 'seeds: 5' for 0 to 4, or 'seeds: [3, 7]'
    ");
}

#[test]
fn an_unknown_section_in_a_profile() {
    insta::assert_snapshot!(check("profiles: {quick: {name: other, sedes: 2}}\n"), @r"
    error: 'name' does not belong in a profile
     --> grid.yaml:3:20
      |
    3 | profiles: {quick: {name: other, sedes: 2}}
      |                    ^^^^

    error: unknown section 'sedes'
     --> grid.yaml:3:33
      |
    3 | profiles: {quick: {name: other, sedes: 2}}
      |                                 ^^^^^
      = help: did you mean 'seeds'?
    ");
}

#[test]
fn a_profile_that_breaks_an_axis() {
    insta::assert_snapshot!(check("grid: {norm: [none, batch]}\nprofiles: {quick: {grid: {norm.g: [layer]}}}\n"), @r"
    error: 'norm.g' stands beside 'norm', which it includes or is part of
     --> grid.yaml:4:27
      |
    4 | profiles: {quick: {grid: {norm.g: [layer]}}}
      |                           ^^^^^^
     ::: grid.yaml:3:8
      |
    3 | grid: {norm: [none, batch]}
      |        ^^^^ here
      = help: write one key for each network: the ones that end in .g and .d
    ");
}

#[test]
fn several_errors_at_once() {
    insta::assert_snapshot!(check("defaults: {lr: fast, stepss: 10}\ngrid: {k: 3, loss: [minmax]}\nseeds: none\n"), @r"
    error: lr: 'fast' is not a number in (0, 10]
     --> grid.yaml:3:16
      |
    3 | defaults: {lr: fast, stepss: 10}
      |                ^^^^

    error: unknown parameter 'stepss'
     --> grid.yaml:3:22
      |
    3 | defaults: {lr: fast, stepss: 10}
      |                      ^^^^^^
      = help: did you mean 'steps'?

    error: k: a list belongs here, not 3
     --> grid.yaml:4:11
      |
    4 | grid: {k: 3, loss: [minmax]}
      |           ^
      = help: write k: [3], or move it to 'defaults'

    error: loss: 'minmax' is not one of minimax, non_saturating, lsgan, hinge, wgan, wgan_gp, dragan, rpgan
     --> grid.yaml:4:21
      |
    4 | grid: {k: 3, loss: [minmax]}
      |                     ^^^^^^
      = help: did you mean 'minimax'?

    error: seeds must be a number of seeds from 1 or a list of them, not 'none'
     --> grid.yaml:5:8
      |
    5 | seeds: none
      |        ^^^^
      = help: write 'seeds: 5' for 0 to 4, or 'seeds: [3, 7]'
    ");
}

#[test]
fn a_name_that_leaves_the_folder() {
    insta::assert_snapshot!(check_file("version: 1\nname: ../ring\n"), @r"
    error: the name '../ring' is not a plain file name
     --> grid.yaml:2:7
      |
    2 | name: ../ring
      |       ^^^^^^^
      = help: a name becomes part of file names: at most 100 letters, digits, '-', '_' and '.', not starting with '.' or '-'
    ");
}

#[test]
fn a_hidden_name() {
    insta::assert_snapshot!(check_file("version: 1\nname: .ring\n"), @r"
    error: the name '.ring' begins with a dot
     --> grid.yaml:2:7
      |
    2 | name: .ring
      |       ^^^^^
      = help: a name becomes part of file names: at most 100 letters, digits, '-', '_' and '.', not starting with '.' or '-'
    ");
}

#[test]
fn a_name_that_is_a_device() {
    insta::assert_snapshot!(check_file("version: 1\nname: con.v2\n"), @r"
    error: the name 'con.v2' is a device on Windows
     --> grid.yaml:2:7
      |
    2 | name: con.v2
      |       ^^^^^^
      = help: a name becomes part of file names: at most 100 letters, digits, '-', '_' and '.', not starting with '.' or '-'
    ");
}

#[test]
fn a_name_that_is_a_number() {
    insta::assert_snapshot!(check_file("version: 1\nname: 12\n"), @r"
    error: a name must be text, not a number
     --> grid.yaml:2:7
      |
    2 | name: 12
      |       ^^
      = help: put it in quotes if it is meant as a name
    ");
}

#[test]
fn more_than_a_million_runs() {
    insta::assert_snapshot!(check("grid: {k: [1, 2, 3], loss: [minimax, non_saturating]}\nrandom: {samples: 100000, lr: {log_uniform: [1e-5, 1e-2]}}\nseeds: 5\n"), @r"
    error: 3000000 runs; a grid may have 1000000 at most
     --> grid.yaml:4:1
      |
    4 | random: {samples: 100000, lr: {log_uniform: [1e-5, 1e-2]}}
      | ^^^^^^
      = help: 3 (k) x 2 (loss) x 100000 (random) x 5 seeds
    ");
}

#[test]
fn more_seeds_than_runs_allowed() {
    insta::assert_snapshot!(check("seeds: 5000000\n"), @r"
    error: 5000000 runs; a grid may have 1000000 at most
     --> grid.yaml:3:1
      |
    3 | seeds: 5000000
      | ^^^^^
      = help: 5000000 seeds
    ");
}

#[test]
fn a_random_section_beyond_the_limit() {
    insta::assert_snapshot!(check("random: {samples: 5000000, lr: {uniform: [0.1, 1]}}\n"), @r"
    error: 5000000 runs; a grid may have 1000000 at most
     --> grid.yaml:3:1
      |
    3 | random: {samples: 5000000, lr: {uniform: [0.1, 1]}}
      | ^^^^^^
    ");
}

#[test]
fn a_hundred_million_cells() {
    insta::assert_snapshot!(check(&format!(
        "grid:\n  k: {0:?}\n  latent_dim: {0:?}\n  batch_size: {0:?}\n  log_every: {0:?}\n",
        (1..=100).collect::<Vec<_>>()
    )), @r"
    error: 100000000 runs; a grid may have 1000000 at most
     --> grid.yaml:7:3
      |
    7 |   log_every: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17...
      |   ^^^^^^^^^
      = help: 100 (k) x 100 (latent_dim) x 100 (batch_size) x 100 (log_every)
    ");
}

#[test]
fn a_name_that_is_missing_and_a_file_name_that_is_no_name() {
    let error = gan_sweep::grid::read(
        "version: 1\n",
        std::path::Path::new("my grid!.yaml"),
        &gan_sweep::grid::Overrides::default(),
        &gan_sweep::spec::Catalog::new(),
    );
    insta::assert_snapshot!(error.expect_err("no name"), @r"
    'name' is missing
     --> my grid!.yaml:1:1
      |
    1 | version: 1
      | ^
      = help: add the line 'name: my-sweep'
    ");
}

#[test]
fn aliases_that_explode() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..20 {
        let alias = format!("*a{}", i - 1);
        let ten = [alias.as_str(); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{ten}]\n"));
    }
    insta::assert_snapshot!(check(&text), @r"
    error: more than 1000000 values once aliases are followed
     --> grid.yaml:8:45
      |
    8 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
      |                                             ^^^
    ");
}

#[test]
fn lists_inside_lists_inside_lists() {
    let deep = format!(
        "grid: {{k: {}1{}}}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    insta::assert_snapshot!(check(&deep), @r"
    error: nested deeper than 32 levels
     --> grid.yaml:3:265
      |
    3 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                                ^
    ");
}

#[test]
fn more_errors_than_anyone_reads() {
    let keys: Vec<_> = (0..30).map(|i| format!("  zebra{i}: 1\n")).collect();
    let error = check(&format!("defaults:\n{}", keys.concat()));
    assert_eq!(error.matches("error: ").count(), 20);
    assert!(error.ends_with("and 10 more errors"), "{error}");
}

#[test]
fn a_condition_on_a_value_that_never_occurs_with_others_that_do() {
    insta::assert_snapshot!(check("grid: {loss: [minimax, non_saturating], k: [1, 2]}\nexclude:\n  - {loss: minimax, k: [2, 9]}\n"), @r"
    error: k is 9 in no cell
     --> grid.yaml:5:28
      |
    5 |   - {loss: minimax, k: [2, 9]}
      |                            ^
     ::: grid.yaml:3:41
      |
    3 | grid: {loss: [minimax, non_saturating], k: [1, 2]}
      |                                         ^ the axis
    ");
}

#[test]
fn more_than_a_million_runs_by_when() {
    insta::assert_snapshot!(check("defaults: {lr: 1e-3}\nrandom: {samples: 2000, sigma: {uniform: [0.1, 1]}}\nwhen:\n  - {if: {dataset: ring8}, random: {samples: 2000, lr: {uniform: [0.1, 1]}}}\n"), @r"
    error: at least 1002000 runs; a grid may have 1000000 at most
     --> grid.yaml:6:28
      |
    6 |   - {if: {dataset: ring8}, random: {samples: 2000, lr: {uniform: [0.1, 1]}}}
      |                            ^^^^^^
      = help: split the grid, or draw points with a 'random' section
    ");
}
