//! What a run ends with, as a safetensors file.
//!
//! One f32 tensor a part: `generator.hidden0.weight`, `discriminator.logit.bias`. State that training
//! changes but no gradient does is `generator.buffer0` and so on, the moving average of the generator's
//! weights, where there is one, `average.hidden0.weight`.

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::TrainError;
use crate::model::{Net, Part};
use crate::ops::values::values;

/// Why stored weights are of no use.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not a safetensors file.
    #[error("the stored weights are no safetensors file")]
    Format(#[from] safetensors::SafeTensorError),
    /// Weights of another network.
    #[error("the stored weights have no f32 tensor '{name}' of {count} values")]
    Tensor {
        /// The tensor.
        name: String,
        /// Values expected.
        count: usize,
    },
}

/// The names of the players in a file.
pub(super) const PLAYERS: [&str; 2] = ["generator", "discriminator"];

/// The name of the average of the generator's weights.
pub(super) const AVERAGE: &str = "average";

/// The two networks and the average of G's weights as a file. The same bytes for the same values.
pub(super) fn to_safetensors(
    players: [&Net; 2],
    average: Option<&[f32]>,
) -> Result<Vec<u8>, TrainError> {
    let mut tensors = Vec::new();
    for (player, net) in PLAYERS.into_iter().zip(players) {
        tensors.extend(parts(
            player,
            net.parts(),
            values(net.weights())?.as_slice(),
        ));
        for (i, buffer) in net.buffers().iter().enumerate() {
            tensors.push((buffer_name(player, i), vec![buffer.len()], bytes(buffer)));
        }
    }
    if let Some(average) = average {
        tensors.extend(parts(AVERAGE, players[0].parts(), average));
    }
    let views: Result<Vec<_>, _> = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
        })
        .collect();
    let file = views.and_then(|views| safetensors::serialize(views, None));
    Ok(file.map_err(WeightsError::from)?)
}

/// Makes a network what it was when `file` was written.
pub(super) fn restore(player: &str, net: &Net, file: &SafeTensors<'_>) -> Result<(), TrainError> {
    net.weights().set(&flat(player, net, file)?)?;
    let mut buffers = net.buffers();
    for (i, buffer) in buffers.iter_mut().enumerate() {
        *buffer = tensor(file, &buffer_name(player, i), buffer.len())?;
    }
    net.set_buffers(&buffers);
    Ok(())
}

/// The weights that the file has under that name for all parts of a network, in their order.
pub(super) fn flat(name: &str, net: &Net, file: &SafeTensors<'_>) -> Result<Tensor, TrainError> {
    let mut weights = Vec::new();
    for part in net.parts() {
        let name = format!("{name}.{}", part.name);
        weights.extend(tensor(file, &name, part.range.len())?);
    }
    let count = weights.len();
    Ok(Tensor::from_vec(weights, count, &Device::Cpu)?)
}

fn parts(name: &str, parts: &[Part], values: &[f32]) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let part = |part: &Part| {
        let values = bytes(&values[part.range.clone()]);
        (format!("{name}.{}", part.name), part.shape.clone(), values)
    };
    parts.iter().map(part).collect()
}

fn buffer_name(player: &str, place: usize) -> String {
    format!("{player}.buffer{place}")
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn tensor(file: &SafeTensors<'_>, name: &str, count: usize) -> Result<Vec<f32>, WeightsError> {
    let found = file
        .tensor(name)
        .ok()
        .filter(|t| t.dtype() == Dtype::F32 && t.data().len() == 4 * count)
        .ok_or_else(|| WeightsError::Tensor {
            name: name.to_owned(),
            count,
        })?;
    let values = found.data().as_chunks::<4>().0.iter();
    Ok(values.map(|b| f32::from_le_bytes(*b)).collect())
}
