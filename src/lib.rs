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
//! | [`dataset`], [`model`] (with [`model::init`], [`model::norm`] and [`model::activation`]), [`loss`], [`regulariser`], [`noise`], [`conditioning`], [`optim`] | the axes: one file a choice, one registry line each | rng, param, ops |
//! | [`ops`] | fused CPU kernels as candle custom operations; whole networks with their second derivatives ([`ops::network`]) | candle |
//! | [`classifier`] | the feature network of an image set | ops |
//! | [`weights`] | PyTorch and safetensors files of networks that others trained | nothing |
//! | [`inception`] | the feature network of FIDs that compare with other work | weights, ops |
//! | [`metric`] | what is measured | dataset, classifier |
//! | [`spec`] | `RunSpec` and `RunId`: pure values | axes |
//! | [`grid`] | YAML → checked sections → ordered, duplicate-free [`grid::Plan`] | spec |
//! | [`event`] | the closed set of things that a run can report | spec |
//! | [`mod@train`] | one run; reads like the paper: `train::step` is the algorithm, `train::unroll` the look through D's steps | axes, ops, metric, event |
//! | [`latent`] | walks, neighbours and directions in a trained generator's latent space | train, metric, classifier |
//! | [`exec`] | workers, interruption, progress | train, store |
//! | [`cluster`] | slices, tasks, shards: a sweep on machines that share a folder; Slurm | grid, exec, store |
//! | [`store`] | SQLite: the one writer, the readers, shards | event |
//! | [`stats`] | summaries, intervals, paired differences, claims with verdicts; pure | rows |
//! | [`claim`], [`problem`], [`lecture`] | claims as pure values; what a run does besides training; the lecture's comparisons with their verdicts | stats, rows |
//! | [`filter`] | which runs are asked for: `loss=wgan and modes<8` | rows, stats |
//! | [`report`] | plots and the HTML page | rows, stats |
//! | [`samples`] | sets that anyone made: arrays, images, data sets, runs | store, train, dataset |
//! | [`provenance`] | what a run is made by | nothing |
//! | `fuzz` | what reads files, an entry a format, with the memory that it may take | readers |
//! | [`cli`] | one file a subcommand | all |
//!
//! Arrows go one way. `train` knows no database and no threads: it emits events. Only `store` names
//! rusqlite, only `report::plot` names plotters, only `grid::yaml` names serde_yaml.
//!
//! # Adding a loss
//!
//! Write `src/loss/mine.rs` with a type that implements [`axis::Component`] (its word in a grid,
//! its version, the parameters that only it has) and [`loss::Adversarial`] (the two objectives,
//! written like the paper, on D's logits):
//!
//! ```
//! # use gan_sweep::loss::{Adversarial, FAKE, Objective, REAL, softplus};
//! # struct Mine;
//! impl Adversarial for Mine {
//!     /// −E log D(x) − E log(1 − D(G(z))); the target is for losses with labels to smooth.
//!     fn discriminator(&self, _: f32) -> Objective {
//!         softplus(-REAL) + softplus(FAKE)
//!     }
//!
//!     /// −E log D(G(z)).
//!     fn generator(&self) -> Objective {
//!         softplus(-FAKE)
//!     }
//! }
//! ```
//!
//! A [`loss::Objective`] knows its slopes and how they bend, so that `unroll` works with it. Then
//! add the line `mine::Mine,` to the registry in `src/loss/mod.rs`. That line declares the module,
//! makes the variant, and makes the grid, `params`, run ids, training and tables know it; the tests
//! of losses ask for its formula. The other methods of [`loss::Adversarial`] say what a loss has
//! besides: a target, a penalty, clipping, a sum of zero.
//!
//! Data sets, noises, regularisers, conditionings, norms, activations, initialisations, optimisers
//! and architectures are added in the same way. What cannot be combined with other choices is refused in
//! `src/spec/conflict.rs`. A new comparison is a YAML file and no Rust.

pub mod axis;
mod bounded;
pub mod checkpoint;
pub mod claim;
pub mod classifier;
pub mod cli;
pub mod cluster;
pub mod conditioning;
pub mod dataset;
mod duration;
pub mod elementary;
pub mod event;
pub mod exec;
mod fault;
pub mod filter;
#[doc(hidden)]
pub mod fuzz;
pub mod grid;
pub mod inception;
pub mod latent;
pub mod lecture;
pub mod loss;
pub mod metric;
pub mod model;
pub mod nearest;
pub mod noise;
pub mod ops;
pub mod optim;
pub mod param;
pub mod problem;
pub mod provenance;
pub mod quantity;
pub mod regulariser;
pub mod report;
pub mod rng;
pub mod samples;
pub mod serve;
pub mod spec;
pub mod stats;
pub mod store;
pub mod train;
pub mod weights;
