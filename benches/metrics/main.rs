//! How long metrics take, in seconds: the median of several times.
//!
//! `cargo bench --bench metrics -- frechet A.npy B.npy` times the Fréchet distance from the moments of
//! two files, `prdc A.npy B.npy` precision, recall, density and coverage, `digits` the features of 10,000
//! images of MNIST. Prints one JSON object, so that `benches/peers/metrics.py` can set it beside others.
#![expect(clippy::print_stdout, reason = "this is what a benchmark is for")]

use std::error::Error;
use std::time::Instant;

use candle_core::{DType, Tensor};
use gan_sweep::dataset::{Data, Mnist, Source};
use gan_sweep::metric::features::Features;
use gan_sweep::metric::frechet::{Moments, distance};
use gan_sweep::metric::prdc::{Convention, Prdc};

const REPETITIONS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|w| w != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["frechet", a, b] => {
            let (a, b) = (Moments::of(&read(a)?)?, Moments::of(&read(b)?)?);
            timed(|| Ok(distance(&a, &b)?))
        }
        ["prdc", a, b] => {
            let (a, b) = (read(a)?, read(b)?);
            timed(|| Ok(Prdc::of(&a, &b, 5, Convention::Open)?.coverage()))
        }
        ["digits"] => {
            let Data::Images(images) = Mnist.open()? else {
                return Err("MNIST holds images".into());
            };
            let classifier = images.classifier.as_ref().ok_or("it has a classifier")?;
            let pixels = [images.train.as_slice(), &images.reference].concat();
            timed(|| Ok(classifier.run(&pixels)?.features.len() as f64))
        }
        // What `cargo bench` runs without arguments: nothing that needs files.
        _ => Ok(()),
    }
}

fn timed(work: impl Fn() -> Result<f64, Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let mut seconds = Vec::new();
    let mut value = f64::NAN;
    for _ in 0..REPETITIONS {
        let start = Instant::now();
        value = work()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "{{\"value\": {value:?}, \"seconds\": {}}}",
        seconds[REPETITIONS / 2]
    );
    Ok(())
}

fn read(path: &str) -> Result<Features, Box<dyn Error>> {
    let tensor = Tensor::read_npy(path)?;
    let (_, width) = tensor.dims2()?;
    let values: Vec<f64> = tensor.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?;
    Ok(Features::new(&values, width)?)
}
