//! Grid files on disk and the commands that read them, through the binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const GRID: &str = "\
version: 1
name: ring-of-losses
question: Which loss keeps the modes?
defaults: {steps: 500, momentum: 0.9}
grid:
  loss: [minimax, non_saturating]
  norm: [none, batch]
  noise: [normal, uniform]
when:
  - {if: {noise: uniform}, set: {noise_range: [0, 1]}}
exclude:
  - {loss: minimax, norm: batch}
include:
  - {k: 5, tags: [extra]}
seeds: 3
";

fn gan_sweep(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gan-sweep"))
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the binary starts")
}

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("ring.yaml"), GRID).expect("the folder is writable");
    folder
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The message of a refused command.
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = gan_sweep(folder, args);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn plan_lists_cells_exclusions_and_notes() {
    let folder = folder();
    let listing = printed(&gan_sweep(folder.path(), &["plan", "ring.yaml"]));
    insta::assert_snapshot!(listing, @r"
    ring-of-losses
    Which loss keeps the modes?
    7 cells, 21 runs, 10500 steps in all

    #  loss            norm   noise    noise_range  k  seeds  done  tags
    1  minimax         none   normal   -            1      3     0
    2  minimax         none   uniform  [0, 1]       1      3     0
    3  non_saturating  none   normal   -            1      3     0
    4  non_saturating  none   uniform  [0, 1]       1      3     0
    5  non_saturating  batch  normal   -            1      3     0
    6  non_saturating  batch  uniform  [0, 1]       1      3     0
    7  non_saturating  none   normal   -            5      3     0  extra

    line 12 excludes 2 cells: {loss: minimax, norm: batch}
      loss=minimax, norm=batch, noise=normal
      loss=minimax, norm=batch, noise=uniform, noise_range=[0, 1]

    note: ring.yaml:4: momentum does not apply to any of the 7 cells and is left out of their ids (it belongs to optimizer: sgd)

    21 runs, 0 done, 21 to do
    ");
}

#[test]
fn plan_names_the_profile_and_what_is_selected() {
    let folder = folder();
    let text = format!("{GRID}profiles: {{quick: {{seeds: 1}}}}\n");
    fs::write(folder.path().join("quick.yaml"), text).expect("writable");
    let args = [
        "plan",
        "quick.yaml",
        "--profile",
        "quick",
        "--only",
        "k=5",
        "--set",
        "steps=10",
    ];
    insta::assert_snapshot!(printed(&gan_sweep(folder.path(), &args)), @r"
    ring-of-losses (profile quick)
    Which loss keeps the modes?
    7 cells, 7 runs, 70 steps in all

    #  loss            norm   noise    noise_range  k  seeds  done  tags
    1  minimax         none   normal   -            1      1     0
    2  minimax         none   uniform  [0, 1]       1      1     0
    3  non_saturating  none   normal   -            1      1     0
    4  non_saturating  none   uniform  [0, 1]       1      1     0
    5  non_saturating  batch  normal   -            1      1     0
    6  non_saturating  batch  uniform  [0, 1]       1      1     0
    7  non_saturating  none   normal   -            5      1     0  extra

    line 12 excludes 2 cells: {loss: minimax, norm: batch}
      loss=minimax, norm=batch, noise=normal
      loss=minimax, norm=batch, noise=uniform, noise_range=[0, 1]

    note: quick.yaml:4: momentum does not apply to any of the 7 cells and is left out of their ids (it belongs to optimizer: sgd)

    7 runs, 0 done, 1 to do of the 1 selected
    ");
}

#[test]
fn plan_as_json_holds_every_run() {
    let folder = folder();
    let text = printed(&gan_sweep(folder.path(), &["plan", "ring.yaml", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["runs"], 21);
    assert_eq!(
        json["varied"],
        serde_json::json!(["loss", "norm", "noise", "noise_range", "k"])
    );
    let cells = json["cells"].as_array().expect("a list");
    assert_eq!(cells.len(), 7);
    assert_eq!(
        cells[1]["settings"]["noise_range"],
        serde_json::json!([0.0, 1.0])
    );
    assert_eq!(cells[6]["runs"][2]["tags"], serde_json::json!(["extra"]));
    assert_eq!(json["excluded"][0]["count"], 2);
}

#[test]
fn explain_says_where_every_value_comes_from() {
    let folder = folder();
    let by_number = printed(&gan_sweep(folder.path(), &["explain", "ring.yaml", "2"]));
    insta::assert_snapshot!(by_number, @r"
    cell 2 of 7 of 'ring-of-losses'

    key                      value         from
    activation.g             relu          default
    activation.d             relu          default
    batch_size               64            default
    betas.g                  [0.5, 0.999]  default
    betas.d                  [0.5, 0.999]  default
    conditioning             none          default
    d_head_start             0             default
    d_input_scale            1             default
    data_range               native        default
    dataset                  ring8         default
    ema                      0             default
    eval_every               1000          default
    g_direction              down          default
    g_steps                  1             default
    hidden.g                 [128, 128]    default
    hidden.d                 [128, 128]    default
    init.g                   he            default
    init.d                   he            default
    instance_noise           0             default
    instance_noise_schedule  linear        default
    k                        1             default
    label_smoothing          0             default
    latent_dim               16            default
    log_every                100           default
    loss                     minimax       axis of grid, line 6
    lr.g                     2e-4          default
    lr.d                     2e-4          default
    lr_schedule.g            constant      default
    lr_schedule.d            constant      default
    model                    mlp           default
    modes                    8             default
    noise                    uniform       axis of grid, line 8
    noise_range              [0, 1]        set by when, line 10
    norm.g                   none          axis of grid, line 7
    norm.d                   none          axis of grid, line 7
    optimizer.g              adam          default
    optimizer.d              adam          default
    pack                     1             default
    probe                    none          default
    problem                  gan           default
    radius                   2             default
    regulariser              none          default
    sigma                    0.02          default
    steps                    500           defaults, line 4
    unroll                   0             default
    updates                  alternating   default

    seed  run                               tags
       0  a1805388294d696f1a0d297072f16977
       1  045d61ec1732dba67b5c1a4f10430522
       2  0560d9b5978de6f8f5a197a017f7aaa9
    ");
    let id = by_number
        .lines()
        .last()
        .and_then(|line| line.split_whitespace().nth(1))
        .expect("a run id");
    let by_id = printed(&gan_sweep(
        folder.path(),
        &["explain", "ring.yaml", &id[..12]],
    ));
    assert_eq!(by_number, by_id);
}

#[test]
fn explain_refuses_a_cell_that_does_not_exist() {
    let folder = folder();
    insta::assert_snapshot!(refused(folder.path(), &["explain", "ring.yaml", "8"]), @"error: there is no cell 8: 'ring-of-losses' has cells 1 to 7");
    insta::assert_snapshot!(refused(folder.path(), &["explain", "ring.yaml", "zebra"]), @"error: 'zebra' is neither a cell of 'ring-of-losses' (1 to 7) nor the beginning of a run id: 'gan-sweep plan' lists the cells, its --json the ids");
}

#[test]
fn params_shows_one_parameter() {
    let folder = folder();
    insta::assert_snapshot!(printed(&gan_sweep(folder.path(), &["params", "lr.g"])), @r"
    lr .g .d  default 2e-4  a number in (0, 10]
        learning rate

    .g .d: one value for each network; the name alone sets both.
    ");
    insta::assert_snapshot!(refused(folder.path(), &["params", "nosie"]), @"error: unknown parameter 'nosie'; did you mean 'noise'?");
}

#[test]
fn params_lists_every_parameter() {
    let folder = folder();
    let listing = printed(&gan_sweep(folder.path(), &["params"]));
    for entry in gan_sweep::spec::registry() {
        assert!(
            listing.contains(entry.param.summary),
            "{}",
            entry.param.name
        );
    }
}

#[test]
fn a_missing_file_names_its_neighbour() {
    let folder = folder();
    insta::assert_snapshot!(refused(folder.path(), &["plan", "rng.yaml"]), @r"
    error: cannot read rng.yaml; did you mean 'ring.yaml'?
      because: No such file or directory (os error 2)
    ");
}

#[test]
fn a_directory_is_no_grid() {
    let folder = folder();
    insta::assert_snapshot!(refused(folder.path(), &["plan", "."]), @"error: . is a directory, not a grid file: name a .yaml file in it");
}

#[test]
fn an_empty_file_is_no_grid() {
    let folder = folder();
    fs::write(folder.path().join("empty.yaml"), "").expect("writable");
    insta::assert_snapshot!(refused(folder.path(), &["plan", "empty.yaml"]), @r"
    error: the grid is empty
     --> empty.yaml:1:1
      |
    1 |
      | ^
      = help: begin with 'version: 1' and 'name: my-sweep'; `gan-sweep init other.yaml` writes a grid that explains itself
    ");
}

#[test]
fn bytes_that_are_no_text_are_located() {
    let folder = folder();
    let bytes = "version: 1\nname: мода\u{7f}".bytes().chain([0xff, b'\n']);
    fs::write(folder.path().join("bytes.yaml"), bytes.collect::<Vec<_>>()).expect("writable");
    insta::assert_snapshot!(refused(folder.path(), &["plan", "bytes.yaml"]), @"error: bytes.yaml:2:12: the file is not UTF-8 text");
}

#[test]
fn a_file_of_more_than_four_mebibytes_is_refused() {
    let folder = folder();
    let text = format!("{GRID}# {}\n", "x".repeat(4 << 20));
    fs::write(folder.path().join("large.yaml"), text).expect("writable");
    insta::assert_snapshot!(refused(folder.path(), &["plan", "large.yaml"]), @"error: large.yaml is larger than 4 MiB, the most a grid file may have");
}

#[test]
fn a_misspelt_key_ends_with_exit_code_two() {
    let folder = folder();
    fs::write(
        folder.path().join("typo.yaml"),
        GRID.replace("noise: [", "nosie: ["),
    )
    .expect("writable");
    insta::assert_snapshot!(refused(folder.path(), &["plan", "typo.yaml"]), @r"
    error: unknown parameter 'nosie'
     --> typo.yaml:8:3
      |
    8 |   nosie: [normal, uniform]
      |   ^^^^^
      = help: did you mean 'noise'?
    ");
}
