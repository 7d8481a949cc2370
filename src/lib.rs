//! gan-sweep expands a YAML grid of hyper-parameters into many GAN training runs, measures which
//! settings keep the modes, and compares them with statistics.
//!
//! # Data's way through the code
//!
//! ```text
//! experiments/x.yaml → grid → Plan → exec → train → RunEvent → store → rows → stats → report
//! ```
//!
//! | module | responsibility | knows |
//! |---|---|---|
//! | [`elementary`] | exp, ln, tanh, … as vector code; the same bits everywhere | nothing |
//! | [`rng`] | seed → named, counter-based streams | elementary |
//! | [`param`], [`axis`] | what a hyper-parameter is; how an axis is declared | nothing |
//! | [`dataset`], [`model`], [`loss`], [`regulariser`], [`noise`], [`conditioning`], [`optim`] | the axes: one file a choice, one registry line each | rng, param |
//! | [`ops`] | fused CPU kernels as candle custom operations | candle |
//! | [`classifier`] | the feature network of an image set | ops |
//! | [`metric`] | what is measured | dataset, classifier |
//! | [`spec`] | `RunSpec` and `RunId`: pure values | axes |
//! | [`grid`] | YAML → checked sections → ordered, duplicate-free [`grid::Plan`] | spec |
//! | [`event`] | the closed set of things that a run can report | spec |
//! | [`mod@train`] | one run; reads like the paper | axes, ops, metric, event |
//! | [`exec`] | workers, interruption, progress | train, store |
//! | [`store`] | SQLite: the one writer, the readers | event |
//! | [`stats`] | summaries, intervals, paired differences; pure | rows |
//! | [`report`] | plots and the HTML page | rows, stats |
//! | [`provenance`] | what a run is made by | nothing |
//! | [`cli`] | one file a subcommand | all |
//!
//! Arrows go one way. `train` knows no database and no threads: it emits events. Only `store` names
//! rusqlite, only `report::plot` names plotters, only `grid::yaml` names serde_yaml.
//!
//! # Adding a loss
//!
//! Write `src/loss/mine.rs` with a type that implements [`axis::Component`] (its word in a grid,
//! its version, the parameters that only it has) and [`loss::Adversarial`] (the two objectives), and
//! add the line `mine::Mine,` to the registry in `src/loss/mod.rs`. That line declares the module,
//! makes the variant, and makes the grid, `params`, run ids, training and tables know it. Data
//! sets, noises, norms, activations, optimisers and architectures are added in the same way. A new
//! comparison is a YAML file and no Rust.

pub mod axis;
pub mod classifier;
pub mod cli;
pub mod conditioning;
pub mod dataset;
pub mod elementary;
pub mod event;
pub mod exec;
pub mod grid;
pub mod loss;
pub mod metric;
pub mod model;
pub mod nearest;
pub mod noise;
pub mod ops;
pub mod optim;
pub mod param;
pub mod provenance;
pub mod regulariser;
pub mod report;
pub mod rng;
pub mod spec;
pub mod stats;
pub mod store;
pub mod train;
