//! All that the next step of a run depends on, as bytes: weights, running statistics, optimisers, the
//! average, the step and the work done; and the series logged so far. Random numbers have no state: their
//! streams are counted by the step.

use std::time::Duration;

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::step::{Players, StepValues};
use super::{Done, TrainError, WeightsError};
use crate::event::Quantity;
use crate::metric;
use crate::model::Net;
use crate::ops::values::values;
use crate::optim::Descent;

/// What was logged at a step.
pub(super) type Logged = (u64, Vec<(Quantity, f64)>);

/// What a checkpoint holds besides the players.
pub(super) struct Progress {
    pub step: u64,
    pub d_steps: u64,
    pub samples: u64,
    pub flops: u64,
    /// Time that was spent up to here, in all attempts.
    pub spent: Duration,
    pub history: Vec<Logged>,
}

/// Tensors under their names.
#[derive(Default)]
struct Tensors(Vec<(String, Dtype, Vec<u8>)>);

impl Tensors {
    fn add<const N: usize>(
        &mut self,
        name: impl Into<String>,
        dtype: Dtype,
        values: impl Iterator<Item = [u8; N]>,
    ) {
        self.0
            .push((name.into(), dtype, values.flatten().collect()));
    }

    fn floats(&mut self, name: impl Into<String>, values: &[f32]) {
        self.add(name, Dtype::F32, values.iter().map(|x| x.to_le_bytes()));
    }

    fn doubles(&mut self, name: impl Into<String>, values: impl Iterator<Item = f64>) {
        self.add(name, Dtype::F64, values.map(f64::to_le_bytes));
    }

    fn counts(&mut self, name: impl Into<String>, values: impl Iterator<Item = u64>) {
        self.add(name, Dtype::U64, values.map(u64::to_le_bytes));
    }

    fn player(
        &mut self,
        name: &str,
        net: &Net,
        descent: &mut dyn Descent,
    ) -> candle_core::Result<()> {
        self.floats(format!("{name}.weights"), values(net.weights())?.as_slice());
        for (i, buffer) in net.buffers().iter().enumerate() {
            self.floats(format!("{name}.buffer{i}"), buffer);
        }
        let kept = descent.kept();
        self.doubles(
            format!("{name}.optimiser.scalars"),
            kept.scalars.iter().copied(),
        );
        for (i, values) in kept.values.iter().enumerate() {
            self.floats(format!("{name}.optimiser{i}"), values);
        }
        Ok(())
    }

    fn history(&mut self, history: &[Logged]) {
        let rows = || {
            history
                .iter()
                .flat_map(|(step, values)| values.iter().map(move |value| (*step, value)))
        };
        let mut names: Vec<Quantity> = rows().map(|(_, (name, _))| *name).collect();
        names.sort_unstable();
        names.dedup();
        self.counts("history.steps", rows().map(|(step, _)| step));
        self.doubles("history.values", rows().map(|(_, (_, value))| *value));
        let place = |name: &Quantity| names.partition_point(|n| n < name) as u64;
        self.counts("history.places", rows().map(|(_, (name, _))| place(name)));
        self.add(
            "history.names",
            Dtype::U8,
            names.join("\n").bytes().map(|b| [b]),
        );
    }

    fn file(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let views: Result<Vec<_>, _> = self
            .0
            .iter()
            .map(|(name, dtype, bytes)| {
                let count = bytes.len() * 8 / dtype.bitsize();
                TensorView::new(*dtype, vec![count], bytes).map(|view| (name, view))
            })
            .collect();
        safetensors::serialize(views?, None)
    }
}

/// The players and their progress as a safetensors file.
pub(super) fn write(
    players: &mut Players,
    (step, done, spent): (u64, &Done, Duration),
    history: &[Logged],
) -> Result<Vec<u8>, TrainError> {
    let mut tensors = Tensors::default();
    let parts = players.parts();
    tensors.player("generator", parts.generator, parts.descent_g)?;
    tensors.player("discriminator", parts.discriminator, parts.descent_d)?;
    if let Some(average) = parts.average {
        tensors.floats("average", average);
    }
    let of_round = *parts.of_round;
    tensors.doubles("round", of_round.to_array().into_iter());
    let nanoseconds = u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX);
    let counts = [step, done.d_steps, done.samples, done.flops, nanoseconds];
    tensors.counts("counts", counts.into_iter());
    tensors.history(history);
    Ok(tensors.file().map_err(WeightsError::from)?)
}

