//! The classifier as a safetensors file that says what it was made by.

use std::collections::HashMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use super::network::{Network, SIDES, layout};
use super::{Classifier, ClassifierError, VERSION};

/// The one key of the metadata. One, because the format writes several in no fixed order.
pub(super) const METADATA: &str = "gan-sweep";

#[derive(Serialize, Deserialize)]
struct Origin {
    version: u32,
    height: usize,
    width: usize,
    accuracy: f64,
    trained_on: String,
}

impl Classifier {
    /// Reads what [`Self::to_safetensors`] wrote.
    ///
    /// # Errors
    /// A [`ClassifierError`] for any other file.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, ClassifierError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let text = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get(METADATA))
            .ok_or(ClassifierError::Metadata(None))?;
        let origin: Origin =
            serde_json::from_str(text).map_err(|e| ClassifierError::Metadata(Some(e)))?;
        if origin.version != VERSION {
            return Err(ClassifierError::Version {
                found: origin.version,
            });
        }
        let (height, width) = (origin.height, origin.width);
        if !SIDES.contains(&height) || !SIDES.contains(&width) {
            return Err(ClassifierError::Sides { height, width });
        }
        let tensors = SafeTensors::deserialize(bytes)?;
        let mut parameters = Vec::new();
        for (name, shape) in layout(height, width) {
            let values = tensors
                .tensor(name)
                .ok()
                .filter(|t| t.dtype() == Dtype::F32 && t.shape() == shape)
                .map(|t| floats(t.data()))
                .filter(|values| values.iter().all(|x| x.is_finite()));
            parameters.push(values.ok_or(ClassifierError::Tensor { name, shape })?);
        }
        Ok(Self {
            network: Network {
                height,
                width,
                parameters,
            },
            accuracy: origin.accuracy,
            trained_on: origin.trained_on,
        })
    }

    /// The weights as `f32`, with accuracy and origin in the metadata. The same bytes for the same
    /// classifier.
    ///
    /// # Errors
    /// [`ClassifierError::Format`] if the format cannot hold them.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, ClassifierError> {
        let Network { height, width, .. } = self.network;
        let origin = serde_json::to_string(&Origin {
            version: VERSION,
            height,
            width,
            accuracy: self.accuracy,
            trained_on: self.trained_on.clone(),
        })
        .map_err(|e| ClassifierError::Metadata(Some(e)))?;
        let bytes: Vec<Vec<u8>> = self
            .network
            .parameters
            .iter()
            .map(|values| values.iter().flat_map(|x| x.to_le_bytes()).collect())
            .collect();
        let mut views = Vec::new();
        for ((name, shape), bytes) in layout(height, width).into_iter().zip(&bytes) {
            views.push((name, TensorView::new(Dtype::F32, shape, bytes)?));
        }
        let metadata = HashMap::from([(METADATA.to_owned(), origin)]);
        Ok(safetensors::serialize(views, Some(metadata))?)
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}