/// Sets players that have not been trained yet to what a file says; `None` where it is of other players,
/// which are then of no use any more.
pub(super) fn read(file: &[u8], players: &mut Players) -> Option<Progress> {
    let file = Read(SafeTensors::deserialize(file).ok()?);
    let parts = players.parts();
    file.player("generator", parts.generator, parts.descent_g)?;
    file.player("discriminator", parts.discriminator, parts.descent_d)?;
    if let Some(average) = parts.average {
        file.fill("average", average)?;
    }
    let round = file.doubles("round")?;
    *parts.of_round = StepValues::from_array(round.try_into().ok()?);
    let [step, d_steps, samples, flops, spent] = file.counts("counts")?.try_into().ok()?;
    Some(Progress {
        step,
        d_steps,
        samples,
        flops,
        spent: Duration::from_nanos(spent),
        history: file.history()?,
    })
}

struct Read<'f>(SafeTensors<'f>);

impl Read<'_> {
    fn bytes<const N: usize>(&self, name: &str, dtype: Dtype) -> Option<Vec<[u8; N]>> {
        let tensor = self.0.tensor(name).ok().filter(|t| t.dtype() == dtype)?;
        Some(tensor.data().as_chunks::<N>().0.to_vec())
    }

    fn floats(&self, name: &str) -> Option<Vec<f32>> {
        let bytes = self.bytes(name, Dtype::F32)?;
        Some(bytes.into_iter().map(f32::from_le_bytes).collect())
    }

    fn doubles(&self, name: &str) -> Option<Vec<f64>> {
        let bytes = self.bytes(name, Dtype::F64)?;
        Some(bytes.into_iter().map(f64::from_le_bytes).collect())
    }

    fn counts(&self, name: &str) -> Option<Vec<u64>> {
        let bytes = self.bytes(name, Dtype::U64)?;
        Some(bytes.into_iter().map(u64::from_le_bytes).collect())
    }

    /// As many values as there are places.
    fn fill(&self, name: &str, places: &mut [f32]) -> Option<()> {
        let values = self.floats(name)?;
        (values.len() == places.len()).then(|| places.copy_from_slice(&values))
    }

    fn player(&self, name: &str, net: &Net, descent: &mut dyn Descent) -> Option<()> {
        let weights = self.floats(&format!("{name}.weights"))?;
        let count = weights.len();
        let weights = Tensor::from_vec(weights, count, &Device::Cpu).ok()?;
        net.weights().set(&weights).ok()?;
        let mut buffers = net.buffers();
        for (i, buffer) in buffers.iter_mut().enumerate() {
            self.fill(&format!("{name}.buffer{i}"), buffer)?;
        }
        net.set_buffers(&buffers);
        let kept = descent.kept();
        let scalars = self.doubles(&format!("{name}.optimiser.scalars"))?;
        if scalars.len() != kept.scalars.len() {
            return None;
        }
        kept.scalars.copy_from_slice(&scalars);
        for (i, values) in kept.values.into_iter().enumerate() {
            self.fill(&format!("{name}.optimiser{i}"), values)?;
        }
        Some(())
    }

    fn history(&self) -> Option<Vec<Logged>> {
        let names = self.bytes::<1>("history.names", Dtype::U8)?.concat();
        let names: Option<Vec<Quantity>> = std::str::from_utf8(&names)
            .ok()?
            .lines()
            .map(|name| metric::info(name).map(|info| info.name))
            .collect();
        let names = names?;
        let steps = self.counts("history.steps")?;
        let numbers = self.doubles("history.values")?;
        let places = self.counts("history.places")?;
        if steps.len() != numbers.len() || steps.len() != places.len() {
            return None;
        }
        let mut history: Vec<Logged> = Vec::new();
        for ((step, number), place) in steps.into_iter().zip(numbers).zip(places) {
            let name = *names.get(usize::try_from(place).ok()?)?;
            match history.last_mut() {
                Some((last, values)) if *last == step => values.push((name, number)),
                _ => history.push((step, vec![(name, number)])),
            }
        }
        Some(history)
    }
}
